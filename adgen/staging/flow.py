"""Branches and loops: what a name is bound to on each path, and where paths meet.

What follows an `if` that may leave (return, break, continue, raise) is staged as
part of the sides that do not leave, so that every path ends where its block ends.
A loop is staged until the types of the names that it carries from trip to trip
have settled.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from adgen.errors import UserError
from adgen.ir import Branch, Carried, Gate, Leave, Loop, Merge, Stmt, homes, name, substitute
from adgen.staging.storage import NeedCopy, is_array
from adgen.staging.terms import NotStatic, Term, static_value
from adgen.types import Dim, Facts, Known, Num, Opaque, Seq, code

if TYPE_CHECKING:
    from adgen.staging.stager import Stager

RESULT = "return "
RETURNED = "returned "
PATHS = "function that is different on each path"
LEAVING = (ast.Return, ast.Break, ast.Continue, ast.Raise)


@dataclass
class Side:
    """One side of a branch, staged."""

    block: tuple[Stmt, ...]
    env: dict[str, Term]
    left: str | None
    # how many calls had begun before it
    since: int = 0


class Flow:
    """Stages statements that choose and repeat, for a stager."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager
        self.left: str | None = None
        self.loops = 0
        self.depth = 0
        # values that are left unbound on some path
        self.unsure: set[str] = set()

    # -- blocks -----------------------------------------------------------------

    def block(self, stmts: Sequence[ast.stmt]) -> None:
        """Stage statements up to the one that leaves."""
        for i, stmt in enumerate(stmts):
            if self.left:
                return
            match stmt:
                case ast.If():
                    if self.branch(stmt, stmts[i + 1 :]):
                        return
                case ast.For() | ast.While():
                    if self.loop(stmt, stmts[i + 1 :]):
                        return
                case ast.Break() | ast.Continue():
                    self.leave(stmt)
                case ast.Raise():
                    self.stager.statements.effect(stmt)
                    self.left = "raise"
                case _:
                    self.stager.statements.stmt(stmt)

    def leave(self, node: ast.Break | ast.Continue) -> None:
        if isinstance(node, ast.Break):
            self.stager.body.append(Leave(self.stager.new_key()))
            self.left = "break"
        else:
            self.left = "continue"

    # -- branches -----------------------------------------------------------------

    def branch(self, node: ast.If, rest: Sequence[ast.stmt]) -> bool:
        """Stage an `if`; whether what follows it has been staged with it."""
        stager = self.stager
        stager.statement += 1
        test = self.test(node.test)
        if isinstance(test, bool):
            self.block(node.body if test else node.orelse)
            return False
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
        finally:
            self.depth -= 1
            stager.env, stager.body, self.left = env, body, left

    def choice(self, test: ast.expr, then: Side, orelse: Side, node: ast.AST) -> None:
        """The branch of two staged sides, and what names mean behind it."""
        stager = self.stager
        merges: list[Merge] = []
        env: dict[str, Term] = {}
        self.bring_up_to_date(then, orelse, node)
        self.bring_up_to_date(orelse, then, node)
        own = _defined_in((*then.block, *orelse.block))
        for author in sorted({**then.env, **orelse.env}, key=lambda n: not n.startswith("@")):
            a = None if then.left == "raise" else then.env.get(author)
            b = None if orelse.left == "raise" else orelse.env.get(author)
            if author.startswith("@") and author[1:] in own:
                continue  # one side has made this array, and the other knows nothing of it
            joined = self.settled(author, a, b) or self.joined(author, a, b, merges, env)
            if joined is not None:
                env[author] = self.lasting(joined, min(then.since, orelse.since))
        self.join_results(then, orelse, env)
        span = stager.definition.source.span(node)
        key = stager.new_key()
        stager.body.append(Branch(test, then.block, orelse.block, tuple(merges), span, key))
        stager.env = env
        if then.left and orelse.left:
            both = {then.left, orelse.left} - {"raise"}
            self.left = "raise" if not both else both.pop() if len(both) == 1 else "continue"

    def lasting(self, term: Term, since: int) -> Term:
        """A function made on one path alone reads names that the others do not have."""
        inside = self.stager.calls.made_since(term, since)
        return replace(term, type=Opaque(PATHS), items=None) if inside else term

    def new_value(self, author: str) -> str:
        """A value for a name, or for what a `return` gives."""
        if author.startswith(RESULT):
            at = author[len(RESULT) :]
            return self.stager.fresh(f"out_{at}" if at else "out")
        return self.stager.fresh(author.strip())

    def bring_up_to_date(self, side: Side, other: Side, node: ast.AST) -> None:
        """Arrays that a side has written to, as they are at its end, where paths meet."""
        stager = self.stager
        stale = [
            author
            for author, term in side.env.items()
            if author in other.env
            and not _same(term, other.env[author])
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

    def join_results(self, then: Side, orelse: Side, env: dict[str, Term]) -> None:
        """Several values returned on each path are joined one by one."""
        results = [side.env[RESULT] for side in (then, orelse) if RESULT in side.env]
        if not results or RESULT not in env:
            return
        lengths = {len(t.items) if t.items is not None else None for t in results}
        count = lengths.pop() if len(lengths) == 1 else None
        if count is not None and all(f"{RESULT}{i}" in env for i in range(count)):
            items = tuple(env[f"{RESULT}{i}"] for i in range(count))
            display = ast.Tuple([t.expr for t in items], ast.Load())
            type_ = Seq("tuple", tuple(t.type for t in items))
            env[RESULT] = Term(display, type_, any(t.varied for t in items), items)

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
        if a is not None and b is not None and _same(a, b):
            return a
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
        if _same(a, b):
            return a
        target = self.stager.version(storage)
        term = join_terms(self.stager.facts, target, a, b)
        self.stager.types[target] = term.type
        self.stager.storages.terms[target] = term
        self.stager.storages.of[target] = storage
        merges.append(Merge(target, a.expr, b.expr))
        return term

    def test(self, node: ast.expr) -> bool | ast.expr:
        """A condition: its truth where that is known, or the expression of it."""
        stager = self.stager
        body, env = stager.body, stager.env
        stager.body, stager.env = [], dict(env)
        try:
            term = stager.expr(node)
            made = stager.body
        finally:
            stager.body, stager.env = body, env
        try:
            return bool(static_value(term))
        except NotStatic:
            pass
        if isinstance(term.type, Known):
            return bool(term.type.value)
        return self.folded(term.expr, made, node)

    def folded(self, expr: ast.expr, made: Sequence[Stmt], node: ast.expr) -> ast.expr:
        """An expression with the gates that lead to it written out in it again."""
        table: dict[str, ast.expr] = {}
        for stmt in made:
            if not isinstance(stmt, Gate) or len(stmt.targets) != 1 or stmt.place is not None:
                raise self.stager.refuse(node, "this condition is too involved")
            table[stmt.targets[0]] = substitute(stmt.expr, table)
        return substitute(expr, table)

    def conditional(self, node: ast.IfExp, into: str | None) -> Term:
        """`a if test else b`, as a branch that binds one name on both sides."""
        stager = self.stager
        test = self.test(node.test)
        if isinstance(test, bool):
            return stager.expr(node.body if test else node.orelse, into)
        author = into.split(":")[0] if into and ":t" not in into else f"{stager.hint}_either"
        sides = [self._value_side(author, part) for part in (node.body, node.orelse)]
        self.choice(test, sides[0], sides[1], node)
        return stager.env.pop(f"{author} ")

    def _value_side(self, author: str, node: ast.expr) -> Side:
        stager = self.stager
        env, body, since = stager.env, stager.body, stager.calls.count
        stager.env, stager.body = dict(env), []
        try:
            term = stager.statements.bound(author, node)
            stager.env[f"{author} "] = term  # no name of the author's has a space
            return Side(tuple(stager.body), stager.env, None, since)
        finally:
            stager.env, stager.body = env, body

    # -- loops ----------------------------------------------------------------------

    def loop(self, node: ast.For | ast.While, rest: Sequence[ast.stmt]) -> bool:
        """Stage a loop; whether what follows it has been staged with it."""
        from adgen.staging.loops import plan_for

        stager = self.stager
        stager.statement += 1
        returns = any(isinstance(n, ast.Return) for n in _own(node.body, into_loops=True))
        if node.orelse and any(isinstance(n, ast.Break) for n in _own(node.body, False)):
            raise stager.refuse(
                node.orelse[0],
                "what stands in the `else` of a loop with `break` is not supported",
                help="set a flag before `break`, and test it behind the loop",
            )
        if returns:
            stager.env[RETURNED] = stager.statements.bound("returned", ast.Constant(False))
        if isinstance(node, ast.While):
            self.repeat(node, None, node.test, None)
        else:
            plan = plan_for(stager, node)
            if plan is None:
                if returns:
                    raise stager.refuse(node, "return out of a loop over a tuple or list")
            else:
                self.repeat(node, plan.index, plan.over, plan.bind)
        if node.orelse:
            self.block(node.orelse)
        if not returns:
            return False
        self.after_return(node, rest)
        return True

    def after_return(self, node: ast.stmt, rest: Sequence[ast.stmt]) -> None:
        """What follows a loop that may return is done only if it has not."""
        stager = self.stager
        flag = stager.env[RETURNED]
        leave: list[ast.stmt] = [ast.copy_location(ast.Break(), node)] if self.loops else []
        gone = self.side(leave)
        if not self.loops:
            gone = replace(gone, left="return")
        went_on = self.side(rest)
        self.choice(flag.expr, gone, went_on, node)

    def repeat(self, node: ast.For | ast.While, index: str | None, over: Any, bind: Any) -> None:
        """Stage a loop's trip until the types that it starts with are those it ends with."""
        stager = self.stager
        names = self.carried_names(node)
        arrays: list[str] = []
        rebound: set[str] = set()
        self.refresh(names, node)
        state = stager.snapshot()
        guess = {author: stager.env[author] for author in names if author in stager.env}
        for _ in range(12):
            stager.restore(state)
            trip = self.trip(node, index, over, bind, names, arrays, rebound, guess)
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
            settled = {a: widened(stager.facts, guess.get(a), trip.env.get(a)) for a in carried}
            if all(_settles(guess.get(a), settled[a]) for a in carried):
                self.close(node, index, trip, carried)
                return
            guess |= {a: t for a, t in settled.items() if t is not None}
        raise stager.refuse(node, "the types of this loop's values do not settle")

    def whole(self, key: str) -> Term:
        """The whole array of a storage before the loop."""
        found = self.stager.env.get(key) or self.stager.storages.terms[key[1:]]
        return found

    def stays(self, author: str) -> bool:
        """Whether a name is, before the loop, an array that writes can follow."""
        term = self.stager.env.get(author)
        return term is not None and is_array(term)

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
        bound = assigned_in(node)
        if any(isinstance(n, ast.Return) for n in _own(node.body, into_loops=True)):
            bound += [RESULT, RETURNED]
        outside = stager.names_read_outside(node)
        return [n for n in bound if n in stager.env or n in outside or n == RESULT]

    def trip(
        self, node: Any, index: str | None, over: Any, bind: Any, names: list[str],
        arrays: list[str], rebound: set[str], guess: dict[str, Term],
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
        stager.env = env
        if isinstance(node, ast.While):
            over = self.test(node.test)
            if isinstance(over, bool):
                over = ast.Constant(over)
        self.loops += 1
        side = self.side_with(lambda: bind(index) if bind else None, node.body)
        self.at_the_end(side, [n for n in names if n in rebound or not self.stays(n)], node)
        self.loops -= 1
        ends = {n: side.env[n] for n in names if n in inner and n in side.env}
        lasting = {n: t for n, t in side.env.items() if n in before or n in names}
        for author, end in ends.items():
            mine = self.handed_round(author, inner, ends)
            self.check_alone(node, author, mine, end, lasting)
        stager.env = before
        return Trip(side.block, side.env, inner, over, index, known_before, side.since)

    def at_the_end(self, side: Side, authors: Iterable[str], node: ast.AST) -> None:
        """What a trip hands on is what its last write has made of it."""
        stager = self.stager
        env, body = stager.env, stager.body
        stager.env, stager.body = side.env, list(side.block)
        self.refresh(sorted(authors), node)
        side.env, side.block = stager.env, _before_leaving(stager.body)
        stager.env, stager.body = env, body

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
        touched = self.stager.storages.written
        if (mine | {storage}) & touched:
            for shared in (storage, *self.stager.storages.mixed.get(end.expr.id, {})):
                if shared in self.stager.inputs:
                    raise NeedCopy(shared.split(":")[0])
            raise self.stager.refuse(
                node,
                f"`{author}` shares memory with another name from one trip to the next, "
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

    def close(self, node: Any, index: str | None, trip: Trip, carried: list[str]) -> None:
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
            if inner is not None and end is not None and _reads(end, inner):
                continue
            after = stager.version(author[1:]) if is_whole else self.new_value(author)
            term = self.lasting(join_terms(stager.facts, after, start, end), trip.since)
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


def _defined_in(body: Sequence[Stmt]) -> set[str]:
    return {target for target in homes(tuple(body))}


def _before_leaving(body: Sequence[Stmt]) -> tuple[Stmt, ...]:
    """The statements with `break`, if there is one, as the last."""
    leaving = [stmt for stmt in body if isinstance(stmt, Leave)]
    return (*(stmt for stmt in body if not isinstance(stmt, Leave)), *leaving)


# -- where paths meet ---------------------------------------------------------------


def join_terms(facts: Facts, target: str, a: Term | None, b: Term | None) -> Term:
    """A value that is `a` on one path and `b` on another."""
    if a is None or b is None:
        known = a or b
        assert known is not None
        return retargeted(known, target)
    varied = a.varied or b.varied
    if isinstance(a.type, Num) and isinstance(b.type, Num):
        return Term(name(target), join_nums(facts, a.type, b.type), varied)
    if a.type == b.type and not varied and not isinstance(a.type, Seq):
        return Term(name(target), a.type)
    if isinstance(a.type, Seq) and isinstance(b.type, Seq) and not varied:
        if a.items and b.items and len(a.items) == len(b.items):
            items = tuple(
                replace(join_terms(facts, target, x, y), expr=_item(target, i))
                for i, (x, y) in enumerate(zip(a.items, b.items, strict=True))
            )
            return Term(name(target), Seq(a.type.kind, tuple(t.type for t in items)), False, items)
    if isinstance(a.type, Known) and isinstance(b.type, Known) and callable(a.type.value):
        return Term(name(target), Opaque(PATHS))
    return Term(name(target), Opaque("value that is different on each path"), varied)


def join_nums(facts: Facts, a: Num, b: Num) -> Num:
    """What is known of a number that is one or the other."""
    dims: tuple[Dim, ...] | None = None
    if a.dims is not None and b.dims is not None and len(a.dims) == len(b.dims):
        dims = tuple(join_dims(facts, x, y) for x, y in zip(a.dims, b.dims, strict=True))
    dtype = a.dtype if a.dtype == b.dtype else _common(a, b)
    if dims is None:
        form = "any"
    elif dims:
        form = "array"
    else:
        form = a.form if a.form == b.form else "np"
    return Num(dtype, dims, form, a.value if a.value == b.value else None)


def join_dims(facts: Facts, a: Dim, b: Dim) -> Dim:
    """A length that is one or the other; a loop's own unknown length stays what it is."""
    if facts.same(a, b):
        return a
    return a if any(atom[0] == "fresh" for atom, _ in a.terms) else facts.fresh()


def _common(a: Num, b: Num) -> str:
    kinds = {a.kind, b.kind}
    if "c" in kinds:  # what may be complex counts as complex
        known = [np.dtype(n.dtype) for n in (a, b) if n.dtype]
        return code(np.result_type(*known))
    if a.is_python and b.is_python and kinds <= {"i", "f"}:
        return "f8"
    if kinds <= {"i", "f"} and "f8" in (a.dtype, b.dtype):
        return "f8"
    return ""


def widened(facts: Facts, guess: Term | None, end: Term | None) -> Term | None:
    """What a carried name may be at the start of a trip: as guessed, or as a trip ends."""
    if guess is None or end is None:
        return guess
    return join_terms(facts, "settling:1", guess, end)


def _settles(guess: Term | None, settled: Term | None) -> bool:
    if guess is None or settled is None:
        return guess is settled
    return guess.type == settled.type and guess.varied == settled.varied


def retargeted(term: Term, target: str) -> Term:
    """The same kind of value under another name."""
    if isinstance(term.type, Known):
        return term
    items = None
    if term.items is not None:
        if any(t.varied for t in term.items):
            return Term(name(target), Opaque("tuple or list that a loop changes"), True)
        items = tuple(replace(t, expr=_item(target, i)) for i, t in enumerate(term.items))
    return Term(name(target), term.type, term.varied, items)


def _item(target: str, index: int) -> ast.expr:
    return ast.Subscript(name(target), ast.Constant(index), ast.Load())


def _same(a: Term, b: Term) -> bool:
    return a is b or (a.type == b.type and ast.dump(a.expr) == ast.dump(b.expr))


def _reads(term: Term, value: str) -> bool:
    return isinstance(term.expr, ast.Name) and term.expr.id == value


# -- what statements do ---------------------------------------------------------------


def leaves(stmts: Sequence[ast.stmt]) -> str:
    """Whether control leaves a block before its end: "always", "never" or "sometimes"."""
    for stmt in stmts:
        if isinstance(stmt, LEAVING):
            return "always"
        if isinstance(stmt, ast.For | ast.While):
            if any(isinstance(n, ast.Return) for n in _own(stmt.body, into_loops=True)):
                return "sometimes"
        if isinstance(stmt, ast.If):
            sides = {leaves(stmt.body), leaves(stmt.orelse)}
            if sides == {"always"}:
                return "always"
            if sides != {"never"}:
                return "sometimes"
    return "never"


def assigned_in(node: ast.AST) -> list[str]:
    """The names that a statement binds, in the order of the text."""
    found: list[str] = []
    for child in ast.walk(node):
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            if child.id not in found:
                found.append(child.id)
        elif isinstance(child, ast.FunctionDef) and child.name not in found:
            found.append(child.name)
    return found


def _own(stmts: Sequence[ast.stmt], into_loops: bool) -> Iterator[ast.AST]:
    """The statements of a body, not those of functions or (if told) of loops in it."""
    for stmt in stmts:
        yield stmt
        if isinstance(stmt, ast.FunctionDef | ast.ClassDef):
            continue
        if isinstance(stmt, ast.For | ast.While) and not into_loops:
            continue
        for field in ("body", "orelse", "finalbody"):
            yield from _own(getattr(stmt, field, []), into_loops)
