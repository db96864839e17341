"""The memory of what trips of a loop hand on, and of what they put into lists."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adgen.ir import Stmt
from adgen.paths import is_leaf, path_of
from adgen.staging.cells import is_slot
from adgen.staging.joins import indices_in
from adgen.staging.storage import NeedCopy, is_array, key_of
from adgen.staging.terms import Term
from adgen.types import Dim

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


@dataclass(frozen=True)
class Start:
    """The start of a loop's trip: the values that there are, what names mean, and the index."""

    known: set[str]
    env: dict[str, Term]
    index: str | None


class HandedOn:
    """Follows memory from trip to trip, for a stager."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager
        # for each loop, what is known at the start of a trip
        self.starts: list[Start] = []
        # arrays from before a loop that its trips put into lists
        self.put_again: set[str] = set()

    def said(self, author: str) -> str:
        """What messages call a name, or a part of a structure."""
        return self.stager.objects.slot(author) if is_slot(author) else author

    def check_put(self, storage: str, node: ast.AST) -> None:
        """What is put into a list trip after trip must not change in between."""
        for start in self.starts:
            before = start.env.get(key_of(storage))
            now = self.stager.env.get(key_of(storage))
            if storage in start.known:
                self.put_again.add(storage)
                if now is not None and now is not before:
                    raise self.refuse_put(node)

    def check_deep(self, storage: str, node: ast.AST) -> None:
        """An array in a list is, or may be, written to as an element of it."""
        if storage in self.put_again:
            raise self.refuse_put(node)

    def refuse_put(self, node: ast.AST) -> Exception:
        return self.stager.refuse(
            node,
            "each trip puts the same array into a list, and writes to it",
            help="put a copy into the list, with .copy()",
        )

    def changes(self, dim: Dim, storage: str) -> bool:
        """Whether a length is another one in each trip that what this storage holds outlasts."""
        lasting = {s.index for s in self.starts if storage in s.known}
        return any(index in lasting for index in indices_in(dim))

    def handed_round(self, author: str, inner: dict[str, str], ends: dict[str, Term]) -> set[str]:
        """The storages that a name may have in one trip or another: names swap them."""
        storage = self.stager.storages.storage
        found = {storage(inner[author])}
        while True:
            more = {
                other
                for n, end in ends.items()
                if isinstance(end.expr, ast.Name) and is_array(end)
                for pair in [{storage(inner[n]), storage(end.expr.id)}]
                if pair & found
                for other in pair - found
            }
            if not more:
                return found
            found |= more

    def check_alone(
        self, node: ast.AST, author: str, mine: set[str], body: Sequence[Stmt], end: Term,
        env: dict[str, Term],
    ) -> None:  # fmt: skip
        """What a trip leaves under a name may share memory with what other names have."""
        memory = self.stager.memory
        if not is_array(end) or not isinstance(end.expr, ast.Name):
            return
        storage = self.stager.storages.storage(end.expr.id)
        own = storage not in self.stager.inputs and not is_leaf(storage)
        if memory.is_exclusive(end.expr.id, author, env):
            return
        if own and self.is_unseen(end.expr.id, author, mine | {storage}, env):
            return
        if memory.contained.is_element(end.expr.id):
            memory.contained.hold(storage, node)
            return
        # loops and branches in the trip give an array further names, which may be written to
        together = memory.overwriting.together(tuple(body))
        mine = mine.union({storage}, *(together.get(s, ()) for s in mine))
        if mine & self.stager.storages.written:
            for shared in (storage, *self.stager.storages.mixed.get(end.expr.id, {})):
                if shared in self.stager.inputs or is_leaf(shared):
                    raise NeedCopy(path_of(shared))
            raise self.stager.refuse(
                node,
                f"`{self.said(author)}` shares memory with another name from one trip to the next,"
                " and is written to",
                help="make it an array of its own with .copy()",
            )

    def is_unseen(self, value: str, author: str, mine: set[str], env: Mapping[str, Term]) -> bool:
        """Whether a view is all that is left of an array: no name that is read again sees it."""
        known, memory = self.stager.storages, self.stager.memory
        if memory.contained.is_element(value) or value in known.mixed or mine & known.inside.keys():
            return False
        if any(s in self.stager.inputs or is_leaf(s) for s in mine):
            return False
        if not all(known.views[v].certain for v in memory.taken_from(value)):
            return False
        return not any(
            other != author and not other.startswith("@") and memory.sees(term, storage)
            for other, term in env.items()
            for storage in mine
        )
