"""Comprehensions: written out where all elements are known, else the loop that appends."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from adgen.algebra import Rewriter
from adgen.errors import UserError
from adgen.staging.cells import pair
from adgen.staging.iterables import source_of
from adgen.staging.sources import Counting, whole_number
from adgen.staging.terms import Term

if TYPE_CHECKING:
    from adgen.staging.lists import Lists
    from adgen.staging.stager import Stager

# a comprehension of more elements is a loop
LONGEST_WRITTEN_OUT = 16


# what is staged alike
Comprehension = ast.ListComp | ast.GeneratorExp | ast.DictComp


class Comprehensions:
    """Stages comprehensions, for a stager."""

    def __init__(self, stager: Stager, lists: Lists) -> None:
        self.stager = stager
        self.lists = lists

    def comprehension(
        self, node: ast.ListComp | ast.GeneratorExp, into: str | None, author: str | None = None
    ) -> Term:
        """`[f(x) for x in xs]`: elements written out, or the loop that appends them."""
        written = self.written_out(node)
        if written is not None:
            return self.lists.display(node, written, into)
        return self.looped(node, author)

    def written_out(self, node: Comprehension) -> list[Term] | None:
        """The elements of a comprehension over what is known element by element."""
        stager = self.stager
        state, env, statement = stager.snapshot(), dict(stager.env), stager.statement
        targets = {n.id for g in node.generators for n in ast.walk(g.target)
                   if isinstance(n, ast.Name)}  # fmt: skip
        found: list[Term] = []
        try:
            complete = self.each(node, list(node.generators), found)
        except UserError:
            complete = False
        if not complete:
            stager.restore(state)
            return None
        stager.statement = statement
        for target in targets:
            stager.env.pop(target, None)
            if target in env:
                stager.env[target] = env[target]
        return found

    def each(
        self, node: Comprehension, generators: list[ast.comprehension],
        found: list[Term],
    ) -> bool:  # fmt: skip
        if not generators:
            if len(found) >= LONGEST_WRITTEN_OUT:
                return False
            found.append(self.element(node))
            return True
        first, rest = generators[0], generators[1:]
        rows = self.rows(first.iter, isinstance(node, ast.DictComp))
        if rows is None:
            return False
        for row in rows:
            self.bind(first.target, row, first.iter)
            tests = [self.stager.conditions.test(test) for test in first.ifs]
            if not all(isinstance(test, bool) for test in tests):
                return False
            if all(tests) and not self.each(node, rest, found):
                return False
        return True

    def element(self, node: Comprehension) -> Term:
        """What a comprehension makes of one element: of a dict, key and value."""
        if isinstance(node, ast.DictComp):
            return pair(self.stager.expr(node.key), self.stager.expr(node.value))
        return self.stager.expr(node.elt)

    def bind(self, target: ast.expr, row: Term, node: ast.expr) -> None:
        """A comprehension's target stands for the element itself."""
        if isinstance(target, ast.Name):
            self.stager.env[target.id] = row
            return
        if isinstance(target, ast.Tuple | ast.List) and row.items is not None:
            if len(row.items) == len(target.elts):
                for part, item in zip(target.elts, row.items, strict=True):
                    self.bind(part, item, node)
                return
        raise self.stager.refuse(target, "this target is not supported")

    def rows(self, node: ast.expr, counts: bool = False) -> list[Term] | None:
        """What a comprehension runs over, if that is known one by one.

        `counts` says that it has to be, as that of a dict: the code then serves that number.
        """
        source = source_of(self.stager, node)
        count = source.known_count() if source.is_listed or counts else None
        if isinstance(source, Counting) and source.dim is not None and not counts:
            count = source.dim.known
        if count is None or count > LONGEST_WRITTEN_OUT:
            return None
        return [source.element(whole_number(at)) for at in range(count)]

    def looped(self, node: ast.ListComp | ast.GeneratorExp, author: str | None) -> Term:
        """The loop that a comprehension is short for."""
        empty = ast.copy_location(ast.List([], ast.Load()), node)
        self.lists.own.setdefault(self.lists.site(empty))
        return self.as_loop(node, author, "terms", empty, _append)

    def added(
        self, node: ast.ListComp | ast.GeneratorExp, author: str | None, start: ast.expr
    ) -> Term:
        """`sum(f(x) for x in xs)`: the loop that adds its terms."""
        return self.as_loop(node, author, "sum", start, _add)

    def as_loop(
        self, node: ast.ListComp | ast.GeneratorExp, author: str | None, kind: str,
        start: ast.expr, step: Callable[[str, ast.expr], ast.stmt],
    ) -> Term:  # fmt: skip
        """What is under a name behind a loop that takes a step for each element."""
        stager = self.stager
        if author is None or author in {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}:
            author = self.unused(f"{stager.hint}_{kind}")
        renamed = self.renaming(node)
        body = step(author, renamed.visit(node.elt))
        for generator in reversed(node.generators):
            for test in reversed(generator.ifs):
                body = ast.If(renamed.visit(test), [body], [])
            target, over = renamed.visit(generator.target), renamed.visit(generator.iter)
            body = ast.For(target, over, [body], [])
        for made in ast.walk(body):
            if isinstance(made, ast.expr | ast.stmt) and not hasattr(made, "lineno"):
                ast.copy_location(made, node)
        before = dict(stager.env)
        hint = stager.hint
        stager.hint = stager.own_name(author)
        target = stager.fresh(author)
        stager.env[author] = stager.statements.as_target(target, stager.expr(start, target), node)
        stager.flow.block([body])
        stager.hint = hint
        term = stager.expr(ast.copy_location(ast.Name(author, ast.Load()), node))
        for found in renamed.targets | {author}:
            stager.env.pop(found, None)
            if found in before:
                stager.env[found] = before[found]
        return term

    def unused(self, wanted: str) -> str:
        """A name that the author has not."""
        taken = {*self.stager.locals, *self.stager.env, *self.stager.reserved}
        found, number = wanted, 0
        while found in taken:
            found, number = f"{wanted}{number}", number + 1
        return found

    def renaming(self, node: ast.ListComp | ast.GeneratorExp) -> _Renaming:
        """A comprehension's own names, where the function has others of the same spelling."""
        targets = {n.id for g in node.generators for n in ast.walk(g.target)
                   if isinstance(n, ast.Name)}  # fmt: skip
        table = {t: self.unused(f"{t}_item") for t in targets if t in self.stager.env}
        return _Renaming(table, {table.get(t, t) for t in targets})


def _append(author: str, elt: ast.expr) -> ast.stmt:
    """`terms.append(elt)`"""
    append = ast.Attribute(ast.Name(author, ast.Load()), "append", ast.Load())
    return ast.Expr(ast.Call(append, [elt], []))


def _add(author: str, elt: ast.expr) -> ast.stmt:
    """`total = total + elt`"""
    total = ast.BinOp(ast.Name(author, ast.Load()), ast.Add(), elt)
    return ast.Assign([ast.Name(author, ast.Store())], total)


class _Renaming(Rewriter):
    unchanged = frozenset()

    def __init__(self, table: Mapping[str, str], targets: set[str]) -> None:
        self.table = table
        self.targets = targets

    def visit(self, node: Any) -> Any:
        if not self.table:
            return node
        return super().visit(node)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        found = self.table.get(node.id)
        return ast.copy_location(ast.Name(found, node.ctx), node) if found else node
