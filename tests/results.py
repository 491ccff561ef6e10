# SPDX-License-Identifier: Apache-2.0
"""How the test programs of Python say what became of their tests: a line for each,
and as the last one "NAME: N passed, N failed, N skipped", which tests/run.sh reads.
"""

import sys
import time
import unittest


class Result(unittest.TextTestResult):
    """One short line per test; counts tests, not sub-tests."""

    def __init__(self, *arguments, **keywords):
        super().__init__(*arguments, **keywords)
        self.bad, self.passed = set(), 0

    def startTest(self, test):
        unittest.TestResult.startTest(self, test)
        self.begun = time.monotonic()

    def say(self, test, word, reason=""):
        name = test.id().removeprefix("__main__.").removeprefix("test_") if hasattr(test, "id") else str(test)
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


def run(name, suite):
    """Those whose name contains a word of the command line, or all; returns the exit status."""
    words = sys.argv[1:]
    tests = [test for test in flatten(suite) if not words or any(word in test.id() for word in words)]
    result = unittest.TextTestRunner(stream=sys.stdout, resultclass=Result, verbosity=0).run(unittest.TestSuite(tests))
    failed = len(result.bad)
    # A class that is skipped as a whole reports once: count its tests.
    print(f"{name}: {result.passed} passed, {failed} failed, {len(tests) - result.passed - failed} skipped")
    return 1 if failed else 0
