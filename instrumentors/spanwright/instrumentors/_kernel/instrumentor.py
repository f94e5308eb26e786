# SPDX-License-Identifier: Apache-2.0
"""The base class of every instrumentor: own dependency check, guarded placing, derived undo."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, ClassVar

from opentelemetry.instrumentation.instrumentor import BaseInstrumentor

from spanwright.instrumentors._kernel import settings
from spanwright.instrumentors._kernel.guard import guard, warn_once
from spanwright.instrumentors._kernel.patching import PatchSet

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from spanwright.instrumentors._kernel.patching import OnImport, Patch
    from spanwright.instrumentors._kernel.telemetry import Telemetry

logger = logging.getLogger("spanwright")
VERSION = "0.1.0"


class Instrumentor(BaseInstrumentor):
    """A patch table with a name.

    `supports` lists the tested versions of the library as requirement specifiers, one a distribution. A version
    outside of them is instrumented all the same, with one warning; a library that is not installed is silence.

    `watches` names the library's top modules. Until the application imports one of them nothing is loaded but this
    class: `patches`, which imports what it needs itself, is asked then.
    """

    supports: ClassVar[tuple[str, ...]] = ()
    watches: ClassVar[tuple[str, ...]] = ()
    captures: ClassVar[str] = ""
    """What is traced, in a phrase for the coverage table."""

    _patch_set: PatchSet | None = None

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        raise NotImplementedError

    def stands_aside(self) -> str | None:
        """Return why this instrumentor leaves the library to another one, or None."""
        return None

    def instrumentation_dependencies(self) -> Collection[str]:
        """Return nothing: a version check here would need an import of the metadata of every library at start-up."""
        return ()

    def instrument(self, **kwargs: Any) -> None:
        """Place the patches; a repeated call is a silent no-op, and nothing is ever raised."""
        if not self.is_instrumented_by_opentelemetry:
            kwargs["skip_dep_check"] = True
            guard(super().instrument, **kwargs)

    def uninstrument(self, **kwargs: Any) -> None:
        """Remove the patches; can be repeated."""
        if self.is_instrumented_by_opentelemetry:
            guard(super().uninstrument, **kwargs)

    def _instrument(self, **kwargs: Any) -> None:
        if (reason := guard(self.stands_aside)) is not None:
            logger.debug("%s stands aside: %s", self.library, reason)
            return
        # Wrong values are told at start-up, not when the library happens to be imported.
        settings.current()
        patch_set = PatchSet(self.library, self._check_version)
        self._patch_set = patch_set
        patch_set.place_when(self.watches, lambda: self.patches(self._telemetry(**kwargs)))

    def _telemetry(
        self,
        *,
        tracer_provider: Any = None,
        meter_provider: Any = None,
        logger_provider: Any = None,
        **_: Any,
    ) -> Telemetry:
        from spanwright.instrumentors._kernel.telemetry import Telemetry

        return Telemetry(
            type(self).__module__,
            VERSION,
            tracer_provider=tracer_provider,
            meter_provider=meter_provider,
            logger_provider=logger_provider,
        )

    def _uninstrument(self, **kwargs: Any) -> None:
        del kwargs
        if self._patch_set is not None:
            # Whatever becomes of the removal: silent from here on, and free to be instrumented again.
            self._patch_set.active = False
            guard(self._patch_set.remove)

    @property
    def library(self) -> str:
        """The short name of the library: its folder's name."""
        return type(self).__module__.rpartition(".")[2]

    def _check_version(self) -> None:
        """Warn once when the installed version is untested; runs when the library is imported, not before."""
        from importlib.metadata import PackageNotFoundError, version

        from packaging.requirements import Requirement

        for specifier in self.supports:
            requirement = Requirement(specifier)
            try:
                found = version(requirement.name)
            except PackageNotFoundError:
                continue
            if not requirement.specifier.contains(found, prereleases=True):
                warn_once(
                    (self.library, requirement.name),
                    "%s %s is outside of the tested range (%s); it is instrumented all the same",
                    requirement.name,
                    found,
                    specifier,
                )
