package apply

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// A logbook is the log of one run, open for writing. What was appended has reached the disk.
type logbook struct {
	journal *Journal
	dir     string
	file    *os.File
}

// openLogbook opens a log to append to; a line that was cut off is removed first.
func (j *Journal) openLogbook(dir string) (*logbook, error) {
	path := filepath.Join(dir, logFile)
	text, err := os.ReadFile(path)
	if whole := bytes.LastIndexByte(text, '\n') + 1; whole < len(text) {
		err = os.Truncate(path, int64(whole))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("journal: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	if err := j.syncDir(dir); err != nil {
		return nil, fmt.Errorf("journal: %w", errors.Join(err, f.Close()))
	}
	return &logbook{journal: j, dir: dir, file: f}, nil
}

func (l *logbook) append(e Event) error {
	line, err := json.Marshal(e)
	if err == nil {
		_, err = l.file.Write(append(line, '\n'))
	}
	if err == nil {
		err = l.journal.sync(l.file)
	}
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

// close writes what became of the run.
func (l *logbook) close(o *Outcome) error {
	text, err := json.MarshalIndent(o, "", " ")
	if err == nil {
		err = l.journal.writeFile(l.dir, outcomeFile, text)
	}
	if err = errors.Join(err, l.file.Close()); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

// writeFile replaces a file as a whole: after a crash there is the old one or the new one.
func (j *Journal) writeFile(dir, name string, text []byte) error {
	f, err := os.CreateTemp(dir, name+".*") // with mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = j.sync(f)
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, name))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return j.syncDir(dir)
}

// syncDir brings the names of a directory to the disk. Windows has no such call; its file system keeps a log
// of names itself.
func (j *Journal) syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(j.sync(d), d.Close())
}
