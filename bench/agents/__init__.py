# SPDX-License-Identifier: Apache-2.0
"""The agents that are measured, a module a framework; the module is named as the framework's instrumentor.

Each has `INSTRUMENTOR`, a class, `DISTRIBUTIONS`, the names of what it measures, and `agent(client)`, which returns what
runs an agent with two tools once, asynchronously. The client is OpenAI's, on a transport in memory (`model.py`).
"""
