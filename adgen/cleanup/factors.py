"""What one statement gives to an adjoint in several lines, in one.

In: the backward, its lines sorted by statement.  Out: the same one, where shares of one statement
that have a factor in common are one line: for `y = a * x - b * x * z`, where there was

    dx += a * dy
    dx -= b * z * dy

there is `dx += (a - b * z) * dy`, as a person writes it.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from adgen.algebra import Arranger, Product, build, number, product_of, simplify
from adgen.analysis.expressions import TypeOf
from adgen.cleanup.fold import LONGEST, weight
from adgen.ir import (
    Contribution,
    Line,
    Lines,
    alike,
    altered,
    dumped,
    is_adjoint,
    kinds_in,
    names_in,
    within,
)
from adgen.rules.settle.masks import mask_of
from adgen.rules.settle.spelling import call
from adgen.types import Num


def factored(lines: Lines, statement_of: Mapping[int, int], type_of: TypeOf) -> Lines:
    """The lines, those of one statement for one adjoint taken together where they may be."""
    kept: list[Line] = []
    for line in lines:
        line = within(line, lambda inner: factored(inner, statement_of, type_of))
        if isinstance(line, Contribution) and _is_plain(line):
            at = _earlier(kept, line, statement_of)
            if at is not None:
                before = kept[at]
                assert isinstance(before, Contribution)
                together = sum_of_two(before.expr, line.expr, type_of)
                if together is not None:
                    kept[at] = altered(before, expr=together)
                    continue
        kept.append(line)
    return tuple(kept)


def _is_plain(line: Contribution) -> bool:
    return not (line.clears or line.steady or line.repeats or line.parts)


def _earlier(kept: list[Line], line: Contribution, statement_of: Mapping[int, int]) -> int | None:
    """The place of a line of the same statement for the same adjoint, if this may join it there."""
    statement = statement_of.get(line.gate)
    reads: set[str] | None = None
    for at in range(len(kept) - 1, -1, -1):
        other = kept[at]
        if not isinstance(other, Contribution) or statement_of.get(other.gate) != statement:
            return None
        if other.target == line.target:
            same = _is_plain(other) and dumped(other.index) == dumped(line.index)
            return at if same else None
        if reads is None:
            reads = {*names_in(line.expr), *(names_in(line.index) if line.index else ())}
        if other.target in reads or line.target in names_in(other.expr):
            return None
    return None


def sum_of_two(one: ast.expr, other: ast.expr, type_of: TypeOf) -> ast.expr | None:
    """The sum of two products, with what they have in common outside; None if that is no gain."""
    if not _may_have_in_common(one, other):
        return None
    a, b = product_of(one), product_of(other)
    chosen = _chosen(a, b)
    if chosen is not None:
        return Arranger(type_of.rank).visit(simplify(chosen))  # type: ignore[no-any-return]
    common, left, right = in_common(a.factors, b.factors)
    if not any(is_adjoint(n) for factor in common for n in names_in(factor)):
        return None
    below, left_below, right_below = in_common(a.divisors, b.divisors)
    first = build(Product(False, left or [ast.Constant(1)], left_below))
    second = build(Product(False, right or [ast.Constant(1)], right_below))
    equal = alike(first, second)
    if not (equal or _add_up(first, second, type_of)):
        return None
    if weight(first) + weight(second) > LONGEST:
        return None
    negative = a.negative and b.negative
    op: ast.operator = ast.Add()
    if a.negative != b.negative:
        op = ast.Sub()
        first, second = (second, first) if a.negative else (first, second)
    inner = ast.BinOp(first, op, second)
    if equal:
        if a.negative != b.negative:
            return None
        inner = ast.BinOp(ast.Constant(2), ast.Mult(), first)
    whole = build(Product(negative, [inner, *common], below))
    return Arranger(type_of.rank).visit(simplify(whole))  # type: ignore[no-any-return]


def _may_have_in_common(one: ast.expr, other: ast.expr) -> bool:
    """Whether two products read the same adjoint, or may be masked by the same condition."""
    if ast.Call in kinds_in(one) and ast.Call in kinds_in(other):
        return True
    return any(map(is_adjoint, set(names_in(one)).intersection(names_in(other))))


def _chosen(a: Product, b: Product) -> ast.expr | None:
    """`np.where(c, x, y)` for `np.where(c, x, 0.0) + np.where(c, 0.0, y)`."""
    mine, theirs = _masked(a), _masked(b)
    if mine is None or theirs is None:
        return None
    (condition, holds, one), (other_condition, other_holds, other) = mine, theirs
    if holds == other_holds or not alike(condition, other_condition):
        return None
    if weight(one) + weight(other) > LONGEST:
        return None
    return call("where", condition, *((one, other) if holds else (other, one)))


def _masked(product: Product) -> tuple[ast.expr, bool, ast.expr] | None:
    """The condition of the one mask among a product's factors, whether it has to hold, and the
    product where it does."""
    masks = [(at, mask) for at, factor in enumerate(product.factors)
             if (mask := mask_of(factor)) is not None]  # fmt: skip
    if len(masks) != 1 or len(masks[0][1].conditions) != 1:
        return None
    at, mask = masks[0]
    ((condition, holds),) = mask.conditions
    factors = [*product.factors[:at], mask.value, *product.factors[at + 1 :]]
    return condition, holds, build(Product(product.negative, factors, product.divisors))


def in_common(
    ours: list[ast.expr], theirs: list[ast.expr]
) -> tuple[list[ast.expr], list[ast.expr], list[ast.expr]]:
    """What two lists share, and what is left of each."""
    shared, left, right = [], [], list(theirs)
    for part in ours:
        same = next((p for p in right if alike(p, part)), None)
        if same is None:
            left.append(part)
        else:
            shared.append(part)
            right.remove(same)
    return shared, left, right


def _add_up(first: ast.expr, second: ast.expr, type_of: TypeOf) -> bool:
    """Whether a sum is one of numbers: that of two truth values is not."""
    kinds = [
        type_.kind if isinstance(type_, Num) else "" for type_ in map(type_of, (first, second))
    ]
    written = [number(e) is not None for e in (first, second)]
    known = all(kinds) or any(written)
    return all(written) or known and any(kind in ("f", "c") for kind in kinds)
