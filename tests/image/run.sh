#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The tests of the image, with the tools of the chart's; the last line is "image: N passed, N failed, N skipped".
set -uo pipefail
cd "$(dirname "$0")/../.."
mkdir -p build/helm

if ! tests/helm/tools.sh >build/helm/tools.log 2>&1; then
	cat build/helm/tools.log
	echo "  SKIPPED the image: $(tail -n 1 build/helm/tools.log)"
	echo "image: 0 passed, 0 failed, 1 skipped"
	exit 0
fi
exec build/helm/venv/bin/python tests/image/test_image.py "$@"
