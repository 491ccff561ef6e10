#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Where the rules of a start come from: what make compiled and added to the program, what was kept, or what is compiled
now. PROMTAP names the program.

    tests/detect/test_start.py [WORD...]     tests whose name contains a word
"""

import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import results  # noqa: E402  pylint: disable=wrong-import-position

PROMTAP = Path(os.environ.get("PROMTAP", ROOT / "build" / "promtap")).resolve()
SECTION = ".promtap.rules"
BUILT_IN = "compiled when the program was made"
KEPT = "compiled before and kept"
MAKER_AT = 16  # in the image's head (user/detect/image.c)
PACK = """pack: {0}
version: 1
description: For this test.
rules:
  - {{id: {0}.r, version: 1, family: refusal, severity: low, about: a word, {1}, examples: {{match: [xyzzyword], clean: [b]}}}}
"""
WORDS = "sequence: xyzzyword"
EXPRESSION = "expression: 'xyzzy[a-z]{4}'"


def tool(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class Start(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.cache = self.folder / "cache"

    def start(self, program=PROMTAP, *options):
        """What the program says of its rules."""
        done = subprocess.run([program, "rules", "explain", "--log-level", "debug", "--rules-cache", self.cache, *options],
                              input="xyzzyword", capture_output=True, text=True, timeout=300, check=False)
        said = re.findall(r"\d+ rules, (.*)", done.stderr)
        self.assertEqual((done.returncode, len(said)), (0, 1), done.stderr)
        return said[0]

    def compiled(self, program=PROMTAP, *options):
        """Of a start that compiles: how many databases there are, and how many of them are new."""
        said = re.fullmatch(r"compiled; of (\d+) databases (\d+) anew", self.start(program, *options))
        self.assertTrue(said)
        return int(said.group(1)), int(said.group(2))

    def check_compiles_all(self, program):
        there, anew = self.compiled(program)
        self.assertEqual(there, anew)

    def pack(self, name, rule):
        path = self.folder / f"{name}.yaml"
        path.write_text(PACK.format(name, rule), encoding="utf8")
        return path

    def kept(self):
        return len(list(self.cache.glob("*"))) if self.cache.exists() else 0

    def need_section(self):
        if SECTION not in tool("readelf", "-SW", PROMTAP):
            self.skipTest(f"{PROMTAP} holds no compiled rules: it could not be run where it was made")

    def changed(self, *options):
        """A copy of the program that objcopy changed."""
        self.need_section()
        copy = self.folder / "copy"
        tool("objcopy", *options, PROMTAP, copy)
        return copy

    def section(self):
        self.need_section()
        path = self.folder / "image"
        tool("objcopy", "-O", "binary", "--only-section", SECTION, "--set-section-flags", f"{SECTION}=alloc", PROMTAP, path)
        return path

    def with_section(self, change):
        """A copy of the program with other bytes there."""
        path = self.section()
        path.write_bytes(change(path.read_bytes()))
        return self.changed("--update-section", f"{SECTION}={path}")

    def test_the_first_start_compiles_nothing(self):
        self.need_section()
        self.assertEqual(self.start(), BUILT_IN)
        self.assertEqual(self.kept(), 0)

    def test_a_stripped_program_as_well(self):
        self.need_section()
        copy = self.folder / "stripped"
        tool("strip", "-o", copy, PROMTAP)
        self.assertEqual(self.start(copy), BUILT_IN)

    def test_rules_are_compiled_to_the_same_bytes(self):
        """Made twice, the program is the same."""
        again = self.folder / "again"
        tool(PROMTAP, "rules", "compile", again)
        self.assertEqual(again.read_bytes(), self.section().read_bytes())

    def test_other_rules_are_compiled_and_kept(self):
        pack = self.pack("zz", WORDS)
        self.compiled(PROMTAP, "--rules", pack)
        self.assertEqual(self.kept(), 1)
        self.assertEqual(self.start(PROMTAP, "--rules", pack), KEPT)

    def test_what_the_program_has_is_not_compiled_again(self):
        self.need_section()
        self.assertEqual(self.compiled(PROMTAP, "--rules", self.pack("zz", WORDS))[1], 0)
        # Its own, and that of the literals that are looked for everywhere.
        self.assertEqual(self.compiled(PROMTAP, "--rules", self.pack("yy", EXPRESSION))[1], 2)

    def test_what_was_kept_last_is_not_compiled_again(self):
        copy = self.changed("--remove-section", SECTION)
        self.check_compiles_all(copy)
        self.assertEqual(self.compiled(copy, "--rules", self.pack("zz", WORDS))[1], 0)
        self.assertEqual(self.compiled(copy, "--rules", self.pack("yy", EXPRESSION))[1], 2)

    def test_no_section(self):
        copy = self.changed("--remove-section", SECTION)
        self.check_compiles_all(copy)
        self.assertEqual(self.start(copy), KEPT)

    def test_the_image_of_another_program(self):
        """Hyperscan's part of it is as good as this one's."""
        def other(image):
            return image[:MAKER_AT] + bytes(byte ^ 255 for byte in image[MAKER_AT:MAKER_AT + 8]) + image[MAKER_AT + 8:]
        self.assertEqual(self.compiled(self.with_section(other))[1], 0)

    def test_half_an_image(self):
        self.check_compiles_all(self.with_section(lambda image: image[:len(image) // 2]))

    def test_a_damaged_image(self):
        """Its head is right, what follows is not."""
        self.check_compiles_all(self.with_section(lambda image: image[:32] + b"\xff" * (len(image) - 32)))

    def test_an_image_that_stands_askew(self):
        """Where no array in it is aligned."""
        image = self.section()
        askew, copy = self.folder / "askew", self.folder / "copy"
        tool("objcopy", "--remove-section", SECTION, PROMTAP, askew)
        (self.folder / "byte").write_bytes(b"x")
        tool("objcopy", "--add-section", f".before={self.folder / 'byte'}", "--add-section", f"{SECTION}={image}", askew, copy)
        offset = int(re.search(re.escape(SECTION) + r"\s+PROGBITS\s+\S+\s+(\S+)", tool("readelf", "-SW", copy)).group(1), 16)
        if offset % 64 == 0:
            self.skipTest("this objcopy put it at a multiple of 64 all the same")
        self.check_compiles_all(copy)


if __name__ == "__main__":
    sys.exit(results.run("start", unittest.defaultTestLoader.loadTestsFromTestCase(Start)))
