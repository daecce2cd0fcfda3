#!/usr/bin/env python3
"""text.py ROOT: unfinished work and machine paths do not enter the tree; code files stay short; the top level is fixed."""

import re

from tree import CODE, Report, files, lines, root_argument

UNFINISHED = re.compile(r"\b(TODO|FIXME|HACK)\b")
MACHINE_PATH = re.compile(r"(?<![\w.])/(work|root|home/\w+)/")
LONG, TOO_LONG = 500, 600  # lines of code: a warning, a finding
TOP = {
    "CMakeLists.txt", "host", "plugin-api", "plugins", "config", "tests", "packaging",
    "README.md", "ARCHITECTURE.md", "DECISIONS.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "CMakePresets.json",
    "build",
}
FOLDERS = ["host", "plugin-api", "plugins", "config", "tests", "packaging", ".ci"]
DATA = {".json", ".case", ".golden", ".abi", ".xml", ".csv", ".jsonl", ".bin", ".pem", ".pyc"}


def main():
    root = root_argument()
    report = Report(root)
    for path in sorted(root.iterdir()):
        if path.name not in TOP and not path.name.startswith("."):
            report.add(path, 0, "the top level is fixed: put this into host, plugin-api, plugins, config, tests or packaging")
    documents = [path for path in root.iterdir() if path.suffix in {".md", ".txt"}]
    for path in documents + list(files(root, *FOLDERS, suffixes=None)):
        if path.suffix in DATA or path.name == "text.py":
            continue
        number = 0
        for number, line in lines(path, comments=True):
            if UNFINISHED.search(line):
                report.add(path, number, f"finish it or file an issue: {line.strip()[:60]}")
            if MACHINE_PATH.search(line):
                report.add(path, number, f"a path of one machine: {line.strip()[:60]}")
        if path.suffix in CODE and number > TOO_LONG:
            report.add(path, number, f"longer than {TOO_LONG} lines: split it by what it does")
        elif path.suffix in CODE and number > LONG:
            print(f"warning: {path.relative_to(root)} has {number} lines; about 400 are easy to read")
    report.finish()


main()
