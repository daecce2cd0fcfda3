#!/usr/bin/env python3
"""clock.py ROOT: the real clock and sleeping only in host/base; unit tests never sleep, so they are fast and repeatable."""

import re

from tree import Report, files, lines, root_argument

NOW = re.compile(
    r"\b(system|steady|high_resolution|utc|file)_clock::now\b|\bgettimeofday\b|\bclock_gettime\b|\bstd::time\s*\("
    r"|(?<![\w.>:])time\s*\(\s*(nullptr|NULL|0|&\w+)\s*\)|\bPoco::(Timestamp|DateTime|LocalDateTime|Clock|Stopwatch)\b"
    r"|'now'|\bCURRENT_(TIMESTAMP|TIME|DATE)\b")
SLEEP = re.compile(r"\bsleep_(for|until)\b|(?<!\w)::u?sleep\s*\(|\b(usleep|nanosleep)\b|(?<![.>\w])sleep\s*\(\s*\d")


def main():
    root = root_argument()
    report = Report(root)
    for path in files(root, "host", "plugins", "plugin-api/include"):
        if path.relative_to(root).parts[:2] == ("host", "base"):
            continue
        rules = [(NOW, "reads the real clock")]
        if path.relative_to(root).parts[:2] != ("host", "app"):  # the command line may wait between two questions
            rules.append((SLEEP, "sleeps"))
        for number, line in lines(path):
            for pattern, what in rules:
                if pattern.search(line):
                    report.add(path, number, f"{what}; take a Clock from host/base: {line.strip()[:60]}")
    for path in files(root, "tests/unit", "tests/golden"):
        for number, line in lines(path):
            if SLEEP.search(line):
                report.add(path, number, f"a unit test must not sleep: {line.strip()[:60]}")
    report.finish()


main()
