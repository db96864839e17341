"""The lines of forward and backward, statement by statement, and what they mention."""

from __future__ import annotations

import ast
import cmath
import itertools
import math
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from types import ModuleType
from typing import Any

import numpy as np

from adgen import runtime
from adgen.caching import Pair
from adgen.caching.shapes import step_expressions
from adgen.emission.elements import loops_over_elements
from adgen.emission.layout import CLOSE, OPEN, Ending, if_statement, indented, laid_out
from adgen.emission.naming import Names, at_hand, module_names, stack_of
from adgen.emission.text import text_of
from adgen.ir import (
    BackBranch,
    BackLoop,
    Block,
    Branch,
    Catch,
    Effect,
    Gate,
    Leave,
    Loop,
    Mark,
    Nested,
    Region,
    Step,
    Steps,
    Stmt,
    access,
    alike,
    clone,
    homes,
    name,
    names_in,
    renamed,
    walk,
)
from adgen.paths import is_leaf, is_part
from adgen.rules.pairs import is_pair, like
from adgen.rules.settle.adjoints import copy_of
from adgen.types import ListOf, Num, Seq


class Printer:
    """The lines that the functions of a listing are made of."""

    def __init__(self, pair: Pair, comments: bool, names: Names, joint: bool = False) -> None:
        self.pair = pair
        self.comments = comments
        self.names = names
        # in one function, what a branch makes is at hand under its own name
        self.at_hand = at_hand(pair, names) if joint else frozenset()
        # the sides of branches that are written once for both ways
        self.in_one: frozenset[Region] = frozenset()
        self.unbound = pair.staged.program.unbound
        self.over_elements = loops_over_elements(pair, names)
        self.seed = self.names.backward[pair.seed]
        self.number_of: dict[int, int] = {}
        self.said: dict[int, str] = {}
        self.count = 0
        self.around: list[Mark] = []
        self.program = pair.staged.program
        self.externals = dict(self.program.externals)
        self.used: dict[str, Any] = {}
        self.helpers: dict[str, Any] = {}
        # what has been asked so far of names
        self._in_forward: dict[str, ast.expr | None] = {}
        self._in_backward: dict[str, ast.expr | None] = {}

    @cached_property
    def out(self) -> str:
        said = self.forward_expr(self.program.result)
        # beside a cache, several results need parentheses of their own
        return f"({said})" if isinstance(self.program.result, ast.Tuple) else said

    # -- the forward ----------------------------------------------------------------

    @cached_property
    def stages(self) -> list[str]:
        aside = [*self.unbound_names(), *self.set_aside(self.program.inputs)]
        return indented([*aside, *self.begun(), *self.block(self.pair.forward, (), None)])

    def both(self, between: list[str]) -> list[str]:
        """Forward and backward in one function; a branch that ends the one and begins the
        other is written once."""
        last = self.pair.forward[-1] if self.pair.forward else None
        if between or self.undone_by(last, self.pair.steps, ()) is None:
            return [*self.stages, *between, *self.backprop]
        self.head()
        self.in_one = frozenset(self.joined_sides(self.pair.forward, self.pair.steps, ()))
        aside = [*self.unbound_names(), *self.set_aside(self.program.inputs)]
        return indented(
            [*aside, *self.begun(), *self.joined(self.pair.forward, self.pair.steps, ())]
        )

    def joined(self, body: Block, steps: Steps, region: Region) -> list[str]:
        """The lines of a block and those that undo it, with what is kept between them."""
        last = body[-1] if body else None
        back = self.undone_by(last, steps, region)
        if back is None:
            kept = self.shapes(region) if region else []
            return [*self.block(body, region, None), *kept, *self.undo(steps, region)]
        assert isinstance(last, Branch)
        at = next(at for at, step in enumerate(steps) if step is back)
        lines = self.block(body[:-1], region, None)
        test = self.forward_expr(last.test)
        then = self.joined(last.then, back.then, (*region, ("then", last.key)))
        orelse = self.joined(last.orelse, back.orelse, (*region, ("else", last.key)))
        return [*lines, *if_statement(test, then, orelse), *self.undo(steps[at + 1 :], region)]

    def undone_by(self, last: Stmt | None, steps: Steps, region: Region) -> BackBranch[Step] | None:
        """What the backward begins with, if that undoes a branch which a block ends with."""
        if not isinstance(last, Branch) or last.catches is not None:
            return None
        if region and self.shapes(region):
            return None
        said = (s for s in steps if not isinstance(s, Step) or self.step(s) is not None)
        first = next(said, None)
        if not isinstance(first, BackBranch) or first.branch.key != last.key:
            return None
        merged = [m.target for m in last.merges]
        return None if any(v in self.names.aside or self.is_copied(v) for v in merged) else first

    def joined_sides(self, body: Block, steps: Steps, region: Region) -> Iterator[Region]:
        """The sides of branches that are written once for both ways."""
        last = body[-1] if body else None
        back = self.undone_by(last, steps, region)
        if back is None:
            return
        assert isinstance(last, Branch)
        for kind, part, undone in (
            ("then", last.then, back.then),
            ("else", last.orelse, back.orelse),
        ):
            inside = (*region, (kind, last.key))
            yield inside
            yield from self.joined_sides(part, undone, inside)

    def begun(self) -> list[str]:
        """The stacks, before anything is put on them."""
        return [f"{stack} = []" for stack in self.stacks]

    @property
    def stacks(self) -> list[str]:
        """The lists that loops put values on and take them off again."""
        if not self.pair.stacked:
            return []
        return [
            self.names.backward[stack_of(residual.target)]
            for region, cache in self.pair.caches.items()
            if region and region not in self.at_hand | self.in_one
            for residual in cache
        ]

    def put_on_stacks(self, region: Region) -> list[str]:
        """What is kept of a region, each value on a stack of its own."""
        return [
            f"{self.names.backward[stack_of(r.target)]}.append({self.expr(r.expr)})"
            for r in self.pair.caches.get(region, ())
            if r.target not in self.put_at_once
        ]

    @cached_property
    def put_at_once(self) -> frozenset[str]:
        """What goes onto its stack where it is made, since its name is soon another's.

        Where a trip may end early, or a block fail, all is put on at the end.
        """
        if not self.pair.stacked:
            return frozenset()
        places = homes(self.pair.forward)
        tried = {s.key for s in walk(self.pair.forward) if isinstance(s, Branch) and s.catches}
        cut_short = tried | self.pair.broken
        saved = {t for _, gate in self.program.gates() if gate.saves for t in gate.targets}
        kept = [r for cache in self.pair.caches.values() for r in cache]
        read = Counter(n for r in kept for n in names_in(r.expr))
        return frozenset(
            r.target
            for region, cache in self.pair.caches.items()
            if region and region not in self.at_hand | self.in_one
            if not any(key in cut_short for _, key in region)
            for r in cache
            if isinstance(r.expr, ast.Name) and r.expr.id == r.target
            if r.target in self.names.aside or r.target in self.names.copies
            if places.get(r.target) == region and read[r.target] == 1
            if r.target not in self.names.read_late and r.target not in saved
        )

    def taken_off_stacks(self, region: Region) -> list[str]:
        return [
            f"{self.names.later(r.target)} = {self.names.backward[stack_of(r.target)]}.pop()"
            for r in self.pair.caches.get(region, ())
        ]

    def unbound_names(self) -> list[str]:
        """Names that are kept and that some path leaves without a value: they start as None."""
        kept = {r.target for cache in self.pair.caches.values() for r in cache}
        kept |= {*self.names.aside, *self.names.copies}
        names = [self.names.forward[v] for v in self.names.forward
                 if v in kept and v in self.unbound]  # fmt: skip
        return [f"{said} = None" for said in dict.fromkeys(names)]

    def set_aside(self, values: Iterable[str]) -> list[str]:
        """Lines that keep values under another name, or on a stack, before theirs is used
        again."""
        lines = []
        for value in values:
            said, copied = self.names.forward.get(value, ""), self.is_copied(value)
            made = self.copied_text(value) if copied else said
            if value in self.put_at_once:
                stack = self.names.backward[stack_of(value)]
                lines.append(f"{stack}.append({made})")
                continue
            if value in self.names.aside:
                lines.append(f"{self.names.aside[value]} = {said}")
            if copied:
                lines.append(f"{self.names.copies[value]} = {made}")
        return lines

    def is_copied(self, value: str) -> bool:
        """Whether a copy of a value is kept under another name."""
        said = self.names.forward.get(value, "")
        return self.names.copies.get(value, said) != said

    def copied_text(self, value: str) -> str:
        """A copy of a value, as text; it may have none."""
        copying = copy_of(name(value), self.pair.staged.types[value])
        copy = self.text(copying, self.names.forward.get)
        none = self.names.forward[value] if value in self.unbound else ""
        return f"None if {none} is None else {copy}" if none else copy

    def block(self, body: Block, region: Region, ending: Ending | None) -> list[str]:
        lines: list[str] = []
        for stmt in body:
            match stmt:
                case Gate(virtual=True):
                    lines += self.set_aside(stmt.targets)
                case Gate(saves=True):
                    tape = self.tape_of_one(stmt, region)
                    said = self.forward_expr(stmt.expr)
                    kept = self.names.forward[stmt.targets[0]]
                    lines.append(f"{tape}.append({said})" if tape else f"{kept} = {said}")
                case Gate():
                    self.count += 1
                    self.number_of[stmt.key] = self.count
                    said = self.statement(stmt)
                    self.said[stmt.key] = self.as_written(stmt) or said
                    lines.append(f"{said}  # ({self.count})" if self.comments else said)
                    lines += self.set_aside(stmt.targets)
                case Mark():
                    lines += self.mark(stmt)
                case Effect():
                    lines += self.text(stmt.node, self.forward_name).split("\n")
                case Branch():
                    lines += self.branch(stmt, region, ending)
                case Loop():
                    lines += self.loop(stmt, region)
                case Leave():
                    lines += ending.lines() if ending is not None else []
                    lines.append("break")
        return laid_out(lines)

    def mark(self, mark: Mark) -> list[str]:
        """The line of a `with`, `try`, `except` or `finally`, and where what is indented begins
        or ends."""
        if mark.part == "close":
            return [CLOSE]
        if mark.catch is not None:
            return [CLOSE, self.caught(mark.catch), OPEN]
        if mark.part == "final":
            return [CLOSE, "finally:", OPEN]
        if isinstance(mark.node, ast.Try):
            return ["try:", OPEN]
        head = self.text(mark.node, self.forward_name).split("\n")[0]
        return [head, OPEN]

    def branch(self, branch: Branch, region: Region, ending: Ending | None) -> list[str]:
        test = self.forward_expr(branch.test)
        lines: list[str] = []
        if branch.key in self.pair.tests and branch.catches is None:
            taken = self.names.backward[f"taken~{branch.key}"]
            told = f"bool({test})" if self.may_change(branch.test) else test
            lines.append(f"{taken} = {told}")
            test = taken
        if branch.catches is not None:
            return lines + self.try_(branch, branch.catches, region, ending)
        leaving = bool(branch.then) and isinstance(branch.then[-1], Leave)
        then = self.side(branch, "then", region, ending)
        orelse = self.side(branch, "else", region, ending)
        if leaving:
            lines += [f"if {test}:", *indented(then), *orelse]
        else:
            lines += if_statement(test, then, orelse)
        return lines + self.set_aside(m.target for m in branch.merges)

    def may_change(self, test: ast.expr) -> bool:
        """Whether what a test gives is a list or array, which may be written to later."""
        if isinstance(test, ast.BoolOp):
            return any(map(self.may_change, test.values))
        if not isinstance(test, ast.Name):
            return False
        type_ = self.pair.staged.types.get(test.id)
        return not (isinstance(type_, Num) and type_.is_scalar)

    def try_(
        self, branch: Branch, catch: Catch, region: Region, ending: Ending | None
    ) -> list[str]:
        """`try` and `except`, with a note of which of them it was."""
        then = self.side(branch, "then", region, ending)
        orelse = self.side(branch, "else", region, ending)
        if branch.key in self.pair.tests:
            taken = self.names.backward[f"taken~{branch.key}"]
            then.append(f"{taken} = True")
            orelse.append(f"{taken} = False")
        lines = ["try:", *indented(then or ["pass"])]
        lines += [self.caught(catch), *indented(orelse or ["pass"])]
        return lines + self.set_aside(m.target for m in branch.merges)

    def caught(self, catch: Catch) -> str:
        """`except KeyError as error:`"""
        caught = f" {self.forward_expr(catch.types)}" if catch.types is not None else ""
        if isinstance(catch.types, ast.Tuple):
            caught = f" ({', '.join(self.forward_expr(t) for t in catch.types.elts)})"
        if catch.target is not None:
            caught += f" as {self.names.forward[catch.target]}"
        return f"except{caught}:"

    def side(self, branch: Branch, kind: str, region: Region, ending: Ending | None) -> list[str]:
        """One side's lines; what it saves is put together before it leaves."""
        inside = (*region, (kind, branch.key))
        saved = self.names.backward.get(f"saved~{branch.key}")
        if inside in self.at_hand:
            notes = self.shapes(inside)
        elif self.pair.stacked:
            notes = self.put_on_stacks(inside)
        else:
            packed = self.packed(inside) if saved else ""
            notes = [f"{saved} = {packed}"] if saved and packed != saved else []
        body = branch.then if kind == "then" else branch.orelse
        lines = self.block(body, inside, Ending(notes, ending))
        return lines if body and isinstance(body[-1], Leave) else lines + notes

    def loop(self, loop: Loop, region: Region) -> list[str]:
        inside = (*region, ("loop", loop.key))
        tape = self.names.backward.get(f"tape~{loop.key}")
        trips = self.names.backward.get(f"trips~{loop.key}")
        lines = [f"{tape} = []"] if tape else []
        lines += [f"{trips} = 0"] if trips else []
        starts = {c.inner for c in loop.carried}
        over = self.forward_expr(loop.over, starts)
        elements = self.over_elements.get(loop.key, ())
        if elements:
            lines.append(self.head_of_elements(elements))
        elif loop.index is None:
            lines.append(f"while {over}:")
        else:
            lines.append(f"for {self.names.forward[loop.index]} in {over}:")
        notes = self.put_on_stacks(inside) if self.pair.stacked else []
        if tape and not any(self.tape_of_one(stmt, inside) for stmt in loop.body):
            notes = [f"{tape}.append({self.packed(inside)})"]
        elif trips and not tape:
            notes.append(f"{trips} += 1")
        body = self.set_aside([*(c.inner for c in loop.carried), *filter(None, [loop.index])])
        body += self.block(loop.body[len(elements) :], inside, Ending(notes, None))
        if not (loop.body and isinstance(loop.body[-1], Leave)):
            body += notes
        lines += indented(body or ["pass"])
        return lines + self.set_aside(c.after for c in loop.carried if c.after != c.inner)

    def head_of_elements(self, elements: Sequence[Gate]) -> str:
        """The head of a loop that runs over lists or arrays, several of them together."""
        targets = [self.targets(gate) for gate in elements]
        if len(targets) > 1:
            targets = [f"({said})" if ", " in said else said for said in targets]
        owners = [gate.expr.value for gate in elements if isinstance(gate.expr, ast.Subscript)]
        over = ", ".join(map(self.forward_expr, owners))
        return f"for {', '.join(targets)} in {f'zip({over})' if len(owners) > 1 else over}:"

    def tape_of_one(self, stmt: Stmt, region: Region) -> str | None:
        """The tape of a loop whose trips keep nothing but what a write of theirs destroys."""
        saves = isinstance(stmt, Gate) and stmt.saves and not self.pair.stacked
        if not saves or not region or region[-1][0] != "loop":
            return None
        assert isinstance(stmt, Gate)
        kept = [residual.target for residual in self.pair.caches.get(region, ())]
        if kept != [stmt.targets[0]] or region[-1][1] in self.pair.broken:
            return None
        return self.names.backward[f"tape~{region[-1][1]}"]

    def packed(self, region: Region) -> str:
        """What is kept of a region, as one value."""
        entries = [self.expr(residual.expr) for residual in self.pair.caches.get(region, ())]
        if len(entries) == 1:
            return entries[0]
        return f"({', '.join(entries)})"

    def unpacked(self, region: Region) -> str:
        """The names that what is kept of a region is taken apart into."""
        targets = [self.names.later(r.target) for r in self.pair.caches.get(region, ())]
        return ", ".join(targets)

    def statement(self, gate: Gate) -> str:
        if gate.place is not None:
            return self.forward_expr(gate.expr) if gate.effect else self.write(gate, gate.place)
        targets = self.targets(gate)
        kept = ".copy()" if self.names.copies.get(gate.targets[0]) == targets else ""
        return f"{targets} = {self.forward_expr(gate.expr)}{kept}"

    def targets(self, gate: Gate) -> str:
        """The names that a gate binds; a helper's result stands as a whole beside its cache."""
        said = [self.names.forward[target] for target in gate.targets]
        if not is_pair(gate.op):
            return ", ".join(said)
        given, rule = self.given(gate), gate.op.general
        if rule.given:
            return given  # there is no cache
        return f"{f'({given})' if isinstance(rule.gives, Seq) else given}, {said[-1]}"

    def given(self, gate: Gate) -> str:
        """The names that a helper's result has."""
        rule = gate.op.general
        parts = [name(self.names.forward[t]) for t in gate.targets[: len(rule.results)]]
        return text_of(like(rule.gives, parts))

    def as_written(self, gate: Gate) -> str:
        """A call of a helper that is compiled by itself, as the author wrote it."""
        if not is_pair(gate.op):
            return ""
        call = clone(gate.expr)
        call.func = name(gate.op.function.helper)
        return f"{self.given(gate)} = {self.forward_expr(call)}"

    def write(self, gate: Gate, place: ast.expr) -> str:
        """`x[i] = v`, or `x[i] += v` where the value is what was there and more."""
        where = self.forward_expr(place)
        whole = _array_at(place)
        match gate.expr:
            case ast.BinOp(left=left, op=op, right=right) if alike(left, whole) and (
                whole is not place or not self.is_object_in_list(place)
            ):
                assert isinstance(whole, ast.Name | ast.Subscript)
                changed = ast.AugAssign(whole, op, right)
                return self.text(changed, self.forward_name)
        if isinstance(place, ast.Name):
            where = f"{where}[...]"
        return f"{where} = {self.forward_expr(gate.expr)}"

    def is_object_in_list(self, place: ast.expr) -> bool:
        """Whether an array or list stands there, which `+=` would change for all who have it."""
        depth = 0
        while isinstance(place, ast.Subscript):
            place, depth = place.value, depth + 1
        type_ = self.pair.staged.types.get(place.id) if isinstance(place, ast.Name) else None
        for _ in range(depth):
            type_ = type_.item if isinstance(type_, ListOf) else None
        return depth > 0 and isinstance(type_, Num) and not type_.is_scalar

    # -- the backward -----------------------------------------------------------------

    @cached_property
    def backprop(self) -> list[str]:
        _ = self.stages  # the comments quote them
        self.head()
        return indented(self.undo(self.pair.steps, ()))

    def head(self) -> None:
        """Settle which gate the comment above the lines of each statement quotes."""
        self.headings: dict[int, Gate] = {}
        for stmt in walk(self.pair.forward):
            if isinstance(stmt, Gate) and not stmt.virtual:
                self.headings[self.pair.statement_of[stmt.key]] = stmt
        self.current: int | None = None

    def copies_of_restored(self) -> list[str]:
        """Lines that leave the forward's arrays as they are when the way back restores them."""
        names = [self.names.later(array) for array in self.pair.restored]
        return [f"{said} = {said}.copy()" for said in names]

    def undo(self, steps: Steps, region: Region) -> list[str]:
        lines: list[str] = []
        marked = [(self.mark_of(step), step) for step in steps]
        for mark, group in itertools.groupby(marked, lambda pair: pair[0]):
            part = [step for _, step in group]
            if mark is None:
                lines += self.undo_all(part, region)
                continue
            self.around.append(mark)
            inside = self.undo_all(part, region)
            self.around.pop()
            if inside:
                lines += [*self.mark(mark)[:1], *indented(inside)]
        return lines

    def mark_of(self, step: Nested[Step]) -> Mark | None:
        """The `with` that stands round a line, if it is not round all that is being written."""
        found = [m for m, end in self.marks if m.key < step.gate < end and m not in self.around]
        return found[-1] if found else None

    @cached_property
    def marks(self) -> list[tuple[Mark, int]]:
        """Each `with` that holds on the way back, and the key that its end has."""
        opened: list[Mark] = []
        found = []
        for stmt in walk(self.pair.forward):
            if isinstance(stmt, Mark) and stmt.part == "open":
                opened.append(stmt)
            elif isinstance(stmt, Mark) and stmt.part == "close":
                mark = opened.pop()
                found += [(mark, stmt.key)] if mark.again else []
        return sorted(found, key=lambda pair: pair[0].key)

    def undo_all(self, steps: Iterable[Nested[Step]], region: Region) -> list[str]:
        lines: list[str] = []
        for step in steps:
            match step:
                case Step():
                    said = self.step(step)
                    if said is not None:
                        lines += self.heading(step)
                        lines.append(said)
                case BackBranch():
                    lines += self.undo_branch(step, region)
                case BackLoop():
                    lines += self.undo_loop(step, region)
        return lines

    def heading(self, step: Step) -> list[str]:
        statement = self.pair.statement_of.get(step.gate)
        if not self.comments or statement is None or statement == self.current:
            return []
        self.current = statement
        gate = self.headings.get(statement)
        if gate is None or gate.key not in self.said:
            return []
        said = " ".join(self.said[gate.key].split())
        return [f"# backprop {said}  ({self.number_of[gate.key]})"]

    def undo_branch(self, step: BackBranch[Step], region: Region) -> list[str]:
        branch = step.branch
        test = self.expr(branch.test)
        if branch.key in self.pair.tests:
            test = self.names.backward[f"taken~{branch.key}"]
        saved = self.names.backward.get(f"saved~{branch.key}")
        sides = []
        for kind, part in (("then", step.then), ("else", step.orelse)):
            inside = (*region, (kind, branch.key))
            lines = self.undo(part, inside)
            unpacked = self.unpacked(inside) if inside not in self.at_hand else ""
            if self.pair.stacked and inside not in self.at_hand:
                lines = [*self.taken_off_stacks(inside), *lines]
            elif saved and lines and unpacked not in ("", saved):
                lines.insert(0, f"{unpacked} = {saved}")
            sides.append(lines)
        if not any(sides):
            return []
        return if_statement(test, sides[0], sides[1])

    def undo_loop(self, step: BackLoop[Step], region: Region) -> list[str]:
        loop = step.loop
        inside = (*region, ("loop", loop.key))
        body = self.undo(step.body, inside)
        if not body:
            return []
        if self.pair.stacked:
            body = [*self.taken_off_stacks(inside), *body]
        tape = self.names.backward.get(f"tape~{loop.key}")
        trips = self.names.backward.get(f"trips~{loop.key}")
        if tape and loop.key in self.pair.paired:
            assert loop.index is not None
            trips = f"len({tape})" if loop.key in self.pair.broken else None
            over = self.expr(_reversed(loop.over, trips))
            heads = f"{self.names.later(loop.index)}, {self.unpacked(inside)}"
            head = f"for {heads} in zip({over}, reversed({tape})):"
        elif tape:
            head = f"for {self.unpacked(inside)} in reversed({tape}):"
        elif loop.index is None or (self.pair.stacked and trips):
            head = f"for _ in range({trips}):"
        else:
            read = any(loop.index in names_in(e) for e in step_expressions(step.body))
            if read or _reads_index(step.body, loop.index):
                index = self.names.later(loop.index)
                head = f"for {index} in {self.expr(_reversed(loop.over, trips))}:"
            else:
                over = f"range({trips})" if trips else self.expr(loop.over)
                head = f"for _ in {over}:"
        return [head, *indented(body)]

    def step(self, step: Step) -> str | None:
        target = self.names.backward.get(step.target) or self.names.later(step.target)
        expr = self.expr(step.expr)
        if step.how == "put":
            return f"{target}.append({expr})"
        if step.index is None:
            if step.how == "=" and expr == target:
                return None
            target = ", ".join([target, *(self.names.backward[t] for t in step.more)])
            return f"{target} {step.how} {expr}"
        index = self.expr(ast.Subscript(name(step.target), step.index, ast.Load()))
        if step.how == "at":
            module = self.module(np, "np")
            place = _index_argument(index[len(target) + 1 : -1], step.index, module)
            return f"{module}.add.at({target}, {place}, {expr})"
        match step.expr:
            case ast.BinOp(left=left, op=ast.Mult() | ast.Div() as op, right=right):
                if step.how == "=" and self.expr(left) == index:
                    sign = "*=" if isinstance(op, ast.Mult) else "/="
                    return f"{index} {sign} {self.expr(right)}"
        return f"{index} {step.how} {expr}"

    def shapes(self, region: Region = ()) -> list[str]:
        """What the joint form needs of a region under the names the backward has for it."""
        lines = []
        for residual in self.pair.caches.get(region, ()):
            said, target = self.expr(residual.expr), self.names.later(residual.target)
            if said != target:
                lines.append(f"{target} = {said}")
        return lines

    # -- names ----------------------------------------------------------------------

    def expr(self, node: ast.expr) -> str:
        """An expression of the backward, or of what is handed to it."""
        return text_of(node, self.in_backward)

    def forward_expr(self, node: ast.expr, plain: Iterable[str] = ()) -> str:
        """An expression of the forward; `plain` values have not been set aside yet."""
        own = {value: self.names.forward[value] for value in plain}
        if not own:
            return text_of(node, self.in_forward)
        return self.text(node, lambda v: own.get(v) or self.forward_name(v))

    def text(self, node: ast.AST, named: Callable[[str], str | None]) -> str:
        return text_of(node, lambda identifier: self.printed(identifier, named))

    def in_forward(self, identifier: str) -> ast.expr | None:
        if identifier not in self._in_forward:
            self._in_forward[identifier] = self.printed(identifier, self.forward_name)
        return self._in_forward[identifier]

    def in_backward(self, identifier: str) -> ast.expr | None:
        if identifier not in self._in_backward:
            self._in_backward[identifier] = self.printed(identifier, self.later_name)
        return self._in_backward[identifier]

    def forward_name(self, value: str) -> str | None:
        if value in self.names.read_late and value in self.names.aside:
            return self.names.aside[value]
        return self.names.forward.get(value)

    def later_name(self, value: str) -> str | None:
        found = self.names.copies.get(value) or self.names.aside.get(value)
        return found or self.names.forward.get(value) or self.names.backward.get(value)

    def printed(self, identifier: str, named: Callable[[str], str | None]) -> ast.expr | None:
        self.note(identifier)
        found = named(identifier)
        if found is not None:
            return name(found)
        if identifier == "@np":
            return name(self.module(np, "np"))
        if identifier == "@math":
            return name(self.module(math, "math"))
        if identifier == "@cmath":
            return name(self.module(cmath, "cmath"))
        if identifier.startswith("@rt."):
            return name(identifier[4:])
        if identifier.startswith("@"):
            return name(self.submodule(sys.modules[identifier[1:]]))
        if is_leaf(identifier) or is_part(identifier, (self.pair.seed,)):
            element: ast.expr = renamed(access(identifier), lambda i: self.printed(i, named))
            return element
        return None

    def module(self, module: ModuleType, otherwise: str) -> str:
        found = module_names(self.externals, module, otherwise)
        self.used[found] = module
        return found

    def submodule(self, module: ModuleType) -> str:
        """What a module such as `scipy.special` is called: `special`, unless the author knows
        it, or its parent, under a name."""
        parent, _, last = module.__name__.rpartition(".")
        outer = sys.modules.get(parent)
        above = module_names(self.externals, outer, "") if outer is not None else ""
        known = module_names(self.externals, module, "")
        if above and not known:
            return f"{self.module(sys.modules[parent], above)}.{last}"
        taken = {*self.externals, *self.names.forward.values(), *self.names.backward.values()}
        if known or (last not in taken and self.used.get(last, module) is module):
            return self.module(module, last)
        return self.module(module, module.__name__.replace(".", "_"))

    def note(self, identifier: str) -> None:
        if identifier in self.externals:
            self.used[identifier] = self.externals[identifier]
        elif identifier.startswith("@rt."):
            self.helpers[identifier[4:]] = getattr(runtime, identifier[4:])


def _index_argument(text: str, index: ast.expr, module: str) -> str:
    """An index as an argument: `x[i, j]` is `np.add.at(x, (i, j), ...)`."""
    if any(isinstance(node, ast.Slice) for node in ast.walk(index)):
        return f"{module}.s_[{text}]"
    if isinstance(index, ast.Tuple):
        return f"({text})"
    return text


def _array_at(place: ast.expr) -> ast.expr:
    """The array of `rows[i][...]`, which stays where it is; any other place as it is."""
    match place:
        case ast.Subscript(value=array, slice=ast.Constant(value=value)) if value is ...:
            return array
    return place


def _reversed(over: ast.expr, trips: str | None) -> ast.expr:
    """The range that runs the other way, from the trip that was the last."""
    turned = None
    match over:
        case ast.Call(func=ast.Name(id="reversed"), args=[inner]):
            turned = inner
    if trips is None:
        return turned or ast.Call(name("reversed"), [over], [])
    if turned is not None:
        back = ast.UnaryOp(ast.USub(), ast.Constant(1))
        over = ast.Subscript(turned, ast.Slice(None, None, back), ast.Load())
    made = ast.Subscript(over, ast.Slice(None, name(trips), None), ast.Load())
    return ast.Call(name("reversed"), [made], [])


def _reads_index(steps: Steps, index: str) -> bool:
    """Whether loops or branches inside are told by the index."""
    for step in steps:
        if isinstance(step, BackLoop):
            if index in names_in(step.loop.over) or _reads_index(step.body, index):
                return True
        elif isinstance(step, BackBranch):
            if index in names_in(step.branch.test):
                return True
            if _reads_index(step.then, index) or _reads_index(step.orelse, index):
                return True
    return False
