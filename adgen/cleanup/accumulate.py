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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace

from adgen.adjoint import Backward
from adgen.algebra import Arranger, Paren, is_negative, negate
from adgen.analysis.accesses import Access, Accesses, shared
from adgen.analysis.activity import held
from adgen.analysis.expressions import Lengths, TypeOf, handed_on, joined
from adgen.cleanup.elements import element_by_element
from adgen.cleanup.fold import LONGEST, weight
from adgen.cleanup.reads import reads_of, written_in_loops
from adgen.cleanup.unpack import unpack
from adgen.ir import (
    FIRST,
    BackBranch,
    BackLoop,
    Carry,
    Contribution,
    Line,
    Lines,
    Nested,
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
    parts_of,
    primal_of,
    walk_lines,
    with_parts,
)
from adgen.paths import is_part
from adgen.rules.settle import Context
from adgen.rules.settle.adjoints import (
    as_list,
    cast,
    copy_of,
    dtype_argument,
    full_like,
    is_full,
    is_zero,
    list_of_zeros,
    zeros_like,
)
from adgen.rules.settle.spelling import call, copied, uncopied
from adgen.rules.shapes import as_num
from adgen.runtime import HANDS_ON
from adgen.types import ListOf, Num, Record, Seq, Stack, Type


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
        self.lines = lines
        self.accesses = Accesses(staged.program, type_of)
        self.homes = staged.program.homes
        self.unbound = staged.program.unbound
        self.inputs = staged.program.inputs
        self.seed = backward.seed
        self.results = backward.results
        self.context = context
        self.type_of = type_of
        self.statement_of = statement_of
        self.lengths = Lengths.of(type_of.types)
        self.steps: list[Nested[Step]] = []
        self.held: dict[str, Contribution] = {}
        self.shares: dict[str, set[str]] = {}
        self.given: dict[str, Num] = {}
        # adjoints that were zeros in this block, and the elements that were added to since
        self.fresh: dict[str, list[Access | None]] = {}
        self.position = 0
        self.elsewhere: list[range] = []

    def run(self) -> Finished:
        lines = self.merged(self.lines)
        self.into_loops = written_in_loops(lines)
        self.lists = element_by_element(lines, self.results, self.type_of)
        self.reads = reads_of(lines)
        self.block(lines)
        for position, result in enumerate(self.results):
            self.finish(result, self.results[:position])
        types = dict(self.type_of.types)
        steps = unpack(tuple(self.steps), types, self._is_call)
        return Finished(steps, types, self.seed, self.results)

    def _is_call(self, expr: ast.expr) -> bool:
        """Whether this calls the backward of a helper."""
        func = expr.func if isinstance(expr, ast.Call) else None
        return func is not None and isinstance(self.type_of.resolve(func), PairFunction)

    # -- blocks -------------------------------------------------------------------

    def block(self, lines: Lines) -> None:
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
                    self.steps.append(Step(line.target, "=", saved, line.gate, line.index))
                case BackBranch():
                    self.branch(line)
                case BackLoop():
                    self.loop(line)
        self.release(list(self.held))

    def release(self, targets: Iterable[str]) -> None:
        """Write down first contributions that were held back for a second one."""
        for target in targets:
            held = self.held.pop(target, None)
            if held is not None:
                self.assign(target, held.expr, held.gate)

    def hand_on(self, line: Carry) -> None:
        primal = primal_of(line.target)
        type_ = self.type_of.types[primal]
        if line.source is None:
            if line.target in self.held:
                self.release([line.target])
            if line.target not in self.given:
                self.assign(line.target, self._zeros(line.target), line.gate)
                self.given[line.target] = self._handed(type_)
            elif line.target.endswith("/"):
                # what was not bound before this trip has no value to take a shape from
                self.assign(line.target, zeros_like(name(line.target), type_), line.gate)
            return
        self.release([line.source])
        if line.target.endswith("/") and line.source in self.into_loops:
            expr: ast.expr = name(line.source)
            given = self.given.get(line.source, as_num(type_))
            whole = self.made_whole(expr, given, primal)
            if whole is not expr:
                expr = whole
            elif as_num(type_).dims != () and not self._owned(line.source, self.position):
                expr = copy_of(expr, as_num(type_).of_adjoint)
            self.assign(line.target, expr, line.gate)
            self.given[line.target] = self._handed(type_)
            return
        given = self.given.get(line.source, as_num(self.type_of.types[line.source]))
        if line.source == line.target:
            self.widen(line.target, given, line.gate)
            return
        expr = self.made_whole(name(line.source), given, primal)
        self.assign(line.target, expr, line.gate)
        self.given[line.target] = self._handed(type_)

    def widen(self, target: str, given: Num, gate: int) -> None:
        """An adjoint with all its elements: in the line that has made it, if nothing has read it
        since."""
        primal, at = primal_of(target), self._made_at(target)
        step = self.steps[at] if at is not None else None
        if at is not None and isinstance(step, Step):
            whole = self.made_whole(step.expr, given, primal)
            self.steps[at] = altered(step, expr=whole)
            self.shares[target] = self._storage(whole)
        else:
            self.assign(target, self.made_whole(name(target), given, primal), gate)
        self.given[target] = as_num(self.type_of.types[primal]).of_adjoint

    def _made_at(self, target: str) -> int | None:
        """The place of the line of this block that gives an adjoint the value that it has."""
        for at in range(len(self.steps) - 1, -1, -1):
            step = self.steps[at]
            if not isinstance(step, Step) or target in (*names_in(step.expr), *step.more):
                return None
            if step.target == target:
                return at if step.how == "=" and step.index is None else None
        return None

    def _handed(self, type_: Type) -> Num:
        """What trips hand on is whole; how long a list is differs from trip to trip."""
        return handed_on(self.context.facts, as_num(type_), self.lengths)

    def branch(self, line: BackBranch[Contribution | Carry | Restore]) -> None:
        self.release(list(self.held))
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
        self.given = {t: n for t, n in (then.given | orelse.given).items()
                      if not self._belongs(t, inside)}  # fmt: skip
        self.shares = {
            t: then.shares.get(t, set()) | orelse.shares.get(t, set())
            for t in {*then.shares, *orelse.shares}
        }
        sides = tuple(then.steps), tuple(orelse.steps)
        self.steps.append(BackBranch(line.branch, *sides, line.gate))

    def _belongs(self, target: str, branches: set[int]) -> bool:
        """Whether an adjoint is of a value that one side alone knows."""
        if not target.startswith("d~"):
            return True
        home = self.homes.get(primal_of(target), ())
        return any(key in branches for kind, key in home if kind in ("then", "else"))

    def _side(self, lines: Lines) -> Accumulator:
        """One side, with the state of before the branch."""
        side = copy(self)
        side.steps, side.held, side.fresh = [], {}, {}
        side.given = dict(self.given)
        side.shares = {t: set(s) for t, s in self.shares.items()}
        side.block(lines)
        self.position = side.position
        return side

    def _level(self, side: Accumulator, target: str) -> None:
        """Make an adjoint whole at the end of a side, as it may be on the other."""
        primal = primal_of(target)
        type_ = self.type_of.types[primal]
        if target not in side.given:
            side.assign(target, self._zeros(target), FIRST)
        elif not side.is_whole(target):
            side.assign(target, side.whole(target, name(target)), FIRST)
        elif target not in self.lists and self.needs_cast(
            side.given[target], as_num(type_).of_adjoint
        ):
            side.wrap(target, lambda e: cast(e, as_num(type_).of_adjoint))
        side.given[target] = as_num(type_).of_adjoint

    def loop(self, line: BackLoop[Contribution | Carry | Restore]) -> None:
        self.release(list(self.held))
        self.fresh = {}
        inside = [p for p in walk_lines(line.body) if isinstance(p, Contribution)]
        for target in dict.fromkeys(p.target for p in inside):
            if target in self.given and not target.endswith("/"):
                self._prepare(target, line)
        outer, self.steps = self.steps, []
        before = set(self.given)
        self.block(line.body)
        body, self.steps, self.fresh = self.steps, outer, {}
        self.given = {t: n for t, n in self.given.items() if t in before}
        self.steps.append(BackLoop(line.loop, tuple(body), line.gate))

    def _zeros(self, target: str) -> ast.expr:
        """Zeros for an adjoint, also where its primal may have no value to be like."""
        primal = primal_of(target)
        type_ = self.type_of.types[primal]
        if primal in self.unbound and isinstance(type_, Num) and not type_.is_scalar:
            for other in (self.seed, *self.given, *self.inputs):
                if self.type_of.types.get(other) == type_.of_adjoint:
                    return zeros_like(name(other), type_)
        gate = self.context.definition(primal)
        if gate is not None and gate.op is not None and gate.op.general.hands_out:
            size = ast.Attribute(next(iter(gate.operands.values())), "size", ast.Load())
            assert isinstance(type_, Num)
            return call("zeros", size, *dtype_argument(type_))
        if target in self.lists:
            return list_of_zeros(name(primal))
        return zeros_like(name(primal), type_)

    def is_whole(self, target: str) -> bool:
        """Whether what an adjoint has received so far has room for all that it may receive."""
        expr = name(target)
        return self.whole(target, expr) is expr

    def whole(self, target: str, expr: ast.expr) -> ast.expr:
        """What an adjoint has received so far, as an array that all else can be added to."""
        return self.made_whole(expr, self.given[target], primal_of(target))

    def made_whole(self, expr: ast.expr, given: Num, primal: str) -> ast.expr:
        """An adjoint with an element for each of the primal's, complex if these are."""
        type_ = self.type_of.types[primal]
        if not is_full(self.context, given, type_):
            return full_like(name(primal), expr, type_)
        if isinstance(type_, Num) and type_.kind == "c" and given.kind != "c" and type_.dims != ():
            return cast(expr, type_)
        return expr

    def _prepare(self, target: str, line: BackLoop[Contribution | Carry | Restore]) -> None:
        """Before trips add to an adjoint: make it whole, and this backward's own."""
        primal = primal_of(target)
        type_ = self.type_of.types[primal]
        if not self.is_whole(target):
            self.widen(target, self.given[target], line.gate)
        elif self.given[target].dims != () and not self._owned(target, self.position):
            self.assign(target, copy_of(name(target), as_num(type_).of_adjoint), line.gate)

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
        target = line.target
        if isinstance(self.type_of.types.get(target), Stack):
            self.stack(i, line)
        elif line.index is not None:
            self.element(i, line)
        elif target in self.held:
            first = self.held.pop(target)
            self.assign(line.target, plus(first.expr, line.expr), line.gate)
        elif target not in self.given:
            if not last and self._is_borrowed(line.expr):
                self.held[target] = line
            else:
                self.assign(target, line.expr, line.gate)
        else:
            self.add(i, line)

    def stack(self, i: int, line: Contribution) -> None:
        """A list of adjoints begins, or one is put on it: nothing may write to that any more."""
        if not line.puts:
            self.steps.append(Step(line.target, "=", line.expr, line.gate))
            return
        self.release([n for n in names_in(line.expr) if n in self.held])
        expr = line.expr
        if self._storage(expr) and not self._is_given_away(expr, i):
            expr = copied(expr)
        self.steps.append(Step(line.target, "put", expr, line.gate))

    def _is_given_away(self, expr: ast.expr, i: int) -> bool:
        """Whether an array was made in this block and is not read any more."""
        if not isinstance(expr, ast.Name) or self.reads.is_read_after(expr.id, i, self.elsewhere):
            return False
        made = (s for s in self.steps if isinstance(s, Step) and s.target == expr.id)
        return any(s.how == "=" and s.index is None for s in made) and self._owned(expr.id, i)

    def _is_borrowed(self, expr: ast.expr) -> bool:
        return isinstance(expr, ast.Name) and self.type_of.rank(expr) != 0

    def assign(self, target: str, expr: ast.expr, gate: int) -> None:
        self.given[target] = self._received(expr)
        self.shares[target] = self._storage(expr)
        self.steps.append(Step(target, "=", expr, gate))

    def _received(self, expr: ast.expr) -> Num:
        """The type of an adjoint that is assigned: another's may be as that was received."""
        before = self.given.get(expr.id) if isinstance(expr, ast.Name) else None
        if before is not None and before.dims is not None:
            return before
        return as_num(self.type_of(expr))

    def add(self, i: int, line: Contribution) -> None:
        target = line.target
        self.fresh.pop(target, None)
        share = uncopied(line.expr)
        before, more = self.given[target], as_num(self.type_of(share))
        after = joined(self.context.facts, before, more)
        scalar = before.dims == () and after.dims == () and before.form != "array"
        fits = is_full(self.context, before, after) and before.dtype == after.dtype
        if scalar or (fits and before.dims is not None and self._owned(target, i)):
            negative = is_negative(share)
            expr = negate(share) if negative else share
            self.steps.append(Step(target, "-=" if negative else "+=", expr, line.gate))
            if before.form == "array" and before.dims == ():
                after = replace(after, form="array")  # an array without axes stays one
        else:
            first = None if fits else self._taken_back(target, share)
            self.assign(target, plus(first or name(target), share), line.gate)
        self.given[target] = after

    def _taken_back(self, target: str, share: ast.expr) -> ast.expr | None:
        """What an adjoint has received that is too small for what comes now, if its line may as
        well wait; the line is gone then."""
        at = self._made_at(target)
        step = self.steps[at] if at is not None else None
        if at is None or not isinstance(step, Step):
            return None
        behind = {s.target for s in self.steps[at + 1 :] if isinstance(s, Step)}
        changed = behind.union(*(self.shares.get(n, ()) for n in behind))
        changed |= {n for n, shared in self.shares.items() if shared & changed}
        if changed & {*names_in(step.expr)} or weight(step.expr) + weight(share) > LONGEST:
            return None
        del self.steps[at]
        return step.expr

    def element(self, i: int, line: Contribution) -> None:
        """A contribution to some elements: the rest of a new adjoint is zero."""
        target = line.target
        primal = primal_of(target)
        type_ = self.type_of.types[primal]
        if target in self.held:
            first = self.held.pop(target)
            given = as_num(self.type_of(first.expr))
            self.assign(target, self.made_whole(first.expr, given, primal), first.gate)
        if target not in self.given:
            self.assign(target, self._zeros(target), line.gate)
            self.fresh[target] = []
        elif not self.is_whole(target):
            self.widen(target, self.given[target], line.gate)
        elif not self._owned(target, i):
            self.assign(target, copied(name(target)), line.gate)
        whole = as_num(type_).of_adjoint
        # what is added to elements leaves an array of other numbers as it is
        self.given[target] = joined(self.context.facts, self.given[target], whole)
        how = "at" if line.repeats else "-=" if is_negative(line.expr) else "+="
        begins = self._is_first(line) and not line.clears
        if line.clears or begins:
            how = "="
        expr = negate(line.expr) if how == "-=" else line.expr
        if how in ("+=", "-="):
            expr = uncopied(expr)
        if self._was_just_cleared(line) and how in ("+=", "-="):
            self.steps.pop()
            if not self._was_just_read(line):
                self.steps.append(Step(target, "=", line.expr, line.gate, line.index))
        else:
            self.steps.append(Step(target, how, expr, line.gate, line.index, begins=begins))

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
        renamed = self.steps and isinstance(self.steps[-1], Step) and (
            self.steps[-1].target == line.target and isinstance(self.steps[-1].expr, ast.Name)
        )  # fmt: skip
        before = self.steps[:-1] if renamed else self.steps
        last = before[-1] if before else None
        if not isinstance(last, Step) or not isinstance(line.expr, ast.Name):
            return False
        if last.how != "=" or last.index is not None:
            return False  # there is more in it
        match last.expr:
            case ast.Subscript(value=ast.Name(id=array), slice=index):
                same = alike(index, line.index) if line.index else False
                shared = array == line.target or array in self.shares.get(line.target, set())
                return last.target == line.expr.id and same and shared
        return False

    def _was_just_cleared(self, line: Contribution) -> bool:
        """Whether the last step has set the same elements to zero."""
        last = self.steps[-1] if self.steps else None
        if not isinstance(last, Step) or last.how != "=" or last.index is None:
            return False
        cleared = last.target == line.target and alike(last.expr, ast.Constant(0.0))
        assert line.index is not None
        return cleared and alike(last.index, line.index)

    # -- who owns what ------------------------------------------------------------

    def _storage(self, expr: ast.expr) -> set[str]:
        """The names whose array the expression's value may be, or be a view of."""
        if self.type_of.rank(expr) == 0:
            return set()
        shared: set[str] = set()
        for root in roots(expr, self.type_of):
            shared |= {root} | self.shares.get(root, set())
        return shared

    def _owned(self, target: str, i: int) -> bool:
        """Whether writing into `target` changes nothing that is still read."""
        group = self.shares.get(target, set())
        group = group | {o for o, s in self.shares.items() if target in s or s & group}
        waiting = {n for held in self.held.values() for n in names_in(held.expr)}
        if waiting & {*group, target}:
            return False
        if is_part(target, (self.seed,)):
            return False
        for other in group - {target}:
            if is_part(other, (self.seed,)) or not is_adjoint(other):
                return False
            if self.reads.is_read_after(other, i, self.elsewhere) or other in self.results:
                return False
        return True

    # -- what is returned -----------------------------------------------------------

    def finish(self, result: str, earlier: Iterable[str]) -> None:
        """Give a result its argument's shape and dtype, and the caller its own array."""
        primal = primal_of(result)
        type_ = self.type_of.types[primal]
        if not isinstance(type_, Num):
            self.finish_display(result, earlier)
            return
        if result in self.held:
            held = self.held.pop(result)
            self.assign(result, held.expr, held.gate)
        if result not in self.given:
            self.assign(result, zeros_like(name(primal), type_), 0)
        if isinstance(type_, ListOf):
            self.finish_list(result, type_, earlier)
            return
        given = self.given[result]
        boxed = type_.dims == () and type_.form == "array" and given.is_scalar
        if boxed or not is_full(self.context, given, type_):
            self.wrap(result, lambda e: full_like(name(primal), e, type_))
        elif self.needs_cast(given, type_) and not is_made_like(self.steps, result, primal):
            self.wrap(result, lambda e: cast(e, type_))
        elif type_.dims != () and self._is_shared(result, earlier):
            self.wrap(result, copied)

    def finish_list(self, result: str, type_: ListOf, earlier: Iterable[str]) -> None:
        """The adjoint of a list argument: a list of its own elements."""
        if not is_full(self.context, self.given[result], type_):
            self.wrap(result, lambda e: full_like(name(primal_of(result)), e, type_))
        elif type_.holds_objects and self._is_shared(result, earlier):
            self.wrap(result, copied)
        if type_.holds_objects and self.needs_cast(self.given[result], type_.array):
            self.wrap(result, lambda e: cast(e, type_.array))
        if result not in self.lists:
            self.wrap(result, lambda e: as_list(e, type_))

    def _is_shared(self, result: str, earlier: Iterable[str]) -> bool:
        mine = self.shares.get(result, set())
        if any(is_part(other, (self.seed,)) or not is_adjoint(other) for other in mine):
            return True
        return any(
            other in mine or result in self.shares.get(other, set()) or
            mine & self.shares.get(other, set())
            for other in earlier
        )  # fmt: skip

    def needs_cast(self, given: Num, type_: Num) -> bool:
        """Whether the dtype may not be the argument's: of numbers of two lengths none is sure.

        `max(a, b)` and what branches and lists hold is one of them or the other.
        """
        if given.is_python and type_.is_python and given.dtype == type_.dtype:
            return False
        unsure = self.lengths.short and (type_.is_python or self.lengths.long)
        return unsure or needs_cast(given, type_)

    def wrap(self, target: str, around: object) -> None:
        """Apply a last conversion in the line that finishes an adjoint."""
        found = [i for i, step in enumerate(self.steps)
                 if not isinstance(step, Step) or step.target == target]  # fmt: skip
        at = max(found, default=-1)
        step = self.steps[at] if found else None
        assert callable(around)
        if not isinstance(step, Step):
            self.steps.append(Step(target, "=", around(name(target)), FIRST))
        elif step.index is not None:
            self.steps.append(Step(target, "=", around(name(target)), step.gate))
        elif step.how == "=":
            self.steps[at] = altered(step, expr=around(step.expr))
        else:
            signed = negate(step.expr) if step.how == "-=" else step.expr
            self.steps[at] = altered(step, how="=", expr=around(plus(name(target), signed)))
        self.shares[target] = set()

    def finish_display(self, result: str, earlier: Iterable[str]) -> None:
        """A tuple's or list's adjoint: its elements belong to the caller, too."""
        at = max(
            i
            for i, step in enumerate(self.steps)
            if isinstance(step, Step) and step.target == result
        )
        taken = {s for other in earlier for s in (other, *self.shares.get(other, ()))}
        step = self.steps[at]
        assert isinstance(step, Step)
        before = set(taken)
        expr = self._element(step.expr, primal_of(result), taken)
        self.steps[at] = altered(step, expr=expr)
        self.shares[result] = taken - before

    def _element(self, expr: ast.expr, primal: str, taken: set[str]) -> ast.expr:
        type_ = self.type_of.types[primal]
        if isinstance(type_, Seq | Record):
            paths = [primal + type_.path(i) for i in held(type_)]
            pairs = zip(parts_of(expr), paths, strict=True)
            return with_parts(expr, [self._element(e, path, taken) for e, path in pairs])
        given = as_num(self.type_of(expr))
        if not isinstance(type_, Num) or not type_.differentiable:
            return expr
        if not is_full(self.context, given, type_):
            return full_like(name(primal), expr, type_)
        if self.needs_cast(given, type_) and not is_zero(expr):
            return cast(expr, type_)
        storage = self._storage(expr)
        borrowed = any(is_part(s, (self.seed,)) or not is_adjoint(s) for s in storage)
        if type_.dims != () and (borrowed or storage & taken):
            return copied(expr)
        taken |= storage
        return expr


def is_made_like(steps: Iterable[Nested[Step]], target: str, primal: str) -> bool:
    """Whether an adjoint is all along an array that was made with the primal's dtype."""
    wholes = list(_assigned(steps, target))
    return bool(wholes) and all(_is_like(expr, primal) for expr in wholes)


def _assigned(steps: Iterable[Nested[Step]], target: str) -> Iterator[ast.expr]:
    """What an adjoint is set to, as a whole."""
    for step in steps:
        if isinstance(step, BackBranch):
            yield from _assigned((*step.then, *step.orelse), target)
        elif isinstance(step, BackLoop):
            yield from _assigned(step.body, target)
        elif step.target == target and step.how == "=" and step.index is None:
            yield step.expr


def _is_like(expr: ast.expr, primal: str) -> bool:
    match expr:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="@np"), attr="zeros_like" | "full_like"),
            args=[ast.Name(id=like), *_],
        ):
            return like == primal
    return False


def needs_cast(given: Num, primal: Num) -> bool:
    """Whether the dtype has to be brought back to the argument's."""
    if primal.is_python:
        return given.form in ("array", "any") or given.dtype != primal.dtype
    if given.is_python:
        return primal.form == "np" and primal.dtype != ("c16" if given.kind == "c" else "f8")
    if primal.form == "np" and given.form == "array":
        return True  # np.where makes arrays of numbers, too
    # what nothing is known of is float64, if anything
    return (given.dtype or "f8") != (primal.dtype or "f8")


# stands for memory that is not this backward's own
READ_ONLY = "@broadcast"


def plus(a: ast.expr, b: ast.expr) -> ast.expr:
    """a + b, written as a - c where b is -c."""
    if isinstance(b, Paren):
        b = b.value
    if alike(a, b):
        return ast.BinOp(ast.Constant(2), ast.Mult(), a)
    if is_negative(b):
        return ast.BinOp(a, ast.Sub(), negate(b))
    return ast.BinOp(a, ast.Add(), b)


def roots(node: ast.expr, type_of: TypeOf) -> set[str]:
    """The names whose storage an expression's value may share."""
    match node:
        case ast.Name(id=identifier):
            return {identifier}
        case Paren(value=value):
            return roots(value, type_of)
        case ast.Subscript(value=value):
            if isinstance(type_of(value), Seq) and any(":%" in n for n in names_in(value)):
                return set()  # what a helper's backward gives: each part is this one's own
            return roots(value, type_of)
        case ast.Attribute(value=value, attr="T" | "mT" | "real" | "imag"):
            return roots(value, type_of)
        case ast.IfExp(body=body, orelse=orelse):
            return roots(body, type_of) | roots(orelse, type_of)
        case ast.Call(func=func, args=args):
            return _call_roots(func, args, type_of)
    return set()


def _call_roots(func: ast.expr, args: Sequence[ast.expr], type_of: TypeOf) -> set[str]:
    if isinstance(func, ast.Name) and func.id.startswith("@rt."):
        sharing = args if func.id.removeprefix("@rt.") in HANDS_ON else []
        return set().union(*(roots(arg, type_of) for arg in sharing))
    function = type_of.resolve(func)
    if isinstance(function, PairFunction):
        return set()
    op = type_of.catalogue.find(function) if function is not None else None
    if op is None and isinstance(func, ast.Attribute):
        if func.attr == "copy":
            return set()
        op = type_of.catalogue.method(func.attr)
        args = [func.value, *args]
    if op is None:
        return set().union(*(roots(arg, type_of) for arg in args))
    reading = op.reading([type_of.value_of(arg) for arg in args])
    if reading is not None and isinstance(reading.function, str):
        return set().union(*(roots(arg, type_of) for arg in args))
    if not args or not (op.general.moves or op.general.views):
        return set()
    # what has been broadcast cannot be written to
    return roots(args[0], type_of) | ({READ_ONLY} if op.general.views else set())
