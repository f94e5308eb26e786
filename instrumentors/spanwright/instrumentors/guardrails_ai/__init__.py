# SPDX-License-Identifier: Apache-2.0
"""Guardrails: guards and their validators as steps, in the place of the spans that it makes itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import OnImport, Patch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spanwright.instrumentors._kernel.telemetry import Telemetry

_SERVICE = "guardrails.validator_service"
_BASE = "guardrails.validator_base"
_NO_GUARD, _NO_STEP = "guards have no spans", "validators have no spans"


class GuardrailsInstrumentor(Instrumentor):
    """Stands around each run of a guard and of a validator; the models are those of the clients beneath."""

    supports = ("guardrails-ai >= 0.7, < 1",)
    watches = ("guardrails",)
    captures = "guards and validators as steps"

    def patches(self, telemetry: Telemetry) -> Iterator[Patch | OnImport]:
        """Patch what every guard and every validator passes, and have the library's own spans silent."""
        from spanwright.instrumentors._kernel.call import traced
        from spanwright.instrumentors.guardrails_ai.natives import Natives
        from spanwright.instrumentors.guardrails_ai.steps import Guards, Validators, carried

        natives = Natives(telemetry)
        guarding = traced(Guards(telemetry, natives))
        yield Patch("guardrails.guard", "trace_guard_execution", guarding, lost=_NO_GUARD)
        yield Patch("guardrails.async_guard", "trace_async_guard_execution", guarding, lost=_NO_GUARD)
        validating = traced(Validators(telemetry, natives))
        base = f"{_SERVICE}.validator_service_base"
        yield Patch(base, "ValidatorServiceBase.execute_validator", validating, lost=_NO_STEP)
        parallel = f"{_SERVICE}.async_validator_service"
        yield Patch(parallel, "AsyncValidatorService.execute_validator", validating, lost=_NO_STEP)
        for method in ("async_validate", "async_validate_stream"):
            yield Patch(_BASE, f"Validator.{method}", carried, lost="what validators call has no parent")
        for module, swap in natives.swaps():
            yield OnImport(module, swap.place, swap.remove)
