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
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from adgen.errors import UserError
from adgen.frontend.control import Ends, is_endless, leaves, open_ends, statements, ways_out
from adgen.ir import Branch, Catch, Leave, Merge
from adgen.staging.continued import CONTINUED
from adgen.staging.guards import Guards
from adgen.staging.loops import Positions, plan_for, trips_of
from adgen.staging.matching import as_branches
from adgen.staging.meetings import RETURNED, Meetings, Side, Told, defined_in
from adgen.staging.nests import as_loops
from adgen.staging.repeats import Repeats
from adgen.staging.terms import Continuation, Given, NeedTrips, NoResultYet, Site, Term
from adgen.staging.trips import Involved
from adgen.staging.unending import as_own_loop
from adgen.types import BOOL, Cell

if TYPE_CHECKING:
    from adgen.staging.stager import Stager

# how deep trips that are written out may stand inside of each other
DEEPEST = 8
# how many trips of a loop that cannot be staged as one are written out, and of all loops
FEW = 32
MOST = 256
NOTHING: Mapping[str, Any] = MappingProxyType({})
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
        # what a flag's value tells of names that a `try` block has left unsure
        self.told: dict[str, Told] = {}
        # how many trips have been written out since loops could not be staged as such
        self.trips = 0
        self.meetings = Meetings(stager, self)
        self.repeats = Repeats(stager, self)

    # -- blocks -----------------------------------------------------------------

    def block(self, stmts: Sequence[ast.stmt]) -> None:
        """Stage statements up to the one that leaves."""
        for i, stmt in enumerate(stmts):
            if self.left:
                return
            rest = stmts[i + 1 :]
            if self.stager.parted.sites and self.stager.continued.statement(stmt, rest):
                return
            several = self.stager.keyed.as_branches(stmt)
            if several is not None:
                self.block([*several, *rest])
                return
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
                    done = self.statement(stmt, rest)
            if done:
                return

    def statement(self, stmt: ast.stmt, rest: Sequence[ast.stmt]) -> bool:
        """Stage a simple statement; whether what follows it has been staged with it."""
        branch = self.stager.parted.as_branch(stmt)
        if branch is not None:
            return self.branch(branch, rest)
        self.simple(stmt)
        return False

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
            if way == "return":
                self.stager.continued.returned()
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
        gone = self.side([Continuation(lambda: self.go(way, told=True))], self.learnt(test, True))
        went_on = self.side(
            [Continuation(lambda: self.behind(others, rest, node, ends))], self.learnt(test, False)
        )
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
        parts = stager.parted.parts(node)
        absorbs = parts or leaves(then) != "never" or leaves(orelse) != "never"
        if absorbs:
            then += [] if leaves(then) == "always" else rest
            orelse += [] if leaves(orelse) == "always" else rest
        with stager.parted.opened(parts):
            taken = self.side(then, self.learnt(test, True))
            other = self.side(orelse, self.learnt(test, False))
        self.choice(test, taken, other, node, absorbs=absorbs)
        return absorbs

    def learnt(self, test: ast.expr, outcome: bool) -> dict[str, Term]:
        """The names that are known where a test comes out like this, since it asks a flag."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            return self.learnt(test.operand, not outcome)
        told = self.told.get(test.id) if isinstance(test, ast.Name) else None
        if told is None or told.value != outcome:
            return {}
        env = self.stager.env
        return {a: t for a, t in told.known.items() if a in env and env[a].expr is t.expr}

    def side(self, stmts: Sequence[ast.stmt], known: Mapping[str, Term] = NOTHING) -> Side:
        """One side of a branch, as if it alone were there; it knows more of some names."""
        stager = self.stager
        env, body, left, since = stager.env, stager.body, self.left, stager.calls.count
        stager.env, stager.body, self.left = {**env, **known}, [], None
        self.depth += 1
        try:
            self.block(stmts)
            for author, term in known.items():
                if stager.env.get(author) is term:
                    stager.env[author] = env[author]
            return Side(tuple(stager.body), stager.env, self.left, since)
        except NoResultYet:
            return Side((), env, "raise", since)
        finally:
            self.depth -= 1
            stager.env, stager.body, self.left = env, body, left

    def choice(
        self, test: ast.expr, then: Side, orelse: Side, node: ast.AST,
        catches: Catch | None = None, absorbs: bool = False,
    ) -> None:  # fmt: skip
        """The branch of two staged sides, and what names mean behind it; `absorbs` says that
        what follows it in its block has been staged on the sides."""
        if catches is None and "raise" in (then.left, orelse.left):
            self.raising(test, then, orelse, node)
            return
        site = self.stager.lists.site(node)
        with self.stager.continued.outside():
            self.joined(test, then, orelse, node, site, catches, absorbs)

    def joined(
        self, test: ast.expr, then: Side, orelse: Side, node: ast.AST, site: Site,
        catches: Catch | None, absorbs: bool,
    ) -> None:  # fmt: skip
        """The branch of two sides of which none raises, and what names mean behind it."""
        stager = self.stager
        if then.left == orelse.left == "return" and not (self.inside or stager.frames):
            for side in (then, orelse):
                self.meetings.end(side)
        merges: list[Merge] = []
        env: dict[str, Term] = {}
        structures = self.meetings.taken_apart(then, orelse, node)
        for side in (then, orelse):
            self.meetings.drop_unreachable(side)
        self.meetings.bring_up_to_date(then, orelse, node)
        self.meetings.bring_up_to_date(orelse, then, node)
        self.meetings.bind_entries(then, orelse, structures, node)
        self.meetings.bind_entries(orelse, then, structures, node)
        own = defined_in((*then.block, *orelse.block))
        ends = tuple(self.lasting(side.env, node, absorbs) for side in (then, orelse))
        for author in sorted({**then.env, **orelse.env}, key=lambda n: not n.startswith("@")):
            a = None if then.left == "raise" else then.env.get(author)
            b = None if orelse.left == "raise" else orelse.env.get(author)
            if author.startswith("@") and author[1:] in own:
                continue  # one side has made this array, and the other knows nothing of it
            if all(author in end for end in ends):
                self.meetings.check_lists(a, b)
            joined = self.meetings.settled(author, a, b) or self.meetings.joined(
                author, (a, b), merges, ends
            )
            if joined is not None:
                since = min(then.since, orelse.since)
                env[author] = self.meetings.lasting(joined, since)
                if catches is None and joined is not a:
                    self.meetings.note_ways(joined, test, a, b, since)
                is_cell = isinstance(joined.type, Cell)
                stager.parted.note(joined, site, (a, b), author if is_cell else "")
        for author, structure in structures.items():
            self.meetings.put_together(author, structure, env)
            if author in env:
                stager.parted.note(env[author], site)
        key, span = stager.new_key(), site[0]
        made = Branch(test, then.block, orelse.block, tuple(merges), span, key, catches)
        stager.body.append(made)
        stager.env = env
        if then.left and orelse.left:
            both = {then.left, orelse.left} - {"raise"}
            several = CONTINUED if CONTINUED in both else "continue"
            self.left = "raise" if not both else both.pop() if len(both) == 1 else several

    def lasting(self, env: dict[str, Term], node: ast.AST, absorbs: bool) -> dict[str, Term]:
        """What the names mean that may be read behind a branch, or what it absorbs."""
        liveness = self.stager.definition.liveness
        live = liveness.behind_block(node) if absorbs else liveness.behind_branch(node)
        if live is None:
            return env
        return {n: t for n, t in env.items() if not n.isidentifier() or n in live}

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

    # -- dicts, objects and tuples where paths meet -------------------------------

    # -- loops ----------------------------------------------------------------------

    def loop(self, node: ast.For | ast.While, rest: Sequence[ast.stmt]) -> bool:
        """Stage a loop; whether what follows it has been staged with it."""
        self.stager.statement += 1
        if isinstance(node, ast.While):
            return self.repeated(node, Positions("", node.test, None), rest)
        several = as_own_loop(self.stager, node) or as_loops(self.stager, node)
        if several is not None:
            self.block([*several, *rest])
            return True
        node = self.stager.lazily.watched(self.stager.lazily.by_keys(node))
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
                self.repeats.repeat(node, plan)
                held = [k for k in self.stager.env if k.split(" ")[0] == f"^{plan.index}"]
                for key in held:
                    del self.stager.env[key]
                broke = self.is_set("break") if flagged else None
        except Involved:
            self.stager.restore(state)
            inside = with_test_inside(node)
            try:
                return self.repeated(inside, Positions("", inside.test, None), rest)
            except UserError as refusal:
                self.stager.restore(state)
                return self.in_trips(node, refusal, rest)
        except NeedTrips as need:
            if need.index != plan.index:
                raise
            self.stager.restore(state)
            return self.written_out(node, trips_of(self.stager, node), rest)
        except UserError as refusal:
            self.stager.restore(state)
            return self.in_trips(node, refusal, rest)
        if returns and is_endless(node):
            self.go("return", told=True)
            return True
        behind = [unless(broke, node)] if broke is not None else node.orelse
        if not returns and not behind:
            return False
        self.behind(["return"] if returns else [], [*behind, *rest], node)
        return True

    def in_trips(
        self, node: ast.For | ast.While, refusal: UserError, rest: Sequence[ast.stmt]
    ) -> bool:
        """A loop that is refused as one, trip by trip."""
        rows = self.few_trips(node, refusal)
        try:
            return self.written_out(node, rows, rest)
        except UserError as error:
            raise refusal if is_within(error, refusal, node) else error from None

    def few_trips(
        self, node: ast.For | ast.While, refusal: UserError
    ) -> Iterable[Callable[[], None]]:
        """What binds the trips of a loop that is refused as one, if they are few and known."""
        if isinstance(node, ast.While):
            if any(isinstance(stmt, Ends) for stmt in statements(node.body)):
                raise refusal
            return self.decided_trips(node, refusal)
        try:
            rows = trips_of(self.stager, node)
        except UserError:
            raise refusal from None
        if not isinstance(rows, Sequence):
            return self.counted(rows, refusal)
        self.trips += len(rows)
        if len(rows) > FEW or self.trips > MOST:
            raise refusal
        return rows

    def counted(
        self, rows: Iterable[Callable[[], None]], refusal: UserError
    ) -> Iterator[Callable[[], None]]:
        """The trips of a loop over a list that may become longer."""
        for bind in rows:
            self.trips += 1
            if self.trips > MOST:
                raise refusal
            yield bind

    def decided_trips(self, node: ast.While, refusal: UserError) -> Iterator[Callable[[], None]]:
        """The trips of a `while` whose condition is known each time."""
        for _ in range(FEW):
            test = self.stager.conditions.test(node.test)
            if test is False:
                return
            self.trips += 1
            if test is not True or self.trips > MOST:
                raise refusal
            yield lambda: None
        raise refusal

    def written_out(
        self,
        node: ast.For | ast.While,
        rows: Iterable[Callable[[], None]],
        rest: Sequence[ast.stmt],
    ) -> bool:
        """A loop as one copy of its body for each element."""
        ways = ways_out(node.body)
        known = isinstance(rows, Sequence)
        if known and ways in (["break"], ["return"]) and open_ends(node.body) == 1:
            assert isinstance(rows, Sequence)
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
        rows: Iterable[Callable[[], None]],
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


def is_within(error: UserError, refusal: UserError, node: ast.stmt) -> bool:
    """Whether something is wrong in a loop itself: the first that was said of it counts."""
    if error.span is None or refusal.span is None or error.span.file != refusal.span.file:
        return True
    lines = node.end_lineno - node.lineno if node.end_lineno is not None else 0
    return abs(error.span.line - refusal.span.line) <= lines


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
