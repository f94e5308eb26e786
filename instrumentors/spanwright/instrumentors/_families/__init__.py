# SPDX-License-Identifier: Apache-2.0
"""Families: a seam that several SDKs share, joined to any dialect."""
