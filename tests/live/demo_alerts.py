#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who is told of the demo's alerts: the documented receiver of the signed
webhook, in words: demo_alerts.py SECRET_FILE PORT_FILE. Writes its port there."""

import sys
import textwrap
from http.server import ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "docs/examples"))
import verify_webhook  # noqa: E402

RED, GREEN, PLAIN = ("\033[1;31m", "\033[1;32m", "\033[0m") if sys.stdout.isatty() else ("", "", "")
HEADS = {"firing": (RED, "ALERT"), "resolved": (GREEN, "OVER"), "acknowledged": (GREEN, "SEEN")}
WIDTH = 110


def amount(value, unit):
    if unit == "ratio":
        return f"{100 * value:.0f} %"
    return f"${value:.4f}" if unit == "usd" else f"{value:.0f} {unit.removesuffix('s') if value == 1 else unit}"


def what_is_wrong(message):
    text = f"{message['playbook']['about']}: {amount(message['value'], message['unit'])}"
    return text + (f"; the threshold is {amount(message['threshold'], message['unit'])}" if message["threshold"] else "")


def whose(message):
    """The service, the model, and what else tells this alert from others of its kind."""
    named = {"service": message["service"], "model": message["model"]}
    words = [f"{name} {value}" for name, value in named.items() if value]
    return ", ".join(words + [word for word in (message["detail"] or message["note"],) if word])


def lines(message):
    """What to do stands there only while there is something to do."""
    colour, head = HEADS[message["state"]]
    yield f"{colour}{head:5} {message['alert_type']} ({message['severity']}), {whose(message)}{PLAIN}"
    if message["state"] != "firing":
        return
    book = message["playbook"]
    yield f"      {what_is_wrong(message)}"
    yield f"      For the {book['tell']}, within {book['within']}. First of what to do:"
    for step in book["steps"][:2]:
        yield textwrap.fill(step, WIDTH, initial_indent="      - ", subsequent_indent="        ")


class Receiver(verify_webhook.Receiver):
    def tell(self, message):
        print("\n" + "\n".join(lines(message)) + "\n", flush=True)


def main():
    Receiver.secret = Path(sys.argv[1]).read_bytes().strip()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    Path(sys.argv[2]).write_text(str(server.server_address[1]), encoding="utf-8")
    server.serve_forever()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
