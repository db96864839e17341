"""What a loop's trips leave behind, one value on top of the other: `xs.append(x)`, `x = xs.pop()`.

Emitted code that is compiled again keeps the values of a trip on such stacks, each
value on one of its own, and takes them off in the reverse order.  So what a value
receives is put on a stack, too, where the value is taken off, and taken off where it
was put on; neither shapes nor lengths play a part.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from adgen.rules.operations import Op
from adgen.rules.rule import Line, Rule


class StackRule(Rule):
    """Putting a value on a stack, or taking it off; the lines are the adjoint room's own."""

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        return ("y",)

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        return ("x", "stack")

    @cached_property
    def marks(self) -> dict[str, str]:
        return {"stack": "free"}

    @cached_property
    def defaults(self) -> dict[str, Any]:
        return {}

    def lines(self, consts: Mapping[str, Any]) -> list[Line]:
        raise TypeError("a stack has no lines of its own")


def _body(y: Any, x: Any, stack: Any) -> None:
    """Never called, like all rules."""


PUT, TAKEN = (
    Op(said, (StackRule((said,), "adjoint", _body, None, None),))
    for said in ("stack append", "stack pop")
)


def is_stack(op: Any) -> bool:
    """Whether an operation puts a value on a stack, or takes it off."""
    return op is PUT or op is TAKEN
