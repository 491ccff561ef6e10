#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of dashboards/: files, rules, and a real Prometheus and Alertmanager on
a running promtap. run.py [NAME...]: only tests whose name contains one of these.
The last line is "dashboards: N passed, N failed, N skipped".
"""

import sys
import unittest
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "live")]
import results  # noqa: E402 - the path comes first

MODULES = ("test_files", "test_rules", "test_stack")

if __name__ == "__main__":
    sys.exit(results.run("dashboards", unittest.defaultTestLoader.loadTestsFromNames(MODULES)))
