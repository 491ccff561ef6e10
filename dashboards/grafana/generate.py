#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes dashboards/*.json from boards.py: generate.py [--check].
--check writes nothing, and fails if a file is not what would be written."""

import json
import sys
from pathlib import Path

from boards import BOARDS
from panels import board_json

HERE = Path(__file__).resolve().parent / "dashboards"


def files():
    return {HERE / f"{board.uid}.json": json.dumps(board_json(board), indent=1, ensure_ascii=False) + "\n"
            for board in BOARDS}


def differences(wanted):
    wrong = [f"{path.name}: not what generate.py writes" for path, text in wanted.items()
             if not path.exists() or path.read_text(encoding="utf-8") != text]
    return wrong + [f"{path.name}: no board of boards.py" for path in HERE.glob("*.json") if path not in wanted]


def main():
    wanted = files()
    if "--check" in sys.argv[1:]:
        wrong = differences(wanted)
        print("\n".join(wrong) or f"{len(wanted)} dashboards are up to date")
        return 1 if wrong else 0
    for path, text in wanted.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
