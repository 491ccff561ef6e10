#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Puts the settings of docs/configuration.md into helm/promtap/values.schema.json, as the schema of `config`: a key that does
not exist, or a word that is no choice, is refused before a pod starts. Bounds of numbers are the program's to check.

    helm/config_schema.py [--print]      # make docs runs it
"""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "helm/promtap/values.schema.json"
AS = re.compile(r"^as `([^`]+)`")
BLOCK = re.compile(r'^    "config": \{.*?^    \}', re.MULTILINE | re.DOTALL)
WIDTH = 100
# The chart sets these, or they make no sense in a file.
OURS = ["listen", "node", "rules-cache", "state-dir", "config"]


def settings(text):
    """(path, value, words) of each setting that a file can have: | `setting` | value | default | words |"""
    for line in text.split("## Options", 1)[1].splitlines():
        # A bar within a cell is written \\|.
        cells = [cell.replace("\0", "|").strip() for cell in line.replace(r"\|", "\0").split("|")]
        if len(cells) == 6 and cells[1].startswith("`") and "(flag alone)" not in cells[4]:
            name = cells[1].strip("`")
            if name not in OURS:
                yield name.split("."), cells[2], cells[4]


def value_schema(value):
    if value == "true|false":
        return {"type": ["boolean", "string", "integer"]}
    if "|" in value:
        words = value.split("|")
        # YAML takes 1.2 for a number.
        return {"enum": words + [float(word) for word in words if re.fullmatch(r"[0-9.]+", word)]}
    if value in ("HOST=NAME", "NAME=VALUE"):
        return {"type": ["object", "string"]}
    if value == "NETWORKS" or value.endswith(",..."):
        return {"type": ["array", "string"]}
    return {"type": ["string", "number"]}


def closed():
    return {"type": "object", "properties": {}, "additionalProperties": False}


def config_schema(text):
    root = {"type": ["object", "string"], "properties": {name: False for name in OURS}, "additionalProperties": False}
    for path, value, words in settings(text):
        node, place = root, "#/properties/config"
        for part in path[:-1]:
            if "$ref" in node:
                break
            if part == "NAME":
                node["additionalProperties"] = node["additionalProperties"] or closed()
                node, place = node["additionalProperties"], place + "/additionalProperties"
            else:
                node, place = node["properties"].setdefault(part, closed()), f"{place}/properties/{part}"
        if "$ref" not in node:
            same = AS.match(words)
            node["properties"][path[-1]] = {"$ref": f"{place}/properties/{same[1]}"} if same else value_schema(value)
    return root


def written(node, indent):
    line = json.dumps(node)
    if not isinstance(node, dict) or not node:
        return line
    if len(line) + len(indent) < WIDTH:
        return "{ " + line[1:-1] + " }"
    inner = indent + "  "
    rows = [f"{inner}{json.dumps(key)}: {written(value, inner)}" for key, value in node.items()]
    return "{\n" + ",\n".join(rows) + f"\n{indent}}}"


def main():
    made = config_schema((ROOT / "docs/configuration.md").read_text(encoding="utf-8"))
    block = '    "config": ' + written(made, "    ")
    text = BLOCK.sub(lambda _: block, SCHEMA.read_text(encoding="utf-8"), count=1)
    if sys.argv[1:] == ["--print"]:
        print(text, end="")
    else:
        SCHEMA.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
