"""Reads and writes of arrays, so that a write through one name is seen by all.

A write makes a new value of what is written, and of everything that it is a view of; a view that
is used after its storage has been written is taken anew.  What may or may not share memory cannot
be followed, and is refused when it would matter.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from adgen.ir import name
from adgen.paths import is_leaf, path_of
from adgen.rules.operations import Op
from adgen.staging.aliasing import Aliasing, asks_for_order
from adgen.staging.calls import closed_over
from adgen.staging.contained import Contained
from adgen.staging.overwriting import Overwriting
from adgen.staging.storage import NeedCopy, Storages, View, is_array, key_of
from adgen.staging.terms import Term
from adgen.types import Known, ListOf

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


class Memory:
    """Follows reads and writes of arrays, for a stager."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager
        self.aliasing = Aliasing(stager)
        self.contained = Contained(stager)
        self.overwriting = Overwriting(stager)

    @property
    def known(self) -> Storages:
        return self.stager.storages

    # -- reading ------------------------------------------------------------------

    def note_view(self, target: str, op: Op, bound: Mapping[str, Term], expr: ast.expr) -> None:
        """A gate has given what may be a view of its first operand."""
        how = self.aliasing.of(op, bound, self.stager.types[target])
        if how == "view" and asks_for_order(expr):
            how = "maybe"
        parent = next(iter(bound.values()))
        if isinstance(parent.type, ListOf) and not self.contained.is_element_or_same(
            target, op, bound
        ):
            return
        if how == "copy" or not isinstance(parent.expr, ast.Name):
            return
        certain = how == "view"
        self.known.views[target] = View(parent.expr.id, op, bound, expr, certain)
        self.known.seen[target] = self.current(self.known.storage(target))
        if parent.expr.id in self.known.mixed:
            self.known.mixed[target] = self.known.mixed[parent.expr.id]

    def rename(self, value: str, known_as: str) -> None:
        """A gate's value gets another name."""
        if value in self.known.mixed:
            self.known.mixed[known_as] = self.known.mixed[value]

    def current(self, storage: str) -> str:
        """The value that the whole array of a storage has now."""
        term = self.stager.env.get(key_of(storage))
        return term.expr.id if term and isinstance(term.expr, ast.Name) else storage

    def detach(self, value: str) -> None:
        """A value is no view any more, but an object of its own."""
        self.known.views.pop(value, None)
        self.known.seen.pop(value, None)

    def is_stale(self, value: str) -> bool:
        """Whether the array has been written to since this value was made."""
        storage = self.known.storage(value)
        seen = self.known.seen.get(value, value)
        return self.current(storage) != seen

    def fresh(self, author: str | None, term: Term, node: ast.AST) -> Term:
        """The value that a term has now."""
        if term.columns:
            now = tuple(self.fresh(None, column, node) for column in term.columns)
            return replace(term, expr=now[0].expr, columns=now)
        if not isinstance(term.expr, ast.Name) or not is_array(term):
            return term
        value = term.expr.id
        self.contained.note_use(value, node)
        if value in self.known.detached:
            return term
        for storage, seen in self.known.mixed.get(value, {}).items():
            if self.current(storage) != seen:
                self.stager.parted.ask(value)
                raise self.stager.refuse(
                    node,
                    "this array may share memory with one that has been written to",
                    help="make it an array of its own with .copy()",
                )
        if not self.is_stale(value):
            return term
        view = self.known.views.get(value)
        if view is None:
            return self.stager.env[key_of(self.known.storage(value))]
        if not view.certain:
            raise self.stager.refuse(
                node,
                f"`{ast.unparse(node)}` may be a view of an array that has been written to since",
                help="make it an array of its own with .copy()",
            )
        parent = self.fresh(None, self.term_of(view.parent), node)
        return self.retaken(value, view, parent)

    def term_of(self, value: str) -> Term:
        return self.known.terms.get(value) or Term(name(value), self.stager.types[value], True)

    def retaken(self, author: str, view: View, parent: Term) -> Term:
        """The same view of the array as it is now; nothing needs to be printed for it."""
        bound = {**view.bound, next(iter(view.bound)): parent}
        made = self.stager.gates.virtual(author, view.op, bound, view)
        assert isinstance(made.expr, ast.Name)
        self.known.before[made.expr.id] = author
        return made

    # -- writing --------------------------------------------------------------------

    def write(self, base: Term, after: Term, node: ast.AST) -> None:
        """`after` is what `base` has become: so have the arrays that it is a view of."""
        assert isinstance(base.expr, ast.Name) and isinstance(after.expr, ast.Name)
        value, made = base.expr.id, after.expr.id
        self.check_writable(value, node)
        view = self.known.views.get(value)
        if view is not None and self.contained.is_element(value):
            if value in self.known.detached:
                raise self.contained.refuse_shared(self.known.storage(value), node)
            self.contained.deepened(self.term_of(view.parent), node)
        storage = self.known.storage(value)
        self.known.written.add(storage)
        self.known.terms[made] = after
        self.known.before[made] = value
        if view is None:
            self.known.of[made] = storage
            self.stager.env[key_of(storage)] = after
            return
        if not view.certain:
            raise self.stager.refuse(
                node,
                "this writes through what may be a view or a copy",
                help="write into the array itself",
            )
        parent = self.term_of(view.parent)
        if self.is_stale(view.parent):
            parent = self.fresh(None, parent, node)
        whole = self.stager.gates.put_back(view, parent, after, node)
        self.write(parent, whole, node)
        assert isinstance(whole.expr, ast.Name)
        bound = {**view.bound, next(iter(view.bound)): whole}
        self.known.views[made] = View(whole.expr.id, view.op, bound, view.expr, True)
        self.known.seen[made] = self.current(storage)

    def check_writable(self, value: str, node: ast.AST) -> None:
        storage = self.known.storage(value)
        if storage in self.known.inside:
            raise self.stager.refuse(
                node,
                "what is written to here has been put into a list, and changes there, too",
                help="put a copy into the list, with .copy()",
            )
        for shared in (storage, *self.known.mixed.get(value, {})):
            if shared in self.stager.inputs or is_leaf(shared):
                raise NeedCopy(path_of(shared))
        if self.known.mixed.get(value) or not self.is_own(storage):
            self.stager.parted.ask(value)
            raise self.stager.refuse(
                node,
                "what this write changes depends on the path taken, or is not the function's own",
                help="make it an array of its own with .copy()",
            )

    def is_own(self, storage: str) -> bool:
        """Whether the function made the array: not a module's, and not known too little of."""
        return ":" in storage

    # -- where paths meet -----------------------------------------------------------

    def join(
        self, target: str, env: Mapping[str, Term], author: str, *sources: Term | None
    ) -> None:
        """A name is one of several arrays that other names may mean."""
        self.meet(target, author, *((source, env) for source in sources))

    def meet(
        self, target: str, author: str, *sources: tuple[Term | None, Mapping[str, Term]]
    ) -> None:
        """A name is one of several arrays, each with what names mean there: whose memory may it
        be?"""
        values = [(s.expr.id, env) for s, env in sources
                  if s is not None and isinstance(s.expr, ast.Name) and is_array(s)]  # fmt: skip
        types = self.stager.types
        lists = {self.known.storage(v) for v, _ in values if isinstance(types.get(v), ListOf)}
        for one in list(lists):
            lists |= self.known.lists.get(one, set())
        if lists:
            self.known.lists[target] = lists
        self.may_be(target, [v for v, env in values if not self.is_exclusive(v, author, env)])

    def may_be(self, target: str, values: Iterable[str]) -> None:
        """An array may be, or be a view of, each of these."""
        shared: dict[str, str] = {}
        for value in values:
            storage = self.known.storage(value)
            if self.contained.is_element(value):
                self.contained.hold(storage, self.stager.definition.tree)
                continue
            shared[storage] = self.current(storage)
            shared |= self.known.mixed.get(value, {})
        if shared:
            self.known.mixed[target] = shared

    def memory_of(self, term: Term) -> set[str]:
        """The storages that an array may be in."""
        if not isinstance(term.expr, ast.Name) or not is_array(term):
            return set()
        return {
            self.known.storage(term.expr.id),
            *self.known.mixed.get(term.expr.id, {}),
        }

    def is_exclusive(self, value: str, author: str, env: Mapping[str, Term]) -> bool:
        """Whether no other name can see this array."""
        storage = self.known.storage(value)
        if storage in self.known.inside:
            return False
        if storage in self.stager.inputs or is_leaf(storage):
            return False
        if any(step != "copy []" for step in self.known.shape(value)):
            return False
        if value in self.known.mixed:
            return False
        return not any(
            other != author and not other.startswith("@") and self.sees(term, storage)
            for other, term in env.items()
        )

    def taken_from(self, value: str) -> Iterator[str]:
        """A view, and those that it is a view of, up to the whole array."""
        while value in self.known.views:
            yield value
            value = self.known.views[value].parent

    def sees(self, term: Term, storage: str) -> bool:
        """Whether a value may be, hold, or be a view of what is in a storage."""
        if term.items is not None and any(self.sees(item, storage) for item in term.items):
            return True
        if isinstance(term.type, Known) and self._is_closed_over(term.type.value, storage):
            return True
        if not isinstance(term.expr, ast.Name) or not is_array(term):
            return False
        value = term.expr.id
        return self.known.storage(value) == storage or storage in self.known.mixed.get(value, {})

    def _is_closed_over(self, function: object, storage: str) -> bool:
        """Whether a function reads an array under a name of a call that has ended."""
        ended = self.stager.calls.ended
        return any(
            self.sees(term, storage)
            for call in closed_over(function)
            for term in ended.get(call, {}).values()
            if not isinstance(term.type, Known)
        )
