# SPDX-License-Identifier: Apache-2.0
"""Examples for the rules on single attributes."""

from __future__ import annotations

from semconv.forms import Case, chat, mcp, operation, request, tool

CASES: list[Case] = [
    (
        "unknown-key",
        [
            chat({"myapp.gen_ai.x": 1}),
            chat({"llm.request.type": "chat", "gen_ai.is_streaming": True, "gen_ai.request.stream": True}),
        ],
        [
            chat({"gen_ai.vibe": "good"}),
            chat({"openai.mood": "x"}),
        ],
    ),
    (
        "renamed-key",
        [
            chat({"gen_ai.usage.cache_write.input_tokens": 1}),
            chat(
                {
                    "llm.request.type": "chat",
                    "gen_ai.usage.cache_write.input_tokens": 1,
                    "gen_ai.usage.cache_creation.input_tokens": 1,
                }
            ),
        ],
        [
            chat({"gen_ai.system": "openai"}),
            chat({"gen_ai.usage.cache_creation.input_tokens": 1}),
            chat({"gen_ai.prompt.0.role": "user"}),
            chat({"gen_ai.completion.0.content": "hi"}),
            chat({"gen_ai.openai.api_base": "x"}),
            chat({"llm.request.type": "chat", "gen_ai.is_streaming": True}),
            tool({"gen_ai.token.type": "input"}),
        ],
    ),
    (
        "renamed-value",
        [chat({"gen_ai.provider.name": "ollama"})],
        [
            chat({"gen_ai.provider.name": "az.ai.openai"}),
            operation("completion gpt-5", {"gen_ai.provider.name": "openai"}, "CLIENT"),
        ],
    ),
    (
        "wrong-type",
        [chat({"gen_ai.prompt.variable.city": "Paris", "gen_ai.request.stream": True})],
        [
            chat({"gen_ai.request.temperature": 1}),
            chat({"spanwright.cost": "0.25"}),
            chat({"gen_ai.usage.input_tokens": "10"}),
            chat({"gen_ai.usage.input_tokens": True}),
            chat({"gen_ai.response.finish_reasons": "stop"}),
            chat({"gen_ai.response.finish_reasons": (1,)}),
            chat({"gen_ai.prompt.variable": "Paris"}),
            chat({"gen_ai.prompt.variable.city": 3}),
        ],
    ),
    (
        "placeholder-value",
        [chat({"gen_ai.request.stop_sequences": ("",)})],
        [
            chat({"gen_ai.response.id": ""}),
            chat({"gen_ai.response.model": "None"}),
            chat({"gen_ai.provider.name": " Unknown "}),
            tool({"gen_ai.tool.description": ""}),
        ],
    ),
    (
        "needless-value",
        [chat({"gen_ai.request.stream": True, "gen_ai.request.choice.count": 2})],
        [
            chat({"gen_ai.request.stream": False}),
            chat({"gen_ai.request.choice.count": 1}),
            chat({"gen_ai.conversation.compacted": False}),
            chat({"openai.request.service_tier": "auto"}),
            mcp({"jsonrpc.protocol.version": "2.0"}),
            request({"http.request.resend_count": 0}),
        ],
    ),
    (
        "usage-sum",
        [chat({"gen_ai.usage.cache_read.input_tokens": 10, "gen_ai.usage.reasoning.output_tokens": 5})],
        [
            chat({"gen_ai.usage.cache_read.input_tokens": 11}),
            chat({"gen_ai.usage.reasoning.output_tokens": 6}),
            chat({"gen_ai.usage.input_tokens": -1}),
        ],
    ),
]
