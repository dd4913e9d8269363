package main

import (
	"github.com/alecthomas/kong"
	kongcompletion "github.com/jotaen/kong-completion"
)

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help says how to use what the command prints; kong calls it.
func (completionCommand) Help() string {
	return "Put this into the shell's start file: source <(sandbox completion bash), the same with zsh, or for fish: sandbox completion fish | source"
}

func (c *completionCommand) Run(k *kong.Context) error {
	return (&kongcompletion.Completion{Shell: c.Shell, Code: true}).Run(k)
}
