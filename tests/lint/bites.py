#!/usr/bin/env python3
"""bites.py EXPECTED COMMAND...: a lint that finds nothing proves nothing; on its bad sample it must fail with EXPECTED."""

import pathlib
import subprocess
import sys

result = subprocess.run(sys.argv[2:], capture_output=True, text=True)
expected = pathlib.Path(sys.argv[1]).read_text()
if result.returncode == 0 or result.stdout != expected:
    print(f"exit {result.returncode}, expected 1\n--- expected\n{expected}--- found\n{result.stdout}{result.stderr}")
    sys.exit(1)
