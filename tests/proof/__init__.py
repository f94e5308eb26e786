# SPDX-License-Identifier: Apache-2.0
"""The proof that nothing of ours changes a library: every patched call is witnessed, and every function of ours fails once.

    pytest --proof tests/libraries/<library>

runs a library's own tests twice. What they assert about telemetry is of no interest here. Judged is what each call of
the library returned or raised below our wrapper and what its caller got above it. In the first run nothing fails, and it
is noted which tests reach which functions of ours. In the second each of these functions, and each call into
OpenTelemetry, raises in turn, in a test that reaches it. A library needs no line of its own for all this.
"""
