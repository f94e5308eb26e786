# SPDX-License-Identifier: Apache-2.0
"""What a run, a stream and a created prediction of Replicate are."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import replicate_predictions as dialect
from spanwright.instrumentors._dialects.wire import fields, get, items, string
from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors._families.servers import Servers
from spanwright.instrumentors._kernel import current
from spanwright.instrumentors._kernel.guard import guard
from spanwright.semconv import names as n
from spanwright.semconv.model import Inference, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.reading import Chunks
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Message

_PROVIDER = "replicate"
_ADDRESS = "https://api.replicate.com"


def _created(
    version: Any = None, given: Any = None, *_: Any, model: Any = None, deployment: Any = None, **named: Any
) -> tuple[Any, Any]:
    """Bind `predictions.create`."""
    return model or deployment or version or named.get("version"), named.get("input", given)


def _of_one(model: Any, given: Any = None, **named: Any) -> tuple[Any, Any]:
    """Bind `create` of the predictions of models or deployments."""
    return model, named.get("input", given)


def _of_deployment(deployment: Any = None, given: Any = None, **named: Any) -> tuple[Any, Any]:
    """Bind `create` of the predictions of deployments."""
    return deployment, named.get("input", given)


class Predictions:
    """Describes a call by what is run and with which input."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._servers = Servers(_PROVIDER)

    def run(self, *, stream: bool) -> Method:
        """Return the seam of a function that takes client, reference and input."""
        return Method(self._telemetry, partial(self._run, stream))

    def creating(self) -> Iterator[tuple[str, str, Method]]:
        """Yield where predictions are created, with the seam of each place."""
        for module, place, bind in (
            ("replicate.prediction", "Predictions", _created),
            ("replicate.model", "ModelsPredictions", _of_one),
            ("replicate.deployment", "DeploymentsPredictions", _of_deployment),
        ):
            yield module, place, Method(self._telemetry, partial(self._create, bind))
        yield (
            "replicate.deployment",
            "DeploymentPredictions",
            Method(self._telemetry, self._create_of_deployment),
        )

    def polling(self) -> Method:
        """Return the seam of getting a prediction."""
        return Method(self._telemetry, self._poll)

    def told(
        self, wrapped: Callable[..., Any], instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Take the facts of a prediction where the SDK makes one of an answer: a run drops it, and returns its output."""
        del instance
        value = wrapped(*args, **kwargs)
        guard(self._take, value)
        return value

    def _take(self, value: Any) -> None:
        operation = self._own()
        if operation is not None and isinstance(operation.reader, Answer):
            operation.merge(operation.reader.take(value))

    def _own(self) -> Operation | None:
        """Return the operation around a request, if it is one of ours and not of a framework that asks Replicate."""
        operation = current.operation()
        return operation if operation is not None and operation.telemetry is self._telemetry else None

    def _run(self, stream: bool, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Found:
        del instance
        client, ref, given = _bound(*args, **kwargs)
        return self._found(client, ref, given, stream=stream)

    def _create(
        self,
        bind: Callable[..., tuple[Any, Any]],
        namespace: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Found | None:
        if self._own() is not None:
            # A part of a run, whose operation takes the prediction; see `told`.
            return None
        ref, given = bind(*args, **kwargs)
        return self._found(namespace._client, ref, given)  # noqa: SLF001 - where a namespace keeps its client

    def _create_of_deployment(
        self, namespace: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Found | None:
        if self._own() is not None:
            return None
        given = args[0] if args else kwargs.get("input")
        return self._found(namespace._client, namespace._deployment, given)  # noqa: SLF001 - as above

    def _poll(self, namespace: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Found | None:
        """Return what a polling adds to the run of a framework; one outside of any run is no operation."""
        del args, kwargs
        around = current.operation()
        if (
            around is None
            or around.telemetry is self._telemetry
            or not isinstance(around.subject, Inference)
            or around.subject.provider != _PROVIDER
        ):
            return None
        return self._found(namespace._client, None, None)  # noqa: SLF001 - as above

    def _found(self, client: Any, ref: Any, given: Any, *, stream: bool = False) -> Found:
        base = getattr(client, "_base_url", None) or os.environ.get("REPLICATE_BASE_URL") or _ADDRESS
        server = self._servers.of(client, base)
        request = dialect.request(given, _named(ref))
        request.stream = stream
        subject = Inference(
            n.OperationName.GENERATE_CONTENT,
            server.provider,
            request,
            None,
            server.address,
            server.port,
        )
        return subject, Answer(), lambda: dialect.content(given)


def _bound(client: Any, ref: Any, given: Any = None, **named: Any) -> tuple[Any, Any, Any]:
    """Bind `run` and `stream`."""
    return client, ref, named.get("input", given)


def _named(ref: Any) -> str | None:
    """Return the name of what is run: as it was asked for, or of the SDK's object for a model or a version."""
    if isinstance(ref, str):
        return ref
    parts = (*items(ref), None, None, None)
    owner, name = parts[0] or get(ref, "owner"), parts[1] or get(ref, "name")
    version = parts[2]
    if string(owner) and string(name):
        return f"{owner}/{name}" if version is None else f"{owner}/{name}:{version}"
    return string(get(ref, "id"))


class Answer:
    """Reads a prediction, or the bare output that a run returns, whose facts are those of the run's own prediction."""

    __slots__ = ("_told",)

    def __init__(self) -> None:
        self._told: Response | None = None

    def take(self, prediction: Any) -> Response:
        """Read the facts of the run's own prediction; of one that is polled, the last one tells."""
        self._told = dialect.response(prediction)
        return self._told

    def response(self, value: Any) -> Response:
        """Read the facts; of an output alone there are none."""
        found = dialect.response(value) if _is_prediction(value) else Response()
        if (told := self._told) is not None:
            found.id, found.model = found.id or told.id, found.model or told.model
            found.finish_reasons = found.finish_reasons or told.finish_reasons
            found.usage, found.error = found.usage or told.usage, found.error or told.error
        return found

    def output(self, value: Any) -> Sequence[Message]:
        """Read the output."""
        if not _is_prediction(value):
            return dialect.output(value)
        reason = (dialect.response(value).finish_reasons or [None])[0]
        return dialect.output(get(value, "output"), reason)

    def chunks(self, *, content: bool) -> Chunks:
        """Return a new keeper of chunks."""
        return dialect.Chunks(content=content)


def _is_prediction(value: object) -> bool:
    """Tell a prediction, and what was kept of a stream, from an output, which may be a mapping itself."""
    held = fields(value)
    return "status" in held and "output" in held
