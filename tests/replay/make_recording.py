#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a promtap recording out of recorded HTTP interactions.

In: JSON Lines, plain or gzip, one interaction a line (url, method, headers,
bodies, status). Out: a file that `promtap replay` reads, with the HTTP/1.1 bytes
that a client would have written and read, so that everything above the kernel
runs without one. The trace-id of each request names its interaction: the first
32 hex digits of the SHA-256 of its id.
"""

import argparse
import base64
import gzip
import hashlib
import json
import random
import struct
import sys
from urllib.parse import urlsplit

EVENT_DATA, EVENT_CLOSE, EVENT_PROCESS, EVENT_EXIT = 1, 2, 3, 4
WRITE, READ = 0, 1
PIECE_BYTES = 16384         # DATA_CLASS_3
BYTEWISE = 1500             # from each end of a body that --split bytes cuts at every byte
NOT_REPLAYED = {
    "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "host",
    "content-length", "traceparent", "tracestate",
}
CONTENT_TYPES = {"sse": "text/event-stream", "sse_named": "text/event-stream", "ndjson": "application/x-ndjson",
                 "json": "application/json", "json_array_stream": "application/json",
                 "aws_eventstream": "application/vnd.amazon.eventstream"}


class Recording:
    """Event records of include/event.h, version 1."""

    def __init__(self, file, pid):
        self.file = file
        self.pid = pid
        self.now_ns = 1_000_000_000
        file.write(struct.pack("=8sIIq40x", b"promtap\n", 1, 1, 1_700_000_000_000_000_000))
        self._process()

    def _append(self, kind, rest):
        self.now_ns += 50_000
        record = struct.pack("=IHHQ", 16 + len(rest), kind, 0, self.now_ns) + rest
        self.file.write(record + b"\0" * (-len(record) % 8))

    def _process(self):
        self._append(EVENT_PROCESS, struct.pack("=IIQQ16s64s", self.pid, 1000, 5_000_000, 1, b"client", b"client")
                     + b"\0" * 3072)

    def data(self, conn, direction, position, piece):
        rest = struct.pack("=QQII", conn, conn, self.pid, 0)
        rest += struct.pack("=QQQQIIIBBBB", self.now_ns, position, 0, 1, self.pid, len(piece), 1, direction, 0, 0, 0)
        self._append(EVENT_DATA, rest + piece)

    def close(self, conn):
        self._append(EVENT_CLOSE, struct.pack("=QQII", conn, conn, self.pid, 0))


def load(path):
    with open(path, "rb") as file:
        data = file.read()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    return [json.loads(line) for line in data.splitlines() if line]


def request_bytes(interaction):
    body = interaction["request_body"]
    if body is not None:
        body = base64.b64decode(body) if interaction["request_body_encoding"] == "base64" else body.encode()
    url = urlsplit(interaction["url"])
    headers = [("Host", url.netloc)]
    headers += [(name, value) for name, value in interaction["request_headers"] if name.lower() not in NOT_REPLAYED]
    if body and not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    trace = hashlib.sha256(interaction["id"].encode()).hexdigest()[:32]
    span = hashlib.sha256(f"offline {interaction['id']}".encode()).hexdigest()[:16]
    headers.append(("traceparent", f"00-{trace}-{span}-01"))
    if body is not None:
        headers.append(("Content-Length", str(len(body))))
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    return head(f"{interaction['method']} {target} HTTP/1.1", headers) + (body or b"")


def head(first, headers):
    lines = [first] + [f"{name}: {value}" for name, value in headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def chunked(body, sizes):
    out, at = [], 0
    while at < len(body):
        size = next(sizes)
        piece = body[at:at + size]
        out.append(b"%x\r\n" % len(piece) + piece + b"\r\n")
        at += size
    return b"".join(out) + b"0\r\n\r\n"


def response_bytes(interaction, options, rng):
    body = base64.b64decode(interaction["response_body_b64"])
    if interaction["response_body_coding"] == "gzip":
        body = gzip.decompress(body)
    headers = [(name, value) for name, value in interaction["response_headers"]
               if name.lower() not in NOT_REPLAYED and name.lower() != "content-encoding"]
    if not any(name.lower() == "content-type" for name, _ in headers) and interaction["framing"] in CONTENT_TYPES:
        headers.append(("Content-Type", CONTENT_TYPES[interaction["framing"]]))
    bodiless = interaction["status"] == 204 or interaction["method"] == "HEAD"
    if options.coding == "gzip" and body and not bodiless:
        body = gzip.compress(body, 6, mtime=0)
        headers.append(("Content-Encoding", "gzip"))
    if bodiless:
        body = b""
    elif options.framing == "chunked" or (options.framing == "as-recorded" and interaction["streaming"]):
        headers.append(("Transfer-Encoding", "chunked"))
        body = chunked(body, iter(lambda: rng.randint(1, 3000), 0))
    else:
        headers.append(("Content-Length", str(len(body))))
    return head(f"HTTP/1.1 {interaction['status']} {interaction.get('reason') or 'OK'}", headers) + body


def cuts(length, split, rng):
    """Where a TLS read or write ends."""
    if split == "bytes":
        ends = set(range(1, min(length, BYTEWISE))) | set(range(max(1, length - BYTEWISE), length))
        ends |= set(rng.sample(range(1, length), min(length - 1, 50)))
    elif split == "random":
        ends = set(rng.sample(range(1, length), min(length - 1, rng.randint(1, 40))))
    else:
        ends = set()
    return sorted(ends | set(range(PIECE_BYTES, length, PIECE_BYTES))) + [length]


def write(recording, conn, direction, position, payload, split, rng):
    at = 0
    for end in cuts(len(payload), split, rng):
        recording.data(conn, direction, position + at, payload[at:end])
        at = end
    return position + len(payload)


def abort_length(interaction, options, total):
    chosen = int(hashlib.sha256(f"abort {interaction['id']}".encode()).hexdigest()[:8], 16) / 2 ** 32
    return None if chosen >= options.abort_fraction else random.Random(interaction["id"]).randint(1, total - 1)


def make(interactions, file, options):
    rng = random.Random(options.seed)
    recording = Recording(file, pid=4242)
    conn, used, positions, sent = 0, 0, [0, 0], []
    for interaction in interactions:
        if used == 0:
            conn, positions = conn + 1, [0, 0]
        request = request_bytes(interaction)
        response = response_bytes(interaction, options, rng)
        body_at = response.index(b"\r\n\r\n") + 4
        cut = abort_length(interaction, options, len(response) - body_at) if len(response) - body_at > 1 else None
        if cut:
            response = response[:body_at + cut]
        positions[WRITE] = write(recording, conn, WRITE, positions[WRITE], request, options.split, rng)
        positions[READ] = write(recording, conn, READ, positions[READ], response, options.split, rng)
        sent.append({"id": interaction["id"], "client": "offline", "outcome": "aborted" if cut else "same",
                     "protocol": "http/1.1",
                     "parent_span_id": hashlib.sha256(f"offline {interaction['id']}".encode()).hexdigest()[:16],
                     "request_bytes": len(request) - request.index(b"\r\n\r\n") - 4})
        used = 0 if cut else (used + 1) % options.per_connection
        if used == 0:
            recording.close(conn)
    if used:
        recording.close(conn)
    return sent


def chosen(interaction, options):
    if options.provider and interaction["provider"] not in options.provider.split(","):
        return False
    if options.not_operation and interaction["operation"] in options.not_operation.split(","):
        return False
    return options.plaintext or interaction["url"].startswith("https:")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("interactions")
    parser.add_argument("recording")
    parser.add_argument("--sent", help="write what was sent, for a scorer")
    parser.add_argument("--provider", help="only these, comma-separated")
    parser.add_argument("--not-operation", help="not these, comma-separated")
    parser.add_argument("--plaintext", action="store_true",
                        help="also what was sent without TLS, which promtap would not have seen")
    parser.add_argument("--coding", default="identity", choices=("identity", "gzip"))
    parser.add_argument("--split", default="whole", choices=("whole", "random", "bytes"))
    parser.add_argument("--framing", default="as-recorded", choices=("as-recorded", "chunked", "length"))
    parser.add_argument("--per-connection", type=int, default=10, metavar="N", help="requests on one connection")
    parser.add_argument("--abort-fraction", type=float, default=0, metavar="P", help="share of answers that break off")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    interactions = [i for i in load(options.interactions) if chosen(i, options)]
    with open(options.recording, "wb") as file:
        sent = make(interactions, file, options)
    if options.sent:
        with open(options.sent, "w") as file:
            json.dump(sent, file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
