# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""How often a tool may be called: cool-down and calls per minute."""

from collections import deque

from personaplex_ros.tools.catalogue import Policy

MINUTE_S = 60.0


class CallLimits:
    """When each tool was last called."""

    def __init__(self) -> None:
        self._sent_s: dict[str, deque[float]] = {}

    def objection(self, tool: str, policy: Policy, now_s: float) -> str:
        """Return why a call now would be too soon, or ''."""
        sent_s = self._sent_s.get(tool)
        if not sent_s:
            return ''
        rest_s = sent_s[-1] + policy.cooldown_s - now_s
        if rest_s > 0:
            return f'cool-down: {rest_s:.1f} s of {policy.cooldown_s:g} s are left'
        while sent_s and now_s - sent_s[0] >= MINUTE_S:
            sent_s.popleft()
        if len(sent_s) >= policy.max_per_min:
            return f'limit: {policy.max_per_min} calls a minute are reached'
        return ''

    def sent(self, tool: str, policy: Policy, now_s: float) -> None:
        """Count a call."""
        sent_s = self._sent_s.get(tool)
        if sent_s is None or sent_s.maxlen != policy.max_per_min:
            sent_s = self._sent_s[tool] = deque(sent_s or (), maxlen=policy.max_per_min)
        sent_s.append(now_s)
