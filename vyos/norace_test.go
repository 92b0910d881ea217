//go:build !race

package vyos_test

// raceEnabled shortens the property tests where every step costs ten times as much.
const raceEnabled = false
