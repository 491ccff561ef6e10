#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A stand-in LLM provider: HTTP/1.1 over TLS, on loopback; in plaintext with
--plain, for a front (http2_front.mjs) that speaks for it.

Serves the paths of routes.ROUTES and /healthz. The header x-live changes how
an answer is sent, e.g. "x-live: delay=50,events=20,gzip":

  events=N        text deltas of the answer         status=N  an error of that status
  delay=MS        wait before each stream event     quota     with status=429: no money left
  gzip            gzip, flushed at each event       no_usage  no token counts
  cut=N           close after N stream events       error_event=N  fail after N events
  pad=BYTES       a comment line of that length before the first event
  bomb=BYTES      with gzip: that many spaces before the document
  model=NAME      another model answers than was asked
  first=MS        wait before the first stream event, besides
  stall=MS        one wait more, in the middle of the stream
  say=NAME        the answer is one of dialects.SAYINGS
  finish=REASON   why the answer ends, in the API's own word
  sure=P          with logprobs: about how probable each token was

The provider degrades by itself where --faults FILE says so: {"gpt-4o": "status=500"}
is as if each request for that model said it, as long as the file does.

Writes one JSON line per answer to --log before the last byte is sent: the facts that
the exchange determines, for the tests. Prints its port as a JSON line.
"""

import argparse
import hashlib
import json
import os
import signal
import ssl
import sys
import threading
import time
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import routes


BEGUN_EVENTS = 3  # after so many the log says {"begun": trace id}


def parse_live(text):
    """"delay=5,gzip" as {"delay": "5", "gzip": ""}."""
    pairs = (item.partition("=") for item in (text or "").split(",") if item)
    return {name: value for name, _, value in pairs}


class Encoder:
    """The body's content coding, piece by piece."""

    def __init__(self, gzip):
        self.gzip = zlib.compressobj(6, zlib.DEFLATED, 31) if gzip else None

    def encode(self, data, last=False):
        if not self.gzip:
            return data
        return self.gzip.compress(data) + self.gzip.flush(zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 0
    disable_nagle_algorithm = True
    timeout = 120

    def log_message(self, *_):
        pass

    def setup(self):
        super().setup()
        self.served = 0
        with self.server.lock:
            self.server.connections += 1
            self.connection_id = self.server.connections

    def handle_one_request(self):
        """Also when the client goes away, or says what no HTTP client says."""
        # The request's first byte is there when the read returns: peek blocks until then.
        try:
            self.rfile.peek(1)
        except (OSError, ValueError):
            self.close_connection = True
            return
        self.start_ns = time.monotonic_ns()
        try:
            super().handle_one_request()
        except (ConnectionError, ssl.SSLError, TimeoutError):
            self.close_connection = True

    def read_body(self):
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            pieces = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(pieces)
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def do_GET(self):
        self.send_plain(200 if self.path == "/healthz" else 404)

    def send_plain(self, status):
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"ok\n")

    def do_POST(self):
        try:
            raw = self.read_body()
            body = json.loads(raw)
        except ValueError:
            self.close_connection = True
            self.send_plain(400)
            return
        self.end_ns = time.monotonic_ns()
        self.live = {**parse_live(self.headers.get("x-live")), **parse_live(self.server.fault_of(body))}
        path = self.path.partition("?")[0]
        answer = routes.answer((self.headers.get("Host") or "").partition(":")[0], path, body, self.live)
        if answer is None:
            self.send_plain(404)
            return
        self.served += 1
        self.entry = {
            **answer.facts, **self.trace(), "method": self.command, "path": path, "status": answer.status,
            "host": self.headers.get("Host"), "request_bytes": len(raw), "response_bytes": 0, "trailer_bytes": 0,
            "connection": self.connection_id, "ordinal": self.served, "cut": "cut" in self.live,
            "start_ns": self.start_ns, "request_end_ns": self.end_ns, "start_unix_ns": self.unix(self.start_ns),
            "first_output_ns": None, "output_events": 0,
        }
        if answer.events is None:
            self.send_document(answer)
        else:
            self.send_events(answer)

    @staticmethod
    def unix(monotonic_ns):
        return time.time_ns() - time.monotonic_ns() + monotonic_ns

    def trace(self):
        """The ids of the request's traceparent, which name the call to the tests."""
        parts = (self.headers.get("traceparent") or "").split("-")
        return {"trace_id": parts[1], "span_id": parts[2]} if len(parts) == 4 else {"trace_id": None, "span_id": None}

    def send_head(self, status, content_type, headers, length=None):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", content_type)
        self.send_header("x-request-id", "req_live")
        if "gzip" in self.live:
            self.send_header("Content-Encoding", "gzip")
        if length is None:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(length))
        if status == 429:
            self.send_header("retry-after", "1")
        self.entry["head_ns"] = time.monotonic_ns()
        self.end_headers()

    def finish_entry(self, identity):
        """Logs the answer; its last bytes are sent after this."""
        self.entry["body_sha256"] = identity.hexdigest()
        self.server.log(self.entry)

    def send_document(self, answer):
        identity = json.dumps(answer.document, ensure_ascii=False, indent=1).encode()
        identity = b" " * int(self.live.get("bomb", 0)) + identity
        body = Encoder("gzip" in self.live).encode(identity, last=True)
        time.sleep(float(self.live.get("delay", 0)) / 1000)
        self.entry["response_bytes"] = len(body)
        self.send_head(answer.status, "application/json", answer.headers, len(body))
        self.entry["last_ns"] = time.monotonic_ns()
        self.finish_entry(hashlib.sha256(identity))
        self.wfile.write(body)

    def send_chunk(self, data):
        if data:
            self.entry["response_bytes"] += len(data)
            self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))

    def send_events(self, answer):
        encoder, identity = Encoder("gzip" in self.live), hashlib.sha256()
        self.send_head(200, answer.content_type, answer.headers)
        if "pad" in self.live:
            line = b": " + b"x" * int(self.live["pad"]) + b"\n\n"
            identity.update(line)
            self.send_chunk(encoder.encode(line))
        try:
            for i, event in enumerate(answer.events):
                self.pause(i, len(answer.events))
                self.send_event(event, encoder, identity)
                if i == BEGUN_EVENTS:
                    self.server.log({"begun": self.entry["trace_id"]})
        except OSError:
            self.entry.update(routes.CUT_SHORT, cut=True)
            self.finish_entry(identity)
            raise
        if "cut" in self.live:
            self.close_connection = True
            self.finish_entry(identity)
            return
        trailer = encoder.encode(b"", last=True)
        self.entry["trailer_bytes"] = len(trailer)
        self.send_chunk(trailer)
        self.finish_entry(identity)
        self.wfile.write(b"0\r\n\r\n")

    def pause(self, number, count):
        """What the settings want before an event of a stream."""
        waits = ["delay"] + ["first"] * (number == 0) + ["stall"] * (number == count // 2)
        time.sleep(sum(float(self.live.get(name, 0)) for name in waits) / 1000)

    def send_event(self, event, encoder, identity):
        data = event.encode()
        identity.update(data)
        if event.output:
            self.entry["output_events"] += 1
            self.entry["first_output_ns"] = self.entry["first_output_ns"] or time.monotonic_ns()
        self.entry["last_ns"] = time.monotonic_ns()
        self.send_chunk(encoder.encode(data))


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port, context, log, faults=None):
        self.context = context
        self.faults = faults
        self.lock = threading.Lock()
        self.connections = 0
        self.log_file = log
        super().__init__(("127.0.0.1", port), Handler)

    def finish_request(self, request, client_address):
        """In the connection's own thread: the handshake does not hold up others."""
        request.settimeout(30)
        if not self.context:
            super().finish_request(request, client_address)
            return
        try:
            with self.context.wrap_socket(request, server_side=True) as connection:
                super().finish_request(connection, client_address)
        except (ssl.SSLError, OSError):
            pass  # a client that went away is no fault of the provider

    def fault_of(self, body):
        """What the file of faults says now about the model that is asked for."""
        if not self.faults:
            return ""
        with open(self.faults, encoding="utf-8") as file:
            return json.load(file).get(body.get("model"), "")

    def log(self, entry):
        with self.lock:
            self.log_file.write(json.dumps(entry) + "\n")
            self.log_file.flush()


def make_context(options):
    if options.plain:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.certificate, options.key)
    context.set_alpn_protocols(["http/1.1"])
    return context


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--log", default=os.devnull)
    parser.add_argument("--faults", help="JSON: directives by model; replaced as a whole while the provider runs")
    options = parser.parse_args()
    with open(options.log, "a", encoding="utf-8") as log:
        server = Server(options.port, make_context(options), log, options.faults)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        print(json.dumps({"port": server.server_address[1], "pid": os.getpid()}), flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
