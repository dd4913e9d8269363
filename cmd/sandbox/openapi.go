package main

import "context"

type openAPICommand struct {
	connection
	API string `arg:"" name:"api" help:"An API, or control for the control API."`
}

func (c *openAPICommand) Run(ctx context.Context, s streams) error {
	api := c.API
	if api == "control" {
		api = ""
	}
	document, err := c.client().OpenAPI(ctx, api)
	if err != nil {
		return err
	}
	_, err = s.out.Write(document)
	return err
}
