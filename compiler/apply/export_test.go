package apply

import (
	"errors"
	"os"
	"sync/atomic"
)

// Unsynced makes a journal write without waiting for the disk: thousands of runs on fake time would spend hours
// of real time there.
func (j *Journal) Unsynced() *Journal {
	j.sync = func(*os.File) error { return nil }
	return j
}

// Full makes a journal fail from the moment that full is set.
func (j *Journal) Full(full *atomic.Bool) {
	j.sync = func(*os.File) error {
		if full.Load() {
			return errors.New("no space left on device")
		}
		return nil
	}
}
