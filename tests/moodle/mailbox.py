"""A mail server that keeps what it gets: the site sends its emails there while a test asks for it."""

import contextlib
import email
import email.policy
import socketserver
import threading


class Mailbox:
    """Emails in the order in which they came, each with `to`, `from` and `receiver` as their headers name them, `subject`, `text` and `html` ('' for none), and the names of its `headers`."""

    def __init__(self, address):
        self.address, self.emails = address, []

    def to(self, address):
        return [mail for mail in self.emails if mail["to"] == address]

    def about(self, number):
        return [mail for mail in self.emails if number in mail["subject"] + mail["text"] + mail["html"]]

    def keep(self, recipients, data):
        message = email.message_from_bytes(data, policy=email.policy.default)
        part = {kind: message.get_body((kind,)) for kind in ("plain", "html")}
        content = {kind: body.get_content().replace("\r\n", "\n") if body else "" for kind, body in part.items()}
        for to in recipients:
            self.emails.append({"to": to, "subject": str(message["subject"]), "text": content["plain"], "html": content["html"],
                                "from": str(message["from"]), "receiver": str(message["to"]),
                                "headers": [name.lower() for name in message.keys()]})


class Conversation(socketserver.StreamRequestHandler):
    """As much SMTP as PHPMailer speaks."""

    def handle(self):
        self.answer("220 mailbox")
        recipients = []
        for line in self.rfile:
            word = line.decode(errors="replace").strip()
            verb = word[:4].upper()
            if verb == "RCPT":
                recipients.append(word[word.index("<") + 1:word.index(">")])
            if verb == "DATA":
                self.answer("354 go on")
                self.server.mailbox.keep(recipients, self.body())
                recipients = []
            self.answer("221 bye" if verb == "QUIT" else "250 yes")
            if verb == "QUIT":
                return

    def body(self):
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line[1:] if line.startswith(b"..") else line)
        return b"".join(lines)

    def answer(self, text):
        self.wfile.write(f"{text}\r\n".encode())


@contextlib.contextmanager
def mailbox(site):
    """The emails that the site sends meanwhile."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Conversation) as server:
        server.daemon_threads = True
        server.mailbox = Mailbox("127.0.0.1:%d" % server.server_address[1])
        threading.Thread(target=server.serve_forever, daemon=True).start()
        place = site.installation.data / "smtp"
        place.write_text(server.mailbox.address)
        try:
            yield server.mailbox
        finally:
            place.unlink()
            server.shutdown()
