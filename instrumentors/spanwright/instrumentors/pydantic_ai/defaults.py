# SPDX-License-Identifier: Apache-2.0
"""The settings of agents and embedders for which the application has chosen none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors.pydantic_ai.settings import held_by

if TYPE_CHECKING:
    from types import ModuleType

    from spanwright.instrumentors.pydantic_ai.settings import Settings

_NAME = "_instrument_default"


class Default:
    """The class attribute to which `instrument_all` of a class writes; False until somebody calls it."""

    def __init__(self, settings: Settings, owner: str) -> None:
        self._settings = settings
        self._owner = owner
        self._placed: tuple[Any, Any] | None = None

    def place(self, module: ModuleType) -> None:
        """Write our settings, unless the application has written its own."""
        owner = getattr(module, self._owner)
        if held_by(owner).get(_NAME) is False:
            made = self._settings.made()
            setattr(owner, _NAME, made)
            self._placed = owner, made

    def remove(self) -> None:
        """Take our settings away, unless the application has written its own since."""
        (owner, made), self._placed = self._placed or (None, None), None
        if owner is not None and held_by(owner).get(_NAME) is made:
            setattr(owner, _NAME, False)
