"""The lines of one gate: its rule filled in, and what that comes to for each operand.

In: a gate of which some result has an adjoint.  Out: contributions by operand, in the
order of the rule's lines, summed to the operand's shape and real where it is real.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from adgen.adjoint.received import Made, Received
from adgen.adjoint.reused import Reused
from adgen.adjoint.template import Template, fill_line
from adgen.adjoint.unchosen import Trial, choice_of
from adgen.algebra import simplify
from adgen.errors import InternalError
from adgen.ir import (
    Carry,
    Contribution,
    Element,
    Gate,
    Leave,
    Loop,
    adjoint_of,
    differentiated,
    is_adjoint,
    name,
    names_in,
    substitute,
    walk,
)
from adgen.rules.operations import Given
from adgen.rules.rule import Line, Rule
from adgen.rules.settle import TOLERANT
from adgen.rules.settle.adjoints import is_full, is_zero, spread, zeros_like
from adgen.rules.settle.broadcasting import unbroadcast
from adgen.rules.settle.complexes import part_for
from adgen.rules.settle.indices import repeats
from adgen.rules.settle.infinities import with_finite_factors
from adgen.rules.settle.masks import Mask, mask_of
from adgen.rules.settle.spelling import call, constant_expr
from adgen.rules.settle.zeros import without_zeros
from adgen.rules.shapes import as_num
from adgen.staging.terms import literal
from adgen.types import FLOAT, Known, Num, Seq, Type


class Contributions:
    def __init__(self, received: Received) -> None:
        self.received = received
        self.types = received.types
        self.type_of = received.type_of
        self.context = received.context
        self.facts = received.facts
        self.varied = received.varied
        self.temporaries = 0
        # the gates, by their keys, whose operands' adjoints may be complex, and those that may not
        self.complex: dict[int, bool] = {}
        program = received.program
        left = {loop.key for loop in walk(program.body) if isinstance(loop, Loop)
                if any(isinstance(stmt, Leave) for stmt in walk(loop.body))}  # fmt: skip
        self.reused = Reused(
            received.gates,
            received.homes,
            program.overwritten,
            left,
            received.catalogue,
            received.type_of,
        )

    def of(self, gate: Gate) -> Made:
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
        made: Made = []
        for line in lines:
            key = line.target[1:] if line.target.startswith("d") else ""
            if key in gate.operands and not gate.op.general.passes(key):
                for element in differentiated(gate.operands[key]):
                    if element.value.id in self.varied:
                        self._place(template, element)
                        self._widen(gate, rule, template, line)
                        received = self._receive(template, rule, line, element.value, gate)
                        made.append((element.value.id, received))
            elif key not in gate.operands and key not in rule.inputs:
                self._widen(gate, rule, template, line)
                made.append((None, [self._temporary(template, line, gate)]))
        return made

    def _make_whole(self, gate: Gate) -> None:
        """An adjoint of which a write clears a part has an element for each of the array's."""
        for target in gate.targets:
            seed = adjoint_of(target)
            if seed in self.received.targets and not is_full(
                self.context, self.types[seed], self.types[target]
            ):
                self.received.lines.append(Carry(seed, seed, gate.key))
                self.types[seed] = self.received.full(seed)

    def _place(self, template: Template, element: Element) -> None:
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
            if gate.op.general.marked(key) != "const":
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
        if seed not in self.received.targets:
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
            read = [e for key, e in gate.operands.items() if not gate.op.general.passes(key)]
            types = [*(self.type_of(e) for e in read), *(self.types[t] for t in gate.targets)]
            self.complex[gate.key] = any(map(self.facts.may_be_complex, types))
        return self.complex[gate.key]

    def _widen(self, gate: Gate, rule: Rule, template: Template, line: Line) -> None:
        """Give a rule that reads whole arrays an adjoint of full shape."""
        if rule.kind == "elementwise" or line.index is not None:
            return
        if isinstance(line.expr, ast.Name) and self._keeps_shape(gate, line):
            return
        reads = [n for n in names_in(line.expr) if n in {f"d{o}" for o in rule.outputs}]
        if not reads or _only_tolerant(line.expr, set(reads)):
            return
        template.table = {**template.table, **self._outputs(gate, rule, widen=True)}

    def _keeps_shape(self, gate: Gate, line: Line) -> bool:
        """Whether `dx = dy` stands for an operand of the result's own shape."""
        operand = gate.operands.get(line.target[1:])
        return operand is not None and is_full(
            self.context, self.type_of(operand), self.types[gate.targets[0]]
        )

    def _receive(
        self,
        template: Template,
        rule: Rule,
        line: Line,
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
                expr = with_finite_factors(self.context, self._chosen(expr, seed, gate))
        mask = self.received.masks.get(seed) if rule.kind == "elementwise" else None
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
        fresh = target not in self.received.targets
        at_least_twice = index is not None and not line.clears and repeats(self.context, index)
        if index is not None:
            found = as_num(self.types[operand.id]).of_adjoint
        self.received.note(target, found)
        if fresh and index is None:
            self._note_mask(mask if expr is whole and mask else mask_of(expr), operand, gate)
        return [Contribution(target, expr, gate.key, index, at_least_twice, line.clears)]

    def _is_times_zero(self, gate: Gate) -> bool:
        """Whether the author writes a zero: times infinity it is no number."""
        return any(
            literal(e) == 0 and not gate.op.general.passes(key) for key, e in gate.operands.items()
        )

    def _chosen(self, expr: ast.expr, seed: str, gate: Gate) -> ast.expr:
        """`np.where(a > 0, dc, 0.0)` for `dc * (a > 0)`, where dc may be infinite."""
        choice = choice_of(expr, seed)
        if choice is None:
            return expr
        condition, rest = choice
        trial = Trial(self.received.gates.items(), tuple(self.received.lines), self.type_of.resolve)
        if not trial.meets_infinity(gate, condition):
            return expr
        return Mask(((condition, True),), rest).over(rest)

    def _note_mask(self, mask: Mask | None, operand: ast.Name, gate: Gate) -> None:
        """Remember that all an operand receives is masked, by a condition of the same block."""
        here = self.received.homes.get(operand.id) == self.received.homes[gate.targets[0]]
        if (
            mask is not None
            and here
            and not any(
                is_adjoint(n) for condition, _ in mask.conditions for n in names_in(condition)
            )
        ):
            self.received.masks[adjoint_of(operand.id)] = mask

    def _is_alone(self, gate: Gate, operand: ast.Name) -> bool:
        """Whether an operand of unknown rank is the only one, so that nothing stretches it."""
        if as_num(self.types[operand.id]).dims is not None:
            return False
        arrays = [e for k, e in gate.operands.items() if gate.op.general.marked(k) != "const"
                  and literal(e) is None]  # fmt: skip
        types = [self.type_of(e) for e in arrays]
        return len(arrays) == 1 and isinstance(types[0], Num) and types[0].dims is None

    def _moves_scalar(self, rule: Rule, seed: str) -> bool:
        """A scalar that stands for all elements still does once they are rearranged."""
        type_ = self.types.get(seed)
        return (
            rule.moves
            and isinstance(type_, Num)
            and type_.dims == ()
            and seed in self.received.targets
        )

    def _temporary(self, template: Template, line: Line, gate: Gate) -> Contribution:
        """A line of a rule that names an intermediate result."""
        self.temporaries += 1
        target = f"{line.target}:%{self.temporaries}"
        expr, _ = fill_line(template, line)
        expr = self.reused.within(expr, gate)
        self.types[target] = self.type_of(expr)
        template.table = {**template.table, line.target: name(target)}
        return Contribution(target, expr, gate.key)


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
