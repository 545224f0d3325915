# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The in-memory bus: what a middleware would do, for the nodes of one process.

Seam to the rest: `domain_of` gives the shared `Domain`; endpoints are created with
`Writer`, `Reader`, `Server` and `Requester`; a wait set sleeps on a `Waker` that every
`Waitable` signals. Another transport would replace this package and nothing else.
"""
