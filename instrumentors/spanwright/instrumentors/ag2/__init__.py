# SPDX-License-Identifier: Apache-2.0
"""AG2: agents, their tools and model calls, the questions that they put to people; also the agents before 1.0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import OnImport, Patch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spanwright.instrumentors._kernel.telemetry import Telemetry

# What is `ag2` since 1.0 was there as a beta before.
_ROOTS = ("ag2", "autogen.beta")
_CHATTING = "autogen.agentchat.conversable_agent"
_TELLING = ("a2a", "agent", "llm_wrapper", "pattern")
_HOOKS = ("on_turn", "on_llm_call", "on_tool_execution", "on_human_input")


class Ag2Instrumentor(Instrumentor):
    """Stands around an agent's turn, and among the middleware inside it."""

    supports = ("ag2 >= 0.14, < 2",)
    watches = ("ag2", "autogen.agentchat", "autogen.beta")
    captures = "agents, tools, models of every provider, chats and group chats"

    def patches(self, telemetry: Telemetry) -> Iterator[Patch | OnImport]:
        """Patch what opens a turn, and have AG2's own telemetry say nothing a second time."""
        from spanwright.instrumentors._kernel.call import traced
        from spanwright.instrumentors.ag2.chats import Chats, Functions, Replies
        from spanwright.instrumentors.ag2.natives import Natives
        from spanwright.instrumentors.ag2.turns import Turns

        turns, natives = Turns(telemetry), Natives(telemetry)
        for root in _ROOTS:
            yield Patch(f"{root}.agent", "Agent._turn_scope", turns.scope, lost="agents have no spans")
            middleware = f"{root}.middleware.builtin.telemetry"
            for name in _HOOKS:
                target = f"_TelemetryMiddlewareInstance.{name}"
                yield Patch(middleware, target, natives.passed, optional=True, replaces=True)
            target = "_TelemetryMiddlewareInstance.record_usage_span"
            yield Patch(middleware, target, natives.counted, optional=True, replaces=True)
        # What is `autogen` before 1.0.
        running, replying, calling = (traced(each(telemetry)) for each in (Chats, Replies, Functions))
        for prefix in ("", "a_"):
            for name, wrapper in (
                ("initiate_chat", running),
                ("generate_reply", replying),
                ("execute_function", calling),
            ):
                target = f"ConversableAgent.{prefix}{name}"
                yield Patch(_CHATTING, target, wrapper, lost="agents before 1.0 have no spans")
        yield OnImport("autogen.opentelemetry.setup", natives.place, natives.remove)
        for module in _TELLING:
            yield Patch(f"autogen.opentelemetry.instrumentators.{module}", "get_tracer", natives.tracer)
