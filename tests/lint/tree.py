"""What the lints share: the source files of a tree, their text without comments, and how findings are reported."""

import pathlib
import re
import sys

CODE = {".h", ".hpp", ".cpp", ".c"}
SKIPPED = {"build", ".git", ".cache", "node_modules", "samples"}


def files(root, *folders, suffixes=CODE):
    """Paths below root/folder, sorted; build output and the lints' own bad samples left out."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            inside = path.relative_to(root).parts
            if path.is_file() and not SKIPPED & set(inside) and (suffixes is None or path.suffix in suffixes):
                yield path


def lines(path, comments=False):
    """(number, line) pairs; comments blanked unless asked for."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if not comments:
        keep_lines = lambda match: match.group(1) or "\n" * match.group(0).count("\n")
        text = re.sub(r'("(?:\\.|[^"\\\n])*")|/\*.*?\*/|//[^\n]*', keep_lines, text, flags=re.S)
    return enumerate(text.splitlines(), 1)


class Report:
    """Prints findings as path:line: text; finish() ends the program with 1 when there was one."""

    def __init__(self, root):
        self.root = root
        self.count = 0

    def add(self, path, line, text):
        self.count += 1
        place = path.relative_to(self.root) if path.is_absolute() else path
        print(f"{place}:{line}: {text}" if line else f"{place}: {text}")

    def finish(self):
        sys.exit(1 if self.count else 0)


def root_argument():
    return pathlib.Path(sys.argv[1]).resolve()
