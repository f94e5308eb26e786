# SPDX-License-Identifier: Apache-2.0
"""The output items of a response: reasoning, the calls of built-in tools, function calls, the message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.console.provider.shape import Json, dump, hexadecimal, mapping, sequence, string
from spanwright.console.provider.tokens import words

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.console.provider.prompt import Prompt
    from spanwright.console.provider.reply import Reply
    from spanwright.console.provider.turn import Turn

SOURCE = "https://example.com/reference"


def output_items(turn: Turn, prompt: Prompt, body: Json, reply: Reply, seed: str) -> list[Json]:
    """Everything that the model puts out in one turn, finished."""
    include = [string(each) for each in sequence(body.get("include"))]
    items: list[Json] = []
    if turn.usage.reasoning:
        items.append(_reasoning(turn, body, include, seed))
    if reply.items:
        items += [dict(item) for item in reply.items]
    elif not turn.calls and not prompt.results and prompt.choice != "none":
        items += _built_in(prompt, body, include, seed)
    for at, call in enumerate(turn.calls):
        items.append(_call(call.kind, call.id, call.name, call.arguments, f"{seed} {at}"))
    if turn.text is not None or turn.refusal is not None:
        items.append(_message(turn, prompt, body, items, seed))
    return items


def _reasoning(turn: Turn, body: Json, include: list[str], seed: str) -> Json:
    wanted = mapping(body.get("reasoning")).get("summary")
    said = turn.reasoning or ("**Thinking it over** The question is plain." if wanted else "")
    summary = [{"type": "summary_text", "text": said}] if said else []
    item: Json = {
        "id": hexadecimal("rs_", seed, length=50),
        "type": "reasoning",
        "content": [],
        "summary": summary,
    }
    if "reasoning.encrypted_content" in include:
        item["encrypted_content"] = hexadecimal("encrypted-", seed, length=64)
    return item


def _call(kind: str, call_id: str, name: str, arguments: str, seed: str) -> Json:
    if kind == "custom":
        told = hexadecimal("ctc_", seed, length=50)
        return {
            "id": told,
            "type": "custom_tool_call",
            "status": "completed",
            "call_id": call_id,
            "input": arguments,
            "name": name,
        }
    return {
        "id": hexadecimal("fc_", seed, length=50),
        "type": "function_call",
        "status": "completed",
        "arguments": arguments,
        "call_id": call_id,
        "name": name,
    }


def _message(turn: Turn, prompt: Prompt, body: Json, before: list[Json], seed: str) -> Json:
    part: Json
    if turn.refusal is not None:
        part = {"type": "refusal", "refusal": turn.refusal}
    else:
        text = turn.text or ""
        logprobs: list[Json] = []
        if "message.output_text.logprobs" in sequence(body.get("include")):
            logprobs = [
                {"token": word, "logprob": -0.01, "bytes": list(word.encode()), "top_logprobs": []}
                for word in words(text)
            ]
        part = {
            "type": "output_text",
            "annotations": _annotations(text, before),
            "logprobs": logprobs,
            "text": text,
        }
    item: Json = {
        "id": hexadecimal("msg_", seed, length=50),
        "type": "message",
        "status": "completed",
        "content": [part],
    }
    if prompt.model.startswith("gpt-5."):
        item["phase"] = "final_answer"
    return {**item, "role": "assistant"}


def _annotations(text: str, before: list[Json]) -> list[Json]:
    """What the text cites: the page or the file that a built-in search found."""
    kinds = [string(item.get("type")) for item in before]
    if "web_search_call" in kinds:
        return [
            {
                "type": "url_citation",
                "end_index": len(text),
                "start_index": 0,
                "title": "Reference",
                "url": SOURCE,
            }
        ]
    if "file_search_call" in kinds:
        return [
            {
                "type": "file_citation",
                "file_id": "file-reference",
                "filename": "reference.txt",
                "index": len(text),
            }
        ]
    return []


def _built_in(prompt: Prompt, body: Json, include: list[str], seed: str) -> list[Json]:
    """One call of each built-in tool that is offered."""
    items: list[Json] = []
    for at, tool in enumerate(map(mapping, sequence(body.get("tools")))):
        kind = string(tool.get("type"))
        for prefix, make in _BUILT_IN.items():
            if kind.startswith(prefix):
                items += make(tool, prompt, include, f"{seed} built-in {at}")
    return items


def _web_search(_tool: Json, prompt: Prompt, include: list[str], seed: str) -> list[Json]:
    action: Json = {"type": "search", "queries": [prompt.question], "query": prompt.question}
    if "web_search_call.action.sources" in include:
        action["sources"] = [{"type": "url", "url": SOURCE}]
    told = hexadecimal("ws_", seed, length=50)
    return [{"id": told, "type": "web_search_call", "status": "completed", "action": action}]


def _file_search(_tool: Json, prompt: Prompt, include: list[str], seed: str) -> list[Json]:
    found: list[Json] | None = None
    if "file_search_call.results" in include:
        found = [
            {
                "attributes": {},
                "file_id": "file-reference",
                "filename": "reference.txt",
                "score": 0.87,
                "text": "A reference text.",
                "vector_store_id": "vs_reference",
            }
        ]
    told = hexadecimal("fs_", seed, length=50)
    return [
        {
            "id": told,
            "type": "file_search_call",
            "status": "completed",
            "queries": [prompt.question],
            "results": found,
        }
    ]


def _code(_tool: Json, _prompt: Prompt, include: list[str], seed: str) -> list[Json]:
    outputs = [{"type": "logs", "logs": "42\n"}] if "code_interpreter_call.outputs" in include else None
    return [
        {
            "id": hexadecimal("ci_", seed, length=50),
            "type": "code_interpreter_call",
            "status": "completed",
            "code": "print(6 * 7)",
            "container_id": hexadecimal("cntr_", seed, length=40),
            "outputs": outputs,
        }
    ]


def _mcp(tool: Json, prompt: Prompt, _include: list[str], seed: str) -> list[Json]:
    label = string(tool.get("server_label")) or "server"
    schema = {"type": "object", "properties": {"question": {"type": "string"}}, "required": ["question"]}
    offered = {
        "annotations": {"read_only": True},
        "description": "Answers a question.",
        "input_schema": schema,
        "name": "ask_question",
    }
    arguments = dump({"question": prompt.question})
    listed: Json = {
        "id": hexadecimal("mcpl_", seed, length=50),
        "type": "mcp_list_tools",
        "server_label": label,
        "tools": [offered],
    }
    if tool.get("require_approval") not in (None, "never"):
        told = hexadecimal("mcpr_", seed, length=50)
        return [
            listed,
            {
                "id": told,
                "type": "mcp_approval_request",
                "arguments": arguments,
                "name": "ask_question",
                "server_label": label,
            },
        ]
    call: Json = {
        "id": hexadecimal("mcp_", seed, length=50),
        "type": "mcp_call",
        "status": "completed",
        "approval_request_id": None,
        "arguments": arguments,
        "error": None,
        "name": "ask_question",
        "output": f"An answer to: {prompt.question}",
        "server_label": label,
    }
    return [listed, call]


def _image(tool: Json, prompt: Prompt, _include: list[str], seed: str) -> list[Json]:
    from spanwright.console.provider.images import PICTURE

    return [
        {
            "id": hexadecimal("ig_", seed, length=50),
            "type": "image_generation_call",
            "status": "completed",
            "background": "opaque",
            "output_format": string(tool.get("output_format")) or "png",
            "quality": "low",
            "result": PICTURE,
            "revised_prompt": prompt.question,
            "size": "1024x1024",
        }
    ]


_BUILT_IN: dict[str, Callable[[Json, Prompt, list[str], str], list[Json]]] = {
    "web_search": _web_search,
    "file_search": _file_search,
    "code_interpreter": _code,
    "mcp": _mcp,
    "image_generation": _image,
}
