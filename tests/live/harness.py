# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests stand on: certificates, a hosts file of their own,
the provider, promtap, and clients as separate, unmodified processes. Only
processes started here are ever ended.
"""

import contextlib
import ctypes
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import expect
from metrics import Metrics

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = ROOT / "build"
LIVE = BUILD / "live"
# Nothing that a test leaves is taken up by another, or by the user's own agent.
os.environ.setdefault("PROMTAP_STATE_DIR", "none")
PROMTAP = Path(os.environ.get("PROMTAP", BUILD / "promtap"))
HOSTS = {"openai.chat": "api.openai.com", "openai.responses": "api.openai.com", "openai.embeddings": "api.openai.com",
         "anthropic.messages": "api.anthropic.com", "gemini.generate": "generativelanguage.googleapis.com",
         "bedrock.converse": "bedrock-runtime.us-east-1.amazonaws.com",
         "bedrock.invoke": "bedrock-runtime.us-east-1.amazonaws.com", "cohere.v2": "api.cohere.com",
         "mistral.chat": "api.mistral.ai", "ollama.native": "ollama.com"}
HOST_NAMES = (*dict.fromkeys(HOSTS.values()), "llm.internal.example")
STOP_SECONDS = 20
WAIT_SECONDS = 30
PYTHON_STACKS = ("requests", "httpx", "httpx-async", "aiohttp", "openai", "openai-async", "anthropic",
                 "anthropic-async", "ws-python", "ws-python-async", "ws-openai")
VENDOR_STACKS = ("google", "bedrock", "cohere", "mistral", "ollama")
NODE_SDK_MAJOR = 20


class Unavailable(Exception):
    """Something that a test needs is not here: it is skipped, with this reason."""


# ---- what is prepared once

def run(*command, **arguments):
    return subprocess.run(command, check=True, capture_output=True, text=True, **arguments)


def make_certificates():
    """A CA and a leaf for the providers' names, made anew when half spent or when there are other names."""
    folder = LIVE / "ca"
    ca, key, leaf, extensions = (folder / name for name in ("ca.pem", "key.pem", "chain.pem", "leaf.ext"))
    names = ",".join(f"DNS:{name}" for name in (*HOST_NAMES, "localhost")) + ",IP:127.0.0.1"
    wanted = (f"subjectAltName={names}\nbasicConstraints=CA:FALSE\n"
              "keyUsage=digitalSignature\nextendedKeyUsage=serverAuth\n")
    if leaf.exists() and extensions.read_text() == wanted and time.time() - leaf.stat().st_mtime < 10 * 86400:
        return ca, key, leaf
    folder.mkdir(parents=True, exist_ok=True)
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    run("openssl", "req", "-x509", *curve, "-keyout", folder / "ca.key", "-out", ca, "-days", "30",
        "-subj", "/CN=promtap test CA", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    run("openssl", "req", *curve, "-keyout", key, "-out", folder / "leaf.csr", "-subj", "/CN=api.openai.com")
    extensions.write_text(wanted)
    run("openssl", "x509", "-req", "-in", folder / "leaf.csr", "-CA", ca, "-CAkey", folder / "ca.key",
        "-CAcreateserial", "-days", "30", "-extfile", extensions, "-out", folder / "leaf.pem")
    leaf.write_text((folder / "leaf.pem").read_text() + ca.read_text())
    return ca, key, leaf


def make_hosts_file():
    """Renamed into its place: clients that run already read it at any time."""
    path, made = LIVE / "hosts", LIVE / f"hosts-{secrets.token_hex(4)}"
    made.write_text("127.0.0.1 localhost " + " ".join(HOST_NAMES) + "\n")
    return made.replace(path)


def python_packages(requirements="requirements.txt", venv=LIVE / "venv"):
    """The venv's python; Unavailable: it cannot be made."""
    python, stamp = venv / "bin/python", venv / "requirements"
    wanted = (HERE / requirements).read_text()
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return python
    try:
        run(sys.executable, "-m", "venv", "--clear", venv)
        run(python, "-m", "pip", "install", "--quiet", "-r", HERE / requirements)
    except subprocess.CalledProcessError as error:
        raise Unavailable(f"pip could not install tests/live/{requirements}: {last_line(error)}") from None
    stamp.write_text(wanted)
    return python


def node_packages():
    """node_modules; Unavailable: they cannot be installed."""
    if node_major() < NODE_SDK_MAJOR:
        raise Unavailable(f"the Node SDKs need Node {NODE_SDK_MAJOR}; this one is {node_major()}")
    folder, stamp = LIVE / "node", LIVE / "node/installed"
    wanted = (HERE / "package-lock.json").read_text()
    if not stamp.exists() or stamp.read_text() != wanted:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            (folder / name).write_text((HERE / name).read_text())
        try:
            run("npm", "ci", "--silent", "--no-audit", "--no-fund", cwd=folder)
        except (subprocess.CalledProcessError, FileNotFoundError) as error:
            raise Unavailable(f"npm could not install tests/live/package.json: {last_line(error)}") from None
        stamp.write_text(wanted)
    return folder / "node_modules"


def node_major():
    try:
        return int(run("node", "--version").stdout.lstrip("v").partition(".")[0])
    except (FileNotFoundError, subprocess.CalledProcessError):
        raise Unavailable("node is not installed") from None


def last_line(error):
    return ((getattr(error, "stderr", "") or str(error)).strip().splitlines() or ["?"])[-1]


def need_kernel():
    """What promtap run needs of the machine."""
    if not PROMTAP.exists():
        raise Unavailable(f"{PROMTAP} is not built")
    if os.geteuid() != 0:
        raise Unavailable("not root: uprobes cannot be attached")
    if not os.path.exists("/sys/kernel/btf/vmlinux"):
        raise Unavailable("the kernel has no BTF (/sys/kernel/btf/vmlinux)")
    # bpf(BPF_MAP_CREATE) with a bad size: EINVAL or E2BIG where the call is there and allowed.
    attributes = ctypes.create_string_buffer(128)
    libc = ctypes.CDLL(None, use_errno=True)
    number = {"x86_64": 321, "aarch64": 280}.get(os.uname().machine)
    if number and libc.syscall(number, 0, attributes, 128) < 0 and ctypes.get_errno() in (1, 13, 38):
        raise Unavailable(f"bpf(2) is refused: {os.strerror(ctypes.get_errno())}")


# ---- processes

def stop(process, number=signal.SIGTERM):
    """Ends a process that was started here; returns its status."""
    if process.poll() is None:
        process.send_signal(number)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"{process.args[0]} did not end in {STOP_SECONDS} s") from None
    return process.returncode


def wait_for(what, condition, seconds=WAIT_SECONDS, process=None):
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if process and process.poll() is not None:
            raise AssertionError(f"{what}: the process ended with {process.returncode}")
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.05)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    """A promtap on that port says that it is ready."""
    with contextlib.suppress(OSError):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as response:
            return response.status == 200
    return False


class Provider:
    program = "provider.py"

    def __init__(self, work, name="provider", python=sys.executable):
        self.ca, key, chain = make_certificates()
        self.log_path = work / f"{name}.log"
        self.process = subprocess.Popen(
            [python, HERE / self.program, "--certificate", chain, "--key", key, "--log", self.log_path],
            stdout=subprocess.PIPE, text=True)
        self.port = json.loads(self.process.stdout.readline())["port"]

    def log(self):
        return {entry["trace_id"]: entry for entry in expect.read_lines(self.log_path) if "trace_id" in entry}

    def has_begun(self, call):
        return any(entry.get("begun") == call["trace_id"] for entry in expect.read_lines(self.log_path))

    def stop(self):
        stop(self.process)
        self.process.stdout.close()


class Http2Provider(Provider):
    """The same behind a Node server that speaks HTTP/2; between the two it is
    plaintext, which nobody observes."""

    def __init__(self, work):
        node_major()
        self.ca, key, chain = make_certificates()
        self.log_path = work / "provider.log"
        self.behind = subprocess.Popen([sys.executable, HERE / "provider.py", "--plain", "--log", self.log_path],
                                       stdout=subprocess.PIPE, text=True)
        port = json.loads(self.behind.stdout.readline())["port"]
        self.process = subprocess.Popen(["node", HERE / "http2_front.mjs", str(port), chain, key],
                                        stdout=subprocess.PIPE, text=True)
        self.port = json.loads(self.process.stdout.readline())["port"]

    def stop(self):
        super().stop()
        stop(self.behind)
        self.behind.stdout.close()


class SocketProvider(Provider):
    program = "socket_provider.py"

    def __init__(self, work):
        super().__init__(work, "sockets", python_packages())


class Promtap:
    """`promtap run` with its records, its log and its metrics."""

    def __init__(self, work, *options, prices=None, wait=True, keep_state=False, host="127.0.0.1"):
        work.mkdir(parents=True, exist_ok=True)
        self.state = work / "state"
        if not keep_state:
            shutil.rmtree(self.state, ignore_errors=True)
        self.calls_path, self.log_path = work / "calls.jsonl", work / "promtap.log"
        self.calls_path.unlink(missing_ok=True)
        self.price_path = work / "prices.csv"
        self.price_path.write_text(prices or expect.price_file())
        self.port = free_port()
        command = [PROMTAP, "run", "--calls", self.calls_path, "--listen", f"{host}:{self.port}",
                   "--prices", self.price_path, "--state-dir", self.state, *options]
        with open(self.log_path, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        if wait:
            wait_for("promtap is ready", self.is_ready, process=self.process)

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def get(self, path):
        with urllib.request.urlopen(self.url(path), timeout=10) as response:
            return response.read().decode()

    def is_ready(self):
        return answers(self.port)

    def metrics(self):
        return Metrics(self.get("/metrics"))

    def records(self, role="client"):
        return [record for record in expect.read_lines(self.calls_path) if record.get("role") == role]

    def log(self):
        return self.log_path.read_text(encoding="utf-8")

    def children(self):
        """Command lines of the roles by process id."""
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                if parent == self.process.pid:
                    found[int(entry.name)] = (entry / "cmdline").read_bytes().decode().split("\0")
        return found

    def role_pid(self, role):
        pids = [pid for pid, command in self.children().items() if role in command]
        return pids[0] if pids else None

    def stop(self):
        return stop(self.process)


# ---- calls

PATHS = {"openai.chat": "/v1/chat/completions", "openai.responses": "/v1/responses",
         "openai.embeddings": "/v1/embeddings", "anthropic.messages": "/v1/messages"}
MODELS = {"openai.chat": "gpt-4o-mini", "openai.responses": "gpt-4.1-mini",
          "openai.embeddings": "text-embedding-3-small", "anthropic.messages": "claude-opus-4-6",
          "gemini.generate": "gemini-flash-latest", "bedrock.converse": "amazon.nova-lite-v1:0",
          "bedrock.invoke": "us.anthropic.claude-haiku-4-5-20251001-v1:0", "cohere.v2": "command-a-03-2025",
          "mistral.chat": "mistral-small-latest", "ollama.native": "gpt-oss:120b"}


def make_call(dialect, live="", text="Hallo, Wörld. \"model\": \"decoy\"", host=None, **body):
    """One call of a plan; its trace id names it everywhere. Where only an SDK
    makes it, `path` is the dialect, and `body` what the SDK is given."""
    return {"trace_id": secrets.token_hex(16), "span_id": secrets.token_hex(8), "path": PATHS.get(dialect, dialect),
            "host": host or HOSTS[dialect], "live": live,
            "body": {"model": MODELS[dialect], **content(dialect, text), **body}}


def content(dialect, text):
    if dialect in ("openai.responses", "openai.embeddings"):
        return {"input": text}
    if dialect == "gemini.generate":
        return {"contents": text}
    if dialect == "bedrock.converse":
        return {"messages": [{"role": "user", "content": [{"text": text}]}]}
    messages = {"messages": [{"role": "user", "content": text}]}
    if dialect in ("anthropic.messages", "bedrock.invoke"):
        messages["max_tokens"] = 100
    if dialect == "bedrock.invoke":
        messages["anthropic_version"] = "bedrock-2023-05-31"
    return messages


def tool(dialect, name):
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    if dialect in ("openai.chat", "cohere.v2", "mistral.chat", "ollama.native"):
        return {"type": "function", "function": {"name": name, "description": "asks", "parameters": schema}}
    if dialect == "openai.responses":
        return {"type": "function", "name": name, "parameters": schema, "strict": False}
    if dialect == "gemini.generate":
        return {"functionDeclarations": [{"name": name, "description": "asks", "parametersJsonSchema": schema}]}
    if dialect == "bedrock.converse":
        return {"toolSpec": {"name": name, "inputSchema": {"json": schema}}}
    return {"name": name, "input_schema": schema}


def in_own_namespace(command, cgroup=None):
    """Runs a command with the test's hosts file in a mount namespace of its own,
    in a cgroup if wanted; the process keeps its id from here to the end."""
    join = "".join(f"echo $$ > {file}/cgroup.procs; " for file in cgroup or ())
    script = f'{join}mount --bind "$0" /etc/hosts && exec "$@"'
    return ["unshare", "-m", "sh", "-ec", script, make_hosts_file(), *command]


def client_environment(ca):
    return {**os.environ, "SSL_CERT_FILE": str(ca), "AWS_CA_BUNDLE": str(ca), "NODE_EXTRA_CA_CERTS": str(ca),
            "NO_PROXY": "*", "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED": "true",
            "LIVE_NODE_MODULES": str(LIVE / "node/node_modules")}


def client_command(stack, plan_path, provider):
    if stack.startswith("ws-node"):
        node_packages()
        return ["node", HERE / "client_socket.mjs", stack, plan_path, str(provider.port), provider.ca]
    if stack.startswith("node-"):
        node_major()
        if stack not in ("node-https", "node-http2", "node-fetch"):
            node_packages()
        return ["node", HERE / "client_node.mjs", stack, plan_path, str(provider.port), provider.ca]
    python = python_packages() if stack in PYTHON_STACKS + VENDOR_STACKS else sys.executable
    program = "client_vendors.py" if stack in VENDOR_STACKS else \
        "client_socket.py" if stack.startswith("ws-") else "client_python.py"
    return [python, HERE / program, stack, plan_path, str(provider.port), provider.ca]


class Client:
    """A client process that makes the calls of a plan; see client_python.py."""

    def __init__(self, stack, provider, work, calls=None, groups=None, concurrency=1, cgroup=None):
        plan = {"calls": calls, "groups": groups, "wait": groups is not None, "concurrency": concurrency}
        plan_path = work / f"plan-{secrets.token_hex(4)}.json"
        plan_path.write_text(json.dumps(plan))
        command = in_own_namespace(client_command(stack, plan_path, provider), cgroup)
        self.stack, self.results = stack, {}
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env=client_environment(provider.ca))
        self.about = json.loads(self.read())

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(f"{self.stack} ended with {self.process.wait()} before it said anything")
        return line

    def wait_ready(self):
        """Reads outcomes until the client waits for the next line."""
        while "ready" not in (line := json.loads(self.read())):
            self.results[line["trace_id"]] = line

    def go(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def finish(self):
        """Outcomes by trace id."""
        output, _ = self.process.communicate(timeout=300)
        for line in output.splitlines():
            outcome = json.loads(line)
            if "trace_id" in outcome:
                self.results[outcome["trace_id"]] = outcome
        if self.process.returncode != 0:
            raise AssertionError(f"{self.stack} ended with {self.process.returncode}")
        return self.results

    def kill(self):
        self.process.kill()
        self.process.communicate()


CURL_OUTPUT = re.compile(r"^(\d{3})\n\Z", re.MULTILINE)


def curl(provider, work, calls, proxy_port=None, cgroup=None, version="--http1.1"):
    """One curl process for all calls, over one connection if it can; returns
    (facts of the process, outcomes by trace id)."""
    options = ["--silent", "--cacert", provider.ca, version, "--max-time", "120"]
    if proxy_port:
        options += ["--proxy", f"https://localhost:{proxy_port}", "--proxy-cacert", provider.ca]
    command = ["curl"]
    for i, call in enumerate(calls):
        body, answer = work / f"{call['trace_id']}.request", work / f"{call['trace_id']}.response"
        body.write_text(json.dumps(call["body"]))
        headers = {"content-type": "application/json", "authorization": "Bearer test",
                   "traceparent": f"00-{call['trace_id']}-{call['span_id']}-01", "x-live": call["live"]}
        command += [*(["--next"] if i else []), *options, "--compressed", "--data-binary", f"@{body}",
                    *(word for name, value in headers.items() if value for word in ("-H", f"{name}: {value}")),
                    "--output", answer, "--write-out", "%{http_code} %{exitcode}\n",
                    f"https://{call['host']}:{provider.port}{call['path']}"]
    start = time.time_ns()
    environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    process = subprocess.Popen(in_own_namespace(command, cgroup), stdout=subprocess.PIPE, text=True, env=environment)
    output, _ = process.communicate(timeout=300)
    outcomes = {}
    for call, line in zip(calls, output.splitlines()):
        status, code = line.split()
        answer = work / f"{call['trace_id']}.response"
        outcomes[call["trace_id"]] = {
            "status": int(status), "error": f"curl exit {code}" if int(code) else None, "start_unix_ns": start,
            "end_unix_ns": time.time_ns(), "body": answer.read_bytes() if answer.exists() else b""}
    return {"pid": process.pid, "program": "curl"}, outcomes


# ---- cgroups

class Cgroup:
    """A cgroup made for a test below the tree's root, with its parents."""

    def __init__(self, made):
        self.path, self.made = made[-1], made

    @classmethod
    def make(cls, tree, path):
        """In the cgroup2 tree, or in the v1 memory hierarchy; None: cannot be."""
        root = cls.root(tree)
        if not root:
            return None
        made, folder = [], Path(root)
        try:
            for name in path.split("/"):
                folder = folder / name
                folder.mkdir(exist_ok=True)
                made.append(folder)
        except OSError:
            cls(made).remove() if made else None
            return None
        return cls(made)

    def join(self, command):
        """The command that runs in it from its start."""
        return ["sh", "-c", 'echo $$ > "$0"/cgroup.procs; exec "$@"', self.path, *command]

    @staticmethod
    def root(tree):
        for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines():
            _, where, kind, options, *_ = line.split(" ")
            if tree == "cgroup2" and kind == "cgroup2":
                return where
            if tree == "cgroup1" and kind == "cgroup" and "memory" in options.split(","):
                return where
        return None

    def remove(self):
        """From the leaf up; what others use stays."""
        for folder in reversed(self.made):
            with contextlib.suppress(OSError):
                folder.rmdir()
