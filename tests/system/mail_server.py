"""mail_server.py CERTIFICATE KEY USER PASSWORD: aiosmtpd with STARTTLS and AUTH on a free port of loopback.

Prints {"port":N} when it listens, then each mail as one line of JSON. It ends with whoever reads its output.
"""

import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


def say(document):
    print(json.dumps(document), flush=True)


class Mailbox:
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        say({
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "subject": mail["Subject"],
            "auto_submitted": mail["Auto-Submitted"],
            "id": mail["Message-ID"],
            "answers": mail["In-Reply-To"] or "",
            "date": mail["Date"].datetime.isoformat(),
            "defects": len(mail.defects) + sum(len(value.defects) for value in mail.values()),
            "text": mail.get_content(),
        })
        return "250 Taken"


async def main(certificate, key, user, password):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)

    def known(server, session, envelope, mechanism, given):
        right = given.login == user.encode() and given.password == password.encode()
        return AuthResult(success=right, handled=right)  # not handled: aiosmtpd answers the refusal

    def conversation():
        return SMTP(Mailbox(), tls_context=tls, require_starttls=True, auth_required=True, authenticator=known,
                    enable_SMTPUTF8=False)

    server = await asyncio.get_running_loop().create_server(conversation, "127.0.0.1", 0)
    say({"port": server.sockets[0].getsockname()[1]})
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
