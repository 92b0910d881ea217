package remote

import (
	"net"
	"sync"
)

// maxGreeting is how much is kept of what a host says first, in octets.
const maxGreeting = 256

// A meter looks at what is read from a connection.
type meter struct {
	net.Conn

	mu       sync.Mutex
	octets   int64
	greeting []byte        // the first of them
	reading  bool          // somebody waits for more
	next     chan struct{} // closed when somebody waits for more; nil when nobody cares
}

func (m *meter) Read(b []byte) (int, error) {
	m.mu.Lock()
	m.reading = true
	if m.next != nil {
		close(m.next)
		m.next = nil
	}
	m.mu.Unlock()
	n, err := m.Conn.Read(b)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reading = false
	m.octets += int64(n)
	if room := maxGreeting - len(m.greeting); room > 0 {
		m.greeting = append(m.greeting, b[:min(n, room)]...)
	}
	return n, err
}

// count is how many octets were read.
func (m *meter) count() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.octets
}

// said is what the host said first.
func (m *meter) said() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return string(m.greeting)
}

// alive is closed once somebody waits for more: what was read until then did not end the connection. To those who use a
// channel, the end of the connection looks like the end of the channel.
func (m *meter) alive() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.reading {
		now := make(chan struct{})
		close(now)
		return now
	}
	if m.next == nil {
		m.next = make(chan struct{})
	}
	return m.next
}
