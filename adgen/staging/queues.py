"""Queues that drop elements at their other end once there are so many: `deque(maxlen=n)`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from adgen.staging.sugar import filled
from adgen.staging.terms import Given, Term
from adgen.types import ListOf, Ref

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


class Queues:
    """Knows how long queues may become, for a stager."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager
        # how long queues may become, by their storage or cell
        self.longest: dict[str, Term] = {}

    def note_longest(self, made: Term, most: Term, node: ast.AST) -> None:
        """A queue drops elements at its other end once there are so many."""
        if made.columns:
            raise self.stager.refuse(
                node, "a deque of tuples with `maxlen` is not supported",
                help="use a deque for each part of the tuples",
            )  # fmt: skip
        if isinstance(made.type, ListOf | Ref) and isinstance(made.expr, ast.Name):
            self.longest[self.queue(made)] = most

    def queue(self, term: Term) -> str:
        """What tells a list or cell from all others."""
        assert isinstance(term.expr, ast.Name)
        known = self.stager.storages
        return known.storage(term.expr.id) if isinstance(term.type, ListOf) else term.expr.id

    def shorten(self, node: ast.Call, owner: ast.expr, base: Term, attr: str) -> None:
        """What a queue drops when something is put into it."""
        most = self.longest.get(self.queue(base))
        if most is None:
            return
        if attr not in ("append", "appendleft"):
            raise self.stager.refuse(
                node, f"`.{attr}()` of a deque with `maxlen` is not supported",
                help="append the elements one by one",
            )  # fmt: skip
        first = "pop" if attr == "appendleft" else "popleft"
        given = {"xs": owner, "most": ast.copy_location(Given(most), node)}
        stmts = filled(f"if len(xs) > most:\n    xs.{first}()", given, node)
        self.stager.flow.block(stmts)
