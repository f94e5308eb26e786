# SPDX-License-Identifier: Apache-2.0
"""Attribute keys from outside the conventions of this pack, each fact with the names it has had."""

from __future__ import annotations

from spanwright.semconv import names

SERVICE_NAME = "service.name"

# Other instrumentors still emit the HTTP keys of before 2023 unless told otherwise.
HTTP_METHOD = (names.HTTP_REQUEST_METHOD, "http.method")
HTTP_STATUS = (names.HTTP_RESPONSE_STATUS_CODE, "http.status_code")
HTTP_URL = (names.URL_FULL, "http.url")
HTTP_HOST = (names.SERVER_ADDRESS, "net.peer.name", "http.host")
HTTP_PORT = (names.SERVER_PORT, "net.peer.port")
HTTP_ROUTE = ("http.route", "url.path", "http.target")

# What a call cost in US dollars, where somebody has written it on the span: the conventions have no name for it.
COST = ("spanwright.cost", "gen_ai.usage.cost", "operation.cost")
