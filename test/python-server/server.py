"""A server without a library, in Python: one tool."""

import json
import sys

ANSWERS = {
    "initialize": {
        "protocolVersion": "2025-06-18",
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "py", "version": "1"},
    },
    "tools/list": {"tools": [{"name": "hello", "description": "Says hello", "inputSchema": {"type": "object"}}]},
    "tools/call": {"content": [{"type": "text", "text": "hello from Python"}]},
}


def main():
    for line in sys.stdin:
        message = json.loads(line)
        if "id" not in message:
            continue
        answer = ANSWERS.get(message["method"])
        result = {"result": answer} if answer else {"error": {"code": -32601, "message": "no"}}
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], **result}), flush=True)


if __name__ == "__main__":
    main()
