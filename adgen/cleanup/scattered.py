"""An adjoint with one element in each row is never laid out as an array of zeros.

In: folded lines.  Out: the same, where what one line makes of such an array is what it makes of
the sums over its rows, and of the elements apart from that:

    dlogp[rows, y] += -dout / n              dx += np.exp(logp) * (dout / n)
    dx += dlogp - np.exp(logp) * np.sum(     dx[rows, y] -= dout / n
        dlogp, axis=1, keepdims=True)

It is how the adjoint of a softmax is taught: the probabilities, less one where the label is.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from adgen.algebra import Product, build, product_of, summed, terms
from adgen.ir import (
    Carry,
    Contribution,
    Gate,
    Line,
    Lines,
    alike,
    altered,
    dumped,
    name,
    names_in,
    primal_of,
    walk_lines,
    within,
)
from adgen.rules.settle import Context
from adgen.rules.settle.indices import one_in_each
from adgen.rules.settle.spelling import indexed
from adgen.rules.settle.sums import totalled


def without_scattered(
    lines: Lines,
    results: Collection[str],
    gates: Mapping[int, Gate],
    context: Context,
    arranged: Callable[[ast.expr], ast.expr],
) -> Lines:
    """The lines, those that read an adjoint with one element in each row made of the elements."""
    if not any(isinstance(line, Contribution) and line.index for line in walk_lines(lines)):
        return lines
    received: Counter[str] = Counter()
    reads: Counter[str] = Counter()
    for line in walk_lines(lines):
        if isinstance(line, Contribution | Carry):
            received[line.target] += 1
            given = names_in(line.expr) if isinstance(line, Contribution) else [line.source or ""]
            reads.update(given)
    once = {n for n in received if received[n] == 1 and reads[n] > 0} - set(results)
    return Scattering(once, reads, gates, context, arranged).block(lines)


class Elements(NamedTuple):
    """An adjoint that is zero but for elements, of which there is one everywhere along an axis."""

    adjoint: str
    axis: int
    place: ast.expr
    value: ast.expr
    # what the forward has at these elements, if that has a name
    primal: str | None

    def times(self, others: Product, context: Context) -> Product | None:
        """The elements times what others are there, if that is known."""
        product = product_of(self.value)
        factors, divisors = list(product.factors), [*product.divisors, *others.divisors]
        for factor in others.factors:
            if context.dims(factor) != ():
                if self.primal is None or not _is(factor, primal_of(self.adjoint)):
                    return None
                factor = name(self.primal)
            again = next((d for d in divisors if alike(d, factor)), None)
            if again is None:
                factors.append(factor)
            else:
                divisors.remove(again)
        if any(context.dims(divisor) != () for divisor in others.divisors):
            return None
        return Product(product.negative != others.negative, factors, divisors)


class Spread(NamedTuple):
    """The terms of what is made of such an adjoint: those for the whole array, and those for the
    elements alone."""

    whole: list[tuple[bool, ast.expr]]
    apart: list[tuple[bool, ast.expr]]


class Scattering(NamedTuple):
    # the adjoints that receive something in one line
    once: set[str]
    reads: Counter[str]
    gates: Mapping[int, Gate]
    context: Context
    arranged: Callable[[ast.expr], ast.expr]

    def block(self, lines: Lines) -> Lines:
        made = [within(line, self.block) for line in lines]
        for line in lines:
            elements = self._elements(line)
            if elements is not None and self._is_spread(made, elements):
                made.remove(line)
        return tuple(made)

    def _elements(self, line: Line) -> Elements | None:
        """What an adjoint receives in its only line, if that is one element in each row."""
        if not isinstance(line, Contribution) or line.index is None or line.target not in self.once:
            return None
        dims = self.context.dims(name(line.target))
        if line.repeats or line.clears or line.steady or dims is None:
            return None
        axis = one_in_each(self.context, line.index, dims)
        if axis is None:
            return None
        return Elements(line.target, axis, line.index, line.expr, self._taken_out(line))

    def _taken_out(self, line: Contribution) -> str | None:
        """The name of the elements that the forward takes out where a line gives its share."""
        match self.gates[line.gate]:
            case Gate(targets=(target,), expr=ast.Subscript(value=array, slice=place)):
                same = _is(array, primal_of(line.target)) and dumped(place) == dumped(line.index)
                return target if same else None
        return None

    def _is_spread(self, made: list[Line], elements: Elements) -> bool:
        """Put in the place of the line that reads such an adjoint what it comes to, if it does."""
        for at, reader in enumerate(made):
            if not isinstance(reader, Contribution):
                continue
            if [*names_in(reader.expr)].count(elements.adjoint) != self.reads[elements.adjoint]:
                continue
            found = self._terms(reader.expr, Product(), elements)
            if reader.index is not None or reader.steady or found is None:
                return False
            if not (found.whole and found.apart):
                return False
            whole, apart = (self.arranged(summed(part)) for part in found)
            dims = self.context.dims(whole)
            if dims is None or dims != self.context.dims(reader.expr):
                return False
            made[at : at + 1] = [
                altered(reader, expr=whole),
                altered(reader, expr=apart, index=elements.place),
            ]
            return True
        return False

    def _terms(self, node: ast.expr, outside: Product, elements: Elements) -> Spread | None:
        """The terms of a sum, times the product that it stands in."""
        spread = Spread([], [])
        for minus, term in terms(node):
            inner = product_of(term)
            mine = [f for f in inner.factors if elements.adjoint in names_in(f)]
            times = Product(
                outside.negative != (minus != inner.negative),
                [*outside.factors, *(f for f in inner.factors if f not in mine)],
                [*outside.divisors, *inner.divisors],
            )
            more = self._factor(mine, times, elements)
            if more is None or any(elements.adjoint in names_in(d) for d in inner.divisors):
                return None
            spread.whole.extend(more.whole)
            spread.apart.extend(more.apart)
        return spread

    def _factor(self, mine: list[ast.expr], times: Product, elements: Elements) -> Spread | None:
        """The terms of a product, of which at most one factor is made of the adjoint."""
        match mine:
            case []:
                return Spread([_term(times)], [])
            case [ast.Name()]:
                there = elements.times(times, self.context)
                return None if there is None else Spread([], [_term(there)])
            case [factor]:
                total = self._total(factor, elements)
                if total is not None:
                    negative = times.negative != total.negative
                    factors = [*times.factors, *total.factors]
                    divisors = [*times.divisors, *total.divisors]
                    return Spread([_term(Product(negative, factors, divisors))], [])
                return self._terms(factor, times, elements) if len(terms(factor)) > 1 else None
        return None

    def _total(self, node: ast.expr, elements: Elements) -> Product | None:
        """What the sum over each row comes to: the element that is there."""
        operand = totalled(self.context, node, elements.axis)
        if operand is None:
            return None
        inner = product_of(operand)
        mine = [f for f in inner.factors if _is(f, elements.adjoint)]
        others = [f for f in inner.factors if f not in mine]
        if len(mine) != 1:
            return None
        there = elements.times(Product(inner.negative, others, inner.divisors), self.context)
        if there is None:
            return None
        column = build(there)
        if elements.axis and self.context.dims(column) != ():
            index = ast.Tuple([ast.Slice(), ast.Constant(None)], ast.Load())
            return Product(False, [indexed(column, index)])
        return there


def _is(node: ast.expr, value: str) -> bool:
    return isinstance(node, ast.Name) and node.id == value


def _term(product: Product) -> tuple[bool, ast.expr]:
    return product.negative, build(Product(False, product.factors, product.divisors))
