"""Branches whose sides go on apart, since a name is something else on each of them.

    if disc > 0:                      if disc > 0:
        roots = [low, high]               roots = [low, high]
    else:                                 return max(roots)
        roots = [low]                 roots = [low]
    return max(roots)                 return max(roots)

What follows such a branch is staged on each side, where it is known what the name means.  A
conditional expression becomes a branch round the statement that it stands in.  Which branches
need it shows where a function is refused that reads such a name; it is then staged again.
"""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from adgen.frontend.evaluated import SIMPLE, calls_before, evaluated, replaced
from adgen.staging.terms import Given, Site, Term
from adgen.types import Opaque

if TYPE_CHECKING:
    from adgen.staging.stager import Stager

# so many branches may be open whose sides go on apart
DEEPEST = 3


class Parted:
    """Knows the branches whose sides go on apart, for a stager; what an outer one knows of them
    holds for this one, too."""

    def __init__(self, stager: Stager, outer: Parted | None) -> None:
        self.stager = stager
        self.sites: set[Site] = outer.sites if outer else set()
        # those that have led to a value, or a dict or object, that was read
        self.asked: set[Site] = outer.asked if outer else set()
        self.origins: dict[str, frozenset[Site]] = {}
        self.open = 0

    # -- finding them ---------------------------------------------------------------

    def note(
        self, met: Term, site: Site, sides: Sequence[Term | None] = (), cell: str = ""
    ) -> None:
        """What a name, or a dict or object, is behind a branch or call may be several things."""
        known_as = cell or (met.expr.id if isinstance(met.expr, ast.Name) else "")
        if not known_as or site[1] not in ("If", "IfExp", "Call"):
            return
        before = [s.expr.id for s in sides if s is not None and isinstance(s.expr, ast.Name)]
        found = frozenset[Site]().union(*(self.origins.get(n, ()) for n in [known_as, *before]))
        self.origins[known_as] = found | {site}

    def rename(self, term: Term, known_as: str) -> None:
        """A value gets another name."""
        if isinstance(term.expr, ast.Name) and term.expr.id in self.origins:
            self.origins[known_as] = self.origins[term.expr.id]

    def ask(self, value: str) -> None:
        """A value, dict or object is read that may be several things."""
        self.asked |= self.origins.get(value, frozenset())

    def read(self, term: Term) -> Term:
        """What an expression gives, which may be several things."""
        if isinstance(term.type, Opaque) and isinstance(term.expr, ast.Name):
            self.ask(term.expr.id)
        return term

    # -- staging them ---------------------------------------------------------------

    def parts(self, node: ast.AST) -> bool:
        """Whether what follows a branch is staged on each of its sides."""
        return self.open < DEEPEST and self.stager.lists.site(node) in self.sites

    @contextlib.contextmanager
    def opened(self, parts: bool) -> Iterator[None]:
        """While the sides of a branch are staged."""
        self.open += parts
        try:
            yield
        finally:
            self.open -= parts

    def as_branch(self, stmt: ast.stmt) -> ast.If | None:
        """The branch that a statement becomes for a conditional expression in it."""
        if not self.sites or not isinstance(stmt, SIMPLE):
            return None
        part = next(filter(self.parts, evaluated(stmt, ast.IfExp)), None)
        if part is None:
            return None
        stmt = with_calls_made(self.stager, stmt, part)
        sides = [replaced(stmt, part, chosen) for chosen in (part.body, part.orelse)]
        made = ast.copy_location(ast.If(part.test, sides[:1], sides[1:]), part)
        self.sites.add(self.stager.lists.site(made))
        return made


def with_calls_made(stager: Stager, stmt: ast.stmt, part: ast.expr) -> ast.stmt:
    """A statement whose calls before one of its expressions have been staged."""
    for call in calls_before(stmt, part) or ():
        given = ast.copy_location(Given(stager.expr(call)), call)
        stmt = replaced(stmt, call, given)
    return stmt
