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
from adgen.algebra import Arranger, product_of, simplify
from adgen.analysis.expressions import TypeOf
from adgen.ir import Contribution, is_introduced, names_in, substitute
from adgen.rules.settle import Context, retidied
from adgen.types import Num, Seq, Type

# an expression heavier than this keeps a line of its own
LONGEST = 9


def fold(backward: Backward, context: Context, type_of: TypeOf) -> Backward:
    """The same backward, in fewer and plainer lines."""
    lines = pruned(backward.lines, backward.results)
    lines = forwarded(lines, backward, type_of)
    tidy = [_tidied(line, context, type_of) for line in lines]
    return replace(backward, lines=tuple(tidy))


def pruned(lines: Iterable[Contribution], results: Iterable[str]) -> list[Contribution]:
    """The lines that a result is made of."""
    wanted = set(results)
    kept: list[Contribution] = []
    for line in reversed(list(lines)):
        if line.target in wanted:
            kept.append(line)
            wanted.update(names_in(line.expr))
    return kept[::-1]


def forwarded(
    lines: list[Contribution], backward: Backward, type_of: TypeOf
) -> list[Contribution]:
    """Put an adjoint's expression where it is read, if it needs no name."""
    received = Counter(line.target for line in lines)
    uses = _uses(lines)
    scalars_only = all(_is_scalar(t) for v, t in backward.types.items() if not v.startswith("d:"))
    pending: dict[str, ast.expr] = {}
    kept: list[Contribution] = []
    for line in lines:
        expr = substitute(line.expr, pending)
        once = received[line.target] == 1 and line.index is None
        if once and line.target not in backward.results:
            if _needs_no_name(line.target, expr, uses[line.target], scalars_only, type_of):
                pending[line.target] = expr
                continue
        kept.append(replace(line, expr=expr))
    return kept


def _uses(lines: list[Contribution]) -> Counter[str]:
    """How often each adjoint is read, also by way of copies that will be forwarded."""
    uses = Counter(n for line in lines for n in names_in(line.expr))
    for line in reversed(lines):
        if isinstance(line.expr, ast.Name) and _is_introduced(line.target):
            uses[line.expr.id] += uses[line.target] - 1
    return uses


def _is_introduced(target: str) -> bool:
    return is_introduced(target) or ":r" in target or "[" in target


def _needs_no_name(
    target: str, expr: ast.expr, uses: int, scalars_only: bool, type_of: TypeOf
) -> bool:
    introduced = _is_introduced(target)
    is_copy = isinstance(expr, ast.Name)
    if not introduced:
        # a scalar's copy is what is taught: gradients flow through unchanged
        return is_copy and not scalars_only and (uses == 1 or type_of.rank(expr) == 0)
    if is_copy:
        return True
    if uses == 1:
        return weight(expr) <= LONGEST
    return uses == 2 and type_of.rank(expr) == 0 and _is_short_product(expr)


def weight(node: ast.expr) -> int:
    """About how long an expression is to read."""
    total = 0
    for child in ast.walk(node):
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


def _tidied(line: Contribution, context: Context, type_of: TypeOf) -> Contribution:
    expr = simplify(retidied(context, simplify(line.expr)))
    return replace(line, expr=Arranger(type_of.rank).visit(expr))


