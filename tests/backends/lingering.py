# SPDX-License-Identifier: Apache-2.0
"""Runs an example for each line of standard input, and stays: metrics can be scraped while a program runs.

A line is the example's path and the model endpoint that it is to ask.
"""

from __future__ import annotations

import contextlib
import os
import runpy
import sys

for line in sys.stdin:
    example, os.environ["OPENAI_BASE_URL"] = line.split()
    sys.argv = [example, "ada"]
    with contextlib.suppress(Exception):
        runpy.run_path(example, run_name="__main__")
    print(f"ran {example}", flush=True)
