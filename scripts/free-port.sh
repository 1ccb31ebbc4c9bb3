#!/usr/bin/env bash
# Fails where something listens on a port of this machine: free-port.sh PORT. Looked at before anything is installed or
# built, since it takes no time; whoever starts then finds out for sure.
port=$1
if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
  echo "Port $port is in use, by an appliance that runs already or by another program. Stop that, or choose another: make run PORT=0 takes a free one." >&2
  exit 5
fi
