"""Arrays and lists that are elements of lists: which other names mean them, too.

An element may be written to as long as no other name means it.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import TYPE_CHECKING

from adgen.paths import is_leaf, path_of
from adgen.rules.operations import Op
from adgen.staging.storage import NeedCopy, Storages, is_array
from adgen.staging.terms import Term
from adgen.types import ListOf, Seq

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


class Contained:
    """Follows what is put into lists and taken from them, for a stager."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager

    @property
    def known(self) -> Storages:
        return self.stager.storages

    def is_element_or_same(self, target: str, op: Op, bound: Mapping[str, Term]) -> bool:
        """Whether what a list gives is an object in it, or the list itself: a slice is neither."""
        if "index" not in bound:
            return op.name == "copy"
        sliced = isinstance(self.stager.types[target], ListOf) and _ends_in_slice(bound["index"])
        return not sliced

    def put(self, value: Term, whole: Term, node: ast.AST, often: bool = False) -> None:
        """An array or list is now an element, besides whatever name it has."""
        if not isinstance(value.expr, ast.Name) or not is_array(value):
            return
        assert isinstance(whole.expr, ast.Name)
        mine = self.known.storage(whole.expr.id)
        storage = self.known.storage(value.expr.id)
        self.stager.flow.repeats.handed_on.check_put(storage, node)
        if often or storage in self.known.inside or value.expr.id in self.known.views:
            self.hold(mine, node)
            if storage in self.known.inside:
                self.hold(self.known.inside[storage], node)
        for other in {
            storage,
            *self.known.mixed.get(value.expr.id, {}),
        } - {mine}:
            self.known.inside[other] = mine
            if mine in self.known.deep:
                self.check_element(other, node)
            if other != storage:
                self.hold(mine, node)
        if storage == mine:
            self.hold(mine, node)

    def share(self, part: Term, whole: Term, node: ast.AST) -> None:
        """A list has got the elements of another: arrays or lists in it are in both."""
        if not isinstance(part.expr, ast.Name) or not isinstance(whole.expr, ast.Name):
            return
        type_ = part.num
        objects = isinstance(type_, ListOf) and type_.holds_objects
        if objects:
            self.hold(self.known.storage(part.expr.id), node)
            self.hold(self.known.storage(whole.expr.id), node)
        elif type_ is not None and not isinstance(type_, ListOf) and type_.ndim != 1:
            self.put(part, whole, node)

    def hold(self, storage: str, node: ast.AST) -> None:
        """Elements of a list have other names, so that writes to them cannot be followed."""
        if storage in self.known.deep:
            raise self.refuse_shared(storage, node)
        self.known.held.add(storage)

    def deepened(self, whole: Term, node: ast.AST) -> None:
        """An element of a list has been written to."""
        assert isinstance(whole.expr, ast.Name)
        storage = self.known.storage(whole.expr.id)
        lists = {storage, *self.known.lists.get(storage, ())}
        if lists & self.known.held:
            raise self.refuse_shared(storage, node)
        self.known.deep |= lists
        for inner, outer in self.known.inside.items():
            if outer in lists:
                self.check_element(inner, node)

    def check_element(self, storage: str, node: ast.AST) -> None:
        """What is written to in a list is the function's own."""
        self.stager.flow.repeats.handed_on.check_deep(storage, node)
        if storage in self.stager.inputs or is_leaf(storage):
            raise NeedCopy(path_of(storage))
        if not self.stager.memory.is_own(storage):
            raise self.refuse_shared(storage, node)

    def restructured(self, whole: Term) -> None:
        """A list has got other elements: those taken from it before are what they were."""
        assert isinstance(whole.expr, ast.Name)
        storage = self.known.storage(whole.expr.id)
        for value in self.known.views:
            if self.known.storage(value) == storage and self.is_element(value):
                self.known.detached.add(value)

    def is_element(self, value: str) -> bool:
        """Whether a value is an element of a list, or part of one."""
        while value in self.known.views:
            view = self.known.views[value]
            parent = self.stager.types.get(view.parent)
            if view.op.name != "copy" and isinstance(parent, ListOf):
                return True
            value = view.parent
        return False

    def note_use(self, value: str, node: ast.AST) -> None:
        """A name is read that means an element of a list."""
        storage = self.known.storage(value)
        if storage in self.known.inside:
            self.hold(self.known.inside[storage], node)
        if value in self.known.detached:
            self.hold(storage, node)

    def refuse_shared(self, storage: str, node: ast.AST) -> Exception:
        """Follow a list place by place if its elements have other names, or say that."""
        refusal = self.stager.refuse(
            node,
            "an element of a list is written to that has another name, too",
            help="put a copy into the list, with .copy()",
        )
        return self.stager.lists.storage_by_place(storage, refusal)


def _ends_in_slice(index: Term) -> bool:
    last = index.items[-1] if index.items and _kind(index) == "tuple" else index
    return _kind(last) == "slice"


def _kind(term: Term) -> str:
    return term.type.kind if isinstance(term.type, Seq) else ""
