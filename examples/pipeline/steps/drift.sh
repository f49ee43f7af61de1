#!/bin/sh
# Every night: exit code 7, and a message to $NOTIFY_URL if there is one, when the account is not as the stack has it.
set -u

pulumi refresh --preview-only --expect-no-changes --non-interactive
code=$?
if [ "$code" -eq 7 ] && [ -n "${NOTIFY_URL:-}" ]; then
  steps/notify.sh "The LVB callbacks of stack $PULUMI_STACK were changed outside of Pulumi: $JOB_URL"
fi
exit "$code"
