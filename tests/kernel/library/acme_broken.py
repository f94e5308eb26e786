# SPDX-License-Identifier: Apache-2.0
"""A version of the library in which everything was renamed."""


class Customer:
    def request(self) -> str:
        return "answer"
