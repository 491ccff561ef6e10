#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A picture of what a terminal showed: terminal.py TEXT PICTURE.svg TITLE REGEX:LINES...
Of the text, as it was written with its colours, the lines from the first that each
REGEX matches (after those that are taken already); three dots stand for the rest.
"""

import re
import sys
from pathlib import Path
from xml.sax.saxutils import escape

PAGE, INK, PALE = "#0d1117", "#e6edf3", "#8b949e"
COLORS = {"2": PALE, "31": "#ff7b72", "32": "#7ee787"}
COLUMNS, LINE, CHARACTER, LEFT, TOP, SIZE = 118, 20, 8.43, 16, 58, 14
FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
ESCAPE = re.compile(r"\x1b\[([\d;]*)m")
OTHER = re.compile(r"\x1b\[[^m]*?[A-Za-ln-z]")


def plain(line):
    return ESCAPE.sub("", line)


def excerpt(lines, wanted):
    """Those of each (pattern, count), with dots where some are left out."""
    taken, at = [], 0
    for pattern, count in wanted:
        begin = next((i for i in range(at, len(lines)) if re.search(pattern, plain(lines[i]))), None)
        if begin is None:
            raise SystemExit(f"terminal.py: no line has {pattern!r}")
        taken += ["\x1b[2m...\x1b[0m"] if begin > at and taken else []
        at = begin + count
        taken += lines[begin:at]
    return taken


def spans(line):
    """(colour, bold, text) of a line, cut at the right edge."""
    colour, bold, room, last = INK, False, COLUMNS, 0
    for match in [*ESCAPE.finditer(line), None]:
        text = line[last:match.start() if match else len(line)][:room]
        room -= len(text)
        if text:
            yield colour, bold, text
        if match is None:
            return
        for code in (match[1] or "0").split(";"):
            colour, bold = (INK, False) if code == "0" else (COLORS.get(code, colour), bold or code == "1")
        last = match.end()


def svg(lines, title):
    width, height = round(COLUMNS * CHARACTER + 2 * LEFT), TOP + LINE * len(lines) - 2
    made = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" '
            f'aria-label="{escape(title)}, in a terminal">',
            f'<rect width="{width}" height="{height}" rx="8" fill="{PAGE}"/>']
    made += [f'<circle cx="{x}" cy="18" r="6" fill="{colour}"/>' for x, colour in ((20, "#ff5f56"), (40, "#ffbd2e"), (60, "#27c93f"))]
    made.append(f'<text x="84" y="23" fill="{PALE}" font-family="monospace" font-size="13">{escape(title)}</text>')
    made.append(f'<g font-family="{FONT}" font-size="{SIZE}">')
    for number, line in enumerate(lines):
        words = "".join(f'<tspan fill="{colour}"{" font-weight=" + chr(34) + "bold" + chr(34) if bold else ""}>{escape(text)}</tspan>'
                        for colour, bold, text in spans(line))
        if words:
            made.append(f'<text x="{LEFT}" y="{TOP + number * LINE}" xml:space="preserve">{words}</text>')
    return "\n".join([*made, "</g></svg>"]) + "\n"


def main():
    source, target, title, *wanted = sys.argv[1:]
    text = OTHER.sub("", Path(source).read_text(encoding="utf-8", errors="replace")).replace("\r", "")
    pairs = [(pattern, int(count)) for pattern, _, count in (one.rpartition(":") for one in wanted)]
    Path(target).write_text(svg(excerpt(text.split("\n"), pairs), title), encoding="utf-8")


if __name__ == "__main__":
    main()
