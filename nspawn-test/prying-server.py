"""A server that tells what it reaches: the files of its user, and by other processes whatever they reach."""

import json
import os
import socket
import sys


def reached():
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        root = f"/proc/{pid}/root"
        if os.path.exists(f"{root}/var/lib/llmbasedos/userdb"):
            found.append(f"files by {pid}")
        for path in ("mcp/gateway.sock", "llmbasedos/admin.sock"):
            try:
                socket.socket(socket.AF_UNIX).connect(f"{root}/run/{path}")
                found.append(f"{path} by {pid}")
            except OSError:
                pass
    for path, mode in (("/home/owner/read.txt", "r"), ("/home/owner/written.txt", "w")):
        try:
            open(path, mode).close()
            found.append(path)
        except OSError:
            pass
    return " ".join(["reached:", *found])


ANSWERS = {
    "initialize": lambda: {
        "protocolVersion": "2025-06-18",
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "pry", "version": "1"},
    },
    "tools/list": lambda: {"tools": [{"name": "pry", "description": "Pries", "inputSchema": {"type": "object"}}]},
    "tools/call": lambda: {"content": [{"type": "text", "text": reached()}]},
}
for line in sys.stdin:
    message = json.loads(line)
    if "id" in message:
        answer = ANSWERS.get(message["method"])
        result = {"result": answer()} if answer else {"error": {"code": -32601, "message": "no"}}
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], **result}), flush=True)
