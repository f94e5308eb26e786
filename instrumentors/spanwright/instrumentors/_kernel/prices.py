# SPDX-License-Identifier: Apache-2.0
"""The price of a call by the price lists of `genai-prices`, which are files of that package: nothing is asked over the network."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timezone
from importlib import import_module
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._kernel.guard import warn_once
from spanwright.semconv import billing
from spanwright.semconv.billing import Cost
from spanwright.semconv.model import Embeddings, Inference

if TYPE_CHECKING:
    from spanwright.semconv.model import Subject

_NANOSECONDS = 1e9


class Prices:
    """The price lists, read when this is made: the first call of a model does not wait for them."""

    __slots__ = ("_calculate", "_usage")

    def __init__(self) -> None:
        module = import_module("genai_prices")
        self._calculate: Any = module.calc_price
        self._usage: Any = module.Usage
        # The lists are read with the first price, whatever it is of.
        with suppress(LookupError):
            self._calculate(self._usage(input_tokens=1), "gpt-4o-mini", provider_id="openai")

    def of(self, subject: Subject, at: int) -> Cost | None:
        """Return what a call costs that was made `at` (nanoseconds since the epoch); None where no list tells."""
        used = billing.usage(subject)
        if not used or not isinstance(subject, (Inference, Embeddings)):
            return None
        provider = billing.price_list(subject.provider)
        if provider is None:
            return None
        for model in billing.models(subject):
            if (found := self._calculated(subject, provider, model, used, at)) is not None:
                return found
        return None

    def _calculated(
        self, subject: Inference | Embeddings, provider: str, model: str, used: dict[str, int], at: int
    ) -> Cost | None:
        named: dict[str, Any] = {"provider_id": provider}
        if (tier := billing.tier(subject)) is not None:
            named["price_context"] = {"service_tier": tier}
        when = datetime.fromtimestamp(at / _NANOSECONDS, timezone.utc)
        try:
            found = self._calculate(self._usage(**used), model, genai_request_timestamp=when, **named)
        # LookupError of an unknown model, ValueError of counts that do not fit together, and whatever it thinks of next.
        except Exception:
            return None
        # It also takes names that are only alike.
        if found.provider.id != provider or not _priced(found.model_price, used):
            return None
        return Cost(float(found.total_price), float(found.input_price), float(found.output_price))


def load() -> Prices | None:
    """Return the price lists, read once for the process; None, and one warning, where the package is missing."""
    if "prices" not in _loaded:
        try:
            _loaded["prices"] = Prices()
        except ImportError:
            _loaded["prices"] = None
            warn_once("prices", _MISSING)
    return _loaded["prices"]


def _priced(prices: object, used: dict[str, int]) -> bool:
    """Tell whether tokens are what the model is paid by: speech has a price by the hour, and no price for tokens."""
    units = [key for key, value in vars(prices).items() if value is not None and key.endswith("_mtok")]
    return all(
        any(key.startswith(direction) for key in units)
        for direction in ("input", "output")
        if used.get(f"{direction}_tokens")
    )


_loaded: dict[str, Prices | None] = {}
_MISSING = (
    "SPANWRIGHT_COST is on and genai-prices cannot be imported (pip install 'spanwright[cost]'); "
    "no cost is told, the application is unaffected"
)
