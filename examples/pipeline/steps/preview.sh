#!/bin/sh
# On a pull request: what would change. A preview calls no API, so it needs no credentials of Tencent Cloud.
set -eu

pulumi preview --diff --non-interactive
