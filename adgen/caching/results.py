"""What the forward has worked out is used where that keeps less.

In: the lines of a backward.  Out: the same ones, in which both factors of a product that is
kept anyway are the product: with `z = z0 * z1`, where there was `dw -= z1 * z0 * dz`, there is
`dw -= z * dz`, and what `z0` was kept for is gone; so it is with `z1 * np.sum(z0 * dz)`, which is
`np.sum(z * dz)`.  And with `h = np.maximum(0, h0)`, where `h` is
kept anyway and `h0` is not, `h > 0` says what `h0 > 0` does.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

from adgen.algebra import Product, Rewriter, build, product_of
from adgen.caching.lines import expressions, map_expressions, mentions_in
from adgen.ir import (
    BackBranch,
    BackLoop,
    Contribution,
    Line,
    Lines,
    Region,
    Staged,
    altered,
    dumped,
    is_introduced,
    is_within,
    kinds_in,
    name,
    names_in,
    nodes_in,
    substitute,
)
from adgen.rules.settle import Context
from adgen.rules.settle.broadcasting import summed_with


class Result(NamedTuple):
    """A product of two values that the backward mentions, and the region that it is made in."""

    value: str
    factors: frozenset[str]
    home: Region


# a value, what it is compared with (as `ast.dump` has it), and "larger" or "smaller"
Compared = tuple[str, str, str]


def with_results(staged: Staged, lines: Lines, context: Context) -> Lines:
    """Lines that mention products, and what comparisons are about, as the forward has them."""
    mentions = mentions_in(lines)
    compared = dict(_compared(staged, lines, mentions))
    if compared:
        change = Comparisons(compared)
        lines = map_expressions(lines, change.visit)
    results = list(_results(staged, mentions))
    return _block(lines, results, (), context) if results else lines


def _compared(
    staged: Staged, lines: Lines, mentions: Mapping[str, int]
) -> Iterator[tuple[Compared, str]]:
    """Operands that are mentioned in comparisons alone, each with what it is compared with, and
    the larger or smaller of both, which is kept anyway."""
    gates = [
        gate
        for _, gate in staged.program.gates()
        if gate.op is not None and gate.op.general.bounds and gate.targets[0] in mentions
    ]
    if not gates:
        return
    every = Counter(
        (side, other, kind)
        for part in expressions(lines)
        if ast.Compare in kinds_in(part)
        for node in nodes_in(part)
        if isinstance(node, ast.Compare)
        for side, other, kind in _sides(node)
    )
    for gate in gates:
        a, b = list(gate.operands.values())[:2]
        for side, other in ((a, b), (b, a)):
            if isinstance(side, ast.Name) and is_introduced(side.id):
                pair = (side.id, dumped(other), gate.op.general.bounds)
                if every[pair] == mentions.get(side.id) and _stays(staged, gate.targets[0]):
                    yield pair, gate.targets[0]


def _stays(staged: Staged, value: str) -> bool:
    return value not in staged.program.overwritten


def _sides(node: ast.Compare) -> Iterator[Compared]:
    """A name that is compared, with what, and whether it is asked to be the larger of both."""
    if len(node.ops) != 1 or not isinstance(node.ops[0], ast.Gt | ast.Lt):
        return
    left, right = node.left, node.comparators[0]
    kinds = ("larger", "smaller") if isinstance(node.ops[0], ast.Gt) else ("smaller", "larger")
    for side, other, kind in zip((left, right), (right, left), kinds, strict=True):
        if isinstance(side, ast.Name):
            yield side.id, dumped(other), kind


class Comparisons(Rewriter):
    """Puts the larger or smaller of two values in the place of one that is compared."""

    def __init__(self, had: Mapping[Compared, str]) -> None:
        self.had = had

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        for compared in _sides(node):
            value = self.had.get(compared)
            if value is not None:
                made: ast.expr = substitute(node, {compared[0]: name(value)})
                return made
        return node


def _results(staged: Staged, mentions: Mapping[str, int]) -> Iterator[Result]:
    at, changed = staged.program.homes, staged.program.overwritten
    for _, gate in staged.program.gates():
        match gate.expr:
            case ast.BinOp(ast.Name(id=left), ast.Mult(), ast.Name(id=right)):
                values = (gate.targets[0], left, right)
                plain = gate.op is not None and gate.op.kind == "elementwise"
                if plain and gate.place is None and all(mentions.get(v) for v in values):
                    if left != right and not changed.intersection(values):
                        yield Result(values[0], frozenset((left, right)), at.get(values[0], ()))


def _block(lines: Lines, results: list[Result], region: Region, context: Context) -> Lines:
    here = {r.factors: r.value for r in results if is_within(region, r.home)}
    products = Products(here, context)
    kept: list[Line] = []
    for line in lines:
        match line:
            case BackBranch():
                key = line.branch.key
                then = _block(line.then, results, (*region, ("then", key)), context)
                orelse = _block(line.orelse, results, (*region, ("else", key)), context)
                line = altered(line, then=then, orelse=orelse)
            case BackLoop():
                inside = (*region, ("loop", line.loop.key))
                line = altered(line, body=_block(line.body, results, inside, context))
            case Contribution() if len(products.factors.intersection(names_in(line.expr))) > 1:
                line = altered(line, expr=products.visit(line.expr))
        kept.append(line)
    return tuple(kept)


class Products(Rewriter):
    """Puts products that are had in the place of their factors."""

    def __init__(self, had: Mapping[frozenset[str], str], context: Context) -> None:
        self.had = had
        self.context = context
        self.factors = {factor for pair in had for factor in pair}

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        node = self.generic_visit(node)
        whole = product_of(node)
        factors = whole.factors
        while (found := self._had(factors)) is not None:
            (first, second), value = found
            rest = [f for at, f in enumerate(factors) if at not in (first, second)]
            factors = [*rest[:first], name(value), *rest[first:]]
        while (summed := self._had_in_a_sum(factors)) is not None:
            factors = summed
        if factors is not whole.factors:
            return build(Product(whole.negative, factors, whole.divisors))
        return node

    def _had(self, factors: list[ast.expr]) -> tuple[tuple[int, int], str] | None:
        """The places of two factors of which the product is had, and that product."""
        names = [(at, f.id) for at, f in enumerate(factors) if isinstance(f, ast.Name)]
        for (first, one), (second, other) in combinations(names, 2):
            value = self.had.get(frozenset((one, other)))
            if value is not None:
                return (first, second), value
        return None

    def _had_in_a_sum(self, factors: list[ast.expr]) -> list[ast.expr] | None:
        """Factors of which one has gone into a sum, where its product with a factor is had."""
        for at, factor in enumerate(factors):
            for place, total in enumerate(factors):
                if isinstance(factor, ast.Name) and isinstance(total, ast.Call):
                    made = self._in_a_sum(factor, total)
                    if made is not None:
                        kept = [*factors[:place], made, *factors[place + 1 :]]
                        return [*kept[:at], *kept[at + 1 :]]
        return None

    def _in_a_sum(self, factor: ast.Name, total: ast.Call) -> ast.expr | None:
        operand = summed_with(self.context, factor, total)
        if operand is None:
            return None
        inner = product_of(operand)
        for at, other in enumerate(inner.factors):
            value = isinstance(other, ast.Name) and self.had.get(frozenset((factor.id, other.id)))
            if value:
                factors = [*inner.factors[:at], name(value), *inner.factors[at + 1 :]]
                whole = build(Product(inner.negative, factors, inner.divisors))
                return ast.Call(total.func, [whole], total.keywords)
        return None
