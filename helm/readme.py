#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes helm/promtap/README.md to standard output: what stands here, and a
table of values.yaml, where each key is explained by the comment above it.

    helm/readme.py > helm/promtap/README.md
"""

import re
from pathlib import Path

VALUES = Path(__file__).resolve().parent / "promtap/values.yaml"
KEY = re.compile(r"^( *)([A-Za-z][A-Za-z0-9]*):(?: (.*))?$")
INDENT = 2

HEAD = """\
# promtap

A DaemonSet that shows the LLM calls of every pod as Prometheus metrics, alerts and dashboards, without a change to the pods.

```sh
helm install promtap helm/promtap --namespace promtap --create-namespace --set image.repository=REGISTRY/promtap
```

What it needs of a cluster and why, how to verify and upgrade it, and what to do when it shows nothing: docs/kubernetes.md in the
repository.

## Values

Anything else is refused by `values.schema.json`. This file is made by `helm/readme.py` from `values.yaml`.

| key | default | |
| --- | --- | --- |
"""


def rows(lines):
    """(key, default, explanation) of each key that has a value on its line."""
    path, comment = [], []
    for line in lines:
        match = KEY.match(line)
        if match:
            path[len(match[1]) // INDENT:] = [match[2]]
            if match[3]:
                yield ".".join(path), match[3], " ".join(comment)
        comment = [*comment, line.strip("# ")] if line.lstrip().startswith("#") else []


def main():
    print(HEAD, end="")
    for key, value, words in rows(VALUES.read_text(encoding="utf-8").splitlines()):
        print(f"| `{key}` | `{value}` | {words} |".replace("  ", " "))


if __name__ == "__main__":
    main()
