#!/bin/sh
# On the main branch: ends once the change is in effect everywhere, so that what comes next can rely on it.
set -eu

pulumi up --yes --skip-preview --non-interactive
npx pulumi-tencentcloud-lvb wait --timeout "${WAIT_TIMEOUT:-15m}"
