"""A plain script: input on stdin, output on stdout. Run it with `modulate submit examples/hello.py`."""

import platform
import sys

print(f"Hello from Python {platform.python_version()}, you sent {len(sys.stdin.read())} characters")
