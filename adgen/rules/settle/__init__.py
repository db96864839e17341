"""What a rule's helpers come to, once ranks and lengths are known.

A rule says `dx = unreduce(dy, x, axis, keepdims)`; what a person would write
depends on the rank of `x`: nothing at all for `axis=0`, `dy[:, None]` for
`axis=1`.  Each function that `settles` gives that expression, or None where types
cannot settle it, and then the helper of the same name in `runtime` is called.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

from adgen.ir import Gate
from adgen.rules.shapes import Dims
from adgen.types import Facts, Num, Type

Expr = ast.expr


@dataclass
class Context:
    """What a helper may ask about the program around it."""

    facts: Facts
    type_of: Callable[[Expr], Type]
    definition: Callable[[str], Gate | None]
    # values that may be infinite, or have elements that are
    infinite: frozenset[str] = frozenset()

    def dims(self, node: Expr) -> Dims | None:
        type_ = self.type_of(node)
        return type_.dims if isinstance(type_, Num) else None


class CannotSettle(Exception):
    """What a rule's helper has to refuse; says why."""


Settler = Callable[..., Expr | None]
SETTLERS: dict[str, Settler] = {}
# helpers that make do with an adjoint that is smaller than what it stands for
TOLERANT = {"unreduce", "fitted", "last_element", "all_but_last"}


def settles(function: Settler) -> Settler:
    SETTLERS[function.__name__] = function
    return function
