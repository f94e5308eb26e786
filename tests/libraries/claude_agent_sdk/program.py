# SPDX-License-Identifier: Apache-2.0
"""A small program that speaks Claude Code's stream of JSON messages and plays a script; it needs nothing but Python.

The file that `PLAYED` names holds `turns`, one a prompt. A step of a turn is a message to `emit`, a `tool` of the
application's to call, a `hook` to run, an `exit` code, or `hold`: wait for what comes next on standard input.
What it was started with and what it was sent goes to `log`.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

SESSION = "5e55a0a0-0000-4000-8000-000000000001"


class Program:
    """One run of the program."""

    def __init__(self) -> None:
        given = json.loads(Path(os.environ["PLAYED"]).read_text("utf-8"))
        self.turns: list[list[dict[str, Any]]] = given["turns"]
        self.log = Path(given["log"])
        self.asked = 0
        self.met: set[str] = set()

    def run(self) -> None:
        """Answer whatever comes until standard input is closed; a prompt among the arguments is the only one."""
        self.note({"argv": sys.argv[1:], "env": dict(os.environ)})
        if "--input-format" not in sys.argv:
            self.play()
            return
        while (message := self.next()) is not None:
            self.answer(message)

    def next(self) -> dict[str, Any] | None:
        """Return the next message that is sent."""
        line = sys.stdin.readline()
        if not line:
            return None
        message = json.loads(line)
        self.note({"sent": message})
        return message

    def answer(self, message: dict[str, Any]) -> None:
        """Answer one message."""
        if message["type"] == "user":
            self.play()
        elif message["type"] == "control_request":
            self.emit(
                {
                    "type": "control_response",
                    "response": {"subtype": "success", "request_id": message["request_id"], "response": {}},
                }
            )

    def play(self) -> None:
        """Play the next turn."""
        for step in self.turns.pop(0) if self.turns else []:
            if "emit" in step:
                self.emit(
                    {"session_id": SESSION, "uuid": "00000000-0000-4000-8000-000000000002", **step["emit"]}
                )
            elif "tool" in step:
                self.call(**step["tool"])
            elif "hook" in step:
                self.ask({"subtype": "hook_callback", **step["hook"]})
            elif "exit" in step:
                sys.stdout.flush()
                os._exit(step["exit"])
            elif "hold" in step and (message := self.next()) is not None:
                self.answer(message)

    def call(self, server: str, name: str, arguments: dict[str, Any], key: str) -> None:
        """Call a tool of a server in the application's process and tell its result."""
        if server not in self.met:
            self.met.add(server)
            hello = {
                "protocolVersion": "2025-06-18",
                "capabilities": {},
                "clientInfo": {"name": "program", "version": "1"},
            }
            self.message(server, "initialize", hello)
            self.message(server, "notifications/initialized", None)
        found = self.message(
            server,
            "tools/call",
            {"name": name, "arguments": arguments, "_meta": {"claudecode/toolUseId": key}},
        )
        block = {"type": "tool_result", "tool_use_id": key, "content": found["result"]["content"]}
        if found["result"].get("isError"):
            block["is_error"] = True
        self.emit(
            {
                "type": "user",
                "message": {"role": "user", "content": [block]},
                "parent_tool_use_id": None,
                "session_id": SESSION,
            }
        )

    def message(self, server: str, method: str, params: Any) -> Any:
        """Send a message of the Model Context Protocol to a server in the application's process."""
        self.asked += 1
        held = {"jsonrpc": "2.0", "method": method, **({"params": params} if params is not None else {})}
        if not method.startswith("notifications/"):
            held["id"] = self.asked
        answer = self.ask({"subtype": "mcp_message", "server_name": server, "message": held})
        return answer["mcp_response"]

    def ask(self, request: dict[str, Any]) -> Any:
        """Ask the application's process something and wait for the answer."""
        self.asked += 1
        key = f"ask-{self.asked}"
        self.emit({"type": "control_request", "request_id": key, "request": request})
        while (message := self.next()) is not None:
            if message["type"] == "control_response":
                return message["response"]["response"]
            self.answer(message)
        sys.exit(0)

    def emit(self, message: dict[str, Any]) -> None:
        """Write a message."""
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()

    def note(self, what: dict[str, Any]) -> None:
        """Write down what happened."""
        with self.log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(what) + "\n")


if __name__ == "__main__":
    if "-v" in sys.argv or "--version" in sys.argv:
        sys.stdout.write("2.1.900 (Claude Code)\n")
    else:
        Program().run()
