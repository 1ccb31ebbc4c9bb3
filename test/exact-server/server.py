"""A server whose numbers are as long as they are: it adds one to what it is given, and gives it back in every way."""

import json
import sys
from decimal import Decimal

NUMBER = {"type": "object", "properties": {"n": {"type": "integer", "x-mcp-header": "N", "maximum": 2**63 - 1}}, "required": ["n"]}
RANGE = {"type": "integer", "minimum": -(2**63), "maximum": 2**64 - 1}
RESULT = {"type": "object", "properties": {"n": RANGE, "list": {"type": "array"}}, "required": ["n"]}
TOOL = {
    "name": "next",
    "description": "The next number",
    "inputSchema": NUMBER,
    "outputSchema": RESULT,
    "annotations": {"readOnlyHint": True},
}


def call(params):
    n = params["arguments"]["n"] + 1
    return {"content": [{"type": "text", "text": str(n)}], "structuredContent": {"n": n, "list": [[n, "1234567890123456789"]]}}


METHODS = {
    "initialize": lambda params: {
        "protocolVersion": "2025-06-18",
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "exact", "version": "1"},
    },
    "tools/list": lambda params: {"tools": [TOOL]},
    "tools/call": call,
}

for line in sys.stdin:
    message = json.loads(line, parse_float=Decimal)
    if "id" not in message:
        continue
    method = METHODS.get(message["method"])
    result = {"result": method(message.get("params"))} if method else {"error": {"code": -32601, "message": "no"}}
    print(json.dumps({"jsonrpc": "2.0", "id": message["id"], **result}), flush=True)
