"""Objects and dicts of the author's module that the function writes to.

They are followed as cells, like those that are passed in; but what a call leaves in
them is seen by others, so the forward puts it there as the author's function does.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from adgen.frontend.source import Size
from adgen.ir import Effect, names_in
from adgen.staging.terms import Term
from adgen.types import Known, Num, Ref
from adgen.values import class_of, contents, is_dict, is_record

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


@dataclass(frozen=True, eq=False)
class Shared:
    """An object of the module: how the author writes it, and what of it is written to."""

    value: Any
    expr: ast.expr
    # what the names in the expression mean
    externals: Mapping[str, Any]
    written: frozenset[Any] = frozenset()


class NeedShared(Exception):
    """The function writes to an object of its module: it is staged again with that as a cell."""

    def __init__(self, shared: Shared) -> None:
        super().__init__(ast.unparse(shared.expr))
        self.shared = shared

    def adds_to(self, known: dict[int, Shared]) -> bool:
        """Note it among those that are known; whether that is anything new."""
        key = id(self.shared.value)
        before = known.get(key)
        written = self.shared.written | (before.written if before else frozenset())
        if before is not None and written == before.written:
            return False
        known[key] = replace(self.shared, written=written)
        return True


class Adopted:
    """The cells of objects of the author's module, for a stager."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager
        self.terms: dict[int, Term] = {}
        self.shared: dict[str, Shared] = {}

    def check(self, base: Term) -> None:
        """Before a write is refused: begin again if this can be followed as a cell."""
        if not isinstance(base.type, Known) or not is_record(base.type.value):
            return
        read, known = names_in(base.expr), self.stager.externals
        if all(n in known for n in read):
            raise NeedShared(Shared(base.type.value, base.expr, {n: known[n] for n in read}))

    def begin(self, shared: Iterable[Shared]) -> None:
        """The cells, with what the objects hold as the function begins."""
        held = [(one, self.cell(one)) for one in shared]  # one may hold another
        for one, cell in held:
            base = Term(one.expr, Known(one.value))
            stager = self.stager
            is_keyed = is_dict(one.value)
            read = stager.subscripts.held if is_keyed else stager.attributes.held_by
            objects = self.stager.objects
            entries = {key: read(base, key) for key, _ in contents(one.value)}
            objects.fill(cell, class_of(one.value), entries)
            keys = Size.of(one.value)
            self.stager.watched.append((keys, None, keys))

    def cell(self, shared: Shared) -> str:
        self.stager.externals |= shared.externals
        author = "_".join(re.findall(r"\w+", ast.unparse(shared.expr)))
        term = self.stager.objects.new(type(shared.value), {}, author)
        assert isinstance(term.type, Ref)
        self.terms[id(shared.value)] = term
        self.shared[term.type.cell] = shared
        return term.type.cell

    def as_read(self, cell: str, key: Any, found: Term, node: ast.AST) -> Term:
        """What a cell held at first, under a name: the object will hold something else."""
        shared = self.shared.get(cell)
        if shared is None or key not in shared.written or not isinstance(found.type, Num):
            return found
        if isinstance(found.expr, ast.Name):
            return found
        objects = self.stager.objects
        value = self.stager.version(objects.slot(objects.entry(cell, key)))
        return self.stager.statements.as_target(value, found, node)

    def write(self, cell: str, key: Any, value: Term, node: ast.AST) -> None:
        """Let the object hold what its cell does."""
        shared = self.shared.get(cell)
        if shared is None:
            return
        if key not in shared.written:
            raise NeedShared(replace(shared, written=shared.written | {key}))
        target: ast.expr = ast.Attribute(shared.expr, str(key), ast.Store())
        if is_dict(shared.value):
            target = ast.Subscript(shared.expr, ast.Constant(key), ast.Store())
        done = ast.Assign([target], self.stager.objects.spelled(value, node))
        self.stager.body.append(Effect(done, self.stager.statement, self.stager.new_key()))
