#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is found in files that are no attacks: sources, manuals, licences of this machine.

    tests/detect/harmless.py [--channel CHANNEL] [--half 0|1] [--show RULE] PATH...

Each file that is text (UTF-8, perhaps in gzip, of 200 to 60,000 bytes, each
text once) under PATH is judged as one text of the channel (default: tool). A
person has to say whether what is listed is wrong: keys of tests are keys.

--half: only the files whose path has a hash that is even (0) or odd (1), so
that rules can be mended by the one half and measured on the other.
--show RULE: the files in which it found something.
"""

import argparse
import collections
import gzip
import hashlib
import os
import sys

import scan
from figures import Share

BYTES_MIN, BYTES_MAX = 200, 60_000
BATCH_BYTES = 32_000_000
HIGH = scan.SEVERITIES.index("high")


def files_under(paths):
    for path in paths:
        if os.path.isfile(path):
            yield path
        for folder, _, names in os.walk(path):
            yield from (os.path.join(folder, name) for name in names)


def text_of(path):
    """None: it is none, or of another size."""
    try:
        if os.path.islink(path) or os.path.getsize(path) > BYTES_MAX:
            return None
        with gzip.open(path) if path.endswith(".gz") else open(path, "rb") as file:
            content = file.read(BYTES_MAX + 1)
        text = content.decode("utf8")
    except (OSError, EOFError, UnicodeDecodeError):
        return None
    return text if BYTES_MIN <= len(content) <= BYTES_MAX and "\0" not in text else None


def half_of(path):
    return hashlib.md5(path.encode("utf8", "surrogateescape")).digest()[0] & 1


def batches(paths, channel, half):
    """Records, some MB at a time."""
    seen, batch, size = set(), [], 0
    for path in files_under(paths):
        text = text_of(path) if half is None or half_of(path) == half else None
        key = hashlib.md5(text.encode()).digest() if text else None
        if key is None or key in seen:
            continue
        seen.add(key)
        batch.append({"id": path, "channel": channel, "text": text})
        size += len(text)
        if size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", metavar="PATH", nargs="+")
    parser.add_argument("--channel", default="tool", help="see `promtap scan --help`")
    parser.add_argument("--half", type=int, choices=(0, 1))
    parser.add_argument("--show", metavar="RULE")
    options = parser.parse_args()
    flagged, rules, size = Share(), collections.Counter(), 0
    for batch in batches(options.paths, options.channel, options.half):
        verdicts = scan.scan(batch)
        for record in batch:
            _, found = verdicts[record["id"]]
            high = [rule for rule, severity in found.items() if severity >= HIGH]
            flagged.count(high)
            rules.update(high)
            size += len(record["text"].encode())
            if options.show in high:
                print(record["id"])
    if not flagged.n:
        print("harmless: no text under these paths", file=sys.stderr)
        return 2
    low, top = flagged.interval()
    print(f"{flagged.k} of {flagged.n} files ({size / 2**20:.0f} MiB) at high or above, as {options.channel}: "
          f"{flagged.percent():.2f} % ({low:.2f}-{top:.2f}), {flagged.k / (size / 2**20):.2f} a MiB\n")
    print("| rule | files |\n| --- | ---: |")
    for rule, count in rules.most_common():
        print(f"| `{rule}` | {count} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
