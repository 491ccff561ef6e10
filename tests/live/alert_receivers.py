# SPDX-License-Identifier: Apache-2.0
"""Places that are told of alerts: the documented webhook receiver, a mail sink,
and the real Alertmanager."""

import json
import shutil
import socketserver
import subprocess
import sys
import threading
import urllib.request

import harness
from harness import ROOT, Unavailable, free_port, wait_for

SECRET = "a secret of the tests"


class Webhook:
    """docs/examples/verify_webhook.py; a line for each message that it believes."""

    def __init__(self, work):
        self.port, self.out = free_port(), work / "webhook.out"
        secret = work / "webhook.secret"
        secret.write_text(SECRET)
        secret.chmod(0o600)
        with open(self.out, "w", encoding="utf-8") as out:
            self.process = subprocess.Popen([sys.executable, ROOT / "docs/examples/verify_webhook.py", "--secret-file", secret,
                                             "--port", str(self.port)], stdout=out, stdin=subprocess.DEVNULL)
        self.secret = secret

    def lines(self):
        return [line.split() for line in self.out.read_text(encoding="utf-8").splitlines()]

    def told(self, state, kind, model=None):
        """Messages of that state about that condition."""
        return [line for line in self.lines() if line[0] == state and line[2] == kind and model in (None, line[4])]

    def stop(self):
        harness.stop(self.process)


class MailHandler(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def read_mail(self):
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        self.server.mails.append(b"".join(lines).decode())

    def handle(self):
        self.say("220 sink")
        while line := self.rfile.readline():
            word = line.split()[0].upper() if line.split() else b""
            if word == b"DATA":
                self.say("354 go on")
                self.read_mail()
            if word == b"QUIT":
                self.say("221 bye")
                return
            self.say("250 ok")


class MailSink(socketserver.ThreadingTCPServer):
    """Speaks as much of SMTP (RFC 5321) as takes a mail."""

    allow_reuse_address = daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), MailHandler)
        self.mails, self.port = [], self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def about(self, words):
        return [mail for mail in list(self.mails) if words in mail]

    def stop(self):
        self.shutdown()
        self.server_close()


class Alertmanager:
    """Debian's, with a receiver of its own kind that nobody listens to."""

    def __init__(self, work):
        program = shutil.which("prometheus-alertmanager")
        if not program:
            raise Unavailable("no prometheus-alertmanager; apt-get install prometheus-alertmanager")
        self.port = free_port()
        config = work / "alertmanager.yml"
        config.write_text("route: {receiver: none, group_wait: 1s, group_interval: 1s}\nreceivers: [{name: none}]\n")
        with open(work / "alertmanager.log", "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [program, f"--config.file={config}", f"--storage.path={work / 'alertmanager'}", "--cluster.listen-address=",
                 f"--web.listen-address=127.0.0.1:{self.port}"], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        wait_for("Alertmanager", self.is_ready, process=self.process)

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as response:
            return response.read()

    def is_ready(self):
        try:
            return self.get("/-/ready")
        except OSError:
            return False

    def alerts(self, kind):
        """Active ones of that condition, as Alertmanager has them."""
        return [alert for alert in json.loads(self.get("/api/v2/alerts?active=true"))
                if alert["labels"].get("alert_type") == kind]

    def stop(self):
        harness.stop(self.process)
