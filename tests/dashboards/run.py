#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of dashboards/: files, rules, and a real Prometheus and Alertmanager on
a running promtap. run.py [NAME...]: only tests whose name contains one of these.
The last line is "dashboards: N passed, N failed, N skipped".
"""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "live"))
from test_live import Result, flatten  # noqa: E402 - the path comes first

MODULES = ("test_files", "test_rules", "test_stack")


def main():
    tests = list(flatten(unittest.defaultTestLoader.loadTestsFromNames(MODULES)))
    if sys.argv[1:]:
        tests = [test for test in tests if any(word in test.id() for word in sys.argv[1:])]
    runner = unittest.TextTestRunner(stream=sys.stdout, resultclass=Result, verbosity=0)
    result = runner.run(unittest.TestSuite(tests))
    failed = len(result.bad)
    print(f"dashboards: {result.passed} passed, {failed} failed, {len(tests) - result.passed - failed} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
