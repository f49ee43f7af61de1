//go:build tools

// Names the command to build, so that go.mod and go.sum hold what it needs.
package tools

import _ "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml"
