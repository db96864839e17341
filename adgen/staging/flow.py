"""Branches and loops: what a name is bound to on each path, and where paths meet.

What follows an `if` that may leave (return, break, continue, raise) is staged as
part of the sides that do not leave, so that every path ends where its block ends.
A loop is staged until the types of the names that it carries from trip to trip
have settled.
"""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from adgen.errors import UserError
from adgen.frontend.control import (
    Ends,
    bound_names,
    is_endless,
    leaves,
    open_ends,
    shared_names,
    ways_out,
)
from adgen.ir import (
    Branch,
    Carried,
    Catch,
    Leave,
    Loop,
    Merge,
    Stmt,
    hint,
    homes,
    is_introduced,
    is_leaf,
    name,
    path_of,
)
from adgen.staging.functional import Partial
from adgen.staging.guards import Guards
from adgen.staging.joins import (
    PATHS,
    indices_in,
    is_filled,
    is_of_this_loop,
    is_same,
    join_terms,
    length_of,
    may_break,
    reads,
    retargeted,
    settles,
    shorter,
    widened,
    with_length,
)
from adgen.staging.loops import Positions, as_loops, plan_for, trips_of
from adgen.staging.matching import as_branches
from adgen.staging.objects import CELL, is_entry, is_held, is_slot, refers
from adgen.staging.storage import NeedCopy, is_array, key_of
from adgen.staging.structures import Structure, gather, slots, spread, structure_of
from adgen.staging.terms import Given, NeedTrips, NoResultYet, Term
from adgen.types import BOOL, Cell, Dim, Known, Num, Opaque, Ref

if TYPE_CHECKING:
    from adgen.staging.stager import Stager

T = TypeVar("T")
RESULT = "return "
RETURNED = "returned "
# how deep trips that are written out may stand inside of each other
DEEPEST = 8
FLAGS = {"return": "returned", "break": "broke", "continue": "continued"}


@dataclass
class Construct:
    """What `break`, `continue` and `return` may leave: a loop that repeats ("loop"), one
    written out trip by trip ("trips"), or a guarded "block".  `flagged`: `break` is told."""

    kind: str
    flagged: bool = False


@dataclass
class Lowered:
    """A flag that says no: its value, and whether it was bound for this construct."""

    term: Term
    is_new: bool


class Involved(Exception):
    """The condition of a `while` takes statements, which each trip has to begin with."""


class Continuation(ast.stmt):
    """What staging has to do between statements of the author's."""

    def __init__(self, act: Callable[[], None]) -> None:
        super().__init__()
        self.act = act


@dataclass
class Side:
    """One side of a branch, staged."""

    block: tuple[Stmt, ...]
    env: dict[str, Term]
    left: str | None
    # how many calls had begun before it
    since: int = 0


@dataclass(frozen=True)
class Learnt:
    """What staging a loop has shown, to start with where loops around it stage it again.

    Without it, loops inside each other take three times as long for each level.
    """

    arrays: tuple[str, ...] = ()
    rebound: frozenset[str] = frozenset()
    varied: frozenset[str] = frozenset()

    def of(self, author: str, term: Term) -> Term:
        """What a name may be at the start of a trip."""
        floating = isinstance(term.type, Num) and term.type.differentiable
        return replace(term, varied=True) if author in self.varied and floating else term


class Flow:
    """Stages statements that choose and repeat, for a stager."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager
        self.left: str | None = None
        self.inside: tuple[Construct, ...] = ()
        self.depth = 0
        self.guards = Guards(stager)
        # the flags that no path has set yet
        self.lowered: dict[str, Lowered] = {}
        # for each loop, what is known at the start of a trip
        self.starts: list[Start] = []
        self.learnt: dict[tuple[int, int, int], Learnt] = {}
        # values that are left unbound on some path
        self.unsure: set[str] = set()

    # -- blocks -----------------------------------------------------------------

    def block(self, stmts: Sequence[ast.stmt]) -> None:
        """Stage statements up to the one that leaves."""
        for i, stmt in enumerate(stmts):
            if self.left:
                return
            rest = stmts[i + 1 :]
            match stmt:
                case ast.If():
                    done = self.branch(stmt, rest)
                case ast.Match():
                    done = self.branch(as_branches(self.stager, stmt), rest)
                case ast.For() | ast.While():
                    done = self.loop(stmt, rest)
                case ast.With() | ast.Try():
                    done = self.guards.statement(stmt, rest)
                case _:
                    done = False
                    self.simple(stmt)
            if done:
                return

    def simple(self, stmt: ast.stmt) -> None:
        match stmt:
            case Ends():
                self.stager.body.append(Leave(self.stager.new_key()))
                self.left = "break"
            case ast.Break():
                self.go("break")
            case ast.Continue():
                self.go("continue")
            case ast.Raise():
                self.stager.statements.effect(stmt)
                self.left = "raise"
            case Continuation():
                stmt.act()
            case _:
                self.stager.statements.stmt(stmt)

    # -- leaving --------------------------------------------------------------------

    def go(self, way: str, told: bool = False) -> None:
        """Leave what is around by `return`, `break` or `continue`.

        Where what follows cannot be staged on the paths that go on alone, a flag tells
        which they are; `told` says that it has been set.
        """
        inner = self.inside[-1] if self.inside else None
        if inner is None:
            self.left = way
            return
        if not told and (way == "return" or inner.kind == "block" or inner.flagged):
            if not (way == "continue" and inner.kind != "block"):
                self.set_flag(way, True)
        if inner.kind == "block":
            self.left = "out"
        elif way == "continue":
            self.left = "continue"
        else:
            if inner.kind == "loop":
                self.stager.body.append(Leave(self.stager.new_key()))
            self.left = "break"

    def flag(self, way: str) -> str:
        """Under which key the environment has the flag for a way out."""
        if way == "return":
            return RETURNED
        depth = max(i for i, c in enumerate(self.inside) if c.kind != "block")
        return f"{FLAGS[way]} {depth}"

    def set_flag(self, way: str, value: bool) -> None:
        set_ = self.stager.statements.bound(FLAGS[way], ast.Constant(value))
        self.stager.env[self.flag(way)] = set_

    def is_set(self, way: str) -> ast.expr:
        return self.stager.env[self.flag(way)].expr

    @contextlib.contextmanager
    def within(self, construct: Construct) -> Iterator[None]:
        """Stage something in a construct that control may leave."""
        before = self.inside
        self.inside = (*before, construct)
        try:
            yield
        finally:
            self.inside = before

    def behind(
        self, ways: Sequence[str], rest: Sequence[ast.stmt], node: ast.AST, ends: bool = True
    ) -> None:
        """What follows a construct is done only if it has not been left for good.

        `ends` says whether any path reaches what follows.
        """
        if not ways:
            self.block(rest)
            return
        way, *others = ways
        if not others and not ends:
            self.go(way, told=True)
            return
        test = self.is_set(way)
        gone = self.side([Continuation(lambda: self.go(way, told=True))])
        went_on = self.side([Continuation(lambda: self.behind(others, rest, node, ends))])
        self.choice(test, gone, went_on, node)

    # -- branches -----------------------------------------------------------------

    def branch(self, node: ast.If, rest: Sequence[ast.stmt]) -> bool:
        """Stage an `if`; whether what follows it has been staged with it."""
        stager = self.stager
        stager.statement += 1
        test = stager.conditions.test(node.test)
        if isinstance(test, bool):
            chosen = node.body if test else node.orelse
            absorbs = leaves(chosen) != "never"
            self.block([*chosen, *rest] if absorbs else chosen)
            return absorbs
        then, orelse = list(node.body), list(node.orelse)
        absorbs = leaves(then) != "never" or leaves(orelse) != "never"
        if absorbs:
            then += [] if leaves(then) == "always" else rest
            orelse += [] if leaves(orelse) == "always" else rest
        self.choice(test, self.side(then), self.side(orelse), node)
        return absorbs

    def side(self, stmts: Sequence[ast.stmt]) -> Side:
        """One side of a branch, as if it alone were there."""
        stager = self.stager
        env, body, left, since = stager.env, stager.body, self.left, stager.calls.count
        stager.env, stager.body, self.left = dict(env), [], None
        self.depth += 1
        try:
            self.block(stmts)
            return Side(tuple(stager.body), stager.env, self.left, since)
        except NoResultYet:
            return Side((), env, "raise", since)
        finally:
            self.depth -= 1
            stager.env, stager.body, self.left = env, body, left

    def choice(
        self, test: ast.expr, then: Side, orelse: Side, node: ast.AST, catches: Catch | None = None
    ) -> None:
        """The branch of two staged sides, and what names mean behind it."""
        if catches is None and "raise" in (then.left, orelse.left):
            self.raising(test, then, orelse, node)
            return
        stager = self.stager
        merges: list[Merge] = []
        env: dict[str, Term] = {}
        structures = self.taken_apart(then, orelse, node)
        for side in (then, orelse):
            self.drop_unreachable(side)
        self.bring_up_to_date(then, orelse, node)
        self.bring_up_to_date(orelse, then, node)
        self.bind_entries(then, orelse, node)
        self.bind_entries(orelse, then, node)
        own = _defined_in((*then.block, *orelse.block))
        for author in sorted({**then.env, **orelse.env}, key=lambda n: not n.startswith("@")):
            a = None if then.left == "raise" else then.env.get(author)
            b = None if orelse.left == "raise" else orelse.env.get(author)
            if author.startswith("@") and author[1:] in own:
                continue  # one side has made this array, and the other knows nothing of it
            joined = self.settled(author, a, b) or self.joined(author, a, b, merges, env)
            if joined is not None:
                env[author] = self.lasting(joined, min(then.since, orelse.since))
        for author, structure in structures.items():
            self.put_together(author, structure, env)
        span = stager.definition.source.span(node)
        key = stager.new_key()
        made = Branch(test, then.block, orelse.block, tuple(merges), span, key, catches)
        stager.body.append(made)
        stager.env = env
        if then.left and orelse.left:
            both = {then.left, orelse.left} - {"raise"}
            self.left = "raise" if not both else both.pop() if len(both) == 1 else "continue"

    def lasting(self, term: Term, since: int) -> Term:
        """A function made on one path alone reads names that the others do not have."""
        inside = self.stager.calls.made_since(term, since)
        return replace(term, type=Opaque(PATHS), items=None) if inside else term

    def raising(self, test: ast.expr, then: Side, orelse: Side, node: ast.AST) -> None:
        """A branch with a side that raises: the other is all that there is behind it."""
        stager = self.stager
        gone, left = (then, orelse) if then.left == "raise" else (orelse, then)
        both = left.left == "raise"
        raises = [side.block if side is gone or both else () for side in (then, orelse)]
        span = stager.definition.source.span(node)
        stager.body.append(Branch(test, raises[0], raises[1], (), span, stager.new_key()))
        if left.left != "raise":
            stager.body += left.block
        stager.env, self.left = left.env, left.left

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
        side.env, side.block = stager.env, _before_leaving(stager.body)
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

    # -- dicts, objects and tuples where paths meet -------------------------------

    def drop_unreachable(self, side: Side) -> None:
        """Forget the dicts and objects that nothing refers to any more."""
        found: set[str] = set()
        waiting = [t for key, t in side.env.items() if not key.startswith(CELL)]
        while waiting:
            term = waiting.pop()
            waiting += term.items or ()
            if isinstance(term.type, Known) and isinstance(term.type.value, Partial):
                waiting += term.type.value.args
            if isinstance(term.type, Ref) and term.type.cell not in found:
                found.add(term.type.cell)
                mine = f"{term.type.cell}/"
                waiting += [t for key, t in side.env.items() if key.startswith(mine)]
        known = self.stager.env
        side.env = {
            key: term
            for key, term in side.env.items()
            if not key.startswith(CELL) or key.split("/")[0] in found or key in known
        }

    def taken_apart(self, then: Side, orelse: Side, node: ast.AST) -> dict[str, Structure]:
        """Structures that differ between two sides, part by part under names of their own."""
        found: dict[str, Structure] = {}
        authors = [n for n in {**then.env, **orelse.env} if not n.startswith(("@", CELL))]
        for author in authors:
            sides = [s for s in (then, orelse) if author in s.env and s.left != "raise"]
            terms = [s.env[author] for s in sides]
            if not any(map(is_held, terms)) or len(terms) == 2 and is_same(*terms):
                continue
            shapes = {self.structure_in(s, author, node) for s in sides}
            if len(shapes) > 1 or not all(self.is_sole(s, author) for s in sides):
                continue
            found[author] = shapes.pop()
            for side in sides:
                self.spread_in(side, author, node)
        return found

    def structure_in(self, side: Side, author: str, node: ast.AST) -> Structure:
        """How what a name means at the end of a side is put together."""
        return self.done_in(side, lambda: structure_of(self.stager, side.env[author], node))

    def is_sole(self, side: Side, author: str) -> bool:
        """Whether a name is the only one for the dict or object that it means."""
        term = side.env[author]
        if not isinstance(term.type, Ref):
            return True
        others = [t for n, t in side.env.items() if n != author]
        return not any(refers(t, term.type.cell) for t in others)

    def spread_in(self, side: Side, author: str, node: ast.AST) -> None:
        term = side.env.pop(author)
        side.env |= self.done_in(side, lambda: spread(self.stager, author, term, node))

    def put_together(self, author: str, structure: Structure, env: dict[str, Term]) -> None:
        """The structure again whose parts have been joined."""
        outer, self.stager.env = self.stager.env, env
        parts = {at: env.pop(at) for at in slots(author, structure) if at in env}
        made = gather(self.stager, author, structure, parts)
        if made is not None:
            env[author] = made
        self.stager.env = outer

    def done_in(self, side: Side, work: Callable[[], T]) -> T:
        """Do something at the end of a side."""
        stager = self.stager
        env, body = stager.env, stager.body
        stager.env, stager.body = side.env, list(side.block)
        try:
            return work()
        finally:
            side.env, side.block = stager.env, _before_leaving(stager.body)
            stager.env, stager.body = env, body

    def bind_entries(self, side: Side, other: Side, node: ast.AST) -> None:
        """Parts that differ between two sides are bound to names of their own."""
        for at, term in list(side.env.items()):
            if is_slot(at) and at in other.env and not is_same(term, other.env[at]):
                if self.settled(at, term, other.env[at]) is None:
                    self.done_in(side, partial(self.bind_entry, at, node))

    def bind_entry(self, at: str, node: ast.AST) -> None:
        """Give the value of a slot the slot's own name."""
        stager = self.stager
        term = stager.env[at]
        author = stager.objects.slot(at)
        if isinstance(term.expr, ast.Name) and hint(term.expr.id) == author:
            if not is_leaf(term.expr.id) and not is_introduced(term.expr.id):
                return
        constant = isinstance(term.type, Known) and not callable(term.type.value)
        if constant or isinstance(term.type, Num | Opaque):
            stager.env[at] = stager.statements.as_target(stager.version(author), term, node)

    def joined_keys(self, a: Term | None, b: Term | None) -> Term | None:
        """The keys of a dict or object that one side may have added to."""
        if a is None or b is None:
            return a or b
        assert isinstance(a.type, Cell) and isinstance(b.type, Cell)
        keys = tuple(key for key in a.type.keys if key in b.type.keys)
        every = dict.fromkeys([*a.type.keys, *b.type.keys, *a.type.perhaps, *b.type.perhaps])
        perhaps = tuple(key for key in every if key not in keys)
        in_order = a.type.keys == b.type.keys and a.type.ordered and b.type.ordered
        return replace(a, type=Cell(a.type.cls, keys, perhaps, in_order))

    def settled(self, author: str, a: Term | None, b: Term | None) -> Term | None:
        """The array that a name is on both paths, though one of them may have written to it."""
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
        self, author: str, a: Term | None, b: Term | None, merges: list[Merge],
        env: dict[str, Term],
    ) -> Term | None:  # fmt: skip
        """A name's meaning where two paths meet."""
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
        self.stager.memory.join(target, self.stager.env, author, a, b)
        merges.append(Merge(target, a.expr if a else None, b.expr if b else None))
        if any(t is None or self.is_unsure(t) for t in (a, b)):
            self.unsure.add(target)
        return term

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

    # -- loops ----------------------------------------------------------------------

    def loop(self, node: ast.For | ast.While, rest: Sequence[ast.stmt]) -> bool:
        """Stage a loop; whether what follows it has been staged with it."""
        self.stager.statement += 1
        if isinstance(node, ast.While):
            return self.repeated(node, Positions("", node.test, None), rest)
        several = as_loops(self.stager, node)
        if several is not None:
            self.block([*several, *rest])
            return True
        plan = plan_for(self.stager, node)
        if isinstance(plan, Positions):
            return self.repeated(node, plan, rest)
        return self.written_out(node, plan, rest)

    def repeated(self, node: Any, plan: Positions, rest: Sequence[ast.stmt]) -> bool:
        """A loop that stays one, and what stands behind it."""
        state = self.stager.snapshot()
        ways = ways_out(node.body)
        returns, flagged = "return" in ways, bool(node.orelse) and "break" in ways
        try:
            self.lower(["return"] if returns else [])
            with self.within(Construct("loop", flagged)):
                if flagged:
                    self.set_flag("break", False)
                self.repeat(node, plan)
                held = [k for k in self.stager.env if k.split(" ")[0] == f"^{plan.index}"]
                for key in held:
                    del self.stager.env[key]
                broke = self.is_set("break") if flagged else None
        except Involved:
            self.stager.restore(state)
            inside = with_test_inside(node)
            return self.repeated(inside, Positions("", inside.test, None), rest)
        except NeedTrips as need:
            if need.index != plan.index:
                raise
            self.stager.restore(state)
            return self.written_out(node, trips_of(self.stager, node), rest)
        if returns and is_endless(node):
            self.go("return", told=True)
            return True
        behind = [unless(broke, node)] if broke is not None else node.orelse
        if not returns and not behind:
            return False
        self.behind(["return"] if returns else [], [*behind, *rest], node)
        return True

    def written_out(
        self,
        node: ast.For | ast.While,
        rows: Sequence[Callable[[], None]],
        rest: Sequence[ast.stmt],
    ) -> bool:
        """A loop as one copy of its body for each element."""
        ways = ways_out(node.body)
        if ways in (["break"], ["return"]) and open_ends(node.body) == 1:
            if len(rows) <= DEEPEST and not (ways == ["break"] and ways_out(node.orelse)):
                return self.nested_trips(node, rows, ways, rest)
        return self.flagged_trips(node, rows, ways, rest)

    def nested_trips(
        self,
        node: ast.For | ast.While,
        rows: Sequence[Callable[[], None]],
        ways: Sequence[str],
        rest: Sequence[ast.stmt],
    ) -> bool:
        """Each trip stands on the side of the one before that does not leave."""
        breaks = ways == ["break"]
        behind = [*node.orelse] if breaks else [*node.orelse, *rest]

        def trip(at: int) -> None:
            if at == len(rows):
                self.block(behind)
                return
            rows[at]()
            self.block([*node.body, Continuation(lambda: trip(at + 1))])

        with self.within(Construct("trips")) if breaks else contextlib.nullcontext():
            trip(0)
        if breaks and self.left == "break":
            self.left = None
        return not breaks

    def flagged_trips(
        self,
        node: ast.For | ast.While,
        rows: Sequence[Callable[[], None]],
        ways: Sequence[str],
        rest: Sequence[ast.stmt],
    ) -> bool:
        """Trips one after the other, those after the first only if none has left the loop."""
        returns, breaks = "return" in ways, "break" in ways
        told = ["return"] if returns else []
        self.lower(told)
        with self.within(Construct("trips", breaks)):
            self.lower(["break"] if breaks else [])
            for bind in rows:
                body = [Continuation(bind), *node.body]
                flags = [way for way in ("return", "break") if way in ways and self.is_raised(way)]
                if flags:
                    tests = [self.is_set(way) for way in flags]
                    test = tests[0] if len(tests) == 1 else ast.BoolOp(ast.Or(), tests)
                    on, off = self.side(body), self.side([])
                    self.choice(ast.UnaryOp(ast.Not(), test), on, off, node)
                else:
                    self.block(body)
                if self.left in ("break", "raise"):
                    break
                self.left = None
            stopped = self.left == "break"
            self.left = None if stopped else self.left
            broke = self.is_set("break") if self.raised(["break"] if breaks else []) else None
        if self.left:
            return False
        behind = [unless(broke, node)] if broke is not None and node.orelse else node.orelse
        told = self.raised(told)
        self.behind(
            told, [*([] if stopped else behind), *rest], node, not stopped or broke is not None
        )
        return True

    def lower(self, ways: Sequence[str]) -> None:
        """No path has left in these ways so far."""
        for way in ways:
            key = self.flag(way)
            # where control comes to, the function has not returned
            known = self.stager.env.get(key) if way == "return" else None
            if known is None:
                self.set_flag(way, False)
            self.lowered[key] = Lowered(self.stager.env[key], known is None)

    def is_raised(self, way: str) -> bool:
        """Whether some path has set the flag for a way out."""
        return self.stager.env[self.flag(way)] is not self.lowered[self.flag(way)].term

    def raised(self, ways: Sequence[str]) -> list[str]:
        """The ways in which some path has left; flags for others are taken back."""
        found = [way for way in ways if self.is_raised(way)]
        for way in set(ways) - set(found):
            if not self.lowered[self.flag(way)].is_new:
                continue
            term = self.stager.env.pop(self.flag(way))
            gate = self.stager.defined[term.expr.id] if isinstance(term.expr, ast.Name) else None
            self.stager.body[:] = [stmt for stmt in self.stager.body if stmt is not gate]
        return found

    def repeat(self, node: ast.For | ast.While, plan: Positions) -> None:
        """Stage a loop's trip until the types that it starts with are those it ends with."""
        stager = self.stager
        index, over, bind = plan.index or None, plan.over, plan.bind
        growth: dict[str, Dim] | None = None
        authors = self.carried_names(node)
        entries: list[str] = []
        structures = {
            author: structure_of(stager, stager.env[author], node)
            for author in authors
            if author in stager.env
            and is_held(stager.env[author])
            and not isinstance(stager.env[author].type, Ref)
        }
        # where the loop stands in the program; trips of loops around it stage it again
        place = (stager.statement, node.lineno, node.col_offset)
        learnt = self.learnt.get(place, Learnt())
        known = {*stager.env, *(f"@{storage}" for storage in stager.storages.terms)}
        arrays = [key for key in learnt.arrays if key in known]
        rebound = {n for n in learnt.rebound if n in authors}
        self.refresh(authors, node)
        state = stager.snapshot()
        since = stager.facts.fresh_count
        guess: dict[str, Term] = {k: learnt.of(k, self.whole(k)) for k in arrays}
        idle: set[str] = set()
        for _ in range(16):
            stager.restore(state)
            names = self.opened(authors, entries, structures, rebound, node)
            names = [n for n in names if n not in idle]
            guess = {n: learnt.of(n, stager.env[n]) for n in names if n in stager.env} | {
                n: t for n, t in guess.items() if n in names or n in arrays
            }
            trip = self.trip(node, index, over, bind, names, arrays, rebound, guess, structures)
            if self.found_more(trip, authors, entries, structures, node):
                continue
            more = self.written_in(trip, arrays)
            moved = {n for n in names if n not in rebound and self.is_rebound(n, trip)}
            if more or moved:
                arrays += more
                rebound |= moved
                guess |= {k: self.whole(k) for k in more}
                continue
            kept = {n: t for n, t in trip.env.items() if n in names and self.is_unsure(t)}
            if kept.keys() - guess.keys():
                guess = {**kept, **guess}  # what a trip leaves alone is that of the trip before
                continue
            carried = [*arrays, *(n for n in names if n in rebound or not self.stays(n))]
            ends = {a: shorter(trip.env.get(a), (growth or {}).get(a)) for a in carried}
            settled = {a: widened(stager.facts, guess.get(a), ends[a], since) for a in carried}
            if all(settles(guess.get(a), settled[a]) for a in carried):
                alone = {n for n in names if n in trip.inner and self.is_idle(n, trip)}
                if alone:  # in each trip it is what it was before the loop
                    idle |= alone
                    guess = {n: t for n, t in guess.items() if n not in idle}
                    continue
                if growth is None:
                    growth, plain = self.growth(trip, guess, arrays, plan, since), dict(guess)
                    if growth:
                        guess |= self.growing(guess, growth, plan)
                        continue
                self.close(node, index, trip, carried, growth, plan.count)
                varied = {a for a in carried if (t := settled[a]) is not None and t.varied}
                self.learnt[place] = Learnt(tuple(arrays), frozenset(rebound), frozenset(varied))
                for author, structure in structures.items():
                    self.put_together(author, structure, stager.env)
                return
            if growth:
                growth, guess = {}, plain  # what a trip puts in depends on how much there is
                continue
            filled = [a for a, t in settled.items() if t is not None and is_filled(guess.get(a), t)]
            if filled:
                # what was read of lists that nothing had been put into was a guess
                guess = {n: stager.env[n] for n in names if n in stager.env}
                guess |= {k: self.whole(k) for k in arrays}
                guess |= {a: t for a, t in settled.items() if t is not None and a in filled}
                continue
            guess |= {a: t for a, t in settled.items() if t is not None}
        raise stager.refuse(node, "the types of this loop's values do not settle")

    def is_idle(self, author: str, trip: Trip) -> bool:
        """Whether a trip ends with the value of a name that it began with."""
        end = trip.env.get(author)
        return end is not None and author in self.stager.env and reads(end, trip.inner[author])

    def opened(
        self, authors: Sequence[str], entries: Sequence[str],
        structures: Mapping[str, Structure], rebound: set[str], node: ast.AST,
    ) -> list[str]:  # fmt: skip
        """The names that a loop carries, with structures taken apart before it begins."""
        stager = self.stager
        names: list[str] = []
        for author in authors:
            if author not in structures:
                names.append(author)
                continue
            names += slots(author, structures[author])
            if author in stager.env:
                term = stager.env.pop(author)
                stager.env |= spread(stager, author, term, node)
        for entry in entries:
            cell, key = entry.split("/", 1)
            stager.objects.may_have(cell, ast.literal_eval(key))
        names += entries
        for at in names:
            if is_slot(at) and at in stager.env and (at in rebound or not self.stays(at)):
                self.bind_entry(at, node)
        return names

    def found_more(
        self, trip: Trip, authors: Sequence[str], entries: list[str],
        structures: dict[str, Structure], node: ast.AST,
    ) -> bool:  # fmt: skip
        """Whether a trip changes what dicts and objects hold, or which ones names mean."""
        before = self.stager.env
        more = [
            key
            for key, term in trip.env.items()
            if is_entry(key)
            and key.split("/")[0] in before
            and key not in entries
            and not (key in before and is_same(term, before[key]))
        ]
        entries += more
        anew: dict[str, Structure] = {}
        for author in authors:
            end, start = trip.env.get(author), before.get(author)
            if author in structures or end is None or not is_held(end):
                continue
            if isinstance(end.type, Ref) and end.type.cell in before and start is None:
                continue  # it means something that was there before the loop
            if start is None or not is_same(start, end):
                anew[author] = self.structure_in(trip.as_side(), author, node)
        structures |= anew
        return bool(more or anew)

    def growth(
        self, trip: Trip, guess: dict[str, Term], arrays: list[str], plan: Positions, since: int
    ) -> dict[str, Dim]:
        """The lists that each trip makes longer by as much."""
        found: dict[str, Dim] = {}
        if plan.count is None or plan.number is None or may_break(trip.block):
            return found
        for key in arrays:
            end = trip.env.get(key)
            start, before = length_of(self.whole(key)), length_of(guess[key])
            after = length_of(end) if end is not None else None
            if start is None or before is None or after is None:
                continue
            more = after - before
            if more != Dim(0) and not is_of_this_loop(more, plan.index, since):
                found[key] = more
        return found

    def growing(
        self, guess: Mapping[str, Term], growth: Mapping[str, Dim], plan: Positions
    ) -> dict[str, Term]:
        """The lists as long as they are at the start of a trip, told by its number."""
        assert plan.number is not None
        return {
            key: with_length(guess[key], length_of(self.whole(key)) + more * plan.number)
            for key, more in growth.items()
        }

    def whole(self, key: str) -> Term:
        """The whole array of a storage before the loop."""
        found = self.stager.env.get(key) or self.stager.storages.terms[key[1:]]
        return found

    def stays(self, author: str) -> bool:
        """Whether a name is, before the loop, an array that writes can follow."""
        term = self.stager.env.get(author)
        return term is not None and (is_array(term) or isinstance(term.type, Ref))

    def written_in(self, trip: Trip, arrays: list[str]) -> list[str]:
        """The arrays from before the loop that a trip has written to."""
        known = trip.known_before
        return [
            key
            for key, term in trip.env.items()
            if key.startswith("@")
            and key not in arrays
            and key[1:] in known
            and ast.dump(term.expr) != ast.dump(self.whole(key).expr)
        ]

    def is_rebound(self, author: str, trip: Trip) -> bool:
        """Whether a trip gives a name another array than it had."""
        start, end = self.stager.env.get(author), trip.env.get(author)
        if start is None or end is None or not is_array(start):
            return False
        if not (isinstance(start.expr, ast.Name) and isinstance(end.expr, ast.Name)):
            return True
        known = self.stager.storages
        if end.expr.id not in known.terms and end.expr.id not in self.stager.types:
            return True
        same = known.storage(start.expr.id) == known.storage(end.expr.id)
        return not same or known.shape(start.expr.id) != known.shape(end.expr.id)

    def carried_names(self, node: ast.For | ast.While) -> list[str]:
        """The names that a loop binds and that matter to the next trip or behind it."""
        stager = self.stager
        ways = ways_out(node.body)
        bound = [*bound_names(node), *sorted(shared_names(stager.definition.tree))]
        bound += [self.flag("break")] if self.inside[-1].flagged and "break" in ways else []
        bound += [RESULT, RETURNED] if "return" in ways else []
        outside = stager.names_read_outside(node.body)
        return [n for n in bound if n in stager.env or n in outside or n == RESULT]

    def trip(
        self, node: Any, index: str | None, over: Any, bind: Any, names: list[str],
        arrays: list[str], rebound: set[str], guess: dict[str, Term],
        structures: Mapping[str, Structure],
    ) -> Trip:  # fmt: skip
        """Stage one trip, given what the carried names are at its start."""
        stager = self.stager
        before = stager.env
        known_before = set(stager.storages.terms)
        inner: dict[str, str] = {}
        env = dict(before)
        for key in arrays:
            value = stager.version(key[1:])
            inner[key] = value
            stager.types[value] = guess[key].type
            stager.storages.of[value] = key[1:]
            env[key] = stager.storages.terms[value] = retargeted(guess[key], value)
        for author in names:
            if author not in guess:
                env.pop(author, None)
            elif author in rebound or not self.stays(author):
                value = self.new_value(author)
                inner[author] = value
                term = guess[author]
                stager.types[value] = term.type
                env[author] = retargeted(term, value)
                stager.storages.terms[value] = env[author]
                stager.memory.join(value, before, author, before.get(author))
        for author, structure in structures.items():
            self.put_together(author, structure, env)
        stager.env = env
        if isinstance(node, ast.While):
            first, over = stager.conditions.tried(lambda: stager.conditions.test(node.test))
            if first.block:
                raise Involved
            if isinstance(over, bool):
                over = ast.Constant(over)
        self.starts.append(Start(known_before, stager.env, index))
        side = self.side_with(lambda: bind(index) if bind else None, node.body)
        for author, structure in structures.items():
            self.apart_at_the_end(side, author, structure, index, node)
        moved = [n for n in names if n in rebound or not self.stays(n)]
        self.at_the_end(side, moved, node)
        for at in moved:
            if is_slot(at) and at in side.env:
                self.done_in(side, partial(self.bind_entry, at, node))
        self.starts.pop()
        ends = {n: side.env[n] for n in names if n in inner and n in side.env}
        lasting = {n: t for n, t in side.env.items() if n in before or n in names}
        for author, end in ends.items():
            mine = self.handed_round(author, inner, ends)
            self.check_alone(node, author, mine, end, lasting)
        stager.env = before
        return Trip(side.block, side.env, inner, over, index, known_before, side.since)

    def apart_at_the_end(
        self, side: Side, author: str, structure: Structure, index: str | None, node: ast.AST
    ) -> None:
        """What a trip leaves under a name, part by part."""
        if author not in side.env:
            return
        found = self.structure_in(side, author, node)
        if found != structure or not self.is_sole(side, author):
            if index is not None:
                raise NeedTrips(index)
            raise self.stager.refuse(
                node, f"`{self.said(author)}` is put together in another way from trip to trip"
            )
        self.spread_in(side, author, node)

    def said(self, author: str) -> str:
        """What messages call a name, or a part of a structure."""
        return self.stager.objects.slot(author) if is_slot(author) else author

    def at_the_end(self, side: Side, authors: Iterable[str], node: ast.AST) -> None:
        """What a trip hands on is what its last write has made of it."""
        stager = self.stager
        env, body = stager.env, stager.body
        stager.env, stager.body = side.env, list(side.block)
        self.refresh(sorted(authors), node)
        side.env, side.block = stager.env, _before_leaving(stager.body)
        stager.env, stager.body = env, body

    def check_put(self, storage: str, node: ast.AST) -> None:
        """What is put into a list trip after trip must not change in between."""
        for start in self.starts:
            before = start.env.get(key_of(storage))
            now = self.stager.env.get(key_of(storage))
            if storage in start.known and now is not None and now is not before:
                raise self.stager.refuse(
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
        self, node: ast.AST, author: str, mine: set[str], end: Term, env: dict[str, Term]
    ) -> None:
        """What a trip leaves under a name may share memory with what other names have."""
        memory = self.stager.memory
        if not is_array(end) or not isinstance(end.expr, ast.Name):
            return
        if memory.is_exclusive(end.expr.id, author, env):
            return
        storage = self.stager.storages.storage(end.expr.id)
        if memory.is_element(end.expr.id):
            memory.hold(storage, node)
            return
        touched = self.stager.storages.written
        if (mine | {storage}) & touched:
            for shared in (storage, *self.stager.storages.mixed.get(end.expr.id, {})):
                if shared in self.stager.inputs or is_leaf(shared):
                    raise NeedCopy(path_of(shared))
            raise self.stager.refuse(
                node,
                f"`{self.said(author)}` shares memory with another name from one trip to the next, "
                "and is written to",
                help="make it an array of its own with .copy()",
            )

    def side_with(self, first: Any, stmts: Sequence[ast.stmt]) -> Side:
        stager = self.stager
        env, body, left, since = stager.env, stager.body, self.left, stager.calls.count
        stager.env, stager.body, self.left = dict(env), [], None
        self.depth += 1
        try:
            first()
            self.block(stmts)
            return Side(tuple(stager.body), stager.env, self.left, since)
        finally:
            self.depth -= 1
            stager.env, stager.body, self.left = env, body, left

    def close(
        self, node: Any, index: str | None, trip: Trip, carried: list[str],
        growth: Mapping[str, Dim], count: Dim | None,
    ) -> None:  # fmt: skip
        """The loop of a settled trip, and what names mean behind it."""
        stager = self.stager
        found: list[Carried] = []
        env = dict(stager.env)
        for author in carried:
            is_whole = author.startswith("@")
            start = self.whole(author) if is_whole else stager.env.get(author)
            end = trip.env.get(author)
            if start is None and end is None:
                continue
            inner = trip.inner.get(author)
            if inner is not None and end is not None and reads(end, inner):
                continue
            if end is not None and isinstance(end.type, Ref):
                env[author] = end
                continue
            after = stager.version(author[1:]) if is_whole else self.new_value(author)
            term = self.lasting(join_terms(stager.facts, after, start, end), trip.since)
            if author in growth and start is not None and count is not None:
                term = with_length(term, length_of(start) + growth[author] * count)
            stager.types[after] = term.type
            stager.storages.terms[after] = term
            if is_whole:
                stager.storages.of[after] = author[1:]
            else:
                stager.memory.join(after, {**stager.env, **trip.env}, author, start, end)
            env[author] = term
            if start is None:
                self.unsure.add(after)
            if inner is None:
                inner = self.new_value(author)
                stager.types[inner] = term.type
            found.append(
                Carried(inner, start.expr if start else None, end.expr if end else None, after)
            )
        for author, inner in trip.inner.items():
            # what a trip only reads keeps the value it had before the loop
            known = author in env or author.startswith("@")
            if known and not any(c.inner == inner for c in found):
                same = self.whole(author) if author.startswith("@") else stager.env[author]
                found.append(Carried(inner, same.expr, name(inner), inner))
        span = stager.definition.source.span(node)
        stager.body.append(Loop(index, trip.over, tuple(found), trip.block, span, stager.new_key()))
        stager.env = env


@dataclass(frozen=True)
class Start:
    """The start of a loop's trip: the values that there are, what names mean, and the index."""

    known: set[str]
    env: dict[str, Term]
    index: str | None


@dataclass
class Trip:
    """A loop's body, staged once."""

    block: tuple[Stmt, ...]
    env: dict[str, Term]
    inner: dict[str, str]
    over: ast.expr
    index: str | None
    known_before: set[str]
    since: int

    def as_side(self) -> Side:
        return Side(self.block, self.env, None)


def _defined_in(body: Sequence[Stmt]) -> set[str]:
    return {target for target in homes(tuple(body))}


def _before_leaving(body: Sequence[Stmt]) -> tuple[Stmt, ...]:
    """The statements with `break`, if there is one, as the last."""
    leaving = [stmt for stmt in body if isinstance(stmt, Leave)]
    return (*(stmt for stmt in body if not isinstance(stmt, Leave)), *leaving)


def with_test_inside(node: ast.While) -> ast.While:
    """`while True:` with the condition as the first thing that a trip does."""
    fails = ast.UnaryOp(ast.Not(), node.test)
    ends = ast.If(fails, [Ends()], [])
    made = ast.While(ast.Constant(True), [ends, *node.body], node.orelse)
    for part in (fails, ends, ends.body[0], made, made.test):
        ast.copy_location(part, node.test if part is not made else node)
    return made


def unless(flag: ast.expr, node: ast.For | ast.While) -> ast.If:
    """The `else` of a loop that may have ended with `break`."""
    test = Given(Term(ast.UnaryOp(ast.Not(), flag), BOOL))
    where = node.orelse[0]
    return ast.copy_location(ast.If(ast.copy_location(test, where), node.orelse, []), where)
