"""A sum of quotients of one divisor is divided once.

In: the steps of a finished backward.  Out: the same, where what all terms of a sum are divided by
stands under the whole sum:

    dx = dy / s - np.sum(dy * y) / n / s * y        dx = (dy - np.sum(dy * y) / n * y) / s
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from adgen.algebra import (
    Product,
    Rewriter,
    build,
    number,
    power_of,
    product_of,
    summed,
    terms,
    to_the,
)
from adgen.ir import Step, Steps, altered, dumped, kinds_in, map_steps, operators_in


def divided_together(steps: Steps, arranged: Callable[[ast.expr], ast.expr]) -> Steps:
    """The steps, sums divided by what all of their terms are divided by."""
    fractions = Fractions(arranged)
    return map_steps(steps, fractions.step)


class Fractions(Rewriter):
    """Puts what all terms of a sum are divided by under the sum."""

    def __init__(self, arranged: Callable[[ast.expr], ast.expr]) -> None:
        self.arranged = arranged

    def step(self, step: Step) -> Step:
        if ast.Div not in kinds_in(step.expr):
            return step
        if sum(isinstance(operator, ast.Div) for operator in operators_in(step.expr)) < 2:
            return step
        expr = self.visit(step.expr)
        return step if expr is step.expr else altered(step, expr=expr)

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        if not isinstance(node.op, ast.Add | ast.Sub):
            return self.generic_visit(node)  # type: ignore[no-any-return]
        inside = [(minus, term, self.visit(term)) for minus, term in terms(node)]
        changed = any(made is not term for _, term, made in inside)
        whole = summed([(minus, made) for minus, _, made in inside]) if changed else node
        every = [(minus, product_of(made)) for minus, _, made in inside]
        below = [_powers(one) for _, one in every]
        common = {base: min(powers[base] for powers in below) for base in below[0]}
        common = {base: times for base, times in common.items() if times}
        if not common:
            return whole
        divisors = {said: base for said, base, _ in map(_power, every[0][1].divisors)}
        left = [(minus, build(_over(one, common))) for minus, one in every]
        under = [to_the(divisors[base], times) for base, times in common.items()]
        return self.arranged(build(Product(False, [summed(left)], under)))


def _power(node: ast.expr) -> tuple[str, ast.expr, int]:
    """What this is a power of, with what that says, and the exponent."""
    return power_of(node) or (dumped(node), node, 1)


def _powers(product: Product) -> Counter[str]:
    """How often a product is divided by what."""
    found: Counter[str] = Counter()
    for divisor in product.divisors:
        if number(divisor) is None:
            base, _, times = _power(divisor)
            found[base] += times
    return found


def _over(product: Product, common: dict[str, int]) -> Product:
    """A product that is divided by that many powers less."""
    gone = dict(common)
    divisors: list[ast.expr] = []
    for divisor in product.divisors:
        said, base, times = _power(divisor)
        taken = min(times, gone.get(said, 0))
        if taken:
            gone[said] -= taken
        if times > taken:
            divisors.append(to_the(base, times - taken) if taken else divisor)
    return replace(product, divisors=divisors)
