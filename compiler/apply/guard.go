package apply

import (
	"fmt"
	"time"
)

// needs says what a component of these targets needs of its guards.
func needs(members []*member, o Options) time.Duration {
	d := o.checkTimeout() + o.Soak + guardMargin
	for _, m := range members {
		d += 2*m.Plan.Takes + time.Duration(len(m.Plan.Operations))*operationTakes
	}
	return max(o.confirmTimeout(), d)
}

// What a guard's length is made of, beside what the plans and options say.
const (
	guardMargin    = time.Minute      // connections, staging next phases, disarming
	operationTakes = 5 * time.Second  // ending or beginning an SA
	confirmMargin  = 15 * time.Second // what must be left of a guard to disarm it
)

// timeLeft makes sure that no guard fires while the rest is committed and confirmed.
func (c *component) timeLeft(next *member) error {
	need := confirmMargin
	behind := true
	for _, m := range c.changing() {
		if m == next {
			behind = false
		}
		if !behind {
			need += m.Plan.Takes
		}
	}
	return c.guardsLast(need)
}

// guardsLast reports an error when a guard fires sooner than need from now.
func (c *component) guardsLast(need time.Duration) error {
	for _, m := range c.members {
		if left := time.Until(m.fires); m.armed() && left < need {
			return fmt.Errorf("%s: its guard fires in %v, and the rest takes about %v; a longer --confirm-timeout helps", m.node(), max(left, 0).Round(time.Second), need.Round(time.Second))
		}
	}
	return nil
}
