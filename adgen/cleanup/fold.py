"""Drop the names that a person would not have introduced.

In: the backward as rules wrote it, a name for every adjoint.  Out: adjoints of
introduced operands folded into the line that reads them, copies of arrays
forwarded, products arranged, and lines that nothing reads dropped.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from adgen.adjoint import Backward
from adgen.algebra import Arranger, product_of
from adgen.analysis.expressions import TypeOf
from adgen.cleanup.clearing import without_clearing
from adgen.cleanup.increments import kept_as_it_is
from adgen.cleanup.inverses import inverted_once
from adgen.cleanup.scattered import without_scattered
from adgen.ir import (
    LAST,
    BackBranch,
    BackLoop,
    Carry,
    Contribution,
    Line,
    Lines,
    Program,
    altered,
    asked_once,
    is_introduced,
    names_in,
    nodes_in,
    substitute,
    walk_lines,
    within,
)
from adgen.paths import is_leaf
from adgen.rules.settle import Context
from adgen.rules.settle.tidying import tidied
from adgen.types import Num, Seq, Type

# an expression heavier than this keeps a line of its own
LONGEST = 9


def fold(backward: Backward, context: Context, type_of: TypeOf, program: Program) -> Backward:
    """The same backward, in fewer and plainer lines."""
    lines = pruned(backward.lines, backward.results)
    lines = Forwarder(lines, backward, type_of).block(lines, {})
    if any(isinstance(line, Contribution) and line.clears for line in walk_lines(lines)):
        lines = kept_as_it_is(lines, dict(program.gates()))
        lines = without_clearing(lines, program, backward.results, type_of)
        lines = Forwarder(lines, backward, type_of).block(lines, {})
    lines = _tidied(lines, context, type_of)

    def arranged(node: ast.expr) -> ast.expr:
        made: ast.expr = Arranger(type_of.rank).visit(tidied(context, node))
        return made

    gates = dict(program.gates())
    lines = without_scattered(lines, backward.results, gates, context, arranged)
    folded = replace(backward, lines=lines)
    return inverted_once(folded, context, program)


def pruned(lines: Lines, results: Iterable[str]) -> Lines:
    """The lines that a result is made of."""
    reads: dict[str, set[str]] = {}
    for line in walk_lines(lines):
        if isinstance(line, Contribution):
            mine = reads.setdefault(line.target, set())
            mine.update(names_in(line.expr), names_in(line.index) if line.index else ())
        elif isinstance(line, Carry) and line.source is not None:
            reads.setdefault(line.target, set()).add(line.source)
    wanted, found = set(results), list(results)
    while found:
        new = reads.get(found.pop(), set()) - wanted
        wanted |= new
        found += new
    return _keep(lines, wanted)


def _keep(lines: Lines, wanted: set[str]) -> Lines:
    kept: list[Line] = []
    for line in lines:
        if isinstance(line, BackBranch):
            then, orelse = _keep(line.then, wanted), _keep(line.orelse, wanted)
            if then or orelse:
                kept.append(altered(line, then=then, orelse=orelse))
        elif isinstance(line, BackLoop):
            body = _keep(line.body, wanted)
            if body:
                kept.append(altered(line, body=body))
        elif line.target in wanted or getattr(line, "taken_off", "") in wanted:
            kept.append(line)
    return tuple(kept)


def _reads(lines: Iterable[Line]) -> Counter[str]:
    """How often each adjoint is read in some lines."""
    found: list[str] = []
    for line in lines:
        if isinstance(line, Contribution):
            found += names_in(line.expr)
        elif isinstance(line, Carry) and line.source is not None:
            found.append(line.source)
    return Counter(found)


class Forwarder:
    """Puts an adjoint's expression where it is read, if it needs no name."""

    def __init__(self, lines: Lines, backward: Backward, type_of: TypeOf) -> None:
        every = list(walk_lines(lines))
        self.results = backward.results
        self.folded_at: dict[str, int] = {}
        self.type_of = type_of
        self.reads = _reads(every)
        self.uses = Counter(self.reads)
        self.readers = {n: line.expr for line in every if isinstance(line, Contribution)
                        for n in names_in(line.expr)}  # fmt: skip
        for line in reversed(every):
            if isinstance(line, Contribution) and is_unnamed(line.target):
                expr = line.expr.operand if isinstance(line.expr, ast.UnaryOp) else line.expr
                if isinstance(expr, ast.Name):
                    self.uses[expr.id] += self.uses[line.target] - 1
        self.received = Counter(
            line.target for line in every if isinstance(line, Contribution | Carry)
        )
        self.carried = {line.target for line in every if isinstance(line, Carry)}
        self.carried |= {line.source for line in every if isinstance(line, Carry) and line.source}
        self.scalars_only = all(
            _is_scalar(t) for v, t in backward.types.items() if not v.startswith("d~")
        )

    def block(self, lines: Lines, pending: dict[str, ast.expr]) -> Lines:
        kept: list[Line] = []
        below = _reads(walk_lines(lines))
        own = [line for line in lines if isinstance(line, Contribution)]
        here = below if len(own) == len(lines) else _reads(own)
        pending = dict(pending)
        for line in lines:
            match line:
                case BackBranch():
                    then, orelse = self.block(line.then, pending), self.block(line.orelse, pending)
                    kept.append(altered(line, then=then, orelse=orelse))
                case BackLoop():
                    kept.append(altered(line, body=self.block(line.body, pending)))
                case Carry():
                    kept.append(line)
                case Contribution():
                    expr = substitute(line.expr, pending)
                    if self._may_go(line, expr, here, below):
                        pending[line.target] = expr
                        self.folded_at[line.target] = line.gate
                    else:
                        parts = self._parts(line, expr)
                        same = expr is line.expr and parts == line.parts
                        kept.append(line if same else altered(line, expr=expr, parts=parts))
        return tuple(kept)

    def _parts(self, line: Contribution, expr: ast.expr) -> tuple[int, ...]:
        """The gates that a container's adjoint is made of, if it is made of nothing else."""
        if line.gate != LAST or any(is_leaf(n[2:]) for n in names_in(expr) if n.startswith("d~")):
            return ()
        return tuple(self.folded_at[n] for n in names_in(line.expr) if n in self.folded_at)

    def _may_go(
        self, line: Contribution, expr: ast.expr, here: Counter[str], below: Counter[str]
    ) -> bool:
        """Whether a line's target needs no name: its only value, read in this block."""
        target = line.target
        if self.received[target] != 1 or line.index is not None or line.steady:
            return False
        if target in self.results or target in self.carried:
            return False
        if self.type_of.rank(expr) is None and self.type_of.rank(ast.Name(target)) is not None:
            return False  # how many axes it has is known of the name alone
        seen = below if isinstance(expr, ast.Name | ast.Constant) else here
        if seen[target] < self.reads[target]:
            return False
        uses = self.uses[target]
        if uses == 1 and not isinstance(expr, ast.Name) and self._too_long(target, expr):
            return False
        return _needs_no_name(target, expr, uses, self.scalars_only, self.type_of)

    def _too_long(self, target: str, expr: ast.expr) -> bool:
        """Whether the line that reads an adjoint would become hard to read."""
        reader = self.readers.get(target)
        if isinstance(reader, ast.Subscript) and isinstance(reader.value, ast.Name):
            return False
        return reader is not None and weight(reader) + weight(expr) > LONGEST + 2


def is_unnamed(target: str) -> bool:
    """Whether an adjoint belongs to nothing that the author has a name for."""
    return is_introduced(target) or ":%" in target or is_leaf(target[2:])


def _needs_no_name(
    target: str, expr: ast.expr, uses: int, scalars_only: bool, type_of: TypeOf
) -> bool:
    introduced = is_unnamed(target)
    is_copy = isinstance(expr, ast.Name)
    if isinstance(expr, ast.Constant):
        return True
    if not introduced:
        # a scalar's copy is what is taught: gradients flow through unchanged
        return is_copy and not scalars_only and (uses == 1 or type_of.rank(expr) == 0)
    if is_copy:
        return True
    if uses == 1:
        return weight(expr) <= LONGEST
    few = uses == 2 or isinstance(expr, ast.UnaryOp) and isinstance(expr.operand, ast.Name)
    return few and type_of.rank(expr) == 0 and _is_short_product(expr)


@asked_once
def weight(node: ast.expr) -> int:
    """About how long an expression is to read."""
    total = 0
    for child in nodes_in(node):
        if isinstance(child, ast.Name):
            total += 0 if child.id.startswith("@") else 1
        elif isinstance(child, ast.Call):
            total += 2
        elif isinstance(child, ast.Constant):
            total += 1
    return total


def _is_short_product(node: ast.expr) -> bool:
    product = product_of(node)
    parts = [*product.factors, *product.divisors]
    plain = all(isinstance(p, ast.Name | ast.Constant | ast.Subscript) for p in parts)
    return plain and len(parts) <= 3


def _is_scalar(type_: Type) -> bool:
    if isinstance(type_, Seq):
        return all(_is_scalar(item) for item in type_.items)
    return not isinstance(type_, Num) or type_.dims == ()


def _tidied(lines: Lines, context: Context, type_of: TypeOf) -> Lines:
    """Arrange every product, here and in what is inside."""
    kept: list[Line] = []
    for line in lines:
        line = within(line, lambda inner: _tidied(inner, context, type_of))
        if isinstance(line, Contribution):
            expr = Arranger(type_of.rank).visit(tidied(context, line.expr))
            line = line if expr is line.expr else altered(line, expr=expr)
        kept.append(line)
    return tuple(kept)
