# SPDX-License-Identifier: Apache-2.0
"""Our functions that stand on the road itself: small, total, and the only ones whose failure a caller could see."""

from __future__ import annotations

TRUSTED = (
    # Attach and detach, with all that they call inside of a `try`. In their place a caller could only have another
    # such pair.
    "_kernel.current.enter",
    "_kernel.current.leave",
    "_kernel.scope.Scope.enter",
    "_kernel.scope.Scope.leave",
    # `ContextVar.get`, and nothing else.
    "_kernel.current.scope",
    # OpenTelemetry's: without it nobody restores a context. What fails inside of it is caught inside of it.
    "context.__init__.detach",
    # Called by the garbage collector, in the middle of whatever of ours makes objects; it sets a flag.
    "_kernel.ending._note_collection",
    # The guards themselves, where they stand behind the library's call, and so not on the witness's way to it.
    "_kernel.guard.guard",
    "_kernel.guard.instead",
    "_kernel.unseen.unseen",
    # What a guard tells a failure by; it catches its own.
    "_kernel.guard.mistaken",
    # Called by the application in the place of a library's object: each hands on what is asked of that object, and
    # for the steps of a stream the guarded rest is what can fail.
    "_kernel.standin.StandIn.__class__",
    "_kernel.standin.StandIn.__getattr__",
    "_kernel.streams._Through.__getattr__",
    "_kernel.streams.Steps._step",
    "_kernel.streams.AsyncSteps.__anext__",
    # Behind the library's call, before its value goes on: `hasattr` of a class, remembered, with no way around it, for
    # it decides whether there is anything to await.
    "_kernel.kinds.kind",
    "_kernel.kinds._look",
    "_kernel.kinds.is_future",
)

# OpenAI's agents make a span or a trace of theirs current with the first of these, to be restored by the second: so it is
# with ours.
PAIRS = (
    "SpanImpl.start",
    "SpanImpl.finish",
    "NoOpSpan.start",
    "NoOpSpan.finish",
    "TraceImpl.__enter__",
    "TraceImpl.__exit__",
    "NoOpTrace.__enter__",
    "NoOpTrace.__exit__",
)
