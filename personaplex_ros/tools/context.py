# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the persona is told of the robot's deeds when it is next built anew."""

from collections import deque
from collections.abc import Callable
from collections.abc import Iterable

from personaplex_ros.tools.steps import Stage
from personaplex_ros.tools.steps import Step

MAX_FACTS = 12
MAX_AGE_S = 600.0
_ENDS = {
    Stage.SUCCEEDED: 'was done',
    Stage.FAILED: 'failed',
    Stage.CANCELLED: 'was stopped',
}


class Context:
    """The last results, as short lines."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._facts: deque[tuple[float, str]] = deque(maxlen=MAX_FACTS)

    def take(self, steps: Iterable[Step]) -> None:
        """Note the results among some steps."""
        for step in steps:
            if step.stage in _ENDS:
                self._facts.append((step.at_s, _line(step)))

    def lines(self) -> list[str]:
        """Return lines like `go to (place: kitchen) was done.`, the oldest first."""
        now_s = self._clock()
        return [line for at_s, line in self._facts if now_s - at_s <= MAX_AGE_S]


def _line(step: Step) -> str:
    what = step.tool.replace('_', ' ')
    values = ', '.join(f'{name}: {value}' for name, value in step.arguments.items())
    why = f': {step.reason[:120]}' if step.stage is not Stage.SUCCEEDED else ''
    with_values = f' ({values})' if values else ''
    line = f'{what}{with_values} {_ENDS[step.stage]}{why}.'
    return ' '.join(line.split())  # what a model or a server wrote must not begin a line of ours
