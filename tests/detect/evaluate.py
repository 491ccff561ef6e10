#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the rules reach on labelled texts, and what they cry out at wrongly.

    tests/detect/evaluate.py [CORPUS.jsonl.gz] [--json FILE] [--folds N] [--min-recall PERCENT] ...

CORPUS has the format of data/injection (JSON Lines; id, label, kind, family,
channel, group, source, synthetic, text). A text is flagged if its verdict is
--at (default high) or above. Four measurements, each with the same rows:

all     every rule, every text. The rules were written by people who have seen
        three fifths of the texts, so this flatters.

groups  Cross-validation with whole groups of near-duplicates held out. For
        each of N folds only those rules are left on that earned their place
        on the other folds; they judge the fold. What a rule has to show there:
          - a rule that can be a finding: hits in attacks of at least --support
            (2) different groups. One that fires nowhere in the training part
            is off as well, however general it was meant to be;
          - a signal (severity none), of which combinations and scores are
            made: hits in texts of as many groups, with any label, for some
            are there to rule out;
          - rules for secrets, personal data and what answers are about: none.
            They look for no attacks, and are left on so that what they flag
            wrongly counts.
        Nothing is switched off for false positives: the set that is shipped
        has these rules too. So recall is what remains when every wording
        that only one group knows is taken away, and false positives are those
        of the set as it is.

sources The same with all texts of one source held out at a time.

unseen  Every rule, on the groups that no author of a rule has read: those
        whose SHA-256 of "split" and the group begins with a byte of 154 or
        more. `seen` are the others.

Intervals are Wilson's, 95 %, over records. Groups hold at most five texts, so
the intervals are a little too narrow.

Exit status: 1 if a bound is missed (recall: in groups and in unseen; false
positives: in all and in unseen), 2 if it could not be measured.
"""

import argparse
import collections
import gzip
import json
import os
import sys

import scan
from figures import CORE, RECALL, SYSTEM, TRIGGER, Share, fold_of, is_aside, tally, was_written_from

DEFAULT_CORPUS = os.path.join(scan.ROOT, "..", "shared", "data", "injection", "open.jsonl.gz")
NO_ATTACKS = {"secret", "personal_data", "hallucination_risk", "hedging", "refusal"}
DATA_FAMILIES = {"secret", "personal_data"}

# Option, row, measurements it holds for, default, whether it is a lower bound.
BOUNDS = [
    ("min_recall", RECALL, ("groups", "unseen"), 65.0, True),
    ("max_fpr", CORE, ("all", "unseen"), 0.75, False),
    ("max_system", SYSTEM, ("all", "unseen"), 1.0, False),
    ("max_trigger", TRIGGER, ("all", "unseen"), 1.0, False),
]


# ---- measuring ----

def read_corpus(path):
    with gzip.open(path, "rt", encoding="utf8") as file:
        return [json.loads(line) for line in file]


class Evidence:
    """Which rule fires in texts of which groups."""

    def __init__(self, rules, records, verdicts):
        self.rules = rules
        self.groups = {rule: {"attack": collections.Counter(), "benign": collections.Counter()} for rule in rules}
        for record in records:
            self.count(record, verdicts, 1)

    def count(self, record, verdicts, by):
        for rule in verdicts[record["id"]][1]:
            self.groups[rule][record["label"]][record["group"]] += by

    def earned(self, rule, support):
        if self.rules[rule]["family"] in NO_ATTACKS:
            return True
        groups = {group for group, hits in self.groups[rule]["attack"].items() if hits > 0}
        if self.rules[rule]["severity"] == "none":
            groups |= {group for group, hits in self.groups[rule]["benign"].items() if hits > 0}
        return len(groups) >= support


def cross_validate(records, rules, shown, fold_key, at, support):
    """Record id -> flagged, with each fold judged by the rules that the others left on; and how many that were."""
    folds = collections.defaultdict(list)
    for record in records:
        folds[fold_key(record)].append(record)
    evidence = Evidence(rules, records, shown)
    flagged, left_on = {}, []
    for fold in folds.values():
        for record in fold:
            evidence.count(record, shown, -1)
        off = [rule for rule in rules if not evidence.earned(rule, support)]
        left_on.append(len(rules) - len(off))
        verdicts = scan.scan(fold, scan.without(off))
        flagged.update((record["id"], verdicts[record["id"]][0] >= at) for record in fold)
        for record in fold:
            evidence.count(record, shown, 1)
    return flagged, left_on, folds


def spread(folds, flagged):
    """Mean, lowest and highest recall over the folds that hold attacks within reach."""
    percents = []
    for fold in folds.values():
        share = tally("fold", fold, flagged).head.get(RECALL)
        if share:
            percents.append(share.percent())
    return {"folds": len(percents), "mean": round(sum(percents) / len(percents), 2),
            "lowest": round(min(percents), 2), "highest": round(max(percents), 2)}


def data_findings(records, verdicts, rules):
    """Secrets and personal data in benign texts, at medium and above: per channel and per rule."""
    channels, found = {}, collections.Counter()
    medium = scan.SEVERITIES.index("medium")
    for record in records:
        if record["label"] != "benign" or is_aside(record):
            continue
        hits = [rule for rule, severity in verdicts[record["id"]][1].items()
                if severity >= medium and rules[rule]["family"] in DATA_FAMILIES]
        found.update(hits)
        channels.setdefault(record["channel"], Share()).count(hits)
    return {"channels": channels, "rules": found}


def measure(options):
    records = read_corpus(options.corpus)
    at = scan.SEVERITIES.index(options.at)
    rules = scan.rules()
    verdicts = scan.scan(records)
    shown = scan.scan(records, scan.with_signals_shown())
    flagged = {record: severity >= at for record, (severity, _) in verdicts.items()}
    for record, (severity, _) in shown.items():
        if (severity >= at) != flagged[record]:
            raise scan.ScanError(f"showing signals changed the verdict on {record}")
    by_group, left_on, group_folds = cross_validate(
        records, rules, shown, lambda record: fold_of(record["group"], options.folds), at, options.support)
    by_source, left_on_source, source_folds = cross_validate(
        records, rules, shown, lambda record: record["source"], at, options.support)
    seen = [record for record in records if was_written_from(record)]
    unseen = [record for record in records if not was_written_from(record)]
    return {
        "tallies": [tally("all", records, flagged), tally("groups", records, by_group),
                    tally("sources", records, by_source), tally("seen", seen, flagged),
                    tally("unseen", unseen, flagged)],
        "rules": len(rules),
        "groups": {**spread(group_folds, by_group), "rules": [min(left_on), max(left_on)]},
        "sources": {**spread(source_folds, by_source), "rules": [min(left_on_source), max(left_on_source)]},
        "data": data_findings(records, verdicts, rules),
    }


# ---- telling ----

def cell(share):
    if not share:
        return "-"
    low, high = share.interval()
    digits = 2 if share.percent() < 5 else 1
    return f"{share.percent():.{digits}f} ({low:.{digits}f}-{high:.{digits}f})"


def print_table(tallies, title, keys, share_of):
    print(f"| {title} | n | " + " | ".join(one.name for one in tallies) + " |")
    print("| --- | ---: |" + " ---: |" * len(tallies))
    for key in keys:
        shares = [share_of(one, key) for one in tallies]
        print(f"| {key if isinstance(key, str) else key[1]} | {shares[0].n} | " + " | ".join(map(cell, shares)) + " |")
    print()


def report(result, options):
    tallies, everything = result["tallies"], result["tallies"][0]
    print(f"Per cent of texts at {options.at} or above, with 95 % intervals; {result['rules']} rules.\n")
    print_table(tallies, "row", sorted(everything.head, key=lambda row: ("recall" not in row, row)),
                lambda one, row: one.head.get(row))
    print_table(tallies, "kind", sorted(everything.kinds), lambda one, kind: one.kinds.get(kind))
    print("Alarms per MiB of benign user, tool and assistant text: "
          + ", ".join(f"{one.name} {one.alarms_per_mib():.2f}" for one in tallies) + ".\n")
    for name in ("groups", "sources"):
        folds = result[name]
        print(f"Recall over the {folds['folds']} folds of `{name}`: mean {folds['mean']:.1f}, lowest {folds['lowest']:.1f}, "
              f"highest {folds['highest']:.1f}; {folds['rules'][0]} to {folds['rules'][1]} rules left on.")
    print("\nBenign texts with a secret or personal data at medium or above:\n")
    print("| channel | n | per cent |\n| --- | ---: | ---: |")
    for channel, share in sorted(result["data"]["channels"].items()):
        print(f"| {channel} | {share.n} | {cell(share)} |")
    print("\n| rule | texts |\n| --- | ---: |")
    for rule, texts in result["data"]["rules"].most_common():
        print(f"| `{rule}` | {texts} |")
    print()


def write_json(result, path):
    data = result["data"]
    with open(path, "w", encoding="utf8") as file:
        json.dump({**result, "tallies": {one.name: one.as_json() for one in result["tallies"]},
                   "data": {"channels": {name: share.as_json() for name, share in data["channels"].items()},
                            "rules": data["rules"]}}, file, indent=1, sort_keys=True)
        file.write("\n")


def missed(result, options):
    tallies = {one.name: one for one in result["tallies"]}
    for option, row, names, _, is_lower in BOUNDS:
        bound = getattr(options, option)
        for name in names:
            share = tallies[name].head.get(row)
            if not share:
                yield f"{row} in {name}: no such texts"
            elif (share.percent() < bound) if is_lower else (share.percent() > bound):
                yield f"{row} in {name}: {share.percent():.2f} %, wanted {'>=' if is_lower else '<='} {bound:g} %"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="?", default=DEFAULT_CORPUS)
    parser.add_argument("--at", default="high", choices=scan.SEVERITIES[1:])
    parser.add_argument("--folds", type=int, default=10)
    parser.add_argument("--support", type=int, default=2, help="groups in which a rule must have fired")
    parser.add_argument("--json", metavar="FILE", help="write all figures there")
    for option, row, names, default, is_lower in BOUNDS:
        parser.add_argument("--" + option.replace("_", "-"), type=float, default=default, metavar="PERCENT",
                            help=f"{row}: {'at least' if is_lower else 'at most'}, in {' and '.join(names)} ({default:g})")
    return parser.parse_args()


def main():
    options = arguments()
    if not os.path.exists(options.corpus):
        print(f"evaluate: no corpus at {os.path.normpath(options.corpus)}; name one: make evaluate CORPUS=FILE.jsonl.gz",
              file=sys.stderr)
        return 2
    try:
        result = measure(options)
    except scan.ScanError as error:
        print(f"evaluate: {error}", file=sys.stderr)
        return 2
    report(result, options)
    if options.json:
        write_json(result, options.json)
    failures = list(missed(result, options))
    for failure in failures:
        print(f"missed: {failure}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
