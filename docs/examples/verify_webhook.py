#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A receiver of promtap's webhook that believes only what is signed.

    verify_webhook.py --secret-file FILE [--port 8080]

Prints one line a message. A message is refused (401) when its signature is not
that of the secret, or when it was signed more than five minutes ago or ahead;
the same message twice is told once.
"""
import argparse
import hashlib
import hmac
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOLERANCE_SECONDS = 300
BODY_BYTES_MAX = 1 << 20
KNOWN_MAX = 10000


def signature(secret: bytes, timestamp: str, body: bytes) -> str:
    return "sha256=" + hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def is_genuine(secret: bytes, headers, body: bytes, now: float) -> bool:
    timestamp = headers.get("X-Promtap-Timestamp", "")
    if not timestamp.isdecimal() or abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    claimed = headers.get("X-Promtap-Signature", "")
    return hmac.compare_digest(signature(secret, timestamp, body).encode(), claimed.encode("utf-8", "replace"))


class Receiver(BaseHTTPRequestHandler):
    secret = b""
    timeout = 30  # seconds that a sender may be silent
    known = {}  # ids of messages, oldest first
    lock = threading.Lock()

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdecimal()):
            self.answer(411)
            return
        length = int(length[:20])
        if length > BODY_BYTES_MAX:
            self.answer(413)
            return
        body = self.rfile.read(length)
        if not is_genuine(self.secret, self.headers, body, time.time()):
            self.answer(401)
            return
        message = json.loads(body)
        with self.lock:
            if message["id"] not in self.known:
                self.tell(message)
                self.known[message["id"]] = True
                if len(self.known) > KNOWN_MAX:
                    del self.known[next(iter(self.known))]
        self.answer(204)

    def tell(self, message):
        print(message["state"], message["severity"], message["alert_type"], message["service"], message["model"],
              message["value"], message["unit"], flush=True)

    def answer(self, status):
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_):
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--secret-file", required=True)
    parser.add_argument("--port", type=int, default=8080)
    arguments = parser.parse_args()
    with open(arguments.secret_file, "rb") as file:
        Receiver.secret = file.read().strip()
    if not Receiver.secret:
        sys.exit(f"{arguments.secret_file} is empty")
    ThreadingHTTPServer(("127.0.0.1", arguments.port), Receiver).serve_forever()


if __name__ == "__main__":
    main()
