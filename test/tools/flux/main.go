// The root command for flux's own plugin code, which stands beside this file when it is built (test/tools/go-parts.ts). A stand-in for the
// built-in commands; what matters of them is that there are some whose names no plugin can take.
package main

import (
	"os"

	"github.com/spf13/cobra"
)

var (
	VERSION = "unknown"
	logger  = stderrLogger{stderr: os.Stderr}
	rootCmd = &cobra.Command{Use: "flux", SilenceUsage: true, SilenceErrors: true}
)

func main() {
	rootCmd.Version = VERSION
	rootCmd.AddCommand(&cobra.Command{Use: "migrate", Short: "built in", Run: func(*cobra.Command, []string) {}})
	registerPlugins()
	if err := rootCmd.Execute(); err != nil {
		logger.Failuref("%v", err)
		os.Exit(1)
	}
}
