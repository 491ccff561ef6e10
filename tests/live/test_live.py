#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""End-to-end tests on the live kernel. test_live.py [NAME...]: only the tests
whose name contains one of these. What cannot run here is skipped and said.
The last line is "live: N passed, N failed, N skipped".
"""

import sys
import time
import unittest

MODULES = ("test_harness", "test_clients", "test_sockets", "test_faults", "test_http2", "test_replay", "test_gateway", "test_mcp",
           "test_detect", "test_kubelet", "test_alerts", "test_tls", "test_demo")


class Result(unittest.TextTestResult):
    """One short line per test; counts tests, not sub-tests."""

    def __init__(self, *arguments, **keywords):
        super().__init__(*arguments, **keywords)
        self.bad, self.passed = set(), 0

    def startTest(self, test):
        unittest.TestResult.startTest(self, test)
        self.begun = time.monotonic()

    def say(self, test, word, reason=""):
        name = test.id().removeprefix("test_") if hasattr(test, "id") else str(test)
        self.stream.writeln(f"  {word:7} {name}{reason and ': ' + reason}")
        self.stream.flush()

    def addSuccess(self, test):
        if test.id() not in self.bad:
            self.passed += 1
            self.say(test, "ok", f"{time.monotonic() - self.begun:.1f} s")

    def addSubTest(self, test, subtest, error):
        unittest.TestResult.addSubTest(self, test, subtest, error)
        if error is not None:
            self.bad.add(test.id())
            self.say(subtest, "FAILED")

    def addFailure(self, test, error):
        unittest.TestResult.addFailure(self, test, error)
        self.bad.add(test.id())
        self.say(test, "FAILED")

    def addError(self, test, error):
        unittest.TestResult.addError(self, test, error)
        self.bad.add(test.id())
        self.say(test, "FAILED")

    def addSkip(self, test, reason):
        unittest.TestResult.addSkip(self, test, reason)
        self.say(test, "SKIPPED", reason)


def flatten(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flatten(test)
        else:
            yield test


def main():
    loader = unittest.defaultTestLoader
    tests = list(flatten(loader.loadTestsFromNames(MODULES)))
    if sys.argv[1:]:
        tests = [test for test in tests if any(word in test.id() for word in sys.argv[1:])]
    runner = unittest.TextTestRunner(stream=sys.stdout, resultclass=Result, verbosity=0)
    result = runner.run(unittest.TestSuite(tests))
    failed = len(result.bad)
    # A class that is skipped as a whole reports once: count its tests.
    skipped = len(tests) - result.passed - failed
    print(f"live: {result.passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
