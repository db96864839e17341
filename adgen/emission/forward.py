"""The lines of the forward, statement by statement."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from adgen.emission.elements import loops_over_elements
from adgen.emission.keeping import Keeping
from adgen.emission.layout import CLOSE, OPEN, Ending, if_statement, indented, laid_out
from adgen.emission.naming import stack_of
from adgen.emission.text import text_of
from adgen.ir import (
    Block,
    Branch,
    Catch,
    Effect,
    Gate,
    Leave,
    Loop,
    Mark,
    Region,
    alike,
    clone,
    name,
)
from adgen.rules.pairs import is_pair, like
from adgen.rules.settle.adjoints import copy_of
from adgen.types import ListOf, Num, Seq


class Forward:
    def __init__(self, kept: Keeping, comments: bool) -> None:
        self.kept = kept
        self.words = kept.words
        self.pair = kept.pair
        self.names = kept.names
        self.comments = comments
        self.unbound = self.pair.staged.program.unbound
        self.over_elements = loops_over_elements(self.pair, self.names)
        # statements by their gates: their numbers, and what comments of the backward quote
        self.number_of: dict[int, int] = {}
        self.said: dict[int, str] = {}
        self.count = 0

    def lines(self) -> list[str]:
        """All statements, with what is kept between them."""
        return [*self.begun(), *self.block(self.pair.forward, (), None)]

    def begun(self) -> list[str]:
        """What comes before all statements."""
        inputs = self.pair.staged.program.inputs
        return [*self.unbound_names(), *self.set_aside(inputs), *self.kept.begun()]

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
            if value in self.kept.put_at_once:
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
        copy = self.words.text(copying, self.names.forward.get)
        none = self.names.forward[value] if value in self.unbound else ""
        return f"None if {none} is None else {copy}" if none else copy

    def block(self, body: Block, region: Region, ending: Ending | None) -> list[str]:
        lines: list[str] = []
        for stmt in body:
            match stmt:
                case Gate(virtual=True):
                    lines += self.set_aside(stmt.targets)
                case Gate(saves=True):
                    tape = self.kept.tape_of_one(stmt, region)
                    said = self.words.forward_expr(stmt.expr)
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
                    lines += self.words.text(stmt.node, self.words.forward_name).split("\n")
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
        head = self.words.text(mark.node, self.words.forward_name).split("\n")[0]
        return [head, OPEN]

    def branch(self, branch: Branch, region: Region, ending: Ending | None) -> list[str]:
        test = self.words.forward_expr(branch.test)
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
        caught = f" {self.words.forward_expr(catch.types)}" if catch.types is not None else ""
        if isinstance(catch.types, ast.Tuple):
            caught = f" ({', '.join(self.words.forward_expr(t) for t in catch.types.elts)})"
        if catch.target is not None:
            caught += f" as {self.names.forward[catch.target]}"
        return f"except{caught}:"

    def side(self, branch: Branch, kind: str, region: Region, ending: Ending | None) -> list[str]:
        """One side's lines; what it saves is put together before it leaves."""
        inside = (*region, (kind, branch.key))
        saved = self.names.backward.get(f"saved~{branch.key}")
        if inside in self.kept.at_hand:
            notes = self.kept.shapes(inside)
        elif self.pair.stacked:
            notes = self.kept.put_on_stacks(inside)
        else:
            packed = self.kept.packed(inside) if saved else ""
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
        over = self.words.forward_expr(loop.over, starts)
        elements = self.over_elements.get(loop.key, ())
        if elements:
            lines.append(self.head_of_elements(elements))
        elif loop.index is None:
            lines.append(f"while {over}:")
        else:
            lines.append(f"for {self.names.forward[loop.index]} in {over}:")
        notes = self.kept.put_on_stacks(inside) if self.pair.stacked else []
        if tape and not any(self.kept.tape_of_one(stmt, inside) for stmt in loop.body):
            notes = [f"{tape}.append({self.kept.packed(inside)})"]
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
        over = ", ".join(map(self.words.forward_expr, owners))
        return f"for {', '.join(targets)} in {f'zip({over})' if len(owners) > 1 else over}:"

    def statement(self, gate: Gate) -> str:
        if gate.place is not None:
            return (
                self.words.forward_expr(gate.expr) if gate.effect else self.write(gate, gate.place)
            )
        targets = self.targets(gate)
        kept = ".copy()" if self.names.copies.get(gate.targets[0]) == targets else ""
        return f"{targets} = {self.words.forward_expr(gate.expr)}{kept}"

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
        return f"{self.given(gate)} = {self.words.forward_expr(call)}"

    def write(self, gate: Gate, place: ast.expr) -> str:
        """`x[i] = v`, or `x[i] += v` where the value is what was there and more."""
        where = self.words.forward_expr(place)
        whole = _array_at(place)
        match gate.expr:
            case ast.BinOp(left=left, op=op, right=right) if alike(left, whole) and (
                whole is not place or not self.is_object_in_list(place)
            ):
                assert isinstance(whole, ast.Name | ast.Subscript)
                changed = ast.AugAssign(whole, op, right)
                return self.words.text(changed, self.words.forward_name)
        if isinstance(place, ast.Name):
            where = f"{where}[...]"
        return f"{where} = {self.words.forward_expr(gate.expr)}"

    def is_object_in_list(self, place: ast.expr) -> bool:
        """Whether an array or list stands there, which `+=` would change for all who have it."""
        depth = 0
        while isinstance(place, ast.Subscript):
            place, depth = place.value, depth + 1
        type_ = self.pair.staged.types.get(place.id) if isinstance(place, ast.Name) else None
        for _ in range(depth):
            type_ = type_.item if isinstance(type_, ListOf) else None
        return depth > 0 and isinstance(type_, Num) and not type_.is_scalar


def _array_at(place: ast.expr) -> ast.expr:
    """The array of `rows[i][...]`, which stays where it is; any other place as it is."""
    match place:
        case ast.Subscript(value=array, slice=ast.Constant(value=value)) if value is ...:
            return array
    return place
