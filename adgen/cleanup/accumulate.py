"""Decide between `=`, `+=` and `-=`; nothing else decides it.

The first contribution is assigned, later ones are added.  For arrays `+=` writes
in place, so it is used only on an array that this backward made and that no
other name still to be read shares; elsewhere the sum is a new array.

In: contributions in their final order.  Out: the lines as they are printed, and
results that have their argument's shape and dtype and belong to the caller.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, replace

from adgen.adjoint import Backward
from adgen.algebra import Arranger, is_negative, negate, plus
from adgen.analysis.accesses import Access, Accesses, shared
from adgen.analysis.expressions import TypeOf, handed_on, joined
from adgen.cleanup.account import Account
from adgen.cleanup.elements import element_by_element
from adgen.cleanup.fold import LONGEST, weight
from adgen.cleanup.reads import reads_of, written_in_loops
from adgen.cleanup.returned import finish
from adgen.cleanup.unpack import unpack
from adgen.ir import (
    FIRST,
    BackBranch,
    BackLoop,
    Carry,
    Contribution,
    Line,
    Lines,
    PairFunction,
    Restore,
    Staged,
    Step,
    Steps,
    alike,
    altered,
    is_adjoint,
    name,
    names_in,
    primal_of,
    walk_lines,
)
from adgen.paths import is_part
from adgen.rules.settle import Context
from adgen.rules.settle.adjoints import cast, copy_of, is_full, zeros_like
from adgen.rules.settle.spelling import copied, uncopied
from adgen.rules.shapes import as_num
from adgen.types import Num, Stack, Type


@dataclass(frozen=True)
class Finished:
    """The backward as it will be printed."""

    steps: Steps
    types: Mapping[str, Type]
    seed: str
    results: tuple[str, ...]


def accumulate(
    staged: Staged,
    backward: Backward,
    lines: Lines,
    context: Context,
    type_of: TypeOf,
    statement_of: Mapping[int, int],
) -> Finished:
    """Print-ready steps for contributions."""
    return Accumulator(staged, backward, lines, context, type_of, statement_of).run()


class Accumulator:
    def __init__(
        self,
        staged: Staged,
        backward: Backward,
        lines: Lines,
        context: Context,
        type_of: TypeOf,
        statement_of: Mapping[int, int],
    ) -> None:
        self.accesses = Accesses(staged.program, type_of)
        self.homes = staged.program.homes
        self.results = backward.results
        self.context = context
        self.type_of = type_of
        self.statement_of = statement_of
        self.lines = self.merged(lines)
        lists = element_by_element(self.lines, self.results, type_of)
        self.account = Account(staged.program, backward.seed, lists, context, type_of)
        self.into_loops = written_in_loops(self.lines)
        self.reads = reads_of(self.lines)
        # adjoints that were zeros in this block, and the elements that were added to since
        self.fresh: dict[str, list[Access | None]] = {}
        self.position = 0
        self.elsewhere: list[range] = []

    def run(self) -> Finished:
        account = self.account
        self.block(self.lines)
        for position, result in enumerate(self.results):
            finish(account, result, self.results[:position])
        types = dict(self.type_of.types)
        steps = unpack(tuple(account.steps), types, self._is_call)
        return Finished(steps, types, account.seed, self.results)

    def _is_call(self, expr: ast.expr) -> bool:
        """Whether this calls the backward of a helper."""
        func = expr.func if isinstance(expr, ast.Call) else None
        return func is not None and isinstance(self.type_of.resolve(func), PairFunction)

    # -- blocks -------------------------------------------------------------------

    def block(self, lines: Lines) -> None:
        account = self.account
        left = Counter(line.target for line in lines if isinstance(line, Contribution))
        for line in lines:
            self.position += 1
            match line:
                case Contribution():
                    left[line.target] -= 1
                    self.line(self.position, line, last=left[line.target] == 0)
                case Carry():
                    self.hand_on(line)
                case Restore():
                    saved = name(line.saved)
                    account.steps.append(Step(line.target, "=", saved, line.gate, line.index))
                case BackBranch():
                    self.branch(line)
                case BackLoop():
                    self.loop(line)
        account.release(list(account.held))

    def hand_on(self, line: Carry) -> None:
        account = self.account
        primal = primal_of(line.target)
        type_ = self.type_of.types[primal]
        if line.source is None:
            if line.target in account.held:
                account.release([line.target])
            if line.target not in account.given:
                account.assign(line.target, account.zeros(line.target), line.gate)
                account.given[line.target] = self._handed(type_)
            elif line.target.endswith("/"):
                # what was not bound before this trip has no value to take a shape from
                account.assign(line.target, zeros_like(name(line.target), type_), line.gate)
            return
        account.release([line.source])
        if line.target.endswith("/") and line.source in self.into_loops:
            expr: ast.expr = name(line.source)
            given = account.given.get(line.source, as_num(type_))
            whole = account.made_whole(expr, given, primal)
            if whole is not expr:
                expr = whole
            elif as_num(type_).dims != () and not self._owned(line.source, self.position):
                expr = copy_of(expr, as_num(type_).of_adjoint)
            account.assign(line.target, expr, line.gate)
            account.given[line.target] = self._handed(type_)
            return
        given = account.given.get(line.source, as_num(self.type_of.types[line.source]))
        if line.source == line.target:
            account.widen(line.target, given, line.gate)
            return
        expr = account.made_whole(name(line.source), given, primal)
        account.assign(line.target, expr, line.gate)
        account.given[line.target] = self._handed(type_)

    def _handed(self, type_: Type) -> Num:
        """What trips hand on is whole; how long a list is differs from trip to trip."""
        return handed_on(self.context.facts, as_num(type_), self.account.lengths)

    def branch(self, line: BackBranch[Contribution | Carry | Restore]) -> None:
        self.account.release(list(self.account.held))
        self.fresh = {}
        ahead = self.position + 1 + sum(1 for _ in walk_lines(line.then))
        behind = range(ahead, ahead + sum(1 for _ in walk_lines(line.orelse)))
        self.elsewhere.append(behind)
        then = self._side(line.then)
        self.elsewhere.pop()
        orelse = self._side(line.orelse)
        inside = {line.branch.key}
        targets = [t for t in (*then.given, *orelse.given) if not self._belongs(t, inside)]
        for target in dict.fromkeys(targets):
            if then.given.get(target) != orelse.given.get(target):
                self._level(then, target)
                self._level(orelse, target)
        both = then.given | orelse.given
        self.account.given = {t: n for t, n in both.items() if not self._belongs(t, inside)}
        self.account.shares = {
            t: then.shares.get(t, set()) | orelse.shares.get(t, set())
            for t in {*then.shares, *orelse.shares}
        }
        sides = tuple(then.steps), tuple(orelse.steps)
        self.account.steps.append(BackBranch(line.branch, *sides, line.gate))

    def _belongs(self, target: str, branches: set[int]) -> bool:
        """Whether an adjoint is of a value that one side alone knows."""
        if not target.startswith("d~"):
            return True
        home = self.homes.get(primal_of(target), ())
        return any(key in branches for kind, key in home if kind in ("then", "else"))

    def _side(self, lines: Lines) -> Account:
        """What adjoints have been given at the end of one side of a branch."""
        side = copy(self)
        side.account, side.fresh = self.account.side(), {}
        side.block(lines)
        self.position = side.position
        return side.account

    def _level(self, side: Account, target: str) -> None:
        """Make an adjoint whole at the end of a side, as it may be on the other."""
        account = self.account
        primal = primal_of(target)
        type_ = self.type_of.types[primal]
        if target not in side.given:
            side.assign(target, account.zeros(target), FIRST)
        elif not side.is_whole(target):
            side.assign(target, side.whole(target, name(target)), FIRST)
        elif target not in account.lists and account.needs_cast(
            side.given[target], as_num(type_).of_adjoint
        ):
            side.wrap(target, lambda e: cast(e, as_num(type_).of_adjoint))
        side.given[target] = as_num(type_).of_adjoint

    def loop(self, line: BackLoop[Contribution | Carry | Restore]) -> None:
        self.account.release(list(self.account.held))
        self.fresh = {}
        inside = [p for p in walk_lines(line.body) if isinstance(p, Contribution)]
        for target in dict.fromkeys(p.target for p in inside):
            if target in self.account.given and not target.endswith("/"):
                self._prepare(target, line)
        outer, self.account.steps = self.account.steps, []
        before = set(self.account.given)
        self.block(line.body)
        body, self.account.steps, self.fresh = self.account.steps, outer, {}
        self.account.given = {t: n for t, n in self.account.given.items() if t in before}
        self.account.steps.append(BackLoop(line.loop, tuple(body), line.gate))

    def _prepare(self, target: str, line: BackLoop[Contribution | Carry | Restore]) -> None:
        """Before trips add to an adjoint: make it whole, and this backward's own."""
        account = self.account
        primal = primal_of(target)
        type_ = self.type_of.types[primal]
        if not account.is_whole(target):
            account.widen(target, account.given[target], line.gate)
        elif account.given[target].dims != () and not self._owned(target, self.position):
            account.assign(target, copy_of(name(target), as_num(type_).of_adjoint), line.gate)

    def merged(self, lines: Lines) -> Lines:
        """Contributions of one statement to one adjoint, as one line if that is short."""
        kept: list[Line] = []
        for line in lines:
            if isinstance(line, BackBranch):
                line = altered(line, then=self.merged(line.then), orelse=self.merged(line.orelse))
            elif isinstance(line, BackLoop):
                line = altered(line, body=self.merged(line.body))
            before = kept[-1] if kept else None
            if (
                isinstance(before, Contribution)
                and isinstance(line, Contribution)
                and before.target == line.target
                and before.index is None
                and line.index is None
                and not (before.steady or line.steady)
                and self._statement(before) == self._statement(line)
                and weight(before.expr) + weight(line.expr) <= LONGEST
            ):
                both = Arranger(self.type_of.rank).visit(plus(before.expr, line.expr))
                kept[-1] = altered(before, expr=both)
            else:
                kept.append(line)
        return tuple(kept)

    def _statement(self, line: Contribution) -> int:
        return self.statement_of.get(line.gate, line.gate)

    # -- one contribution -------------------------------------------------------

    def line(self, i: int, line: Contribution, last: bool) -> None:
        account = self.account
        target = line.target
        if isinstance(self.type_of.types.get(target), Stack):
            self.stack(i, line)
        elif line.index is not None:
            self.element(i, line)
        elif target in account.held:
            first = account.held.pop(target)
            account.assign(line.target, plus(first.expr, line.expr), line.gate)
        elif target not in account.given:
            if not last and self._is_borrowed(line.expr):
                account.held[target] = line
            else:
                account.assign(target, line.expr, line.gate)
        else:
            self.add(i, line)

    def stack(self, i: int, line: Contribution) -> None:
        """A list of adjoints begins, or one is put on it: nothing may write to that any more."""
        account = self.account
        if not line.puts:
            account.steps.append(Step(line.target, "=", line.expr, line.gate))
            return
        account.release([n for n in names_in(line.expr) if n in account.held])
        expr = line.expr
        if account.storage(expr) and not self._is_given_away(expr, i):
            expr = copied(expr)
        account.steps.append(Step(line.target, "put", expr, line.gate))

    def _is_given_away(self, expr: ast.expr, i: int) -> bool:
        """Whether an array was made in this block and is not read any more."""
        if not isinstance(expr, ast.Name) or self.reads.is_read_after(expr.id, i, self.elsewhere):
            return False
        made = (s for s in self.account.steps if isinstance(s, Step) and s.target == expr.id)
        return any(s.how == "=" and s.index is None for s in made) and self._owned(expr.id, i)

    def _is_borrowed(self, expr: ast.expr) -> bool:
        return isinstance(expr, ast.Name) and self.type_of.rank(expr) != 0

    def add(self, i: int, line: Contribution) -> None:
        account = self.account
        target = line.target
        self.fresh.pop(target, None)
        share = uncopied(line.expr)
        before, more = account.given[target], as_num(self.type_of(share))
        after = joined(self.context.facts, before, more)
        scalar = before.dims == () and after.dims == () and before.form != "array"
        fits = is_full(self.context, before, after) and before.dtype == after.dtype
        if scalar or (fits and before.dims is not None and self._owned(target, i)):
            negative = is_negative(share)
            expr = negate(share) if negative else share
            account.steps.append(Step(target, "-=" if negative else "+=", expr, line.gate))
            if before.form == "array" and before.dims == ():
                after = replace(after, form="array")  # an array without axes stays one
        else:
            first = None if fits else self._taken_back(target, share)
            account.assign(target, plus(first or name(target), share), line.gate)
        account.given[target] = after

    def _taken_back(self, target: str, share: ast.expr) -> ast.expr | None:
        """What an adjoint has received that is too small for what comes now, if its line may as
        well wait; the line is gone then."""
        account = self.account
        at = account.made_at(target)
        step = account.steps[at] if at is not None else None
        if at is None or not isinstance(step, Step):
            return None
        behind = {s.target for s in account.steps[at + 1 :] if isinstance(s, Step)}
        changed = behind.union(*(account.shares.get(n, ()) for n in behind))
        changed |= {n for n, shared in account.shares.items() if shared & changed}
        if changed & {*names_in(step.expr)} or weight(step.expr) + weight(share) > LONGEST:
            return None
        del account.steps[at]
        return step.expr

    def element(self, i: int, line: Contribution) -> None:
        """A contribution to some elements: the rest of a new adjoint is zero."""
        account = self.account
        target = line.target
        primal = primal_of(target)
        type_ = self.type_of.types[primal]
        if target in account.held:
            first = account.held.pop(target)
            given = as_num(self.type_of(first.expr))
            account.assign(target, account.made_whole(first.expr, given, primal), first.gate)
        if target not in account.given:
            account.assign(target, account.zeros(target), line.gate)
            self.fresh[target] = []
        elif not account.is_whole(target):
            account.widen(target, account.given[target], line.gate)
        elif not self._owned(target, i):
            account.assign(target, copied(name(target)), line.gate)
        whole = as_num(type_).of_adjoint
        # what is added to elements leaves an array of other numbers as it is
        account.given[target] = joined(self.context.facts, account.given[target], whole)
        how = "at" if line.repeats else "-=" if is_negative(line.expr) else "+="
        begins = self._is_first(line) and not line.clears
        if line.clears or begins:
            how = "="
        expr = negate(line.expr) if how == "-=" else line.expr
        if how in ("+=", "-="):
            expr = uncopied(expr)
        if self._was_just_cleared(line) and how in ("+=", "-="):
            account.steps.pop()
            if not self._was_just_read(line):
                account.steps.append(Step(target, "=", line.expr, line.gate, line.index))
        else:
            account.steps.append(Step(target, how, expr, line.gate, line.index, begins=begins))

    def _is_first(self, line: Contribution) -> bool:
        """Whether elements of an adjoint that was zeros have got nothing yet."""
        before = self.fresh.get(line.target)
        if before is None:
            return False
        assert line.index is not None
        mine, gate = None, self.accesses.gates.get(line.gate)
        if gate is not None:
            place = ast.Subscript(name(primal_of(line.target)), line.index, ast.Load())
            mine = self.accesses.elements(gate[0], place)
        first = not line.repeats and not any(self._may_meet(mine, other) for other in before)
        before.append(mine)
        return first

    def _may_meet(self, one: Access | None, other: Access | None) -> bool:
        if one is None or other is None:
            return True
        loops = [key for kind, key in shared(one.region, other.region) if kind == "loop"]
        return self.accesses.may_meet(one, other, loops)

    def _was_just_read(self, line: Contribution) -> bool:
        """Whether what is put back is what has been read from there."""
        account = self.account
        renamed = account.steps and isinstance(account.steps[-1], Step) and (
            account.steps[-1].target == line.target and isinstance(account.steps[-1].expr, ast.Name)
        )  # fmt: skip
        before = account.steps[:-1] if renamed else account.steps
        last = before[-1] if before else None
        if not isinstance(last, Step) or not isinstance(line.expr, ast.Name):
            return False
        if last.how != "=" or last.index is not None:
            return False  # there is more in it
        match last.expr:
            case ast.Subscript(value=ast.Name(id=array), slice=index):
                same = alike(index, line.index) if line.index else False
                shared = array == line.target or array in account.shares.get(line.target, set())
                return last.target == line.expr.id and same and shared
        return False

    def _was_just_cleared(self, line: Contribution) -> bool:
        """Whether the last step has set the same elements to zero."""
        last = self.account.steps[-1] if self.account.steps else None
        if not isinstance(last, Step) or last.how != "=" or last.index is None:
            return False
        cleared = last.target == line.target and alike(last.expr, ast.Constant(0.0))
        assert line.index is not None
        return cleared and alike(last.index, line.index)

    def _owned(self, target: str, i: int) -> bool:
        """Whether writing into `target` changes nothing that is still read."""
        account = self.account
        group = account.shares.get(target, set())
        group = group | {o for o, s in account.shares.items() if target in s or s & group}
        waiting = {n for held in account.held.values() for n in names_in(held.expr)}
        if waiting & {*group, target}:
            return False
        if is_part(target, (account.seed,)):
            return False
        for other in group - {target}:
            if is_part(other, (account.seed,)) or not is_adjoint(other):
                return False
            if self.reads.is_read_after(other, i, self.elsewhere) or other in self.results:
                return False
        return True
