# SPDX-License-Identifier: Apache-2.0
"""Prometheus' text format, read strictly enough to notice a wrong encoder."""

import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)$")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)')
SUFFIXES = ("_bucket", "_sum", "_count")


class Malformed(Exception):
    pass


def parse_labels(text):
    labels, at = {}, 0
    while at < len(text):
        match = LABEL.match(text, at)
        if not match or match[1] in labels:
            raise Malformed(f"labels {text!r}")
        labels[match[1]] = re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m[1], m[1]), match[2])
        at = match.end()
    return labels


class Metrics:
    """samples: {(name, ((label, value), ...)): number}; types: {metric: type}."""

    def __init__(self, text):
        self.samples, self.types, self.helps = {}, {}, {}
        if not text.endswith("\n"):
            raise Malformed("the last line has no end")
        for line in text.splitlines():
            self.read_line(line)
        self.check_histograms()

    def read_line(self, line):
        if not line:
            return
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            if name in self.types:
                raise Malformed(f"{name}: TYPE twice")
            self.types[name] = kind
            return
        if line.startswith("# HELP "):
            self.helps[line.split(" ")[2]] = line
            return
        if line.startswith("#"):
            return
        match = SAMPLE.match(line)
        if not match:
            raise Malformed(f"sample {line!r}")
        key = (match[1], tuple(sorted(parse_labels(match[2] or "").items())))
        if key in self.samples:
            raise Malformed(f"{key}: twice")
        if self.family(match[1]) not in self.types:
            raise Malformed(f"{match[1]}: no TYPE before it")
        self.samples[key] = float(match[3])

    def family(self, name):
        for suffix in SUFFIXES:
            if name.endswith(suffix) and self.types.get(name.removesuffix(suffix)) == "histogram":
                return name.removesuffix(suffix)
        return name

    def check_histograms(self):
        """Buckets rise, and the last one is the count."""
        for (name, labels), value in self.samples.items():
            base = self.family(name)
            if self.types[base] != "histogram" or name != f"{base}_count":
                continue
            buckets = sorted((float(dict(other)["le"]), number) for (series, other), number in self.samples.items()
                             if series == f"{base}_bucket" and set(labels) < set(other))
            counts = [number for _, number in buckets]
            if not counts or counts != sorted(counts) or buckets[-1] != (float("inf"), value):
                raise Malformed(f"{base}{dict(labels)}: buckets {buckets}, count {value}")

    def sum(self, name, **labels):
        """Over the series of that name that have these labels."""
        return sum(value for (series, own), value in self.samples.items()
                   if series == name and set(labels.items()) <= set(own))

    def by(self, name, *label_names):
        totals = {}
        for (series, own), value in self.samples.items():
            if series == name:
                key = tuple(dict(own).get(label) for label in label_names)
                totals[key] = totals.get(key, 0) + value
        return totals
