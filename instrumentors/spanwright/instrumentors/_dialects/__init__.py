# SPDX-License-Identifier: Apache-2.0
"""Dialects: pure functions from a wire shape to the conventions' model, tested from JSON with no SDK installed."""
