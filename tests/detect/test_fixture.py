#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Verdicts on texts written by hand, through `promtap scan`.

tests/fixtures/detect/families.jsonl: one text a line with its family, its
channel, and `at_least` (an attack, or what else is to be found) or `below` (its
harmless twin). A text in a list is joined: nothing in the tree shall look like
a live key. `known_wrong`: today's verdict is another; said, and not counted.

The sentences of three families are judged behind every disguise as well.

    tests/detect/test_fixture.py [WORD...]     tests whose name contains a word
"""

import json
import os
import sys

import scan
from disguises import DISGUISES

FIXTURE = os.path.join(scan.ROOT, "tests", "fixtures", "detect", "families.jsonl")
DISGUISED_FAMILIES = {"instruction_override", "prompt_extraction", "policy_removal"}
DISGUISED_SHARE = 0.85      # of the attacks that are seen without a disguise: some ways lose a letter


def read_fixture():
    with open(FIXTURE, encoding="utf8") as file:
        texts = [json.loads(line) for line in file]
    for number, text in enumerate(texts):
        text["id"] = str(number)
        text["text"] = "".join(text["text"])
    return texts


def is_right(text, severity):
    if "at_least" in text:
        return severity >= scan.SEVERITIES.index(text["at_least"])
    return severity < scan.SEVERITIES.index(text["below"])


def tell(text, verdict):
    wanted = f"at least {text['at_least']}" if "at_least" in text else f"below {text['below']}"
    found = ", ".join(verdict[1]) or "nothing"
    return f"{text['channel']}: {text['text']!r}: {scan.SEVERITIES[verdict[0]]} ({found}), wanted {wanted}"


def test_family(family):
    """What is wrong with the verdicts on a family's texts."""
    texts = [text for text in read_fixture() if text["family"] == family]
    verdicts = scan.scan(texts)
    wrong = [text for text in texts if not is_right(text, verdicts[text["id"]][0])]
    for text in texts:
        if text.get("known_wrong"):
            print(f"  known: {tell(text, verdicts[text['id']])}" if text in wrong else
                  f"  right by now, take its known_wrong away: {text['text']!r}")
    return [tell(text, verdicts[text["id"]]) for text in wrong if not text.get("known_wrong")]


def test_disguise(name):
    hide, stays_ordinary = DISGUISES[name]
    texts = [text for text in read_fixture() if text["family"] in DISGUISED_FAMILIES and not text.get("known_wrong")]
    verdicts = scan.scan([{**text, "text": hide(text["text"])} for text in texts])
    wrong = [text for text in texts if not is_right(text, verdicts[text["id"]][0])]
    attacks = [text for text in texts if "at_least" in text]
    missed = [text for text in wrong if "at_least" in text]
    cried = [text for text in wrong if "below" in text]
    told = missed if len(attacks) - len(missed) < DISGUISED_SHARE * len(attacks) else []
    return [tell(text, verdicts[text["id"]]) for text in told + (cried if stays_ordinary else [])]


def test_switched_off():
    """A rule that is disabled finds nothing, also where combinations name it; every other rule stays."""
    texts = [text for text in read_fixture() if text["family"] == "instruction_override" and "at_least" in text]
    off = {rule for rule in scan.rules() if rule.startswith(("override.", "score."))}
    found = set().union(*(verdict[1] for verdict in scan.scan(texts, scan.without(off)).values()))
    return [f"{rule} is off and was found" for rule in found & off]


def test_two_programs(other):
    """Another build, such as one with another Hyperscan, gives the same verdicts and findings."""
    texts = read_fixture()
    ours, theirs = scan.scan(texts), scan.scan(texts, program=other)
    return [f"{tell(text, ours[text['id']])}; {other}: {theirs[text['id']]}" for text in texts
            if ours[text["id"]] != theirs[text["id"]]]


def tests():
    for family in dict.fromkeys(text["family"] for text in read_fixture()):
        yield f"family {family}", lambda family=family: test_family(family)
    for name in DISGUISES:
        yield f"disguise {name}", lambda name=name: test_disguise(name)
    yield "rules switched off", test_switched_off
    other = os.environ.get("PROMTAP_OTHER")
    if other:
        yield "two programs", lambda: test_two_programs(other)


def main():
    passed = failed = 0
    for name, test in tests():
        if sys.argv[1:] and not any(word in name for word in sys.argv[1:]):
            continue
        try:
            problems = test()
        except scan.ScanError as error:
            problems = [str(error)]
        failed += bool(problems)
        passed += not problems
        for problem in problems:
            print(f"  FAILED {name}: {problem}")
    print(f"detect: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
