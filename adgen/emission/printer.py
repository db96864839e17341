"""The lines that a listing's functions are made of: forward, backward, and both in one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property

from adgen.caching import Pair
from adgen.emission.backward import Backward
from adgen.emission.forward import Forward
from adgen.emission.keeping import Keeping
from adgen.emission.layout import if_statement, indented
from adgen.emission.naming import Names
from adgen.emission.words import Words
from adgen.ir import BackBranch, Block, Branch, Region, Step, Steps, Stmt


class Printer:
    def __init__(self, pair: Pair, comments: bool, names: Names, joint: bool = False) -> None:
        self.pair = pair
        self.names = names
        self.seed = names.backward[pair.seed]
        self.words = Words(pair, names)
        self.kept = Keeping(pair, self.words, joint)
        self.forward = Forward(self.kept, comments)
        self.backward = Backward(self.forward)

    @cached_property
    def out(self) -> str:
        result = self.pair.staged.program.result
        said = self.words.forward_expr(result)
        # beside a cache, several results need parentheses of their own
        return f"({said})" if isinstance(result, ast.Tuple) else said

    @cached_property
    def stages(self) -> list[str]:
        return indented(self.forward.lines())

    @cached_property
    def backprop(self) -> list[str]:
        _ = self.stages  # the comments quote them
        self.backward.head()
        return indented(self.backward.undo(self.pair.steps, ()))

    def both(self, between: list[str]) -> list[str]:
        """Forward and backward in one function; a branch that ends the one and begins the
        other is written once."""
        last = self.pair.forward[-1] if self.pair.forward else None
        if between or self.undone_by(last, self.pair.steps, ()) is None:
            return [*self.stages, *between, *self.backprop]
        self.backward.head()
        self.kept.in_one = frozenset(self.joined_sides(self.pair.forward, self.pair.steps, ()))
        return indented(
            [*self.forward.begun(), *self.joined(self.pair.forward, self.pair.steps, ())]
        )

    def joined(self, body: Block, steps: Steps, region: Region) -> list[str]:
        """The lines of a block and those that undo it, with what is kept between them."""
        last = body[-1] if body else None
        back = self.undone_by(last, steps, region)
        if back is None:
            kept = self.kept.shapes(region) if region else []
            return [
                *self.forward.block(body, region, None),
                *kept,
                *self.backward.undo(steps, region),
            ]
        assert isinstance(last, Branch)
        at = next(at for at, step in enumerate(steps) if step is back)
        lines = self.forward.block(body[:-1], region, None)
        test = self.words.forward_expr(last.test)
        then = self.joined(last.then, back.then, (*region, ("then", last.key)))
        orelse = self.joined(last.orelse, back.orelse, (*region, ("else", last.key)))
        return [
            *lines,
            *if_statement(test, then, orelse),
            *self.backward.undo(steps[at + 1 :], region),
        ]

    def undone_by(self, last: Stmt | None, steps: Steps, region: Region) -> BackBranch[Step] | None:
        """What the backward begins with, if that undoes a branch which a block ends with."""
        if not isinstance(last, Branch) or last.catches is not None:
            return None
        if region and self.kept.shapes(region):
            return None
        said = (s for s in steps if not isinstance(s, Step) or self.backward.step(s) is not None)
        first = next(said, None)
        if not isinstance(first, BackBranch) or first.branch.key != last.key:
            return None
        merged = [m.target for m in last.merges]
        return (
            None
            if any(v in self.names.aside or self.forward.is_copied(v) for v in merged)
            else first
        )

    def joined_sides(self, body: Block, steps: Steps, region: Region) -> Iterator[Region]:
        """The sides of branches that are written once for both ways."""
        last = body[-1] if body else None
        back = self.undone_by(last, steps, region)
        if back is None:
            return
        assert isinstance(last, Branch)
        for kind, part, undone in (
            ("then", last.then, back.then),
            ("else", last.orelse, back.orelse),
        ):
            inside = (*region, (kind, last.key))
            yield inside
            yield from self.joined_sides(part, undone, inside)
