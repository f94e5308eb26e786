# SPDX-License-Identifier: Apache-2.0
"""`python -m spanwright.console`: the command line of exactly this interpreter, whichever one PATH names."""

from __future__ import annotations

from spanwright.console.cli import main

main()
