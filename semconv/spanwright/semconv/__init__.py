# SPDX-License-Identifier: Apache-2.0
"""The OpenTelemetry conventions for generative AI as data and pure functions; standard library only."""
