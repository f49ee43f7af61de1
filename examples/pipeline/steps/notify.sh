#!/bin/sh
# Posts a text as Slack, Mattermost and others take it: {"text": "…"}. Node.js, since it quotes any text rightly.
set -eu

node -e '
  const [text] = process.argv.slice(1);
  const headers = { "content-type": "application/json" };
  fetch(process.env.NOTIFY_URL, { method: "POST", headers, body: JSON.stringify({ text }) }).then(({ status, ok }) => {
    if (!ok) throw new Error(`The notification was answered with ${status}.`);
  });
' "$1"
