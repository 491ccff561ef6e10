#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the root file system of the image without a container engine: executes
the last stage of the Dockerfile, line by line, in a Debian made by mmdebstrap.
What it copies from the build stage is what `make` made here, so the Debian is
this machine's release.

    tests/image/rootfs.py FOLDER
"""

import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DOCKERFILE = ROOT / "Dockerfile"
BUILD = ROOT / "build"
SOURCE = Path("/src")  # WORKDIR of the build stage
# What makes Debian's slim images slim (debuerreotype's list of what dpkg leaves out).
SLIM = ("/usr/share/doc/*", "/usr/share/info/*", "/usr/share/lintian/*", "/usr/share/linda/*", "/usr/share/locale/*",
        "/usr/share/man/*", "/usr/share/groff/*")
MERGED = "/usr/share/mmdebstrap/hooks/merged-usr"


class Unavailable(Exception):
    """It cannot be made here, for this reason."""


def instructions(text):
    """(word, rest) of each instruction, with continued lines put together."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [tuple(line.split(None, 1)) for line in joined.splitlines() if line.strip()]


def last_stage(text):
    found = instructions(text)
    begin = max(i for i, (word, _) in enumerate(found) if word == "FROM")
    return found[begin + 1:]


def image_config(text):
    """ENTRYPOINT and CMD, and the labels."""
    stage = dict(instruction for instruction in last_stage(text) if instruction[0] in ("ENTRYPOINT", "CMD"))
    labels = [word.partition("=") for kind, rest in last_stage(text) if kind == "LABEL" for word in shlex.split(rest)]
    return json.loads(stage["ENTRYPOINT"]), json.loads(stage["CMD"]), {name: value for name, _, value in labels}


def codename():
    for line in Path("/etc/os-release").read_text(encoding="utf-8").splitlines():
        if line.startswith("VERSION_CODENAME="):
            return line.partition("=")[2].strip('"')
    raise Unavailable("this machine's Debian has no name (/etc/os-release)")


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["?"])[-1]
        raise Unavailable(f"{command[0]} failed: {last}")
    return done.stdout


def make_base(folder):
    if not shutil.which("mmdebstrap"):
        raise Unavailable("mmdebstrap is not installed")
    # As in Debian's images: merged from the start, without the package (and the Perl) that merges an old system.
    run("mmdebstrap", "--mode=root", "--variant=minbase", f"--hook-dir={MERGED}", "--include=usr-is-merged",
        *(f"--dpkgopt=path-exclude={path}" for path in SLIM),
        "--dpkgopt=path-include=/usr/share/doc/*/copyright", codename(), folder)


def make_build_stage():
    """What the Dockerfile's first stage leaves in build/."""
    program = BUILD / "promtap"
    if not program.exists():
        raise Unavailable(f"{program} is not built")
    stage = BUILD / "image/stage"
    stage.mkdir(parents=True, exist_ok=True)
    run("strip", "-o", stage / "promtap", program)
    (stage / "packages").write_text(run(ROOT / "helm/image/packages.sh", program), encoding="utf-8")
    return stage


def copy(folder, rest, stage):
    """COPY [--from=build] SOURCE TARGET, of one file."""
    words = rest.split()
    if words[0] == "--from=build":
        source = stage / Path(words[1]).relative_to(SOURCE / "build")
        words = words[1:]
    else:
        source = ROOT / words[0]
    target = folder / words[1].lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


def execute(folder, stage):
    for word, rest in last_stage(DOCKERFILE.read_text(encoding="utf-8")):
        if word == "COPY":
            copy(folder, rest, stage)
        elif word == "RUN":
            run("unshare", "--mount", "sh", "-ec",
                'mount -t proc proc "$0/proc"; cp /etc/resolv.conf "$0/etc/"; exec chroot "$0" sh -c "$1"', folder, rest)
        elif word not in ("ARG", "LABEL", "ENTRYPOINT", "CMD"):
            raise Unavailable(f"rootfs.py does not know the instruction {word} of the Dockerfile")


def make(folder):
    """Makes it anew if the Dockerfile, the packages or what is copied has changed."""
    stage, made = make_build_stage(), folder.with_suffix(".made")
    parts = [DOCKERFILE, *sorted((ROOT / "helm/image").iterdir()), *sorted(stage.iterdir())]
    key = hashlib.sha256(b"".join(part.read_bytes() for part in parts) + codename().encode()).hexdigest()
    if made.exists() and made.read_text() == key:
        return folder
    base = folder.with_suffix(".base")
    if not base.with_suffix(".done").exists():
        shutil.rmtree(base, ignore_errors=True)
        make_base(base)
        base.with_suffix(".done").touch()
    made.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    run("cp", "-a", base, folder)
    execute(folder, stage)
    made.write_text(key)
    return folder


def size_of(folder):
    """Bytes of its files, each once."""
    seen, total = set(), 0
    for place, _, names in os.walk(folder):
        for name in names:
            status = os.lstat(os.path.join(place, name))
            if status.st_ino not in seen:
                seen.add(status.st_ino)
                total += status.st_size
    return total


def main():
    try:
        folder = make(Path(sys.argv[1]).resolve())
    except Unavailable as reason:
        sys.exit(f"rootfs.py: {reason}")
    print(f"{folder}: {size_of(folder) / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
