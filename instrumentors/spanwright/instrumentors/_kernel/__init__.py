# SPDX-License-Identifier: Apache-2.0
"""The engine: time, context, streams, safety and patching. Knows OpenTelemetry, knows no library."""
