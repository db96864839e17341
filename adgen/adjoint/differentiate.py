"""From the staged program to the contributions that each adjoint receives.

Gates are taken in reverse.  An operand that staging introduced is taken right
after the gate that reads it, so that lines come in the order in which the author
wrote the operands.  Whether a contribution is printed as `=` or `+=` is not
decided here.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from adgen.adjoint.collected import places_in
from adgen.adjoint.reused import Reused
from adgen.adjoint.stacks import Stacks
from adgen.adjoint.template import Template, fill_line
from adgen.adjoint.unchosen import Trial, choice_of
from adgen.algebra import simplify
from adgen.analysis.activity import held, varied_values
from adgen.analysis.expressions import Lengths, TypeOf, handed_on, joined
from adgen.errors import InternalError, UserError
from adgen.ir import (
    FIRST,
    LAST,
    BackBranch,
    BackLoop,
    Block,
    Branch,
    Carried,
    Carry,
    Contribution,
    Element,
    Gate,
    Leave,
    Line,
    Lines,
    Loop,
    Region,
    Staged,
    adjoint_of,
    altered,
    differentiated,
    is_adjoint,
    is_introduced,
    is_within,
    name,
    names_in,
    places,
    slot_of,
    substitute,
    walk,
    walk_lines,
)
from adgen.rules.lookup import Catalogue
from adgen.rules.operations import Given
from adgen.rules.rule import Rule
from adgen.rules.settle import TOLERANT, CannotSettle, Context
from adgen.rules.settle.adjoints import is_full, is_zero, spread, zeros_like
from adgen.rules.settle.broadcasting import unbroadcast
from adgen.rules.settle.complexes import part_for
from adgen.rules.settle.indices import repeats
from adgen.rules.settle.masks import Mask, mask_of
from adgen.rules.settle.spelling import call, constant_expr, length
from adgen.rules.settle.zeros import without_zeros
from adgen.rules.shapes import as_num
from adgen.rules.stacks import is_stack
from adgen.staging.terms import literal
from adgen.types import FLOAT, Known, ListOf, Num, Opaque, Record, Seq, Type


@dataclass(frozen=True)
class Backward:
    """The backward program: contributions in order, and the adjoints to return."""

    lines: Lines
    types: Mapping[str, Type]
    seed: str
    results: tuple[str, ...]


def differentiate(staged: Staged, catalogue: Catalogue) -> Backward:
    """The adjoint of a staged program in its `wrt`."""
    differentiator = Differentiator(staged, catalogue)
    backward = differentiator.run()
    vars(differentiator).clear()  # which it is part of itself: freed at once, not by the collector
    return backward


class Differentiator:
    def __init__(self, staged: Staged, catalogue: Catalogue) -> None:
        self.program = staged.program
        self.facts = staged.facts
        self.catalogue = catalogue
        self.types: dict[str, Type] = dict(staged.types)
        self.type_of = TypeOf(self.types, staged.facts, catalogue, self.program.externals)
        self.gates = dict(self.program.gates())
        self.defined = {t: key for key, gate in self.gates.items() for t in gate.targets}
        self.homes = self.program.homes
        self.context = Context(staged.facts, self.type_of, self._definition)
        self.lines: list[Line] = []
        self.received: set[str] = set()
        self.done: set[int] = set()
        self.temporaries = 0
        # lists that loops only add to: the adjoint of the finished list, and the place in it
        self.collected: dict[str, tuple[str, ast.expr | None]] = {}
        # adjoints that are 0 where the value was not chosen
        self.masks: dict[str, Mask] = {}
        # the gates, by their keys, whose operands' adjoints may be complex, and those that may not
        self.complex: dict[int, bool] = {}
        overwritten = self.program.overwritten
        left = {loop.key for loop in walk(self.program.body) if isinstance(loop, Loop)
                if any(isinstance(stmt, Leave) for stmt in walk(loop.body))}  # fmt: skip
        self.reused = Reused(self.gates, self.homes, overwritten, left, catalogue, self.type_of)
        self.stacks = Stacks(self)
        self.varied = varied_values(self.program, self.types)
        self.lengths = Lengths.of(self.types)

    def _definition(self, value: str) -> Gate | None:
        key = self.defined.get(value)
        return None if key is None else self.gates[key]

    def _mark(self, gate: Gate, key: str) -> str:
        if gate.op is None:
            return "free"
        mark: str = gate.op.general.passing.get(key, "")
        return mark

    # -- the walk ---------------------------------------------------------------

    def run(self) -> Backward:
        seed = self._seeds(self.program.result)
        self.uses = self._uses()
        self.block(self.program.body)
        results = []
        for parameter in self.program.wrt:
            results.append(self.assemble(parameter, self.types[parameter]))
        return Backward((*self.stacks.begun(), *self.lines), self.types, seed, tuple(results))

    def _seeds(self, result: ast.expr) -> str:
        """The adjoint that the backward is given: the result's, or a structure like it."""
        if isinstance(result, ast.Name):
            seed = adjoint_of(result.id)
            self.types[seed] = self._seed_type(self.types[result.id])
            if result.id in self.varied:
                self.received.add(seed)
            return seed
        seed = adjoint_of("out:0")
        self.types[seed] = Opaque("adjoint of several results")
        for path, part in places(result):
            if isinstance(part, ast.Name) and part.id in self.varied:
                source, target = f"{seed}{path}", adjoint_of(part.id)
                self.types[source] = self._seed_type(self.types[part.id])
                self._note(target, as_num(self.types[source]))
                self.lines.append(Contribution(target, name(source), FIRST))
        return seed

    def _seed_type(self, type_: Type) -> Type:
        if isinstance(type_, Num) and type_.dims == ():
            return FLOAT if type_.kind != "c" else type_
        return type_.of_adjoint if isinstance(type_, Num) else type_

    def _uses(self) -> Counter[str]:
        """How many gates read each value where it is differentiated."""
        uses: Counter[str] = Counter()
        for gate in self.gates.values():
            for key, expr in gate.operands.items():
                if not self._mark(gate, key):
                    uses.update(e.value.id for e in differentiated(expr))
        return uses

    def block(self, body: Block) -> None:
        """The adjoint of a block's statements, the last one first."""
        for stmt in reversed(body):
            if isinstance(stmt, Gate):
                self.gate(stmt)
            elif isinstance(stmt, Branch):
                self.branch(stmt)
            elif isinstance(stmt, Loop):
                self.loop(stmt)

    def gate(self, gate: Gate) -> None:
        if gate.key in self.done or gate.op is None:
            return
        self.done.add(gate.key)
        if is_stack(gate.op):
            self.stacks.undo(gate)
            return
        seeds = [adjoint_of(t) for t in gate.targets]
        collected = gate.targets[0] in self.collected
        if not collected and not any(seed in self.received for seed in seeds):
            return
        try:
            made = self._collect(gate) if collected else self.contributions(gate, gate.key)
        except CannotSettle as wrong:
            raise UserError(str(wrong), gate.span) from None
        if any(line.clears for _, lines in made for line in lines):
            # nothing may come between reading an adjoint and clearing it
            self.lines += [altered(line, steady=True) for _, lines in made for line in lines]
            made = [(operand, []) for operand, _ in made]
        for operand, lines in made:
            self.lines += lines
            if operand is not None and self._follows(operand, gate):
                self.gate(self.gates[self.defined[operand]])

    # -- branches -----------------------------------------------------------------

    def branch(self, branch: Branch) -> None:
        """The same branch on the way back: what was merged flows to the side it came from."""
        before, types = set(self.received), dict(self.types)
        then, then_received, then_types = self._side(branch, branch.then, "then", before)
        self._reset_types(types)
        orelse, else_received, else_types = self._side(branch, branch.orelse, "orelse", before)
        if not then and not orelse:
            return
        self.received = before | then_received | else_received
        for target in (then_received | else_received) - before:
            if self._is_inside(target, branch):
                continue  # one side alone has it, as it is there
            self.types[target] = self._meet(target, then_types.get(target), else_types.get(target))
        for target in before:
            a, b = then_types.get(target), else_types.get(target)
            if a != b:
                self.types[target] = self._meet(target, a, b)
        self.lines.append(BackBranch(branch, tuple(then), tuple(orelse), branch.key))

    def _is_inside(self, target: str, branch: Branch) -> bool:
        """Whether an adjoint belongs to a value of one side of a branch."""
        if not target.startswith("d~"):
            return True
        home = self.homes.get(target[2:].rstrip("/"), ())
        return any(key == branch.key and kind != "loop" for kind, key in home)

    def _reset_types(self, types: Mapping[str, Type]) -> None:
        for target in self.received:
            if target in types:
                self.types[target] = types[target]

    def _side(
        self, branch: Branch, body: Block, which: str, before: set[str]
    ) -> tuple[list[Line], set[str], dict[str, Type]]:
        outer, self.lines, self.received = self.lines, [], set(before)
        for merge in branch.merges:
            seed, source = adjoint_of(merge.target), getattr(merge, which)
            if seed in before:
                self._pass_on(seed, source)
        self.block(body)
        lines, self.lines = self.lines, outer
        return lines, self.received, {t: self.types[t] for t in self.received}

    def _pass_on(self, seed: str, source: ast.expr | None) -> None:
        """A value that was another under a new name: hand its adjoint on."""
        if not isinstance(source, ast.Name) or source.id not in self.varied:
            return
        expr = self._part_for(source.id, name(seed))
        found = as_num(self.type_of(expr))
        if found.dims is None:
            found = as_num(self._full(adjoint_of(source.id)))  # it is whole, as helpers give it
        self._note(adjoint_of(source.id), found)
        self.lines.append(Contribution(adjoint_of(source.id), expr, FIRST))

    def _part_for(self, value: str, adjoint: ast.expr) -> ast.expr:
        """The adjoint of a value that was another under a new name."""
        return part_for(self.context, adjoint, self.types[value], lambda: True)

    def _meet(self, target: str, a: Type | None, b: Type | None) -> Type:
        """The type of an adjoint that two paths have received differently."""
        return a if a is not None and a == b else self._full(target)

    def _full(self, target: str) -> Type:
        """The type of an adjoint with an element for each of its primal's."""
        primal = self.types.get(target[2:].rstrip("/"))
        return self.lengths.whole_adjoint(primal) if isinstance(primal, Num) else FLOAT

    # -- loops ----------------------------------------------------------------------

    def loop(self, loop: Loop) -> None:
        """The loop's trips in reverse.

        What the trips carry has one adjoint, handed from trip to trip; which names
        it is needed for is found by trying, since a trip may use what only the next
        trip makes.
        """
        collecting = self._collecting(loop)
        flowing = [
            c for c in loop.carried if adjoint_of(c.after) in self.received and c not in collecting
        ]
        before, types, done = set(self.received), dict(self.types), set(self.done)
        while True:
            self.received, self.done = set(before), set(done)
            self._begin_again(types)
            lines, outside = self._trip(loop, flowing, before)
            more = [
                c
                for c in loop.carried
                if c not in flowing
                and adjoint_of(c.inner) in self.received
                and (self._is_varied(c.start) or self._is_varied(c.next))
            ]
            if not more:
                break
            flowing += more
        if not lines and not collecting:
            self.received, self.done = before, done
            self._begin_again(types)
            return
        for target in before - outside:
            self.types[target] = types[target]
        self.received = before | outside
        steady = [t for t in sorted(outside) if t not in before]
        for target in steady:
            self.lines.append(Carry(target, None, loop.key))
        for carried in flowing:
            source = adjoint_of(carried.after)
            given = source if source in before else None
            self.lines.append(Carry(slot_of(carried), given, loop.key))
        self.lines.append(BackLoop(loop, tuple(lines), loop.key))
        for carried in collecting:
            self._hand_to_start(carried, loop)
        for carried in flowing:
            if isinstance(carried.start, ast.Name) and carried.start.id in self.varied:
                target = adjoint_of(carried.start.id)
                killed = Carry(slot_of(carried), None, loop.key) in lines
                expr = self._part_for(carried.start.id, self._at_start(carried, killed))
                self._note(target, as_num(self.type_of(expr)))
                self.lines.append(Contribution(target, expr, loop.key))

    def _begin_again(self, types: Mapping[str, Type]) -> None:
        """Forget what a trip that was tried has made of the types of adjoints."""
        self.types.clear()
        self.types.update(types)

    def _is_varied(self, source: ast.expr | None) -> bool:
        return isinstance(source, ast.Name) and source.id in self.varied

    def _trip(
        self, loop: Loop, flowing: list[Carried], before: set[str]
    ) -> tuple[list[Line], set[str]]:
        """One trip's lines, and the adjoints from outside that they add to."""
        inside = self._inside(loop)
        seeds = {seed for seed, _ in self.collected.values()}
        for target in before:
            if self._is_outside(target, inside) and target not in seeds:
                self.types[target] = self._full(target) if target.startswith("d~") else FLOAT
        outer, self.lines = self.lines, []
        for carried in flowing:
            slot = slot_of(carried)
            self.types[slot] = handed_on(
                self.facts, as_num(self.types[carried.after]), self.lengths
            )
            self.received.add(slot)
            self._pass_on(slot, carried.next)
        self.block(loop.body)
        outside = set()
        for line in walk_lines(self.lines):
            if isinstance(line, Contribution | Carry) and self._is_outside(line.target, inside):
                outside.add(line.target)
        for target in outside:
            self.types[target] = self._full(target)
        for carried in flowing:
            inner = adjoint_of(carried.inner)
            source = inner if inner in self.received else None
            self.lines.append(Carry(slot_of(carried), source, loop.key))
        lines, self.lines = self.lines, outer
        return lines, outside

    def _collecting(self, loop: Loop) -> list[Carried]:
        """The lists that a loop only adds to, each element at a place that is known."""
        found = []
        for carried in loop.carried:
            seed, whole = adjoint_of(carried.after), self.types.get(carried.after)
            if seed not in self.received or not isinstance(whole, ListOf):
                continue
            known = places_in(loop, carried, self.types)
            alike = self._stands_for_all(seed, whole)
            if known is None or (not alike and None in known.values()):
                continue
            found.append(carried)
            one = ast.Constant(0) if self._has_one_for_all(seed, whole) else None
            self.collected |= {v: (seed, None if alike else one or at) for v, at in known.items()}
        return found

    def _stands_for_all(self, seed: str, whole: ListOf) -> bool:
        """Whether a list's adjoint is that of each element alike."""
        given = as_num(self.types[seed])
        return given.ndim is not None and whole.ndim is not None and given.ndim < whole.ndim

    def _has_one_for_all(self, seed: str, whole: ListOf) -> bool:
        """Whether a list's adjoint has a single element, which is that of each."""
        given = as_num(self.types[seed])
        if not given.dims or not whole.dims:
            return False
        is_one = self.context.facts.is_one
        return is_one(given.dims[0]) is True and is_one(whole.dims[0]) is not True

    def _collect(self, gate: Gate) -> list[tuple[str | None, list[Contribution]]]:
        """What an element that is put into a list receives from the finished list."""
        seed, place = self.collected[gate.targets[0]]
        expr: ast.expr = name(seed)
        if place is not None:
            expr = ast.Subscript(expr, place, ast.Load())
        value = gate.operands[gate.op.general.grows]
        if not isinstance(value, ast.Name) or value.id not in self.varied:
            return []
        self._note(adjoint_of(value.id), as_num(self.type_of(expr)))
        return [(value.id, [Contribution(adjoint_of(value.id), expr, gate.key)])]

    def _at_start(self, carried: Carried, killed: bool) -> ast.expr:
        """The adjoint that the first trip leaves, as large as what there was at the start.

        Where the trips made an array of a number, or a number of an array, it is zeros; these are
        like what a trip leaves if trips make the value anew (`killed`).
        """
        adjoint, start = name(slot_of(carried)), carried.start
        assert isinstance(start, ast.Name)
        rank = self.type_of.rank(start)
        if as_num(self.types[carried.inner]).dims is not None:
            return adjoint
        if rank == 0:
            return call("sum", adjoint)
        both = ast.BinOp(call("zeros_like", start), ast.Add(), adjoint)
        if killed:
            return unbroadcast(self.context, both, start, both)
        return adjoint if rank is None else both

    def _hand_to_start(self, carried: Carried, loop: Loop) -> None:
        """What a list held before a loop added to it has the first part of its adjoint."""
        start = carried.start
        if not isinstance(start, ast.Name) or start.id not in self.varied:
            return
        whole = self.types[start.id]
        assert isinstance(whole, ListOf) and whole.dims
        seed = adjoint_of(carried.after)
        expr: ast.expr = name(seed)
        if not self._stands_for_all(seed, whole):
            known = whole.dims[0].known
            stop = length(start, 0) if known is None else ast.Constant(known)
            expr = ast.Subscript(expr, ast.Slice(None, stop), ast.Load())
        target = adjoint_of(start.id)
        self._note(target, as_num(self.type_of(expr)))
        self.lines.append(Contribution(target, expr, loop.key))

    def _inside(self, loop: Loop) -> Region:
        home = self.homes.get(loop.index or "", ())
        if loop.index is not None:
            return home
        first = next((c.inner for c in loop.carried if c.inner in self.homes), None)
        return self.homes[first] if first else ()

    def _is_outside(self, target: str, inside: Region) -> bool:
        """Whether an adjoint belongs to a value from outside of the loop."""
        if not target.startswith("d~"):
            return False
        return not is_within(self.homes.get(target[2:].rstrip("/"), ()), inside)

    def _follows(self, operand: str, gate: Gate) -> bool:
        """Whether an operand was introduced for this gate alone."""
        position = self.defined.get(operand)
        if position is None or not is_introduced(operand):
            return False
        maker = self.gates[position]
        if self.homes.get(operand) != self.homes.get(gate.targets[0]):
            return False  # a loop's trips read it, one after the other
        readers = sum(self.uses[target] for target in maker.targets)
        return maker.statement == gate.statement and readers == 1

    def contributions(
        self, gate: Gate, position: int
    ) -> list[tuple[str | None, list[Contribution]]]:
        """The lines of one gate, by the operand that each is for."""
        op = gate.op
        consts = self._consts(gate)
        rule = self._choose(gate, consts)
        lines = list(rule.lines(consts | self._absent(gate, rule)))
        if any(line.clears for line in lines):
            self._make_whole(gate)
        table = self._table(gate, rule)
        template = Template(rule, table, consts, self.context, partial(self._plain, gate))
        assert op is not None
        made: list[tuple[str | None, list[Contribution]]] = []
        for line in lines:
            key = line.target[1:] if line.target.startswith("d") else ""
            if key in gate.operands and not self._mark(gate, key):
                for element in differentiated(gate.operands[key]):
                    if element.value.id in self.varied:
                        self._place(template, key, element)
                        self._widen(gate, rule, template, line)
                        received = self._receive(template, rule, line, element.value, gate)
                        made.append((element.value.id, received))
            elif key not in gate.operands and key not in rule.inputs:
                self._widen(gate, rule, template, line)
                made.append((None, [self._temporary(template, line, position)]))
        return made

    def _make_whole(self, gate: Gate) -> None:
        """An adjoint of which a write clears a part has an element for each of the array's."""
        for target in gate.targets:
            seed = adjoint_of(target)
            if seed in self.received and not is_full(
                self.context, self.types[seed], self.types[target]
            ):
                self.lines.append(Carry(seed, seed, gate.key))
                self.types[seed] = self._full(seed)

    def _place(self, template: Template, key: str, element: Element) -> None:
        """Tell a rule for several operands which of them its line is for."""
        if element.place:
            one = len(element.place) == 1
            place = element.place[0] if one else element.place
            template.consts = {**template.consts, "position": place}

    def _consts(self, gate: Gate) -> dict[str, Any]:
        rule = gate.op.general
        consts = {k: v for k, v in rule.defaults.items() if rule.marked(k) == "const"}
        for key, expr in gate.operands.items():
            if rule.marked(key) == "const":
                consts[key] = self._const(expr)
        return consts

    def _const(self, expr: ast.expr) -> Any:
        try:
            return self.type_of.constant(expr)
        except ValueError:
            static = self.type_of(expr)
            if isinstance(static, Known):
                return static.value
            if isinstance(static, Num) and static.value is not None:
                return static.value.known
            if isinstance(static, Seq):
                return tuple(
                    t.value.known if isinstance(t, Num) and t.value else None for t in static.items
                )
        raise InternalError("adjoint", f"`{ast.unparse(expr)}` should have been constant")

    def _absent(self, gate: Gate, rule: Rule) -> dict[str, Any]:
        """Inputs left out of the call, at their defaults, for `if` in a rule's body."""
        return {k: v for k, v in rule.defaults.items() if k not in gate.operands}

    def _choose(self, gate: Gate, consts: Mapping[str, Any]) -> Rule:
        seen = dict(consts)
        for key, expr in gate.operands.items():
            if key not in consts and len(gate.op.rules) > 1:
                type_ = self.type_of(expr)
                active = any(e.value.id in self.varied for e in differentiated(expr))
                is_complex = self.facts.may_be_complex(type_)
                seen[key] = Given(type_, active, literal(expr) is not None, is_complex)
        rule: Rule = gate.op.rule_for(seen)
        return rule

    def _table(self, gate: Gate, rule: Rule) -> dict[str, ast.expr]:
        table: dict[str, ast.expr] = {}
        for key, value in rule.defaults.items():
            if key not in gate.operands and rule.marked(key) != "const":
                table[key] = constant_expr(value)
        for key, expr in gate.operands.items():
            if self._mark(gate, key) != "const":
                table[key] = self._array(expr) if rule.kind == "elementwise" else expr
        return table | self._outputs(gate, rule, widen=False)

    def _array(self, expr: ast.expr) -> ast.expr:
        """A list of numbers that is written out, as an array that a rule may reckon with."""
        return call("asarray", expr) if _is_row_of_numbers(self.type_of(expr)) else expr

    def _outputs(self, gate: Gate, rule: Rule, widen: bool) -> dict[str, ast.expr]:
        """A rule's outputs and their adjoints; one output may stand for several results."""
        values = [name(target) for target in gate.targets]
        adjoints = [self._seed(target, widen) for target in gate.targets]
        if rule.real:
            possible = partial(self._may_be_complex, gate)
            adjoints = [part_for(self.context, d, FLOAT, possible) for d in adjoints]
        if len(rule.outputs) == len(values):
            pairs = zip(rule.outputs, values, adjoints, strict=True)
            return {k: v for o, value, dvalue in pairs for k, v in ((o, value), (f"d{o}", dvalue))}
        (output,) = rule.outputs
        several: list[ast.expr] = [*values]
        return {
            output: ast.List(several, ast.Load()),
            f"d{output}": ast.List(adjoints, ast.Load()),
        }

    def _seed(self, target: str, widen: bool) -> ast.expr:
        """The adjoint of a result, at its full shape if so wanted."""
        seed = adjoint_of(target)
        if seed not in self.received:
            return zeros_like(name(target), self.types[target])
        if widen and not is_full(self.context, self.types[seed], self.types[target]):
            return spread(name(seed), name(target), self.types[target])
        return name(seed)

    def _plain(self, gate: Gate) -> str:
        """Where the backward should find functions of Python's own numbers, if it has such.

        Where the author called `math` or `cmath`, and in operations on Python's numbers.
        """
        module = getattr(gate.op.function, "__module__", "") or ""
        if module in ("math", "cmath"):
            return module
        if module.startswith("numpy") or type(gate.op.function).__name__ == "ufunc":
            return ""
        nums = [self.types[t] for t in gate.targets]
        if not all(isinstance(n, Num) and n.is_python for n in nums):
            return ""
        return "cmath" if self._may_be_complex(gate) else "math"

    def _may_be_complex(self, gate: Gate) -> bool:
        """Whether the adjoints of a gate's operands may come out complex."""
        if gate.key not in self.complex:
            read = [e for key, e in gate.operands.items() if not self._mark(gate, key)]
            types = [*(self.type_of(e) for e in read), *(self.types[t] for t in gate.targets)]
            self.complex[gate.key] = any(map(self.facts.may_be_complex, types))
        return self.complex[gate.key]

    def _widen(self, gate: Gate, rule: Rule, template: Template, line: Any) -> None:
        """Give a rule that reads whole arrays an adjoint of full shape."""
        if rule.kind == "elementwise" or line.index is not None:
            return
        if isinstance(line.expr, ast.Name) and self._keeps_shape(gate, line):
            return
        reads = [n for n in names_in(line.expr) if n in {f"d{o}" for o in rule.outputs}]
        if not reads or _only_tolerant(line.expr, set(reads)):
            return
        template.table = {**template.table, **self._outputs(gate, rule, widen=True)}

    def _keeps_shape(self, gate: Gate, line: Any) -> bool:
        """Whether `dx = dy` stands for an operand of the result's own shape."""
        operand = gate.operands.get(line.target[1:])
        return operand is not None and is_full(
            self.context, self.type_of(operand), self.types[gate.targets[0]]
        )

    def _receive(
        self,
        template: Template,
        rule: Rule,
        line: Any,
        operand: ast.Name,
        gate: Gate,
    ) -> list[Contribution]:
        target = adjoint_of(operand.id)
        seed = adjoint_of(gate.targets[0])
        if line.index is None and self._moves_scalar(rule, seed):
            expr: ast.expr = name(seed)
            index = None
        else:
            expr, index = fill_line(template, line)
            expr = self.reused.within(expr, gate)
            less = without_zeros(expr)
            if not is_zero(less):
                expr = less
            elif not line.clears and not self._is_times_zero(gate):
                return []
            if rule.kind == "elementwise":
                expr = self._chosen(expr, seed, gate)
        mask = self.masks.get(seed) if rule.kind == "elementwise" else None
        if mask is not None:
            expr, mask = _masked(expr, seed, mask)
        whole = expr
        if rule.kind == "elementwise" and not self._is_alone(gate, operand):
            expr = unbroadcast(self.context, expr, operand, name(gate.targets[0]))
        possible = partial(self._may_be_complex, gate)
        part = part_for(self.context, expr, self.types[operand.id], possible)
        if index is None and part is not expr and is_zero(without_zeros(part)):
            if not self._is_times_zero(gate):
                return []  # the real part of an imaginary number
        expr = part
        found = as_num(self.type_of(expr))
        fresh = target not in self.received
        at_least_twice = index is not None and not line.clears and repeats(self.context, index)
        if index is not None:
            found = as_num(self.types[operand.id]).of_adjoint
        self._note(target, found)
        if fresh and index is None:
            self._note_mask(mask if expr is whole and mask else mask_of(expr), operand, gate)
        return [Contribution(target, expr, gate.key, index, at_least_twice, line.clears)]

    def _is_times_zero(self, gate: Gate) -> bool:
        """Whether the author writes a zero: times infinity it is no number."""
        return any(
            literal(e) == 0 and not self._mark(gate, key) for key, e in gate.operands.items()
        )

    def _chosen(self, expr: ast.expr, seed: str, gate: Gate) -> ast.expr:
        """`np.where(a > 0, dc, 0.0)` for `dc * (a > 0)`, where dc may be infinite."""
        choice = choice_of(expr, seed)
        if choice is None:
            return expr
        condition, rest = choice
        trial = Trial(self.gates.items(), tuple(self.lines), self.type_of.resolve)
        if not trial.meets_infinity(gate, condition):
            return expr
        return Mask(((condition, True),), rest).over(rest)

    def _note_mask(self, mask: Mask | None, operand: ast.Name, gate: Gate) -> None:
        """Remember that all an operand receives is masked, by a condition of the same block."""
        here = self.homes.get(operand.id) == self.homes[gate.targets[0]]
        if (
            mask is not None
            and here
            and not any(
                is_adjoint(n) for condition, _ in mask.conditions for n in names_in(condition)
            )
        ):
            self.masks[adjoint_of(operand.id)] = mask

    def _is_alone(self, gate: Gate, operand: ast.Name) -> bool:
        """Whether an operand of unknown rank is the only one, so that nothing stretches it."""
        if as_num(self.types[operand.id]).dims is not None:
            return False
        arrays = [e for k, e in gate.operands.items() if self._mark(gate, k) != "const"
                  and literal(e) is None]  # fmt: skip
        types = [self.type_of(e) for e in arrays]
        return len(arrays) == 1 and isinstance(types[0], Num) and types[0].dims is None

    def _moves_scalar(self, rule: Rule, seed: str) -> bool:
        """A scalar that stands for all elements still does once they are rearranged."""
        type_ = self.types.get(seed)
        return rule.moves and isinstance(type_, Num) and type_.dims == () and seed in self.received

    def _note(self, target: str, found: Num) -> None:
        self.masks.pop(target, None)
        primal = self.types.get(target[2:])
        if found.dims is None and isinstance(primal, Num) and primal.dims is not None:
            found = found.with_dims(primal.dims)  # helpers give adjoints as large as their primals
        if target in self.received:
            before = self.types[target]
            assert isinstance(before, Num)
            found = joined(self.facts, before, found)
        self.types[target] = found
        self.received.add(target)

    def _temporary(self, template: Template, line: Any, position: int) -> Contribution:
        """A line of a rule that names an intermediate result."""
        self.temporaries += 1
        target = f"{line.target}:%{self.temporaries}"
        expr, _ = fill_line(template, line)
        expr = self.reused.within(expr, self.gates[position])
        self.types[target] = self.type_of(expr)
        template.table = {**template.table, line.target: name(target)}
        return Contribution(target, expr, position)

    # -- containers -------------------------------------------------------------

    def assemble(self, value: str, type_: Type) -> str:
        """The adjoint of an argument; that of a container has its structure."""
        target = adjoint_of(value)
        if not isinstance(type_, Seq | Record):
            return target
        line = Contribution(target, self._put_together(value, type_), LAST)
        self.lines.append(line)
        self.types[target] = type_
        self.received.add(target)
        return target

    def _put_together(self, value: str, type_: Type) -> ast.expr:
        """The adjoint of an argument, from those of what it holds."""
        if isinstance(type_, Seq | Record):
            leaves = [value + type_.path(i) for i in range(len(type_.items))]
            pairs = zip(leaves, type_.items, strict=True)
            return self._container(type_, [self._put_together(leaf, t) for leaf, t in pairs])
        if adjoint_of(value) in self.received:
            return name(adjoint_of(value))
        if isinstance(type_, Num):
            return zeros_like(name(value), type_)
        return ast.Constant(None)

    def _container(self, type_: Seq | Record, parts: Sequence[ast.expr]) -> ast.expr:
        """The adjoint of a container, put together; what holds no floats is left out of dicts."""
        if isinstance(type_, Record):
            kept = held(type_)
            keys: list[ast.expr | None] = [ast.Constant(type_.keys[i]) for i in kept]
            return ast.Dict(keys, [parts[i] for i in kept])
        if type_.cls is not None:
            return ast.Call(name(self._known_as(type_.cls)), list(parts), [])
        display = ast.Tuple if type_.kind == "tuple" else ast.List
        return display(list(parts), ast.Load())

    def _known_as(self, cls: type) -> str:
        """The name of a class in the author's module."""
        return next(n for n, value in self.program.externals.items() if value is cls)


def _is_row_of_numbers(type_: Type) -> bool:
    """Whether this is a list or tuple of numbers, or of such lists."""
    if not isinstance(type_, Seq) or not type_.items:
        return False
    numbers = all(isinstance(item, Num) and item.dims == () for item in type_.items)
    return numbers or all(map(_is_row_of_numbers, type_.items))


def _masked(expr: ast.expr, seed: str, mask: Mask) -> tuple[ast.expr, Mask | None]:
    """What an operand receives from a value that was chosen in part: 0 for the rest.

    A mask is put around what has a slope that may be infinite or no number there.
    """
    own = mask_of(expr)
    linear = own.value if own is not None else expr
    read = {n for n in names_in(linear) if not n.startswith("@")}
    whole = simplify(substitute(linear, {seed: mask.value}))
    if not read - {seed}:
        inner = own.conditions if own is not None else ()
        return expr, Mask((*mask.conditions, *inner), whole) if read else None
    value = whole if own is None and mask.is_short else expr
    return mask.over(value), replace(mask, value=value)


def _only_tolerant(node: ast.expr, reads: set[str]) -> bool:
    """Whether adjoints are read only by helpers that accept smaller ones."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id in TOLERANT:
            rest = node.args[1:]
            return not any(n in reads for arg in rest for n in names_in(arg)) and (
                isinstance(node.args[0], ast.Name) or _only_tolerant(node.args[0], reads)
            )
    if isinstance(node, ast.Name):
        return node.id not in reads
    if isinstance(node, ast.UnaryOp):
        return _only_tolerant(node.operand, reads)
    return all(
        _only_tolerant(child, reads)
        for child in ast.iter_child_nodes(node)
        if isinstance(child, ast.expr)
    )
