#!/usr/bin/env python3
"""capabilities.py ROOT: every system test that tests/system/capabilities.md names is there, and each cell says something."""

import re

from tree import Report, files, lines, root_argument

TEST = re.compile(r"^TEST(?:_F|_P)?\((\w+), (\w+)\)")


def main():
    root = root_argument()
    report = Report(root)
    tests = {".".join(match.groups()) for path in files(root, "tests/system") for _, line in lines(path)
             if (match := TEST.match(line))}
    table = root / "tests/system/capabilities.md"
    for number, line in enumerate(table.read_text(encoding="utf-8").splitlines(), 1):
        if not line.startswith("| ") or line.startswith("| capability"):
            continue
        for cell in line.strip("| ").split(" | ")[1:]:
            named = re.findall(r"`([^`]+)`", cell)
            if not named and not cell.startswith("not yet"):
                report.add(table, number, f"name a test, or say 'not yet': {cell}")
            for name in named:
                if name not in tests:
                    report.add(table, number, f"there is no system test {name}")
    report.finish()


main()
