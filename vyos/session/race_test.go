//go:build race

package session_test

// raceEnabled makes samples smaller where every step costs ten times as much.
const raceEnabled = true
