# SPDX-License-Identifier: Apache-2.0
"""What would be traced here, what stands in its way, and where it would go: `doctor`, `list` and `explain`."""
