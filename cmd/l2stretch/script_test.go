package main

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/l2stretch/l2stretch/compiler/backendtest"
)

const testdata = "../../testdata"

// TestScript runs every script of testdata/script end to end.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join(testdata, "script"),
		Setup:               scriptSetup,
		UpdateScripts:       backendtest.Updating(t),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                scriptCommands(),
	})
}

// scriptSetup gives a script an environment of its own: the directories of examples and scripts, and nothing of ours.
func scriptSetup(env *testscript.Env) error {
	for name, sub := range map[string]string{"EXAMPLES": "examples", "SCRIPTS": "script"} {
		dir, err := filepath.Abs(filepath.Join(testdata, sub))
		if err != nil {
			return err
		}
		env.Setenv(name, dir)
	}
	env.Setenv("NO_COLOR", "1")
	env.Setenv("COLUMNS", "300") // one message, one line
	env.Setenv("L2STRETCH_STATE", filepath.Join(env.WorkDir, ".state"))
	env.Setenv("L2STRETCH_SSH_CONFIG", "none")
	addRouters(env)
	return nil
}
