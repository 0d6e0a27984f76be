#!/usr/bin/env python3
"""Breaks the code on purpose, one small mutation at a time, and expects a test to fail.

    tests/mutants/run.py [--check] [--only TEXT] [--kind rust|glue]

The mutations are in mutants.toml. They are applied to a copy of the sources in target/mutants; the checkout is only read. Those of the kind
`rust` are looked for by cargo test, those of the kind `glue` by the tests on a real Moodle, which MOODLE_DIR names. `--check` runs no test:
it only proves that the list fits the sources."""

import argparse
import collections
import fcntl
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as tree

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIST = ROOT / "tests/mutants/mutants.toml"
WORK = ROOT / "target/mutants"
KINDS = ("rust", "glue")

# Told to stop, a run still puts the copy back and stops what it has started.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

# A test run that takes longer has hung.
PATIENCE = {"rust": 900, "glue": 1800}


class Mistake(Exception):
    """The list, or the unmutated tree, is wrong: nothing is known about the mutation."""


class Mutant:
    """One entry of the list."""

    def __init__(self, entry):
        unknown = entry.keys() - {"id", "file", "find", "replace", "cargo", "moodle", "survives"}
        missing = {"id", "file", "find", "replace"} - entry.keys()
        if unknown or missing or ("cargo" in entry) == ("moodle" in entry):
            raise Mistake(f"{entry.get('id', entry)}: needs id, file, find, replace and one of cargo and moodle")
        self.id, self.file, self.find, self.replace = (entry[name] for name in ("id", "file", "find", "replace"))
        self.kind, self.survives = ("rust" if "cargo" in entry else "glue"), entry.get("survives")
        self.tests = entry["cargo"] if self.kind == "rust" else tuple(entry["moodle"].split())

    def mutated(self, root):
        """The text of the file with the mutation."""
        text = (root / self.file).read_text()
        found = text.count(self.find)
        if found != 1:
            raise Mistake(f"{self.id}: the text is in {self.file} {found} times, not once")
        if self.find == self.replace:
            raise Mistake(f"{self.id}: changes nothing")
        return text.replace(self.find, self.replace)

    def check(self):
        """Proves that the entry fits the sources: its text is there once, and so are the tests that it names."""
        self.mutated(ROOT)
        if self.kind == "rust":
            for named in re.findall(r"--test (\w+)", self.tests):
                if not (ROOT / f"tests/{named}.rs").is_file():
                    raise Mistake(f"{self.id}: there is no tests/{named}.rs")
            return
        for test in self.tests:
            name, _, function = test.partition("::")
            path = ROOT / "tests/moodle" / name
            if not path.is_file() or not re.search(rf"^def {re.escape(function)}\(", path.read_text(), re.M):
                raise Mistake(f"{self.id}: there is no test {test}")


def read_list():
    mutants = [Mutant(entry) for entry in tomllib.loads(LIST.read_text())["mutant"]]
    for name, count in collections.Counter(mutant.id for mutant in mutants).items():
        if count > 1:
            raise Mistake(f"{name}: two mutations have this id")
    for mutant in mutants:
        mutant.check()
    return mutants


def write(path, content):
    """Writes a file unless it holds this already: cargo compiles again what is newer."""
    if not path.is_file() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def copy_sources(kind):
    """Brings the copy for a kind up to date with the files of the checkout that git knows or would take."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True)
    names = {name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()}
    copy = WORK / kind
    for name in names:
        write(copy / name, (ROOT / name).read_bytes())
        (copy / name).chmod((ROOT / name).stat().st_mode)
    for folder, folders, files in os.walk(copy):
        if pathlib.Path(folder) == copy:
            folders[:] = [name for name in folders if name != "target"]
        for path in (pathlib.Path(folder) / name for name in files):
            if path.relative_to(copy).as_posix() not in names:
                path.unlink()


def run(command, kind, **environment):
    """The exit status and the output of a command in the copy for a kind."""
    with subprocess.Popen(command, cwd=WORK / kind, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace", start_new_session=True) as process:
        try:
            output, _ = process.communicate(timeout=PATIENCE[kind])
        except BaseException as stopped:
            # Told to stop, pytest stops the servers that it has started.
            os.killpg(process.pid, signal.SIGTERM)
            process.communicate()
            if isinstance(stopped, subprocess.TimeoutExpired):
                raise Mistake(f"no end within {PATIENCE[kind]} s") from None
            raise
    return process.returncode, output


def last_lines(output, count=15):
    return "\n".join(f"    {line}" for line in output.strip().splitlines()[-count:])


def cargo(tests):
    """Runs Rust tests: the names of those that failed, and how many passed."""
    # Nobody debugs these builds.
    environment = {"CARGO_TARGET_DIR": str(WORK / "cargo"), "CARGO_PROFILE_DEV_DEBUG": "0", "CARGO_PROFILE_TEST_DEBUG": "0"}
    arguments = shlex.split(tests)
    base = ["cargo", "test", "--locked", "--quiet", "--no-default-features"]
    # What is built does not depend on the filter.
    build = [word for number, word in enumerate(arguments) if word.startswith("--") or arguments[number - 1] == "--test"]
    status, output = run([*base, *build, "--no-run"], "rust", **environment)
    if status:
        raise Mistake(f"does not compile:\n{last_lines(output)}")
    status, output = run([*base, *arguments], "rust", **environment)
    passed, count = (sum(map(int, re.findall(rf"(\d+) {word};", output))) for word in ("passed", "failed"))
    if (status != 0) != (count > 0):
        raise Mistake(f"cargo test ended with {status}:\n{last_lines(output)}")
    return re.findall(r"^---- (\S+) stdout ----$", output, re.M) or ["a test"] * count, passed


def pytest(tests, *options, seeded):
    """Runs tests on a real Moodle, on the shop that an earlier run has filled if it is `seeded`: those that failed and those that passed, as the
    list names them."""
    report = WORK / "report.xml"
    report.unlink(missing_ok=True)
    environment = {"SHOPENGINE_EXTENSION": os.environ.get("SHOPENGINE_EXTENSION", str(ROOT / "target/release/libshopengine.so")),
                   "MOODLE_DATABASES": os.environ.get("MOODLE_DATABASES", "mariadb")}
    if seeded:
        environment["MOODLE_SEEDED"] = "1"
    options = ["-q", "-p", "no:cacheprovider", "--timeout", "900", "--junitxml", str(report), *options]
    status, output = run([str(ROOT / ".venv/bin/python"), "-m", "pytest", *options, *(f"tests/moodle/{test}" for test in tests)], "glue", **environment)
    if status not in (0, 1) or not report.is_file():
        raise Mistake(f"pytest ended with {status}:\n{last_lines(output)}")
    failed, passed = [], []
    for case in tree.parse(report).iter("testcase"):
        # A warning of PHP is found after the test, by a fixture. What fails before it proves nothing.
        if any("on setup" in error.get("message", "") for error in case.iter("error")):
            raise Mistake(f"the site did not start:\n{last_lines(output)}")
        name = f"{case.get('classname').rpartition('.')[2]}.py::{case.get('name').partition('[')[0]}"
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(name)
        elif case.find("skipped") is None:
            passed.append(name)
    return failed, passed


def broken_before(mutants):
    """Runs the named tests on the sources as they are: those that do not pass, with the reason."""
    broken = {}
    for tests in sorted({mutant.tests for mutant in mutants if mutant.kind == "rust"}):
        failed, passed = cargo(tests)
        if failed or not passed:
            broken[tests] = f"without a mutation, cargo test {tests}: {len(failed)} failed, {passed} passed"
    tests = list(dict.fromkeys(test for mutant in mutants if mutant.kind == "glue" for test in mutant.tests))
    if tests:
        failed, passed = pytest(tests, seeded=False)
        for test in tests:
            if test in failed or test not in passed:
                broken[test] = f"without a mutation, {test} does not pass"
    return broken


def outcome(mutant, seeded):
    """Applies one mutation and runs its tests: the first test that failed, or None."""
    path = WORK / mutant.kind / mutant.file
    before = path.read_bytes()
    try:
        path.write_text(mutant.mutated(WORK / mutant.kind))
        if path.suffix == ".php" and subprocess.run(["php", "-n", "-l", str(path)], capture_output=True).returncode:
            raise Mistake("is not PHP")
        failed, _ = cargo(mutant.tests) if mutant.kind == "rust" else pytest(mutant.tests, "-x", seeded=seeded)
        return failed[0] if failed else None
    finally:
        path.write_bytes(before)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="run no test")
    parser.add_argument("--only", default="", metavar="TEXT", help="the mutations whose id has this text")
    parser.add_argument("--kind", choices=KINDS)
    options = parser.parse_args()
    try:
        mutants = read_list()
    except Mistake as mistake:
        sys.exit(f"mutants: {mistake}")
    counted = collections.Counter(mutant.kind for mutant in mutants)
    if options.check:
        print(f"mutants: {len(mutants)} listed ({counted['rust']} rust, {counted['glue']} glue)")
        return
    mutants = [mutant for mutant in mutants if options.only in mutant.id and options.kind in (None, mutant.kind)]
    if not mutants:
        sys.exit(f"mutants: none has `{options.only}` in its id")
    tally = collections.Counter()
    if not os.environ.get("MOODLE_DIR"):
        tally["skipped"] = sum(mutant.kind == "glue" for mutant in mutants)
        mutants = [mutant for mutant in mutants if mutant.kind == "rust"]
        if tally["skipped"]:
            print(f"skipped: {tally['skipped']} of the glue, MOODLE_DIR names no Moodle", flush=True)
    kinds = sorted({mutant.kind for mutant in mutants})
    locks = []
    for kind in kinds:
        (WORK / kind).mkdir(parents=True, exist_ok=True)
        locks.append(open(WORK / f"{kind}.lock", "w"))
        try:
            fcntl.flock(locks[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"mutants: another run uses {WORK / kind}")
        copy_sources(kind)
    try:
        broken = broken_before(mutants)
    except Mistake as mistake:
        sys.exit(f"mutants: without a mutation: {mistake}")
    before = None
    for mutant in mutants:
        # The tables of the site are part of what a mutation of db changes.
        seeded, before = not any(one and "/db/" in one.file for one in (before, mutant)), mutant
        try:
            for test in [mutant.tests] if mutant.kind == "rust" else mutant.tests:
                if test in broken:
                    raise Mistake(broken[test])
            noticed = outcome(mutant, seeded)
        except Mistake as mistake:
            told, kind = f"ERROR     {mutant.id}: {mistake}", "errors"
        else:
            if noticed and mutant.survives:
                told, kind = f"ERROR     {mutant.id}: listed as surviving, but {noticed} notices it", "errors"
            elif noticed:
                told, kind = f"killed    {mutant.id}: {noticed}", "killed"
            elif mutant.survives:
                told, kind = f"survives  {mutant.id}: {mutant.survives}", "survive with a reason"
            else:
                told, kind = f"SURVIVES  {mutant.id}", "survive without a reason"
        tally[kind] += 1
        print(told, flush=True)
    words = ("killed", "survive with a reason", "survive without a reason", "errors", "skipped")
    print("mutants: " + ", ".join(f"{tally[word]} {word}" for word in words))
    sys.exit(1 if tally["errors"] or tally["survive without a reason"] else 0)


if __name__ == "__main__":
    main()
