"""What staging knows of the memory of arrays: which values are one array, or views of it.

Every array value has a storage, named after the first value in it.  A view knows how it was
taken from its parent.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from adgen.ir import dumped
from adgen.rules.operations import Op
from adgen.staging.terms import Term
from adgen.types import Num, Type

if TYPE_CHECKING:
    pass


class NeedCopy(Exception):
    """An argument that the function writes to: it is copied first."""

    def __init__(self, parameter: str) -> None:
        super().__init__(parameter)
        self.parameter = parameter


class View(NamedTuple):
    """How a value was taken from its parent: `op` with these operands."""

    parent: str
    op: Op
    bound: Mapping[str, Term]
    expr: ast.expr
    certain: bool


@dataclass
class Storages:
    """What staging knows of the arrays' memory."""

    views: dict[str, View] = field(default_factory=dict)
    # the storage of a value that a write has made, and of one that paths join in
    of: dict[str, str] = field(default_factory=dict)
    # the whole array's value when a view was taken or written
    seen: dict[str, str] = field(default_factory=dict)
    # storages that a value may share, depending on the path taken
    mixed: dict[str, dict[str, str]] = field(default_factory=dict)
    terms: dict[str, Term] = field(default_factory=dict)
    written: set[str] = field(default_factory=set)
    # the value that a write, or a change seen through a view, has made another of
    before: dict[str, str] = field(default_factory=dict)
    # the list that an array, or a list, has been put into
    inside: dict[str, str] = field(default_factory=dict)
    # lists whose elements other names still mean, and those whose elements are written to
    held: set[str] = field(default_factory=set)
    deep: set[str] = field(default_factory=set)
    # the lists, from before, that one may be which has a name where paths meet
    lists: dict[str, set[str]] = field(default_factory=dict)
    # elements taken from a list before it got other elements: they are what they were
    detached: set[str] = field(default_factory=set)
    # iterators that have been run over
    drawn: set[str] = field(default_factory=set)

    def copy(self) -> Storages:
        return Storages(
            dict(self.views), dict(self.of), dict(self.seen), dict(self.mixed),
            dict(self.terms), set(self.written), dict(self.before), dict(self.inside),
            set(self.held), set(self.deep), dict(self.lists), set(self.detached),
            set(self.drawn),
        )  # fmt: skip

    def root(self, value: str) -> str:
        """The whole array that a value is a view of."""
        while value in self.views:
            value = self.views[value].parent
        return value

    def shape(self, value: str) -> list[str]:
        """How a value is taken from the whole array: the same before and after a write."""
        steps = []
        while value in self.views:
            view = self.views[value]
            operands = [dumped(t.expr) for t in list(view.bound.values())[1:]]
            steps.append(f"{view.op.name} {operands}")
            value = view.parent
        return steps

    def storage(self, value: str) -> str:
        root = self.root(value)
        return self.of.get(root, root)


def key_of(storage: str) -> str:
    """Under which key the environment has a storage's current whole array."""
    return f"@{storage}"


def has_memory(type_: Type) -> bool:
    """Whether values of a type have memory that can be written to."""
    return isinstance(type_, Num) and not type_.is_scalar


def is_array(term: Term) -> bool:
    """Whether a value has memory that can be written to."""
    return has_memory(term.type)
