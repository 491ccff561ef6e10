#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Links of the documentation lead to files, and to headings, that are there.
links.py [FILE...]; without, all *.md of the tree."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\(([^)\s]+)\)")


def prose(path):
    """Without what stands between ``` fences."""
    return re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors(path):
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def problems(path):
    for link in LINK.findall(prose(path)):
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        if re.match(r"[a-z]+:", link):
            continue
        if not target.exists():
            yield f"{link}: there is no such file"
        elif anchor and target.suffix == ".md" and anchor not in anchors(target):
            yield f"{link}: there is no such heading"


def main():
    folders = [entry for entry in ROOT.iterdir() if entry.is_dir() and entry.name != "build" and entry.name[0] != "."]
    paths = [Path(name) for name in sys.argv[1:]] or sorted([*ROOT.glob("*.md"), *(path for folder in folders
                                                                                  for path in folder.rglob("*.md"))])
    found = [f"{path}: {problem}" for path in paths for problem in problems(path)]
    print("\n".join(found) or f"links: {len(paths)} files, all lead somewhere")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
