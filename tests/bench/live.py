#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The agent at work: what it costs itself, and what it adds to a call.

roles    CPU and memory of each role while 64 streams of server-sent events run
         (25 events a second each, clients in one Python process). CPU is the
         role's own time by the wall clock; memory is the resident set without
         the ring, which is mapped twice and counted by the kernel as resident.

latency  A Python client's calls over one kept connection, in blocks that
         alternate between observed and not observed (ABBA, promtap started and
         stopped between), so that drift of the machine falls on both. Medians
         of the blocks' medians and of the client's CPU time per call; the
         difference is what promtap adds. The server runs in another process
         and is observed as well, as on a machine that serves and calls.

Figures are of this machine at this moment: compare within one run only.
"""

import argparse
import http.client
import http.server
import json
import os
import re
import resource
import signal
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HOST = "127.0.0.1"
EVENTS_PER_SECOND = 25
TICKS = os.sysconf("SC_CLK_TCK")


# ---------------------------------------------------------------- the server

def chunk(index, text):
    return {"id": "chatcmpl-bench", "object": "chat.completion.chunk", "model": "gpt-4o-2024-08-06",
            "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}], "n": index}


class Provider(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if body.get("stream"):
            self.stream(body["n_events"])
        else:
            self.plain()

    def plain(self):
        answer = json.dumps({
            "id": "chatcmpl-bench", "object": "chat.completion", "model": "gpt-4o-2024-08-06",
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "x" * 400}}],
            "usage": {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150}}).encode()
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                         % (len(answer), answer))

    def stream(self, events):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        usage = {"id": "chatcmpl-bench", "object": "chat.completion.chunk", "model": "gpt-4o-2024-08-06", "choices": [],
                 "usage": {"prompt_tokens": 100, "completion_tokens": events, "total_tokens": 100 + events}}
        for index in range(events):
            self.event(json.dumps(chunk(index, " token")))
            time.sleep(1 / EVENTS_PER_SECOND)
        self.event(json.dumps(usage))
        self.event("[DONE]")
        self.wfile.write(b"0\r\n\r\n")

    def event(self, data):
        line = f"data: {data}\n\n".encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True


def serve(directory):
    server = Server((HOST, 0), Provider)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{directory}/cert.pem", f"{directory}/key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    print(server.server_address[1], flush=True)
    server.serve_forever()


def start_server(directory):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-keyout", f"{directory}/key.pem", "-out", f"{directory}/cert.pem"],
                   check=True, stderr=subprocess.DEVNULL)
    server = subprocess.Popen([sys.executable, __file__, "--serve", directory], stdout=subprocess.PIPE, text=True)
    return server, int(server.stdout.readline())


# ---------------------------------------------------------------- the client

def connect(port):
    context = ssl._create_unverified_context()
    connection = http.client.HTTPSConnection(HOST, port, context=context)
    connection.connect()
    return connection


def call(connection, **fields):
    body = json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": "y" * 800}], **fields})
    connection.request("POST", "/v1/chat/completions", body, {"Content-Type": "application/json"})
    return connection.getresponse().read()


# ---------------------------------------------------------------- promtap

class Promtap:
    def __init__(self, binary, directory):
        self.calls = f"{directory}/calls.jsonl"
        self.log = open(f"{directory}/promtap.log", "a+")
        self.process = subprocess.Popen([binary, "run", "--listen", f"{HOST}:0", "--calls", self.calls, "--state-dir", "none"],
                                        stdout=self.log, stderr=self.log)

    def wait_until_it_sees(self, connection):
        """Calls until one has a record."""
        before = self.records()
        for _ in range(200):
            call(connection)
            time.sleep(0.05)
            if self.records() > before:
                return
        raise SystemExit("promtap does not see the client; see --keep and its promtap.log")

    def records(self):
        try:
            with open(self.calls) as file:
                return sum(1 for _ in file)
        except FileNotFoundError:
            return 0

    def roles(self):
        """role -> pid, the tracer included."""
        found = {"tracer": self.process.pid}
        children = open(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read().split()
        for pid in children:
            arguments = open(f"/proc/{pid}/cmdline").read().split("\0")
            found[arguments[2]] = int(pid)
        return found

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        if self.process.wait(timeout=20) != 0:
            raise SystemExit("promtap ended with an error")


def cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_kib(pid):
    """Private and shared resident memory without maps of the ring (bpf-map)."""
    total, ring = 0, False
    for line in open(f"/proc/{pid}/smaps"):
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            ring = "bpf-map" in line or "bpf_ringbuf" in line
        elif line.startswith("Rss:") and not ring:
            total += int(line.split()[1])
    return total


# ---------------------------------------------------------------- measurements

def measure_roles(options, directory, port):
    promtap = Promtap(options.promtap, directory)
    promtap.wait_until_it_sees(connect(port))
    before_records = promtap.records()
    events = EVENTS_PER_SECOND * options.seconds
    threads = [threading.Thread(target=lambda: call(connect(port), stream=True, n_events=events))
               for _ in range(options.streams)]
    for thread in threads:
        thread.start()
    time.sleep(2)
    roles, start = promtap.roles(), time.monotonic()
    cpu = {role: cpu_seconds(pid) for role, pid in roles.items()}
    time.sleep(max(1, options.seconds - 4))
    elapsed = time.monotonic() - start
    rows = [(role, (cpu_seconds(pid) - cpu[role]) / elapsed, memory_kib(pid)) for role, pid in roles.items()]
    for thread in threads:
        thread.join()
    time.sleep(1)
    seen = promtap.records() - before_records
    promtap.stop()
    print(f"roles: {options.streams} streams, {options.streams * EVENTS_PER_SECOND} events/s at each end, "
          f"{seen} records of {2 * options.streams} (both ends)")
    for role, share, kib in rows:
        print(f"  {role:10} {100 * share:5.1f} % of a core   {kib / 1024:6.1f} MiB")


def block(connection, calls):
    times, cpu = [], resource.getrusage(resource.RUSAGE_SELF)
    start_cpu = cpu.ru_utime + cpu.ru_stime
    for _ in range(calls):
        start = time.perf_counter()
        call(connection)
        times.append(time.perf_counter() - start)
    cpu = resource.getrusage(resource.RUSAGE_SELF)
    return statistics.median(times) * 1e6, (cpu.ru_utime + cpu.ru_stime - start_cpu) / calls * 1e6


def measure_latency(options, directory, port):
    results = {False: [], True: []}
    connection = connect(port)
    block(connection, options.calls)
    for observed in [False, True, True, False] * options.rounds:
        promtap = None
        if observed:
            promtap = Promtap(options.promtap, directory)
            promtap.wait_until_it_sees(connection)
        block(connection, options.calls // 10)
        results[observed].append(block(connection, options.calls))
        if promtap:
            promtap.stop()
    print(f"latency: {options.calls} calls a block, {2 * options.rounds} blocks of each kind, "
          "one connection, 1 KiB request, 700 B answer")
    for name, column in (("wall clock", 0), ("client CPU", 1)):
        plain = statistics.median(r[column] for r in results[False])
        seen = statistics.median(r[column] for r in results[True])
        print(f"  {name}: {plain:7.1f} us without, {seen:7.1f} us with: +{seen - plain:.1f} us ({seen / plain:.2f}x)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--promtap", default="build/promtap")
    parser.add_argument("--streams", type=int, default=64)
    parser.add_argument("--seconds", type=int, default=15, help="length of a stream")
    parser.add_argument("--calls", type=int, default=400, help="calls in a block")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--serve", metavar="DIR", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
    with tempfile.TemporaryDirectory() as directory:
        server, port = start_server(directory)
        try:
            measure_roles(options, directory, port)
            measure_latency(options, directory, port)
        finally:
            server.kill()


if __name__ == "__main__":
    main()
