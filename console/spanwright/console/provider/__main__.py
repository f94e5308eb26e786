# SPDX-License-Identifier: Apache-2.0
"""Runs the reference provider until it is interrupted: `python -m spanwright.console.provider [--port N]`."""

from __future__ import annotations

import argparse
import sys
import threading

from spanwright.console.provider import Provider


def main() -> None:
    """Starts on the port, says the address on standard error, and stays."""
    parser = argparse.ArgumentParser(prog="python -m spanwright.console.provider", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes any free port")
    with Provider(port=parser.parse_args().port) as provider:
        sys.stderr.write(f"{provider.base_url}\n")
        sys.stderr.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            sys.stderr.write("stopped\n")


if __name__ == "__main__":
    main()
