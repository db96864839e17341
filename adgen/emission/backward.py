"""The lines of the backward, under comments that quote the statements which they undo."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterable
from functools import cached_property

import numpy as np

from adgen.caching.shapes import step_expressions
from adgen.emission.forward import Forward
from adgen.emission.layout import if_statement, indented
from adgen.ir import (
    BackBranch,
    BackLoop,
    Gate,
    Mark,
    Nested,
    Region,
    Step,
    Steps,
    name,
    names_in,
    walk,
)


class Backward:
    def __init__(self, forward: Forward) -> None:
        self.forward = forward
        self.kept = forward.kept
        self.words = forward.words
        self.pair = forward.pair
        self.names = forward.names
        self.comments = forward.comments
        self.around: list[Mark] = []

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
                lines += [*self.forward.mark(mark)[:1], *indented(inside)]
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
        if gate is None or gate.key not in self.forward.said:
            return []
        said = " ".join(self.forward.said[gate.key].split())
        return [f"# backprop {said}  ({self.forward.number_of[gate.key]})"]

    def undo_branch(self, step: BackBranch[Step], region: Region) -> list[str]:
        branch = step.branch
        test = self.words.expr(branch.test)
        if branch.key in self.pair.tests:
            test = self.names.backward[f"taken~{branch.key}"]
        saved = self.names.backward.get(f"saved~{branch.key}")
        sides = []
        for kind, part in (("then", step.then), ("else", step.orelse)):
            inside = (*region, (kind, branch.key))
            lines = self.undo(part, inside)
            unpacked = self.kept.unpacked(inside) if inside not in self.kept.at_hand else ""
            if self.pair.stacked and inside not in self.kept.at_hand:
                lines = [*self.kept.taken_off_stacks(inside), *lines]
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
            body = [*self.kept.taken_off_stacks(inside), *body]
        tape = self.names.backward.get(f"tape~{loop.key}")
        trips = self.names.backward.get(f"trips~{loop.key}")
        if tape and loop.key in self.pair.paired:
            assert loop.index is not None
            trips = f"len({tape})" if loop.key in self.pair.broken else None
            over = self.words.expr(_reversed(loop.over, trips))
            heads = f"{self.names.later(loop.index)}, {self.kept.unpacked(inside)}"
            head = f"for {heads} in zip({over}, reversed({tape})):"
        elif tape:
            head = f"for {self.kept.unpacked(inside)} in reversed({tape}):"
        elif loop.index is None or (self.pair.stacked and trips):
            head = f"for _ in range({trips}):"
        else:
            read = any(loop.index in names_in(e) for e in step_expressions(step.body))
            if read or _reads_index(step.body, loop.index):
                index = self.names.later(loop.index)
                head = f"for {index} in {self.words.expr(_reversed(loop.over, trips))}:"
            else:
                over = f"range({trips})" if trips else self.words.expr(loop.over)
                head = f"for _ in {over}:"
        return [head, *indented(body)]

    def step(self, step: Step) -> str | None:
        target = self.names.backward.get(step.target) or self.names.later(step.target)
        expr = self.words.expr(step.expr)
        if step.how == "put":
            return f"{target}.append({expr})"
        if step.index is None:
            if step.how == "=" and expr == target:
                return None
            target = ", ".join([target, *(self.names.backward[t] for t in step.more)])
            return f"{target} {step.how} {expr}"
        index = self.words.expr(ast.Subscript(name(step.target), step.index, ast.Load()))
        if step.how == "at":
            module = self.words.module(np, "np")
            place = _index_argument(index[len(target) + 1 : -1], step.index, module)
            return f"{module}.add.at({target}, {place}, {expr})"
        match step.expr:
            case ast.BinOp(left=left, op=ast.Mult() | ast.Div() as op, right=right):
                if step.how == "=" and self.words.expr(left) == index:
                    sign = "*=" if isinstance(op, ast.Mult) else "/="
                    return f"{index} {sign} {self.words.expr(right)}"
        return f"{index} {step.how} {expr}"


def _index_argument(text: str, index: ast.expr, module: str) -> str:
    """An index as an argument: `x[i, j]` is `np.add.at(x, (i, j), ...)`."""
    if any(isinstance(node, ast.Slice) for node in ast.walk(index)):
        return f"{module}.s_[{text}]"
    if isinstance(index, ast.Tuple):
        return f"({text})"
    return text


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
