# SPDX-License-Identifier: Apache-2.0
"""A library that is loaded again, as development servers, notebooks and test suites do, is traced as before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lifecycle.conftest import CLIENT

if TYPE_CHECKING:
    from lifecycle.conftest import Receiver

AGAIN = {
    "the package": "importlib.reload(openai)",
    "a part of it": "importlib.reload(sys.modules['openai._streaming'])",
    "its client": "importlib.reload(sys.modules['openai._client']); importlib.reload(openai)",
    "everything anew": """
for name in [name for name in sys.modules if name.partition(".")[0] == "openai"]:
    del sys.modules[name]
import openai
""",
}
SCRIPT = f"""{CLIENT}
import importlib

ask("before")
held = ask("held", stream=True)
next(held)
RELOADING
old, client = client, openai.OpenAI(base_url=os.environ["PROVIDER"], api_key="test", max_retries=0)
ask("after")
list(ask("streamed", stream=True))
closed = ask("closed", stream=True)
closed.close()
list(held)
client = old
ask("by the old client")
print(type(openai.__spec__.loader).__module__)
"""


@pytest.mark.parametrize("reloading", AGAIN.values(), ids=AGAIN)
def test_after_a_reload_each_call_is_one_span(reloading: str, run: Any, receiver: Receiver) -> None:
    found = run(SCRIPT.replace("RELOADING", reloading))
    assert (found.stdout, found.stderr, found.returncode) == ("_frozen_importlib_external\n", "", 0)
    names = [span.name for span in receiver.chats()]
    assert names == [
        f"chat {each}" for each in ("before", "after", "streamed", "closed", "held", "by the old client")
    ]


HOOKED = """
import importlib, logging, os, sys

import langchain_core.tracers.context as context
from langchain_openai import ChatOpenAI

logging.basicConfig()
importlib.reload(context)
importlib.reload(context)
model = ChatOpenAI(model="gpt-4o-mini", base_url=os.environ["PROVIDER"], api_key="test")
print(type(model.invoke("Hello there")).__name__)
"""


def test_a_registration_that_a_reload_may_have_lost_is_one_warning(run: Any, receiver: Receiver) -> None:
    found = run(HOOKED)
    assert (found.stdout, found.returncode) == ("AIMessage\n", 0)
    assert found.stderr.count("was loaded again") == 1
    assert len(receiver.chats()) == 1
