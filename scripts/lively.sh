#!/usr/bin/env bash
# Runs a command that takes a while, and shows that it lives: lively.sh TEXT COMMAND... On a terminal there is one line with
# the seconds; elsewhere a dot every second. $COUNT, a shell command, gives a number to show with them. What the command
# writes is shown if it fails, and is kept from the line otherwise.
set -euo pipefail
text=$1
shift
said=$(mktemp)
trap 'rm -f "$said"' EXIT
"$@" >"$said" 2>&1 </dev/null &
command=$!
trap 'kill "$command" 2>/dev/null; wait "$command" || true; echo; exit 130' INT TERM HUP

count() {
  if [ -n "${COUNT-}" ]; then echo " $(eval "$COUNT")"; fi
}
[ -t 1 ] || printf '%s ' "$text"
shown=-1
while kill -0 "$command" 2>/dev/null; do
  if [ "$SECONDS" != "$shown" ]; then
    shown=$SECONDS
    if [ -t 1 ]; then
      printf '\r\e[K%s%s (%d s)' "$text" "$(count)" "$SECONDS"
    else
      printf '.%s' "$(count)"
    fi
  fi
  sleep 0.1
done
status=0
wait "$command" || status=$?
if [ -t 1 ]; then
  printf '\r\e[K%s%s (%d s)\n' "$text" "$(count)" "$SECONDS"
else
  printf '%s %d s\n' "$(count)" "$SECONDS"
fi
[ "$status" = 0 ] || cat "$said" >&2
exit "$status"
