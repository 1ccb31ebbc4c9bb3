"""A real SMTP server (aiosmtpd) for tests: what it is to answer comes on stdin, and what it gets goes to stdout, as lines of JSON."""

import asyncio
import base64
import json
import ssl
import sys
import urllib.parse
import urllib.request

from aiosmtpd.smtp import MISSING, SMTP, AuthResult

settings = json.loads(sys.argv[1])
# Answers to the next mails, and to recipients; without, all is taken.
answers = []
refused = {}
go = asyncio.Event()


def tell(value):
    print(json.dumps(value), flush=True)


def is_valid(login, token):
    url = settings["introspection"] + urllib.parse.quote(token)
    with urllib.request.urlopen(url) as answer:
        return json.load(answer).get("username") == login


class Handler:
    # https://developers.google.com/workspace/gmail/imap/xoauth2-protocol
    async def auth_XOAUTH2(self, server, args):
        shown = base64.b64decode(args[1]).decode()
        fields = dict(field.split("=", 1) for field in shown.split("\x01") if field)
        login, token = fields["user"], fields["auth"].removeprefix("Bearer ")
        loop = asyncio.get_running_loop()
        if await loop.run_in_executor(None, is_valid, login, token):
            return AuthResult(success=True)
        if await server.challenge_auth('{"status":"400","schemes":"Bearer"}') is MISSING:
            return AuthResult(success=False, handled=True)
        return AuthResult(success=False, handled=False)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in refused:
            return refused[address]
        envelope.rcpt_tos.append(address)
        return "250 known"

    async def handle_DATA(self, server, session, envelope):
        answer = answers.pop(0) if answers else "250 taken"
        tell(
            {
                "from": envelope.mail_from,
                "to": envelope.rcpt_tos,
                "content": envelope.content.decode("latin1"),
                "answer": answer,
            }
        )
        if answer == "wait":
            await go.wait()
            return "250 taken"
        if answer == "break off":
            server.transport.abort()
            return "250 taken"
        return answer


def authenticate(server, session, envelope, mechanism, data):
    password = settings["users"].get(data.login.decode())
    # What is handled has been answered already.
    return AuthResult(success=password is not None and password.encode() == data.password, handled=False)


async def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(settings["cert"], settings["key"])
    loop = asyncio.get_running_loop()
    common = dict(enable_SMTPUTF8=True, authenticator=authenticate, auth_required=True)

    def encrypted():
        return SMTP(Handler(), auth_require_tls=False, **common)

    def later():
        return SMTP(Handler(), tls_context=context, require_starttls=True, **common)

    tls = await loop.create_server(encrypted, "127.0.0.1", 0, ssl=context)
    starttls = await loop.create_server(later, "127.0.0.1", 0)
    tell({"tls": tls.sockets[0].getsockname()[1], "starttls": starttls.sockets[0].getsockname()[1]})
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        command = json.loads(line)
        answers.extend(command.get("answers", []))
        refused.update(command.get("refused", {}))
        if command.get("go"):
            go.set()
        tell({"done": True})


asyncio.run(main())
