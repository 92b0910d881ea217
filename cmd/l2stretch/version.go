package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/l2stretch/l2stretch/render"
)

// version is the program's own version (semver.org).
const version = "0.1.0"

// envelope begins the JSON documents of a command.
func envelope(command string) render.Envelope {
	return render.Envelope{FormatVersion: render.FormatVersion, Tool: "l2stretch " + version, Command: command}
}

// A versionInfo is the document of `version --format json`.
type versionInfo struct {
	render.Envelope
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"` // of the source, where the build knows it
	Modified bool   `json:"modified"`           // the source had changes that are not in Revision
	Go       string `json:"go"`
	OS       string `json:"os"`
	Arch     string `json:"arch"`
}

func newVersion(a *app) *cobra.Command {
	var f format
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			info := versionInfo{Envelope: envelope("version"), Version: version, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
			if b, ok := debug.ReadBuildInfo(); ok {
				for _, s := range b.Settings {
					switch s.Key {
					case "vcs.revision":
						info.Revision = s.Value
					case "vcs.modified":
						info.Modified = s.Value == "true"
					}
				}
			}
			if f.value == "json" {
				return render.JSON(a.stdout, info)
			}
			fmt.Fprintf(a.stdout, "l2stretch %s\n", info.Version)
			if info.Revision != "" {
				modified := ""
				if info.Modified {
					modified = " with changes"
				}
				fmt.Fprintf(a.stdout, "revision %s%s\n", info.Revision, modified)
			}
			fmt.Fprintf(a.stdout, "%s %s/%s\n", info.Go, info.OS, info.Arch)
			return nil
		},
	}
	addFormat(cmd, &f, "text", "json")
	return cmd
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no arguments; %q is one", cmd.CommandPath(), args[0])
	}
	return nil
}
