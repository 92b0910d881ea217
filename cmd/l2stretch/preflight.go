package main

import (
	"context"
	"errors"
)

// preflight shows what apply would refuse.
func (a *app) preflight(ctx context.Context, s *specification, path string, g *globals, r *statusRun) error {
	return errors.ErrUnsupported
}
