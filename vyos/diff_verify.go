package vyos

import (
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/vyos/config"
)

// checkCommit reports what the commit would be refused for, or break off at, and what was not so before. With
// something contradicted already that comes first: it may well be the reason.
func (d *differ) checkCommit() {
	if d.diags.HasErrors() {
		return
	}
	faults := d.commitFaults(d.target)
	if len(faults) == 0 {
		return
	}
	key := func(f Fault) string { return pathKey(append(f.Path, f.Rule.Name, f.Text)) }
	known := make(map[string]bool)
	for _, f := range d.commitFaults(d.have.Tree) {
		known[key(f)] = true
	}
	at := d.owners()
	for _, f := range slices.DeleteFunc(faults, func(f Fault) bool { return known[key(f)] }) {
		happens := "would be refused"
		if f.Rule.Outcome == Crashes {
			happens = "would end in a traceback, half of it active"
		}
		d.report("E0721", d.origin(at.of(f.Path)), "The commit on gateway %s %s, since %s (rule %s). At %q: %s. The specification and what others have configured there do not go together; change one of them.",
			d.n.Name, happens, f.Rule.Why, f.Rule.Name, strings.Join(f.Path, " "), f.Text)
	}
}

// commitFaults are the faults that show at commit.
func (d *differ) commitFaults(t *config.Tree) []Fault {
	return verify(t, d.rel, func(r Rule) bool { return r.Outcome != Breaks })
}
