"""Adjoints that are read once, in the line that reads them.

In: the steps of a finished backward, shares taken together.  Out: the same, where an adjoint that
one later line of its block reads, once, stands there as what it is, if the line stays short:

    du1 = -0.5 * ds                                dz = -ds[:, None] * z
    dz = 2 * du1[:, None] * z

The adjoint of a name of the author's keeps its own line, unless it is only handed on, or is the
sum of what the other line is about: `dx = dxc - np.sum(dxc, axis=0) / n`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from adgen.algebra import is_negative, negate
from adgen.analysis.expressions import TypeOf
from adgen.cleanup.effects import (
    Effects,
    Row,
    given_and_read_once,
    hands_on,
    reads_of,
    row_by_row,
    stem,
)
from adgen.cleanup.fold import LONGEST, is_unnamed, weight
from adgen.cleanup.gathering import COLUMNS, columns
from adgen.cleanup.storage import roots
from adgen.ir import (
    Step,
    Steps,
    altered,
    is_adjoint,
    names_in,
    nodes_in,
    substitute,
)
from adgen.rules.settle.adjoints import is_fresh
from adgen.rules.settle.spelling import without_copy
from adgen.types import Record, Seq

# a line made of two is no heavier than this
TOGETHER = 15


def inlined(
    steps: Steps,
    results: Collection[str],
    type_of: TypeOf,
    arranged: Callable[[ast.expr], ast.expr],
) -> Steps:
    """The steps, without the adjoints that need no name."""
    once = given_and_read_once(steps, results)
    effects = Effects.of(steps, type_of)
    return row_by_row(steps, effects, Inlining(effects, once, type_of, arranged).line)


class Inlining(NamedTuple):
    effects: Effects
    once: set[str]
    type_of: TypeOf
    arranged: Callable[[ast.expr], ast.expr]

    def line(self, row: Row, step: Step, depth: int) -> Step:
        """A step, with what it alone reads in the place of names."""
        for read in [n for n in names_in(step.expr) if n in self.once]:
            at = self._made_at(row, read)
            if at is None:
                continue
            made = row.steps[at]
            assert isinstance(made, Step)
            whole = self._with(step, made)
            if whole is not None and 4 * depth + columns(whole.expr) <= COLUMNS - 8:
                del row.steps[at]
                step = altered(whole, gate=made.gate) if _widens(step, made) else whole
        return step

    def _made_at(self, row: Row, read: str) -> int | None:
        """Where an adjoint is given its value, if that may as well be worked out here."""
        for at in row.mentioning([read]):
            step = row.steps[at]
            if isinstance(step, Step) and step.target == read:
                whole = step.how == "=" and step.index is None and not step.more
                if not whole or self.effects.has_a_place(step):
                    return None
                reads = set(reads_of(step))
                return at if row.may_wait(at, reads) else None
        return None

    def _with(self, step: Step, made: Step) -> Step | None:
        """A step that reads an adjoint, with what that is made of; None if it had better not."""
        together = isinstance(self.type_of.types.get(step.target), Seq | Record)
        if step.how == "put" or step.more or together or hands_on(step) or is_fresh(made.expr):
            return None
        if not self._needs_no_name(made, step):
            return None
        given, added = made.expr, step.how in ("+=", "-=")
        if added or made.target not in roots(step.expr, self.type_of):
            given = without_copy(given)  # of which something is worked out at once
        expr = self.arranged(substitute(step.expr, {made.target: given}))
        if made.target in _taken_apart(step.expr) and _takes_apart(expr):
            return None
        if step.how in ("+=", "-=") and is_negative(expr):
            return altered(step, how="-=" if step.how == "+=" else "+=", expr=negate(expr))
        return altered(step, expr=expr)

    def _needs_no_name(self, made: Step, step: Step) -> bool:
        ranks = [self.type_of.rank(e) for e in (made.expr, step.expr)]
        number = ranks[0] in (0, None)
        if isinstance(step.expr, ast.Name) and (step.index is not None or not number):
            return True
        if _widens(step, made):
            return True
        # what a rule has given a name to is read more easily under it
        most = TOGETHER if made.target.startswith("d~") else LONGEST + 2
        if weight(made.expr) > LONGEST or weight(made.expr) + weight(step.expr) > most:
            return False
        if is_unnamed(made.target):
            return True
        if _is_part_of_a_name(made.expr):
            return not number
        smaller = None not in ranks and ranks[0] < ranks[1]  # type: ignore[operator]
        return smaller and any(
            is_adjoint(n) for n in set(names_in(made.expr)) & set(names_in(step.expr))
        )


def _widens(step: Step, made: Step) -> bool:
    """Whether a step only fills an array with what an adjoint of the same name is."""
    match step.expr:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="@np"), attr="full" | "full_like"),
            args=[_, ast.Name(id=value), *_],
        ):
            return value == made.target and stem(value) == stem(step.target)
    return False


def _is_part_of_a_name(node: ast.expr) -> bool:
    return isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name)


def _taken_apart(node: ast.expr) -> Iterator[str]:
    """The names of which parts or attributes are asked for."""
    for part in nodes_in(node):
        match part:
            case ast.Subscript(value=ast.Name(id=found)) | ast.Attribute(value=ast.Name(id=found)):
                yield found


def _takes_apart(node: ast.expr) -> bool:
    """Whether a part or an attribute is asked for of more than a name or a call."""
    plain = ast.Name | ast.Call | ast.Subscript | ast.Attribute
    return any(
        isinstance(part, ast.Subscript | ast.Attribute) and not isinstance(part.value, plain)
        for part in nodes_in(node)
    )
