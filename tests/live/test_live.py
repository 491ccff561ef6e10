#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""End-to-end tests on the live kernel. test_live.py [NAME...]: only the tests
whose name contains one of these. What cannot run here is skipped and said.
The last line is "live: N passed, N failed, N skipped".
"""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import results  # noqa: E402 - the path comes first

MODULES = ("test_harness", "test_clients", "test_sockets", "test_faults", "test_http2", "test_replay", "test_gateway", "test_mcp",
           "test_traces", "test_detect", "test_kubelet", "test_alerts", "test_tls", "test_demo")

if __name__ == "__main__":
    sys.exit(results.run("live", unittest.defaultTestLoader.loadTestsFromNames(MODULES)))
