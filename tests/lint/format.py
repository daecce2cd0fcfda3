#!/usr/bin/env python3
"""format.py ROOT [--fix]: every C++ file as clang-format leaves it; C files keep the C way of writing pointers."""

import subprocess
import sys

from tree import files, root_argument

paths = [
    str(path)
    for path in files(root_argument(), "host", "plugin-api", "plugins", "tests", suffixes={".h", ".hpp", ".cpp"})
    if path.name != "plugin.h"
]
mode = ["-i"] if "--fix" in sys.argv else ["--dry-run", "--Werror", "--ferror-limit=1"]
sys.exit(subprocess.run(["clang-format", "--style=file", *mode, *paths]).returncode if paths else 0)
