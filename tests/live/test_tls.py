# SPDX-License-Identifier: Apache-2.0
"""The web server with a certificate, end to end: who is let in over TLS, by
which address, with which certificate after it was renewed; and that promtap
does not start with one that cannot be used."""

import contextlib
import hashlib
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import harness
from harness import Promtap, wait_for
from live_case import LiveCase

TOKEN = "reader-" + "7" * 16
NAMES = "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1,IP:10.231.97.1,IP:10.231.98.1"
NETWORK = "10.231.97"       # of the namespace's end that may ask
OTHER_NETWORK = "10.231.98"  # of the one that may not


def openssl(*words, **arguments):
    return subprocess.run(["openssl", *words], check=True, capture_output=True, timeout=60, **arguments)


class Authority:
    """A root, an intermediate authority, and what they sign."""

    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.root = folder, folder / "root.crt"
        self.make("root", "/CN=promtap test root", None, "basicConstraints=critical,CA:TRUE")
        self.make("middle", "/CN=promtap test middle", "root", "basicConstraints=critical,CA:TRUE")

    def make(self, name, subject, signer, extension):
        """NAME.crt and NAME.key."""
        key, certificate = self.folder / f"{name}.key", self.folder / f"{name}.crt"
        words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", certificate,
                 "-days", "2", "-subj", subject, "-addext", extension]
        if signer:
            words += ["-CA", self.folder / f"{signer}.crt", "-CAkey", self.folder / f"{signer}.key"]
        openssl(*words)
        key.chmod(0o600)
        return certificate, key

    def pair(self, name, into):
        """A server's certificate with its chain, and its key, as `into`/tls.crt and tls.key."""
        certificate, key = self.make(name, f"/CN={name}", "middle", NAMES)
        into.mkdir(parents=True, exist_ok=True)
        chain = certificate.read_bytes() + (self.folder / "middle.crt").read_bytes()
        # Renewed as Kubernetes renews: each file at once.
        for target, content in (("tls.crt", chain), ("tls.key", key.read_bytes())):
            new = into / f".{target}"
            new.touch(mode=0o600)
            new.write_bytes(content)
            new.rename(into / target)


class Agent(Promtap):
    """`promtap run` that is asked over TLS."""

    def __init__(self, work, authority, rest="", host="127.0.0.1"):
        self.authority, self.pair = authority, work / "pair"
        authority.pair("first", self.pair)
        path = work / "promtap.yaml"
        path.write_text(f"web:\n  tls:\n    certificate_file: {self.pair}/tls.crt\n    key_file: {self.pair}/tls.key\n{rest}", encoding="utf-8")
        self.context = ssl.create_default_context(cafile=authority.root)
        super().__init__(work, "--config", path, "--no-detect", host=host)

    def ask(self, path, token=None, host="localhost"):
        request = urllib.request.Request(f"https://{host}:{self.port}{path}")
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=10, context=self.context) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def get(self, path):
        return self.ask(path, TOKEN)[1]

    def is_ready(self):
        with contextlib.suppress(OSError):
            return self.ask("/readyz")[0] == 200
        return False

    def subject(self):
        """Whose certificate a new connection gets."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as plain, \
             self.context.wrap_socket(plain, server_hostname="localhost") as tls:
            return dict(part[0] for part in tls.getpeercert()["subject"])["commonName"]

    def inner_port(self):
        """Where civetweb listens, of the sockets of the server role."""
        pid = self.role_pid("server")
        rows = harness.run("ss", "-Hltnp").stdout.splitlines()
        ports = {int(row.split()[3].rpartition(":")[2]) for row in rows if f"pid={pid}," in row}
        return (ports - {self.port}).pop()


class Namespace:
    """A network of its own with two addresses, and ours towards each."""

    def __init__(self):
        self.name, link = f"promtap-tls-{os.getpid()}", f"ptls{os.getpid() % 100000}"
        try:
            harness.run("ip", "netns", "add", self.name)
        except (OSError, subprocess.CalledProcessError) as error:
            raise harness.Unavailable(f"no network namespace can be made here: {harness.last_line(error)}") from None
        harness.run("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        for network in (NETWORK, OTHER_NETWORK):
            harness.run("ip", "address", "add", f"{network}.1/24", "dev", link)
            harness.run("ip", "-n", self.name, "address", "add", f"{network}.2/24", "dev", "eth0")
        harness.run("ip", "link", "set", link, "up")
        harness.run("ip", "-n", self.name, "link", "set", "eth0", "up")

    def status(self, agent, network, path, *words):
        """The HTTP status that curl gets from there."""
        command = ["ip", "netns", "exec", self.name, "curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "-m", "20", "--interface", f"{network}.2",
                   "--cacert", agent.authority.root, *words, f"https://{network}.1:{agent.port}{path}"]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout

    def remove(self):
        subprocess.run(["ip", "netns", "delete", self.name], capture_output=True, check=False, timeout=60)


def rules():
    digest = hashlib.sha256(TOKEN.encode()).hexdigest()
    return f"  allow: [{NETWORK}.0/24]\n  tokens:\n    reader: {{ hash: '{digest}', scope: read }}\n"


class Tls(LiveCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.authority = Authority(cls.work / "authority")
        cls.agent = Agent(cls.work / "agent", cls.authority, rules(), host="0.0.0.0")
        cls.addClassCleanup(cls.agent.stop)

    def test_verified_against_the_authority(self):
        agent = self.agent
        self.assertIn(f"metrics at https://0.0.0.0:{agent.port}/metrics", agent.log())
        done = harness.run("curl", "-sS", "-m", "20", "--cacert", self.authority.root, f"https://localhost:{agent.port}/metrics")
        self.assertIn("promtap_build_info", done.stdout)
        status, body = agent.ask("/api/v1/status", TOKEN)
        self.assertEqual((status, json.loads(body)["tokens"][0]["name"]), (200, "reader"))
        self.assertEqual(agent.ask("/api/v1/status")[0], 401)
        with self.assertRaises(urllib.error.URLError):
            urllib.request.urlopen(f"https://localhost:{agent.port}/metrics", timeout=10)  # the system's authorities

    def test_versions(self):
        for flag, works in (("-tls1_3", True), ("-tls1_2", True), ("-tls1_1", False)):
            done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{self.agent.port}", flag, "-CAfile", self.authority.root,
                                   "-verify_return_error"], input=b"", capture_output=True, timeout=60, check=False)
            self.assertEqual(b"Verify return code: 0 (ok)" in done.stdout and b"Cipher is (NONE)" not in done.stdout, works, flag)

    def test_plain_http_is_told(self):
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"http://127.0.0.1:{self.agent.port}/metrics", timeout=10)
        with caught.exception as error:
            self.assertEqual((error.code, error.read()), (400, b"this port speaks TLS; ask by https://\n"))

    def test_who_asks_is_known(self):
        """The inner server sees an address of this machine: the rules must not."""
        try:
            namespace = Namespace()
        except harness.Unavailable as reason:
            self.skipTest(str(reason))
        self.addCleanup(namespace.remove)
        token = ("-H", f"Authorization: Bearer {TOKEN}")
        self.assertEqual(namespace.status(self.agent, NETWORK, "/metrics"), "200")
        self.assertEqual(namespace.status(self.agent, NETWORK, "/api/v1/status", *token), "200")
        self.assertEqual(namespace.status(self.agent, OTHER_NETWORK, "/metrics"), "403")
        self.assertEqual(namespace.status(self.agent, OTHER_NETWORK, "/api/v1/status", *token), "403")
        self.assertEqual(namespace.status(self.agent, OTHER_NETWORK, "/healthz"), "200")

    def test_prices_verify_asks_it(self):
        """By https, and trusting the agent's own certificate alone; another's is no agent of these settings."""
        def said(config):
            return subprocess.run([harness.PROMTAP, "prices", "verify", "--config", config, "--listen", f"127.0.0.1:{self.agent.port}",
                                   "--state-dir", "none"], capture_output=True, text=True, timeout=60, check=False).stderr
        config = self.work / "agent" / "promtap.yaml"
        self.assertNotIn("no agent answers", said(config))
        self.authority.pair("stranger", self.work / "stranger")
        text = config.read_text(encoding="utf-8").replace(str(self.agent.pair), str(self.work / "stranger"))
        other = self.work / "other.yaml"
        other.write_text(text, encoding="utf-8")
        self.assertIn("no agent answers", said(other))

    def test_nobody_comes_past_it(self):
        before = self.agent.metrics().sum("promtap_web_connections_total", outcome="refused")
        for path in ("/metrics", "/healthz", "/api/v1/status"):
            with self.assertRaises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(f"http://127.0.0.1:{self.agent.inner_port()}{path}", timeout=10)
            caught.exception.close()
            self.assertEqual(caught.exception.code, 403, path)
        wait_for("they are counted", lambda: self.agent.metrics().sum("promtap_web_connections_total", outcome="refused") == before + 3)


class Renewal(LiveCase):
    def test_a_renewed_certificate(self):
        authority = Authority(self.work / "authority")
        agent = Agent(self.work / "agent", authority)
        self.addCleanup(agent.stop)
        self.assertEqual(agent.subject(), "first")
        with socket.create_connection(("127.0.0.1", agent.port), timeout=10) as plain, \
             agent.context.wrap_socket(plain, server_hostname="localhost") as before:
            authority.pair("second", agent.pair)
            agent.process.send_signal(signal.SIGHUP)
            wait_for("the new one is used", lambda: agent.subject() == "second")
            before.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
            answer = before.recv(65536)
            self.assertTrue(answer.startswith(b"HTTP/1.1 200 "), answer)
        until = agent.metrics().sum("promtap_web_certificate_expiry_timestamp_seconds")
        self.assertLess(abs(until - time.time() - 2 * 86400), 3600)
        # Another's key: the one in use stays, and the log says what is wrong.
        authority.pair("third", self.work / "third")
        shutil.copy(self.work / "third" / "tls.key", agent.pair / "tls.key")
        agent.process.send_signal(signal.SIGHUP)
        wait_for("it is refused", lambda: "the configuration in use stays" in agent.log())
        self.assertRegex(agent.log(), r"promtap\.yaml:2: web\.tls: key_file is not the key of the certificate")
        self.assertEqual(agent.subject(), "second")
        # Gone altogether: that takes a restart.
        (self.work / "agent" / "promtap.yaml").write_text("web: {}\n", encoding="utf-8")
        agent.process.send_signal(signal.SIGHUP)
        wait_for("it is said", lambda: "web.tls has been turned off: it holds from the next start on" in agent.log())
        self.assertEqual(agent.subject(), "second")


class Ipv6(LiveCase):
    def test_who_asks_is_known(self):
        """Also where civetweb knows no IPv6: on an address that is not of this machine alone, without tokens."""
        try:
            with socket.create_server(("::1", 0), family=socket.AF_INET6):
                pass
        except OSError as reason:
            self.skipTest(f"no IPv6 here: {reason}")
        agent = Agent(self.work / "agent", Authority(self.work / "authority"), "  metrics_open: false\n", host="[::]")
        self.addCleanup(agent.stop)
        self.assertEqual(agent.ask("/api/v1/status", host="[::1]")[0], 200)
        self.assertEqual(agent.ask("/metrics", host="[::1]")[0], 200)
        self.assertEqual(agent.ask("/metrics", host="127.0.0.1")[0], 200)


class Refused(LiveCase):
    needs_promtap = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.authority = Authority(cls.work / "authority")
        cls.authority.pair("one", cls.work / "one")
        cls.authority.pair("two", cls.work / "two")

    def check(self, certificate, key, *, run=False):
        path = self.work / "promtap.yaml"
        path.write_text(f"web:\n  tls:\n    certificate_file: {certificate}\n    key_file: {key}\n", encoding="utf-8")
        command = ("run", "--config", path, "--listen", "127.0.0.1:0") if run else ("config", "check", path)
        done = subprocess.run([harness.PROMTAP, *command], capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stderr

    def test_what_cannot_be_used(self):
        one, two = self.work / "one", self.work / "two"
        self.assertEqual(self.check(one / "tls.crt", one / "tls.key"), (0, ""))
        (self.work / "empty").touch(mode=0o600)
        (self.work / "text").write_text("hello\n")
        openssl("pkey", "-in", one / "tls.key", "-aes128", "-passout", "pass:x", "-out", self.work / "locked")
        open_file = shutil.copy(one / "tls.crt", self.work / "open")
        Path(open_file).chmod(0o666)
        cases = [
            (one / "tls.crt", two / "tls.key", r":2: web\.tls: key_file is not the key of the certificate"),
            (self.work / "empty", one / "tls.key", r":3: web\.tls\.certificate_file: \S+/empty is empty; name the right file"),
            (self.work / "text", one / "tls.key", r":3: web\.tls\.certificate_file: \S+/text holds no certificate; name a file in PEM"),
            (one / "tls.crt", self.work / "text", r":4: web\.tls\.key_file: \S+/text holds no private key; name a file in PEM"),
            (one / "tls.crt", self.work / "locked", r":4: web\.tls\.key_file: \S+/locked holds a key that is encrypted; take the password off"),
        ]
        for certificate, key, problem in cases:
            status, said = self.check(certificate, key)
            self.assertNotEqual(status, 0, said)
            self.assertRegex(said, problem)
            status, said = self.check(certificate, key, run=True)
            self.assertNotEqual(status, 0, said)
            self.assertRegex(said, problem)
        # What the check cannot read may be readable where it is used; there it must be.
        for certificate in (self.work / "none", open_file):
            self.assertEqual(self.check(certificate, one / "tls.key")[0], 0)
            self.assertNotEqual(self.check(certificate, one / "tls.key", run=True)[0], 0)

    def test_what_is_warned_of(self):
        request, key, old = (self.work / f"old.{ending}" for ending in ("csr", "key", "crt"))
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", request, "-subj", "/CN=old")
        key.chmod(0o600)
        try:
            openssl("x509", "-req", "-in", request, "-signkey", key, "-days", "-1", "-out", old)
        except subprocess.CalledProcessError as error:
            self.skipTest(f"this openssl makes no certificate that has run out: {harness.last_line(error)}")
        status, said = self.check(old, key)
        self.assertEqual(status, 0, said)
        self.assertRegex(said, r":3: web\.tls\.certificate_file: warning: \S+/old\.crt ran out on \d{4}-\d\d-\d\d; clients refuse it: make another")
        one = self.work / "one"
        shutil.copy(one / "tls.key", self.work / "readable")
        (self.work / "readable").chmod(0o644)
        status, said = self.check(one / "tls.crt", self.work / "readable")
        self.assertEqual(status, 0, said)
        self.assertRegex(said, r":4: web\.tls\.key_file: warning: \S+/readable can be read by everybody; chmod 0600")
