package session

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos/config"
)

// maxRevision is how large a revision of the configuration may be, in octets.
const maxRevision = 64 << 20

// ErrNotArchived reports that no revision that the router keeps has what is looked for.
var ErrNotArchived = errors.New("the gateway's archive of configurations does not have it")

// OldSecret returns the secret that a leaf had when a configuration with a digest ran: that of the newest revision which
// the router keeps with this digest, and with another secret than the one that runs. Digests leave secrets out, so that
// after a change of nothing but a secret, the revisions before and after it differ in that alone. A release that restates
// defaults in what it saves may keep revisions that are not recognised.
func (d *Device) OldSecret(ctx context.Context, base plan.Digest, path []string) ([]byte, error) {
	const doing = "archive"
	if err := d.known(ctx); err != nil {
		return nil, err
	}
	r, err := d.runScript(ctx, doing, newScript().run("archive"), d.o.Limits.Stage)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	now := firstValue(d.base.tree, path)
	for _, frame := range r.all("revision") {
		text, err := unpack(frame)
		if err != nil {
			continue // a damaged revision is none
		}
		s, err := d.o.Read(d.rel.Name, text)
		if err != nil {
			continue
		}
		if digest, err := plan.DigestOf(s); err != nil || digest != base {
			continue
		}
		tree, err := config.Parse("a revision", text, config.ParseOptions{Grammar: d.g})
		if err != nil {
			continue
		}
		tree.Resolve(d.g)
		if old := firstValue(tree, path); old != "" && old != now {
			d.mask.add(old)
			return []byte(old), nil
		}
	}
	return nil, d.errorf(doing, "%w", ErrNotArchived)
}

// firstValue is the value of a leaf; empty when there is none.
func firstValue(t *config.Tree, path []string) string {
	if leaf, ok := t.Find(path...); ok {
		for v := range leaf.Children() {
			return v.Name()
		}
	}
	return ""
}

// unpack is the text of a revision.
func unpack(frame string) ([]byte, error) {
	packed, err := decode(frame)
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(z, maxRevision+1))
	if err == nil && len(text) > maxRevision {
		err = fmt.Errorf("more than %d octets", maxRevision)
	}
	return text, errors.Join(err, z.Close())
}
