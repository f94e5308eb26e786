# SPDX-License-Identifier: Apache-2.0
"""One provider, one name: whichever client asks it, and by whatever host or word it is known."""

from __future__ import annotations

import re
from collections import defaultdict
from importlib.metadata import distribution

import pytest

from spanwright.instrumentors._families.speakers import Speaker
from spanwright.instrumentors.cohere import endpoints as cohere
from spanwright.instrumentors.dashscope import requests as dashscope
from spanwright.instrumentors.huggingface_hub import places
from spanwright.instrumentors.langchain import models as langchain
from spanwright.instrumentors.ollama import endpoints as ollama
from spanwright.instrumentors.openrouter import endpoints as openrouter
from spanwright.instrumentors.portkey import providers as portkey
from spanwright.instrumentors.replicate import predictions as replicate
from spanwright.instrumentors.voyageai import endpoints as voyage
from spanwright.semconv import hosts
from spanwright.semconv.names import ProviderName

CONVENTIONS = {name for key, name in vars(ProviderName).items() if key.isupper()}
BY_HOST = {*hosts._HOSTS.values(), *(name for _, name in (*hosts._SUFFIXES, *hosts._SERVICES))}
# The words of Hugging Face's SDK for providers that have a host of their own, too.
HOSTED = {
    "cerebras": "api.cerebras.ai",
    "cohere": "api.cohere.com",
    "fal-ai": "fal.run",
    "featherless-ai": "api.featherless.ai",
    "fireworks-ai": "api.fireworks.ai",
    "groq": "api.groq.com",
    "hf-inference": "router.huggingface.co",
    "hyperbolic": "api.hyperbolic.xyz",
    "novita": "api.novita.ai",
    "nscale": "inference.api.nscale.com",
    "openai": "api.openai.com",
    "replicate": "api.replicate.com",
    "sambanova": "api.sambanova.ai",
    "scaleway": "api.scaleway.ai",
    "together": "api.together.xyz",
    "zai-org": "api.z.ai",
}


def speakers() -> set[str]:
    points = distribution("spanwright").entry_points.select(group="opentelemetry_instrumentor")
    return {found.provider for point in points if issubclass(found := point.load(), Speaker)}


def clients() -> dict[str, set[str]]:
    """Return the names that each client's module spells."""
    return {
        "speakers": speakers(),
        "cohere": {*cohere._CLOUDS.values(), cohere._SAGEMAKER},
        "huggingface": set(places._NAMES.values()),
        "langchain": set(langchain._PROVIDERS.values()),
        "portkey": set(portkey._PROVIDERS.values()),
        "others": {
            dashscope._PROVIDER,
            ollama._PROVIDER,
            openrouter.PROVIDER,
            replicate._PROVIDER,
            voyage._PROVIDER,
        },
    }


@pytest.mark.parametrize("client", clients())
def test_every_name_that_a_client_spells_is_known_by_a_host_or_by_the_conventions(client: str) -> None:
    assert clients()[client] - BY_HOST - CONVENTIONS == set()


def test_no_provider_has_two_spellings() -> None:
    spelled: defaultdict[str, set[str]] = defaultdict(set)
    for name in {*CONVENTIONS, *BY_HOST, *set().union(*clients().values())}:
        spelled[re.sub(r"[._-]|_?ai$", "", name)].add(name)
    assert [names for names in spelled.values() if len(names) > 1] == []


@pytest.mark.parametrize(("word", "host"), HOSTED.items())
def test_a_router_names_a_provider_as_its_own_host_does(word: str, host: str) -> None:
    assert places._named(word) == hosts.provider(host)


@pytest.mark.parametrize("host", ["api.portkey.ai", "API.PORTKEY.AI."])
def test_a_host_is_known_however_it_is_written(host: str) -> None:
    assert hosts.provider(host) == "portkey"


def test_a_host_that_only_ends_alike_is_nobodys() -> None:
    assert hosts.provider("api.portkey.ai.example.com") is None
