// Package schema is the specification language: it reads files, evaluates expressions and decodes blocks
// into values that keep their source ranges. It knows the types of attributes and nothing of networks.
package schema
