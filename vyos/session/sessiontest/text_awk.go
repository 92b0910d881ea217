package sessiontest

import (
	"regexp"
	"strconv"
	"strings"
)

// awkForm is what is understood of awk: one rule that prints fields.
var awkForm = regexp.MustCompile(`^\s*(END|NR==\d+|NR>\d+|NF|/[^/]*/|\$(\d+)\s*(==|!=|~)\s*([A-Za-z_]\w*|"[^"]*")(?:\s*"([^"]*)")?)?\s*\{\s*print\s*(?:\$(\d+|NF)((?:\s*,\s*\$\d+)*)|)\s*(?:;\s*(exit)\s*)?\}\s*$`)

func runAwk(p *Proc) int {
	f := p.leading("F:v:")
	if !f.ok || len(f.args) == 0 {
		return 2
	}
	m := awkForm.FindStringSubmatch(f.args[0])
	if m == nil {
		return p.Unknown()
	}
	vars := make(map[string]string)
	if v, ok := f.given["v"]; ok {
		name, value, _ := strings.Cut(v, "=")
		vars[name] = value
	}
	data, status := p.input(f.args[1:])
	if status != 0 {
		return 2
	}
	operand := func() string {
		s, quoted := strings.CutPrefix(m[4], `"`)
		if quoted {
			return strings.TrimSuffix(s, `"`) + m[5]
		}
		return vars[s] + m[5]
	}
	var b strings.Builder
	print := func(line string) {
		fields := awkFields(line, f.given["F"])
		if m[6] == "" {
			b.WriteString(line + "\n")
			return
		}
		out := []string{awkField(line, fields, m[6])}
		for _, more := range strings.Split(m[7], ",")[1:] {
			out = append(out, awkField(line, fields, strings.TrimPrefix(strings.TrimSpace(more), "$")))
		}
		b.WriteString(strings.Join(out, " ") + "\n")
	}
	all := lines(data)
	for i, line := range all {
		fields := awkFields(line, f.given["F"])
		hit := true
		switch cond := m[1]; {
		case cond == "END":
			hit = i == len(all)-1
		case strings.HasPrefix(cond, "NR=="):
			hit = strconv.Itoa(i+1) == cond[4:]
		case strings.HasPrefix(cond, "NR>"):
			n, _ := strconv.Atoi(cond[3:])
			hit = i+1 > n
		case cond == "NF":
			hit = len(fields) > 0
		case strings.HasPrefix(cond, "/"):
			re, err := regexp.Compile(strings.Trim(cond, "/"))
			if err != nil {
				return p.Unknown()
			}
			hit = re.MatchString(line)
		case cond != "":
			left, right := awkField(line, fields, m[2]), operand()
			switch m[3] {
			case "==":
				hit = left == right
			case "!=":
				hit = left != right
			default:
				re, err := regexp.Compile(right)
				if err != nil {
					return p.Unknown()
				}
				hit = re.MatchString(left)
			}
		}
		if hit {
			print(line)
			if m[8] != "" {
				break
			}
		}
	}
	return p.out(b.String())
}

func awkFields(line, sep string) []string {
	if sep == "" || sep == " " {
		return strings.Fields(line)
	}
	return strings.Split(line, sep)
}

func awkField(line string, fields []string, name string) string {
	if name == "NF" {
		if len(fields) == 0 {
			return ""
		}
		return fields[len(fields)-1]
	}
	n, _ := strconv.Atoi(name)
	switch {
	case n == 0:
		return line
	case n <= len(fields):
		return fields[n-1]
	}
	return ""
}
