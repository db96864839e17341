"""A part of an adjoint that stays as it is while it is read need not be a copy.

df0 = df[i].copy()                             df0 = df[i]
da = b * df0                                   da = b * df0
db = a * df0                                   db = a * df0
"""

from __future__ import annotations

import ast
from collections import Counter
from typing import NamedTuple

from adgen.algebra import Rewriter
from adgen.analysis.expressions import TypeOf
from adgen.cleanup.effects import Effects, binds, every, reads_of
from adgen.cleanup.storage import roots
from adgen.ir import Nested, Step, Steps, altered, calls_in, remade, within
from adgen.rules.settle.spelling import without_copy
from adgen.types import ListOf, Num


def viewed(steps: Steps, results: tuple[str, ...], type_of: TypeOf) -> Steps:
    """The steps, with views in the place of copies where nothing could tell."""
    copying = [step for step in every(steps) if any(map(_is_call_of_copy, calls_in(step.expr)))]
    if not copying:
        return steps
    found = {step.target for step in copying if _is_copy(step)}
    mentioned = Counter(n for s in every(steps) for n in (s.target, *s.more, *reads_of(s)))
    made = Counter(t for step in every(steps) for t in (step.target, *step.more))
    once = {t for t in found - set(results) if made[t] == 1}
    return Views(Effects.of(steps, type_of), once, mentioned, type_of).block(steps)


class Views(NamedTuple):
    effects: Effects
    # copies that are made in one place, and how often each name is mentioned
    once: set[str]
    mentioned: Counter[str]
    type_of: TypeOf

    def block(self, steps: Steps) -> Steps:
        made = [within(step, self.block) for step in steps]
        for at, step in enumerate(steps):
            match step:
                case Step() if not _is_copy(step):
                    made[at] = altered(step, expr=Operands().visit(step.expr))
                case Step() if step.target in self.once:
                    if self._is_part_of_an_array(step) and self._may_be_a_view(
                        step, steps[at + 1 :]
                    ):
                        made[at] = altered(step, expr=without_copy(step.expr))
        return tuple(made)

    def _is_part_of_an_array(self, copy: Step) -> bool:
        """Whether what is copied is part of an array: objects in lists are others' too."""
        types = [self.type_of.types.get(n) for n in reads_of(copy)]
        arrays = [t for t in types if isinstance(t, Num) and not t.is_scalar]
        return bool(arrays) and not any(isinstance(t, ListOf) for t in arrays)

    def _may_be_a_view(self, copy: Step, behind: Steps) -> bool:
        """Whether all that reads a copy does so before the array changes, and keeps nothing."""
        read: list[int] = []
        for at, step in enumerate(behind):
            readers = [s for s in every((step,)) if copy.target in reads_of(s)]
            if not all(self._lets_go(copy, reader) for reader in readers):
                return False
            read += [at] * sum(reads_of_name(reader, copy.target) for reader in readers)
        if not read or len(read) + 1 < self.mentioned[copy.target]:
            return False  # another block reads it
        last = read[-1]
        nested = not isinstance(behind[last], Step)
        until: tuple[Nested[Step], ...] = behind[: last + 1 if nested else last]
        return self.effects.may_pass(until, {*reads_of(copy)})

    def _lets_go(self, copy: Step, reader: Step) -> bool:
        """Whether a step works something out of a copy, or puts it into another array."""
        if reader.how == "put" or reader.more:
            return False
        if copy.target not in roots(reader.expr, self.type_of):
            return not isinstance(reader.expr, ast.Tuple | ast.List | ast.Dict)
        # an array that is written to over itself may not be what it was on the way
        own = self.effects.group(reads_of(copy))
        return not binds(reader) and reader.target not in own


class Operands(Rewriter):
    """Reads what is copied where it is, if something is worked out of it at once."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        node = self.generic_visit(node)
        return remade(node, {"left": without_copy(node.left), "right": without_copy(node.right)})  # type: ignore[no-any-return]

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        node = self.generic_visit(node)
        return remade(node, {"operand": without_copy(node.operand)})  # type: ignore[no-any-return]


def _is_call_of_copy(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and without_copy(node) is not node


def reads_of_name(step: Step, name: str) -> int:
    """How often a step reads a name."""
    return sum(read == name for read in reads_of(step))


def _is_copy(step: Step) -> bool:
    """Whether a step gives a name to the copy of a part of an array."""
    if not binds(step) or not isinstance(step.expr, ast.Call):
        return False
    part = without_copy(step.expr)
    return part is not step.expr and isinstance(part, ast.Subscript) and isinstance(
        part.value, ast.Name
    )  # fmt: skip
