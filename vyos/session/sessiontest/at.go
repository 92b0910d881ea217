package sessiontest

import (
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An atJob waits for the minute that it was given. It lies on the disk: a reboot does not end it.
type atJob struct {
	id    int
	due   time.Time // by the router's clock
	text  string
	env   []string
	who   identity
	dir   string
	timer *time.Timer
}

// schedule starts a job's timer. The lock is held.
func (r *Router) schedule(j *atJob) {
	if j.timer != nil {
		j.timer.Stop()
	}
	j.timer = time.AfterFunc(max(j.due.Sub(r.Now()), 0), func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.closed || r.down || r.jobs[j.id] != j {
			return
		}
		delete(r.jobs, j.id)
		r.running.Go(func() {
			c := call{args: []string{"/bin/sh"}, env: j.env, id: j.who, dir: j.dir, io: discard()}
			c.io.In = strings.NewReader(j.text)
			r.mark(fmt.Sprintf("start at job %d", j.id))
			r.run(c)
			r.mark(fmt.Sprintf("end at job %d", j.id))
		})
	})
}

var atForm = regexp.MustCompile(`^now \+ (\d+) (minutes?|hours?|min)$`)

func runAt(p *Proc) int {
	f := p.flags("Mf:q:t:")
	if !f.ok {
		return 1
	}
	text, err := []byte(nil), error(nil)
	if name, ok := f.given["f"]; ok {
		text, err = p.read(name)
	} else {
		text, err = io.ReadAll(p.Stdin)
	}
	if err != nil {
		return p.fail("cannot read", err)
	}
	r := p.Router
	now := r.Now()
	due := now
	if m := atForm.FindStringSubmatch(strings.Join(f.args, " ")); m != nil {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			return p.Unknown()
		}
		unit := time.Minute
		if strings.HasPrefix(m[2], "hour") {
			unit = time.Hour
		}
		due = now.Add(time.Duration(n) * unit).Truncate(time.Minute) // at counts whole minutes
	} else if strings.Join(f.args, " ") != "now" {
		return p.Unknown()
	}
	r.mu.Lock()
	r.nextJob++
	j := &atJob{id: r.nextJob, due: due, text: string(text), env: p.env, who: r.identity(p.id.user), dir: p.dir}
	r.jobs[j.id] = j
	r.schedule(j)
	r.mu.Unlock()
	p.err(fmt.Sprintf("warning: commands will be executed using /bin/sh\njob %d at %s\n", j.id, due.UTC().Format("Mon Jan _2 15:04:05 2006")))
	return 0
}

func runAtq(p *Proc) int {
	var b strings.Builder
	p.Router.mu.Lock()
	for _, id := range slices.Sorted(maps.Keys(p.Router.jobs)) {
		j := p.Router.jobs[id]
		if p.id.cred.UID == 0 || p.id.cred.UID == j.who.cred.UID {
			fmt.Fprintf(&b, "%d\t%s a %s\n", id, j.due.UTC().Format("Mon Jan _2 15:04:05 2006"), j.who.user.Name)
		}
	}
	p.Router.mu.Unlock()
	return p.out(b.String())
}

func runAtrm(p *Proc) int {
	status := 0
	for _, a := range p.Args[1:] {
		id, err := strconv.Atoi(a)
		p.Router.mu.Lock()
		j := p.Router.jobs[id]
		if j != nil && (p.id.cred.UID == 0 || p.id.cred.UID == j.who.cred.UID) {
			j.timer.Stop()
			delete(p.Router.jobs, id)
		} else {
			err = io.EOF
		}
		p.Router.mu.Unlock()
		if err != nil {
			p.err("Cannot find jobid " + a + "\n")
			status = 1
		}
	}
	return status
}
