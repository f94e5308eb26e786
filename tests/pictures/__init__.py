# SPDX-License-Identifier: Apache-2.0
"""What a library's own tests recorded, kept as a small file from which the documentation draws its page."""
