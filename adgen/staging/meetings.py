"""Where two paths meet: what names, arrays, dicts and objects mean behind it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from adgen.errors import UserError
from adgen.ir import Gate, Leave, Merge, Stmt, hint, homes, is_introduced, names_in
from adgen.paths import is_leaf
from adgen.staging.cells import CELL, is_entry, is_held, is_slot, refers
from adgen.staging.functional import Partial
from adgen.staging.joins import PATHS, is_either, is_same, join_terms, may_break
from adgen.staging.list_kinds import NeedList, is_list
from adgen.staging.storage import is_array
from adgen.staging.structures import Structure, gather, made_up, met, slots, spread, stands_alone
from adgen.staging.terms import Term
from adgen.types import Cell, Known, ListOf, Num, Opaque, Ref, Seq

if TYPE_CHECKING:
    from adgen.staging.flow import Flow
    from adgen.staging.stager import Stager

T = TypeVar("T")
# under which keys the environment has what a function returns, and whether it has
RESULT = "return "
RETURNED = "returned "


@dataclass
class Side:
    """One side of a branch, staged."""

    block: tuple[Stmt, ...]
    env: dict[str, Term]
    left: str | None
    # how many calls had begun before it
    since: int = 0


@dataclass(frozen=True, eq=False)
class Ways:
    """A function that is one where a test holds, and another where it does not."""

    test: ast.expr
    then: Term
    orelse: Term


class Told(NamedTuple):
    """What a flag tells where it has one value: which names are then known, and what they are."""

    value: bool
    known: Mapping[str, Term]


class Meetings:
    """Joins what two paths leave behind, for a stager."""

    def __init__(self, stager: Stager, flow: Flow) -> None:
        self.stager = stager
        self.flow = flow
        # values that are left unbound on some path
        self.unsure: set[str] = set()
        # by the value that stands for it
        self.ways: dict[str, Ways] = {}
        # the objects, one for each side, that a name stands for behind a branch
        self.stand_ins: dict[str, list[Term]] = {}

    def lasting(self, term: Term, since: int) -> Term:
        """A function made on one path alone reads names that the others do not have."""
        inside = self.stager.calls.made_since(term, since)
        return replace(term, type=Opaque(PATHS), items=None) if inside else term

    def new_value(self, author: str) -> str:
        """A value for a name, or for what a `return` gives."""
        if is_slot(author):
            return self.stager.version(self.stager.objects.slot(author))
        if author == RESULT:
            return self.stager.fresh("out")
        return self.stager.fresh(author.split(" ")[0])

    def bring_up_to_date(self, side: Side, other: Side, node: ast.AST) -> None:
        """Arrays that a side has written to, as they are at its end, where paths meet."""
        stager = self.stager
        stale = [
            author
            for author, term in side.env.items()
            if author in other.env
            and not is_same(term, other.env[author])
            and self.settled(author, term, other.env[author]) is None
        ]
        env, body = stager.env, stager.body
        stager.env, stager.body = side.env, list(side.block)
        self.refresh(stale, node)
        side.env, side.block = stager.env, self.with_added(side.block, stager.body)
        stager.env, stager.body = env, body

    def refresh(self, authors: Iterable[str], node: ast.AST) -> None:
        """The values that names have now: of arrays, what writes have made of them."""
        env, memory = self.stager.env, self.stager.memory
        for author in authors:
            term = env.get(author)
            if term is None or author.startswith("@") or not is_array(term):
                continue
            if not isinstance(term.expr, ast.Name) or not memory.is_stale(term.expr.id):
                continue
            try:
                env[author] = memory.fresh(author, term, node)
            except UserError:
                note = "array that may share memory with one written to"
                env[author] = replace(term, type=Opaque(note))

    def end(self, side: Side) -> None:
        """Forget what nobody reads any more behind a `return` of the function."""
        env = {key: term for key, term in side.env.items() if not key.isidentifier()}
        found = self.reached(env)
        side.env = {key: term for key, term in env.items()
                    if not key.startswith(CELL) or key.split("/")[0] in found}  # fmt: skip

    def drop_unreachable(self, side: Side) -> None:
        """Forget the dicts and objects that nothing refers to any more."""
        found, known = self.reached(side.env), self.stager.env
        side.env = {
            key: term
            for key, term in side.env.items()
            if not key.startswith(CELL) or key.split("/")[0] in found or key in known
        }

    def reached(self, env: Mapping[str, Term]) -> set[str]:
        """The dicts and objects that something still refers to."""
        found: set[str] = set()
        waiting = [t for key, t in env.items() if not key.startswith(CELL)]
        while waiting:
            term = waiting.pop()
            waiting += term.items or ()
            if isinstance(term.type, Known) and isinstance(term.type.value, Partial):
                waiting += term.type.value.args
            if isinstance(term.type, Ref) and term.type.cell not in found:
                found.add(term.type.cell)
                mine = f"{term.type.cell}/"
                waiting += [t for key, t in env.items() if key.startswith(mine)]
        return found

    def taken_apart(self, then: Side, orelse: Side, node: ast.AST) -> dict[str, Structure]:
        """Structures that differ between two sides, part by part under names of their own."""
        found: dict[str, Structure] = {}
        authors = [n for n in {**then.env, **orelse.env} if not n.startswith(("@", CELL))]
        for author in authors:
            sides = [s for s in (then, orelse) if author in s.env and s.left != "raise"]
            terms = [s.env[author] for s in sides]
            if not any(map(is_held, terms)) or len(terms) == 2 and is_same(*terms):
                continue
            made = [self.made_up_in(side, author, node) for side in sides]
            structure = met(made[0], made[-1])
            if structure is None:
                continue
            if not all(self.is_sole(s, author) for s in sides):
                if not stands_alone(structure):
                    continue
                self.stand_ins[author] = terms
            found[author] = structure
            for side in sides:
                self.spread_in(side, author, structure, node)
        return found

    def made_up_in(self, side: Side, author: str, node: ast.AST) -> Structure:
        """How what a name means at the end of a side is put together."""
        return self.done_in(side, lambda: made_up(self.stager, side.env[author], node))

    def is_sole(self, side: Side, author: str) -> bool:
        """Whether a name is the only one for the dict or object that it means."""
        term = side.env[author]
        if not isinstance(term.type, Ref):
            return True
        if term.type.cell in self.stager.objects.chosen:
            return False
        others = [t for n, t in side.env.items() if n != author]
        return not any(refers(t, term.type.cell) for t in others)

    def spread_in(self, side: Side, author: str, structure: Structure, node: ast.AST) -> None:
        term = side.env.pop(author)
        side.env |= self.done_in(side, lambda: spread(self.stager, author, term, structure, node))

    def put_together(self, author: str, structure: Structure, env: dict[str, Term]) -> None:
        """The structure again whose parts have been joined."""
        outer, self.stager.env = self.stager.env, env
        parts = {at: env.pop(at) for at in slots(author, structure) if at in env}
        made = gather(self.stager, author, structure, parts)
        if made is not None:
            env[author] = made
            self.stager.objects.note_chosen(made, self.stand_ins.pop(author, ()))
        self.stager.env = outer

    def with_added(self, block: Sequence[Stmt], body: Sequence[Stmt]) -> tuple[Stmt, ...]:
        """A side's statements with those that were added behind them.

        They stand before a branch that may leave the loop, for the path that leaves.
        """
        at = next((i for i, stmt in enumerate(block) if may_break([stmt])), len(block))
        added = body[len(block) :]
        made = set(homes(tuple(block[at:])))
        if any(
            isinstance(s, Gate) and not s.virtual and made & set(names_in(s.expr)) for s in added
        ):
            raise self.stager.refuse(
                self.stager.definition.tree,
                "a loop is left where a list, dict or array has been changed on one path",
                help="bind what changes to names of its own",
            )
        return before_leaving([*block[:at], *added, *block[at:]])

    def done_in(self, side: Side, work: Callable[[], T]) -> T:
        """Do something at the end of a side."""
        stager = self.stager
        env, body = stager.env, stager.body
        stager.env, stager.body = side.env, list(side.block)
        try:
            return work()
        finally:
            side.env, side.block = stager.env, self.with_added(side.block, stager.body)
            stager.env, stager.body = env, body

    def bind_entries(
        self, side: Side, other: Side, structures: Mapping[str, Structure], node: ast.AST
    ) -> None:
        """Parts that differ between two sides are bound to names of their own."""
        own = {
            at
            for author, structure in structures.items()
            if author not in other.env and self.may_be_read_behind(author, node)
            for at in slots(author, structure)
        }
        for at, term in list(side.env.items()):
            if not is_slot(at):
                continue
            theirs = other.env.get(at)
            if theirs is None and at in own and "raise" not in (side.left, other.left):
                self.done_in(side, partial(self.bind_entry, at, node))
            elif theirs is not None and not is_same(term, theirs):
                if self.settled(at, term, theirs) is None:
                    self.done_in(side, partial(self.bind_entry, at, node))

    def may_be_read_behind(self, author: str, node: ast.AST) -> bool:
        """Whether the function reads a name behind a statement, or in a later trip's."""
        inside = {id(part) for part in ast.walk(node)}
        for part in ast.walk(self.stager.definition.tree):
            again = isinstance(part, ast.For | ast.While) and node in ast.walk(part)
            reads = isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)
            if reads and part.id == author and id(part) not in inside:  # type: ignore[attr-defined]
                return True
            if again and any(n == author for n in names_in(node)):
                return True
        return False

    def bind_entry(self, at: str, node: ast.AST) -> None:
        """Give the value of a slot the slot's own name."""
        stager = self.stager
        term = stager.env[at]
        author = stager.objects.slot(at)
        if isinstance(term.expr, ast.Name) and hint(term.expr.id) == author:
            first = stager.memory.overwriting.first(term.expr.id)
            if not is_leaf(term.expr.id) and not is_introduced(first):
                return
        constant = isinstance(term.type, Known) and not callable(term.type.value)
        # a tuple or list of numbers that carry no derivative is a value as a whole
        display = isinstance(term.type, Seq) and not is_held(term)
        if constant or display or isinstance(term.type, Num | Opaque):
            stager.env[at] = stager.statements.as_target(stager.version(author), term, node)

    def bind_number(self, author: str, node: ast.AST) -> None:
        """Give a number that a name means, and that nothing has bound, the name."""
        stager = self.stager
        term = stager.env[author]
        if isinstance(term.type, Num):
            stager.env[author] = stager.statements.as_target(stager.fresh(author), term, node)

    def check_lists(self, a: Term | None, b: Term | None) -> None:
        """A list that is a value of its own on one path is one on the other, too.  So are lists of
        several lengths that a function gives which calls itself."""
        if a is None or b is None:
            return
        lengths = {len(t.items) for t in (a, b) if is_list(t) and t.items is not None}
        differ = len(lengths) > 1 and self.stager.outline is not None
        for one, other in ((a, b), (b, a)):
            if isinstance(one.type, ListOf) or differ and is_list(one):
                if is_list(other) and other.site is not None:
                    if other.site not in self.stager.lists.own:
                        raise NeedList(other.site)
        for inner in zip(a.items or (), b.items or (), strict=False):
            self.check_lists(*inner)

    def joined_keys(self, a: Term | None, b: Term | None) -> Term | None:
        """The keys of a dict or object that one side may have added to."""
        if a is None or b is None:
            return a or b
        assert isinstance(a.type, Cell) and isinstance(b.type, Cell)
        keys = tuple(key for key in a.type.keys if key in b.type.keys)
        every = dict.fromkeys([*a.type.keys, *b.type.keys, *a.type.perhaps, *b.type.perhaps])
        perhaps = tuple(key for key in every if key not in keys)
        in_order = a.type.keys == b.type.keys and a.type.ordered and b.type.ordered
        kept = a.type.kept or b.type.kept
        return replace(a, type=Cell(a.type.cls, keys, perhaps, in_order, kept))

    def settled(self, author: str, a: Term | None, b: Term | None) -> Term | None:
        """The array that a name is on both paths, though one of them may have written to it."""
        if a is not None and b is not None and a.columns and b.columns and a.type == b.type:
            pairs = zip(a.columns, b.columns, strict=True)
            columns = tuple(c for x, y in pairs if (c := self.settled(author, x, y)) is not None)
            whole = len(columns) == len(a.columns)
            return replace(a, expr=columns[0].expr, columns=columns) if whole else None
        if a is None or b is None or author.startswith("@") or not (is_array(a) and is_array(b)):
            return None
        known = self.stager.storages
        if not (isinstance(a.expr, ast.Name) and isinstance(b.expr, ast.Name)):
            return None
        if known.storage(a.expr.id) != known.storage(b.expr.id):
            return None
        before = self.stager.env.get(author)
        if before is not None and isinstance(before.expr, ast.Name) and is_array(before):
            if known.storage(before.expr.id) == known.storage(a.expr.id):
                if known.shape(before.expr.id) == known.shape(a.expr.id) == known.shape(b.expr.id):
                    return before
        if a.expr.id not in known.views and b.expr.id not in known.views:
            return a
        return None

    def joined(
        self, author: str, sides: tuple[Term | None, Term | None], merges: list[Merge],
        ends: Sequence[Mapping[str, Term]],
    ) -> Term | None:  # fmt: skip
        """A name's meaning where two paths meet, given what it and others mean where they end."""
        a, b = sides
        if author.startswith("@"):
            return self.joined_array(author, a, b, merges)
        if a is None and b is None:
            return None
        if a is not None and b is not None and is_same(a, b):
            return a
        if author.startswith(CELL) and not is_entry(author):
            return self.joined_keys(a, b)
        target = self.new_value(author)
        term = join_terms(self.stager.facts, target, a, b)
        self.stager.types[target] = term.type
        self.stager.storages.terms[target] = term
        self.stager.memory.meet(target, author, *zip(sides, ends, strict=True))
        if not is_either(term):  # nothing is bound to a function
            merges.append(Merge(target, a.expr if a else None, b.expr if b else None))
        if any(t is None or self.is_unsure(t) for t in (a, b)):
            self.unsure.add(target)
        return term

    def note_ways(
        self, met: Term, test: ast.expr, a: Term | None, b: Term | None, since: int
    ) -> None:
        """Which function it is on which path, unless one alone can read what it reads."""
        if not is_either(met) or a is None or b is None:
            return
        if not any(self.stager.calls.made_since(term, since) for term in (a, b)):
            assert isinstance(met.expr, ast.Name)
            self.ways[met.expr.id] = Ways(test, a, b)

    def ways_of(self, term: Term) -> Ways | None:
        """The functions of which this is one, if the test that tells which can be asked again."""
        if not isinstance(term.expr, ast.Name) or not is_either(term):
            return None
        ways = self.ways.get(term.expr.id)
        changed = ways and any(map(self.stager.memory.is_stale, names_in(ways.test)))
        return None if changed else ways

    def is_unsure(self, term: Term) -> bool:
        """Whether a path leaves this unbound."""
        return isinstance(term.expr, ast.Name) and term.expr.id in self.unsure

    def joined_array(
        self, key: str, a: Term | None, b: Term | None, merges: list[Merge]
    ) -> Term | None:
        """A whole array that one side, or both, have written to."""
        storage = key[1:]
        start = self.stager.env.get(key) or self.stager.storages.terms.get(storage)
        a, b = a or start, b or start
        if a is None or b is None:
            return None
        if is_same(a, b):
            return a
        target = self.stager.version(storage)
        term = join_terms(self.stager.facts, target, a, b)
        self.stager.types[target] = term.type
        self.stager.storages.terms[target] = term
        self.stager.storages.of[target] = storage
        merges.append(Merge(target, a.expr, b.expr))
        return term


def defined_in(body: Sequence[Stmt]) -> set[str]:
    return {target for target in homes(tuple(body))}


def before_leaving(body: Sequence[Stmt]) -> tuple[Stmt, ...]:
    """The statements with `break`, if there is one, as the last."""
    leaving = [stmt for stmt in body if isinstance(stmt, Leave)]
    return (*(stmt for stmt in body if not isinstance(stmt, Leave)), *leaving)
