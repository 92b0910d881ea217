package apply

import (
	"encoding/hex"
	"fmt"
	"io"
	"time"
)

// NewRun names a run: names sort by time, and are safe as names of files, directories and systemd units.
// random gives what keeps two runs of one second apart.
func NewRun(now time.Time, spec string, random io.Reader) (string, error) {
	var b [3]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("name of the run: %w", err)
	}
	return now.UTC().Format("20060102t150405") + "-" + spec + "-" + hex.EncodeToString(b[:]), nil
}
