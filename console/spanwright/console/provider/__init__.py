# SPDX-License-Identifier: Apache-2.0
"""A reference provider: it speaks the wire format of the OpenAI API on 127.0.0.1 and answers by rule.

    with Provider() as provider:
        client = OpenAI(base_url=provider.base_url, api_key="test-key")

It needs no key (only the literal `invalid-key` is refused), sends nothing anywhere and always gives the
same answer to the same request. `provider.requests` holds what arrived, `provider.wait(n)` returns the
n-th request as soon as it is there. `python -m spanwright.console.provider [--port N]` runs it alone.

**By itself** it behaves like the model of a small agent. Where tools are offered it calls those whose
name or description shares words with the question, several in parallel if several fit, and fills their
arguments from the question. Once it has results it answers with a sentence that quotes them. A question
whose answer stands in the prompt gets that sentence; any other gets a friendly one. A schema gets JSON
that is valid for it. Built-in tools of responses (`web_search`, `file_search`, `code_interpreter`, `mcp`,
`image_generation`) are each called once. A question that says "refuse to answer" is refused.
`reasoning_effort` costs reasoning tokens, a repeated prompt of 1024 tokens or more is read from the
cache; `tokens.py` says how tokens are counted.

**By script**: `Provider(script=[Reply(...), ...])` and `provider.say(Reply(...))` queue replies; each is
used up by one POST to the API (or, with `path="/weather"`, by one request for that path). See `Reply` for
what it can replace: the words, the calls, the usage, the whole HTTP answer, and when and how far it is
sent.

**By the name of the model** (on Azure: of the deployment):

| model | what happens |
|---|---|
| `error:<status>` | that HTTP status with its true body; 429 and 5xx ask for a retry in 1 ms |
| `flaky:500,429` | for each distinct body these statuses in turn, then an answer, then again |
| `odd:choices-null` | `choices: null`; streams: an extra first chunk like that; responses: `output: null` |
| `odd:choices-empty` | the same with an empty list |
| `odd:no-usage` | no usage, even where it was asked for |
| `odd:usage-null-details` | usage whose `*_details` are null |
| `odd:cumulative-usage` | chat stream: usage so far on every chunk, none at the end |
| `odd:no-finish` | `finish_reason` null; a stream ends without its last chunk or event |
| `odd:only-done` | a stream of nothing but `[DONE]` |
| `odd:empty-body` | status 200 and no body |
| `odd:not-json` | status 200 and a body or an event that is not JSON |
| `odd:html` | status 200 and a page of HTML; not for streams |
| `odd:mid-stream-error` | an error event within the stream; without a stream a 500 |
| `odd:mid-stream-cut` | the connection is dropped within the stream or the body |
| `odd:content-filter` | finish reason `content_filter`; responses: incomplete for that reason |
| `odd:azure-content-filter-400` | the prompt is refused with Azure's error body |
| `odd:unknown-part` | a content part, a delta member and an output item of types that nobody knows |
| `odd:model-only-in-second-chunk` | chat stream: id and model are empty in the first chunk |
| `odd:tool-delta-no-index` | two calls; chat stream: their deltas have no index |
| `odd:tool-delta-null-arguments` | two calls; the arguments are null, in a stream only in the first delta |
| `odd:tool-delta-same-index-two-ids` | two calls; chat stream: both have the index 0 |
| `odd:failed`, `odd:incomplete` | responses that end like that |

`Provider(wires=[...])` speaks the APIs of other providers too; see `Wire`.

Beside the API there are `GET /weather?city=X`, for a tool that makes a true HTTP call, and `GET
/slow?ms=N`.
"""

from __future__ import annotations

from spanwright.console.provider.reply import Reply, ToolCall
from spanwright.console.provider.request import Request
from spanwright.console.provider.server import Provider
from spanwright.console.provider.wire import Wire

__all__ = ["Provider", "Reply", "Request", "ToolCall", "Wire"]
