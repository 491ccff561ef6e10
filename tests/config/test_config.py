#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What promtap makes from its tables of settings: help, man page, completion, docs/configuration.md; and the commands
that look at a configuration. The last line counts: "config: N passed, N failed, N skipped". PROMTAP names the program."""

import datetime
import http.server
import os
import shutil
import subprocess
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.join(HERE, "..", "..")
PROMTAP = os.path.abspath(os.environ.get("PROMTAP", os.path.join(TREE, "build", "promtap")))
SECRET = "s3cr3t" + "-v4lue"

# What is typed, and what bash then offers; a set: exactly that, a string: it is among the offers.
BASH = [
    ("promtap ru", {"run", "rules"}),
    ("promtap rules ", {"list", "explain", "test"}),
    ("promtap rules l", {"list"}),
    ("promtap config ", {"check", "show"}),
    ("promtap --json rules ex", {"explain"}),
    ("promtap --log-level debug rules ", "test"),
    ("promtap run --log-level ", {"error", "warning", "info", "debug"}),
    ("promtap run --log-level=d", {"debug"}),
    ("promtap run --log-level=debug --mon", {"--money"}),
    ("promtap run --money g", {"gateway"}),
    ("promtap run --alerts-latency-p95-sev", {"--alerts-latency-p95-severity"}),
    ("promtap run --alerts-latency-p95-severity c", {"critical"}),
    ("promtap run --no-", {"--no-detect", "--no-separation"}),
    ("promtap run --no-detect --he", {"--help", "--help-all"}),
    ("promtap completion ", {"bash", "zsh", "fish"}),
    ("promtap help al", {"alerts"}),
    ("promtap run --config /et", "/etc"),
    ("promtap replay /et", "/etc"),
    ("promtap run x", set()),
]


class Skip(Exception):
    pass


def promtap(*arguments, env=None, stdin=None):
    return subprocess.run([PROMTAP, *arguments], capture_output=True, text=True, timeout=60, input=stdin,
                          env={"PATH": os.environ["PATH"], **(env or {})})


def output(*arguments):
    done = promtap(*arguments)
    assert done.returncode == 0 and not done.stderr, (arguments, done)
    return done.stdout


def need(program):
    if not shutil.which(program):
        raise Skip(f"no {program} on this machine")


def test_reference():
    with open(os.path.join(TREE, "docs", "configuration.md"), encoding="utf-8") as file:
        assert file.read() == output("reference"), "docs/configuration.md is not up to date: make docs"


def test_example():
    with open(os.path.join(TREE, "docs", "configuration.md"), encoding="utf-8") as file:
        example = file.read().split("```yaml\n")[1].split("```")[0]
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(example)
        file.flush()
        done = promtap("config", "check", file.name)
        assert (done.returncode, done.stdout) == (0, f"{file.name}: nothing is wrong\n"), done
        shown = promtap("config", "show", "--config", file.name).stdout
    for line in example.splitlines():
        assert line.split(":")[0].strip() in shown, line


def test_help():
    for arguments in (["--help"], ["--help-all"], ["help"], ["help", "alerts"]):
        text = output(*arguments)
        wide = [line for line in text.splitlines() if len(line) > 100]
        assert not wide, wide
    assert output("--help") == output("help")
    assert len(output("--help").splitlines()) < 80
    assert output("help", "alerts") in output("--help-all")
    wrong = promtap("help", "alert")
    assert (wrong.returncode, wrong.stderr) == (2, "promtap: no section 'alert'; did you mean 'alerts'?\n"), wrong


def test_man_page():
    need("mandoc")
    with tempfile.NamedTemporaryFile("w", suffix=".8") as page:
        page.write(output("man"))
        page.flush()
        lint = subprocess.run(["mandoc", "-Tlint", "-W", "warning", page.name], capture_output=True, text=True)
        said = [line for line in lint.stdout.splitlines() if "referenced manual not found" not in line]
        assert not said, said
        text = subprocess.run(["mandoc", "-Tascii", page.name], capture_output=True, text=True, check=True).stdout
    plain = text.replace("_\b", "")
    for word in ("ring-size", "alerts.latency_p95.threshold", "PROMTAP_RING_SIZE"):
        assert word in "".join(c for i, c in enumerate(plain) if plain[i + 1:i + 2] != "\b" and c != "\b"), word


def offers(script, typed):
    """As bash splits a line: at blanks, and around '=' (COMP_WORDBREAKS)."""
    words = typed.replace("=", " = ").split(" ") if typed.endswith(" ") else typed.replace("=", " = ").split()
    quoted = " ".join("'" + word + "'" for word in words)
    code = (f"compopt() {{ :; }}; . {script}; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _promtap; "
            'printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "-uc", code], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0 and not done.stderr, (typed, done)
    return set(done.stdout.split())


def test_bash_completion():
    need("bash")
    with tempfile.NamedTemporaryFile("w") as script:
        script.write(output("completion", "bash"))
        script.flush()
        for typed, expected in BASH:
            got = offers(script.name, typed)
            right = expected in got if isinstance(expected, str) else got == expected
            assert right, f"{typed!r}: {sorted(got)}"


def test_zsh_completion():
    need("zsh")
    with tempfile.NamedTemporaryFile("w") as script:
        script.write(output("completion", "zsh"))
        script.flush()
        subprocess.run(["zsh", "-n", script.name], check=True, timeout=20)


def test_fish_completion():
    need("fish")
    with tempfile.NamedTemporaryFile("w", suffix=".fish") as script:
        script.write(output("completion", "fish"))
        script.flush()
        for typed, word in (("promtap ru", "rules"), ("promtap rules ", "explain"), ("promtap run --money ", "gateway"),
                            ("promtap run --alerts-drift-th", "--alerts-drift-threshold")):
            done = subprocess.run(["fish", "--no-config", "-c", f"source {script.name}; complete -C '{typed}'"],
                                  capture_output=True, text=True, timeout=20, env={"HOME": "/nonexistent", **os.environ})
            assert word in done.stdout.split(), (typed, done)
    wrong = promtap("completion", "tcsh")
    assert wrong.returncode == 2, wrong


def test_unit():
    """The systemd unit runs commands that this program takes."""
    with open(os.path.join(TREE, "tools", "systemd", "promtap.service"), encoding="utf-8") as file:
        commands = [line.split("=", 1)[1].split() for line in file if line.startswith("Exec")]
    assert [c[0] for c in commands] == ["/usr/local/sbin/promtap", "/usr/local/sbin/promtap", "kill"], commands
    with tempfile.NamedTemporaryFile() as settings:
        start, check = ([word.replace("/etc/promtap/promtap.yaml", settings.name) for word in c[1:]] for c in commands[:2])
        assert start[0] == "run", start
        for words in ["config", "show", *start[1:]], check:
            assert promtap(*words).returncode == 0, words


def test_check():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "c.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write("listen: 127.0.0.1:1\nalerts:\n  latency_p95:\n    treshold: 3000\n  drift:\n    threshold: x\n")
        done = promtap("config", "check", path, env={"PROMTAP_LISTEN": "wrong"})
        assert done.returncode == 2 and not done.stdout, done
        assert done.stderr == (
            f"{path}:4: alerts.latency_p95.treshold: unknown key; did you mean 'threshold'?\n"
            f"{path}:6: alerts.drift.threshold: 'x' is not a number; write for example 10 or 10%\n"), done.stderr
        with open(path, "w", encoding="utf-8") as file:
            file.write("listen: 127.0.0.1:1\nalerts:\n  latency_p95:\n    threshold: 3000\n")
        assert output("config", "check", path) == f"{path}: nothing is wrong\n"
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"node: a\nprices: /nonexistent\nrules: [{path}, /gone.yaml]\n")
        done = promtap("config", "check", path)
        assert done.returncode == 0, done
        assert done.stderr == (
            f"{path}:2: prices: warning: /nonexistent: No such file or directory; name a readable file\n"
            f"{path}:3: rules: warning: /gone.yaml: No such file or directory; name a readable file\n"), done.stderr
    assert promtap("config", "check", "/nonexistent").returncode == 2


def test_show():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "c.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write("alerts:\n  latency_p95:\n    threshold: 3000\n  services:\n    \"a.b\":\n"
                       "      drift: {threshold: 20}\n")
        done = promtap("config", "show", "--config", path, "--alerts-drift-hold", "5s",
                       "--set", 'alerts.models."gpt-4.1".error_rate.threshold=50%',
                       env={"PROMTAP_ALERTS_STALE": "2h", "TOKEN": SECRET})
        assert done.returncode == 0, done
        lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
        for line in (f"threshold: 3000 # {path}:3", "hold: 5s # --alerts-drift-hold", "stale: 2h # PROMTAP_ALERTS_STALE",
                     f"threshold: 20 # {path}:6", 'threshold: 0.5 # --set alerts.models."gpt-4.1".error_rate.threshold',
                     "threshold: 5000 # default", '"a.b":'):
            assert line in lines, (line, done.stdout)
        again = os.path.join(folder, "again.yaml")
        with open(again, "w", encoding="utf-8") as file:
            file.write(done.stdout)
        assert output("config", "check", again) == f"{again}: nothing is wrong\n"


METRICS = """# TYPE ai_unpriced_requests_total counter
ai_unpriced_requests_total{model="no-such-model",service="a",provider="openai",operation="chat",reason="no_price"} 3
ai_unpriced_requests_total{model="mine",service="a",provider="openai",operation="chat",reason="no_price"} 5
"""


class Agent(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/metrics" else 404)
        self.end_headers()
        self.wfile.write(METRICS.encode())

    def log_message(self, *_):
        pass


def test_prices():
    today = datetime.datetime.now(datetime.timezone.utc).date()
    old = today - datetime.timedelta(days=91)
    server = http.server.HTTPServer(("127.0.0.1", 0), Agent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    listen = f"127.0.0.1:{server.server_port}"
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "p.csv")
        for day, says in ((today, False), (old, True)):
            with open(path, "w", encoding="utf-8") as file:
                file.write(f"# state of {day}\nprovider,model,input,output\nopenai,gpt-4o,25,10\nopenai,mine,1,2\n")
            done = promtap("prices", "verify", path, "--listen", listen)
            lines = [line for line in done.stdout.splitlines() if not line.startswith("built-in table: ")]
            expected = [f"{path}: its prices are 91 days old, more than 90: compare with the providers' price lists"]
            assert lines == expected * says + [
                f"{path}:3: input of openai gpt-4o is 25, the built-in table has 2.5: is the unit right?",
                "openai no-such-model: called 3 times, and has no price: add a row"], done
            assert done.returncode == 1 and not done.stderr, done
        with open(path, "w", encoding="utf-8") as file:
            file.write("provider,model,input,output\nopenai,gpt-4o,x,10\n")
        done = promtap("prices", "verify", "--prices", path, "--listen", listen)
        assert done.returncode == 2 and f"{path}:2: column input: 'x' is not a number" in done.stderr, done
    server.shutdown()
    server.server_close()
    done = promtap("prices", "verify", "--listen", listen)
    assert "no agent answers" in done.stderr, done


def test_secrets():
    """Neither what is shown nor what is wrong repeats them."""
    yaml = "notify:\n  channels:\n    team: {type: webhook, url: 'https://hooks.example.org/x', secret_env: HOOK_KEY}\n"
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "n.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(yaml)
        done = promtap("config", "show", "--config", path, env={"HOOK_KEY": SECRET})
        assert done.returncode == 0 and 'secret_env: "HOOK_KEY"' in done.stdout and SECRET not in done.stdout, done
        with open(path, "w", encoding="utf-8") as file:
            file.write(yaml.replace("secret_env: HOOK_KEY", f"secret: {SECRET}"))
        for arguments in (["config", "check", path], ["config", "show", "--config", path],
                          ["config", "show", "--set", f"notify.channels.x.secret={SECRET}"],
                          ["config", "show", f"--notify-secret={SECRET}"]):
            done = promtap(*arguments)
            assert done.returncode == 2 and SECRET not in done.stdout + done.stderr, done


TESTS = [test_reference, test_example, test_help, test_man_page, test_bash_completion, test_zsh_completion, test_fish_completion,
         test_unit, test_check, test_show, test_secrets, test_prices]


def main():
    passed = failed = skipped = 0
    for test in TESTS:
        name = test.__name__.removeprefix("test_").replace("_", " ")
        if sys.argv[1:] and not any(word in name for word in sys.argv[1:]):
            continue
        try:
            test()
            passed += 1
        except Skip as reason:
            print(f"  SKIPPED {name}: {reason}")
            skipped += 1
        except (AssertionError, subprocess.SubprocessError) as problem:
            print(f"  FAILED {name}: {problem}")
            failed += 1
    print(f"config: {passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
