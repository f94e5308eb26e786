# SPDX-License-Identifier: Apache-2.0
"""The pinned facts of the conventions and their generator; never imported at run time."""
