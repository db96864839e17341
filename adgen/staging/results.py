"""What a function or a helper returns, under a name that the backward can begin with."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from adgen.frontend.control import statements
from adgen.ir import Effect, name
from adgen.staging.joins import is_none
from adgen.staging.meetings import RESULT
from adgen.staging.structures import gather, spread, structure_of
from adgen.staging.terms import Term
from adgen.types import Known, Num, Ref

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


class Results:
    """Stages `return`, for a stager."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager

    def returned(self, node: ast.Return, value: ast.expr | None) -> None:
        frame = self.stager.frames[-1] if self.stager.frames else None
        if value is None:
            if frame is None:
                raise self.stager.refuse(
                    node, "the function returns nothing", help="return a number"
                )
            value = ast.copy_location(ast.Constant(None), node)
        self.stager.hint = frame.hint if frame else "out"
        target = frame.into if frame and not self.stager.flow.depth else None
        if not frame and not isinstance(value, ast.Name):
            target = self.stager.fresh("out")
        term = self.stager.expr(value, target)
        if frame is None:
            term = self.as_result(term, value, target)
        elif self.stager.flow.depth:
            term = self.on_this_path(term, value)
        self.stager.env[RESULT] = term
        self.stager.flow.go("return")

    def not_none(self, term: Term, node: ast.expr) -> Term:
        """A result that no path may leave as None, which has no derivative."""
        test = ast.Compare(term.expr, [ast.Is()], [ast.Constant(None)])
        said = ast.Constant("the result is None on this path")
        error = ast.Call(name("ValueError"), [said], [])
        note = ast.copy_location(ast.If(test, [ast.Raise(error, None)], []), node)
        self.stager.body.append(Effect(note, self.stager.statement, self.stager.new_key()))
        assert isinstance(term.type, Num)
        return replace(term, type=replace(term.type, optional=False))

    def as_result(self, term: Term, value: ast.expr, target: str | None) -> Term:
        """The function's own result: a number or array, under a name."""
        if self.stager.definition.packs and term.items is not None:
            term = self.stager.gates.as_array(term, value)
        if isinstance(term.type, Ref) or term.items is not None:
            return self.as_results(term, value)
        if isinstance(term.type, Known):
            return term
        if not isinstance(term.type, Num):
            raise self.stager.refuse(value, "the result is not a number")
        # what a tuple holds may have been written to since it was made
        term = self.stager.memory.fresh(None, term, value)
        assert isinstance(term.type, Num)
        if term.type.optional:
            term = self.not_none(term, value)
        made_here = isinstance(term.expr, ast.Name) and self.stager.is_made(term.expr.id)
        if made_here and not self.stager.flow.depth:
            return term
        return self.stager.statements.as_target(target or self.stager.fresh("out"), term, value)

    def as_results(self, term: Term, value: ast.expr) -> Term:
        """A result of several values, each under a name."""
        structure = structure_of(self.stager, term, value)
        if not structure.kind:
            return self.stager.statements.as_target(self.stager.fresh("out"), term, value)
        parts = spread(self.stager, RESULT, term, structure, value)
        for at, part in parts.items():
            self.stager.hint = self.stager.objects.slot(at)
            target = self.stager.version(self.stager.hint)
            parts[at] = self.as_result(part, value, target)
        made = gather(self.stager, RESULT, structure, parts)
        assert made is not None
        return replace(made, site=term.site)

    def on_this_path(self, term: Term, value: ast.expr) -> Term:
        """What one of several returns gives, under a name that all of them have."""
        if not isinstance(term.type, Num) and not (is_none(term) and self.may_return_number()):
            return term
        return self.stager.statements.as_target(self.stager.fresh("out"), term, value)

    def may_return_number(self) -> bool:
        """Whether a helper gives something else than None on some path that meets this one."""
        if self.stager.frames[-1].pending is not None:
            return False
        returns = (s for s in statements(self.stager.definition.tree.body)
                   if isinstance(s, ast.Return))  # fmt: skip
        return any(s.value is not None and not _is_none(s.value) for s in returns)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
