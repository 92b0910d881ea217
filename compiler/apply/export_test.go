package apply

import (
	"errors"
	"os"
)

// Unsynced makes a journal write without waiting for the disk: thousands of runs on fake time would spend hours
// of real time there.
func (j *Journal) Unsynced() *Journal {
	j.sync = func(*os.File) error { return nil }
	return j
}

// Full makes a journal fail from the moment that full is set.
func (j *Journal) Full(full *bool) {
	j.sync = func(*os.File) error {
		if *full {
			return errors.New("no space left on device")
		}
		return nil
	}
}
