"""Expressions as signed products, and the few simplifications a person makes unasked.

>>> tidy = lambda text: ast.unparse(simplify(ast.parse(text, mode="eval").body))
>>> tidy("1 * x * -y"), tidy("-(-x)"), tidy("x**1 + 0"), tidy("3 * x ** (3 - 1)")
('-x * y', 'x', 'x', '3 * x ** 2')
"""

from __future__ import annotations

import ast
import functools
import math
import operator
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from adgen.ir import alike, dumped, kinds_in, parts_of_kind, remade

Expr = ast.expr


class Paren(ast.expr):
    """An expression in parentheses that precedence alone would not ask for."""

    _fields = ("value",)

    def __init__(self, value: ast.expr) -> None:
        super().__init__()
        self.value = value


@dataclass
class Product:
    """sign * factors / divisors, in the order they are written."""

    negative: bool = False
    factors: list[Expr] = field(default_factory=list)
    divisors: list[Expr] = field(default_factory=list)


def product_of(node: Expr) -> Product:
    """Take an expression apart at its multiplications, divisions and signs."""
    product = Product(False, [], [])
    _multiply(product, node)
    return product


def _multiply(product: Product, node: Expr) -> None:
    """Put what an expression is made of into a product."""
    if node.__class__ is ast.Name:  # most are
        product.factors.append(node)
        return
    match node:
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            _multiply(product, left)
            _multiply(product, right)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            _multiply(product, left)
            by = product_of(right)
            product.negative ^= by.negative
            by.negative = False
            single = len(by.factors) + len(by.divisors) == 1
            product.divisors.append(by.factors[0] if single else build(by))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            product.negative = not product.negative
            _multiply(product, operand)
        case Paren(value=value):
            _multiply(product, value)
        case ast.Constant(value=int() | float() as value) if value < 0:
            product.negative = not product.negative
            product.factors.append(ast.Constant(-value))
        case _:
            product.factors.append(node)


def build(product: Product) -> Expr:
    """The expression that a product is written as."""
    factors = product.factors or [ast.Constant(1.0)]
    if product.negative:
        # a truth value has no sign: let a number carry it
        lead = next((i for i, f in enumerate(factors) if not isinstance(f, ast.Compare)), 0)
        factors = [factors[lead], *factors[:lead], *factors[lead + 1 :]]
    result = negate(factors[0]) if product.negative else factors[0]
    for factor in factors[1:]:
        result = ast.BinOp(result, ast.Mult(), factor)
    for divisor in product.divisors:
        result = ast.BinOp(result, ast.Div(), divisor)
    return result


def negate(node: Expr) -> Expr:
    """-node, with the sign where a person puts it."""
    match node:
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return operand
        case Paren(value=value):
            return negate(value) if is_negative(value) else ast.UnaryOp(ast.USub(), node)
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return ast.UnaryOp(ast.USub(), node) if value >= 0 else ast.Constant(-value)
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div() as op, right=right):
            return ast.BinOp(negate(left), op, right)
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return ast.BinOp(right, ast.Sub(), left)
        case ast.BinOp(left=left, op=ast.MatMult() as op, right=right) if is_negative(left):
            return ast.BinOp(negate(left), op, right)
    return ast.UnaryOp(ast.USub(), node)


def plus(a: Expr, b: Expr) -> Expr:
    """a + b, written as a - c where b is -c."""
    if isinstance(b, Paren):
        b = b.value
    if alike(a, b):
        return ast.BinOp(ast.Constant(2), ast.Mult(), a)
    if is_negative(b):
        return ast.BinOp(a, ast.Sub(), negate(b))
    return ast.BinOp(a, ast.Add(), b)


def is_negative(node: Expr) -> bool:
    """Whether an expression is written with a leading minus."""
    if node.__class__ is ast.Name:
        return False
    match node:
        case ast.UnaryOp(op=ast.USub()):
            return True
        case Paren(value=value):
            return is_negative(value)
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div() | ast.MatMult()):
            return is_negative(left)
        case ast.Constant(value=int() | float() as value):
            return not isinstance(value, bool) and value < 0
    return False


def without_one(parts: Sequence[Expr], one: Expr) -> list[Expr]:
    """The parts without one of them, which may be among them more than once, as in `x * x`.

    >>> x = ast.Name("x", ast.Load())
    >>> len(without_one([x, x], x))
    1
    """
    at = next(i for i, part in enumerate(parts) if part is one)
    return [*parts[:at], *parts[at + 1 :]]


Terms = Sequence[tuple[bool, ast.expr]]


def terms(node: ast.expr, minus: bool = False) -> list[tuple[bool, ast.expr]]:
    """What is added up, and whether it is subtracted."""
    if node.__class__ is ast.Name:
        return [(minus, node)]
    match node:
        case Paren(value=value):
            return terms(value, minus)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
            other = minus != isinstance(op, ast.Sub)
            return [*terms(left, minus), *terms(right, other)]
    if is_negative(node):
        return [(not minus, negate(node))]
    return [(minus, node)]


def summed(parts: Terms) -> ast.expr:
    """The sum, what is subtracted behind what is added."""
    plus = [term for minus, term in parts if not minus]
    less = [term for minus, term in parts if minus]
    if not plus:
        plus, less = [negate(less[0])], less[1:]
    made = plus[0]
    for term in plus[1:]:
        made = ast.BinOp(made, ast.Add(), term)
    for term in less:
        made = ast.BinOp(made, ast.Sub(), term)
    return made


def number(node: Expr) -> float | int | None:
    """The number that is written here, if one is."""
    if node.__class__ not in _SAYS_NUMBERS:
        return None
    match node:
        case Paren(value=value):
            return number(value)
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = number(operand)
            return None if inner is None else -inner
    return None


_SAYS_NUMBERS = frozenset({Paren, ast.Constant, ast.UnaryOp})
# an expression without any of these is as simple as it gets
_SIMPLIFIED = _SAYS_NUMBERS | {ast.IfExp}


def simplify(node: Expr) -> Expr:
    """Drop factors of one, double signs and zero terms; work out sums of literals."""
    if _SIMPLIFIED.isdisjoint(kinds_in(node)):
        return node
    simple: Expr = Simplifier().visit(node)
    return simple


class Rewriter:
    """`ast.NodeTransformer` for expressions, several times as fast.

    A subclass has a `visit_BinOp` and the like, each of which gives what stands in a node's place.
    Nodes stay as they are: what changes within one is put into a copy of it.
    """

    # what stays as it is wherever it stands
    unchanged: frozenset[type] = frozenset({ast.Name, ast.Constant})

    def visit(self, node: Any) -> Any:
        rewrite = getattr(self, visit_of(node.__class__), None)
        return self.generic_visit(node) if rewrite is None else rewrite(node)

    def generic_visit(self, node: Any) -> Any:
        """The node with what it is made of rewritten; the node itself if nothing changes."""
        if node.__class__ is ast.BinOp:  # most are
            left, right = self._within(node.left), self._within(node.right)
            same = left is node.left and right is node.right
            return node if same else remade(node, {"left": left, "right": right})
        changed: dict[str, Any] = {}
        held = node.__dict__
        for part in parts_of_kind(node.__class__):
            value = held.get(part)
            if value.__class__ is list:
                items = [self._within(item) for item in value]
                if any(map(operator.is_not, items, value)):
                    changed[part] = items
            elif value.__class__ not in self.unchanged and isinstance(value, ast.AST):
                made = self.visit(value)
                if made is not value:
                    changed[part] = made
        return remade(node, changed) if changed else node

    def _within(self, item: Any) -> Any:
        if item.__class__ in self.unchanged or not isinstance(item, ast.AST):
            return item
        return self.visit(item)


@functools.cache
def visit_of(kind: type[ast.AST]) -> str:
    """The method of a `Rewriter` for a kind of node."""
    return f"visit_{kind.__name__}"


class Simplifier(Rewriter):
    def visit_BinOp(self, node: ast.BinOp) -> Expr:
        node = self.generic_visit(node)
        left, right = number(node.left), number(node.right)
        match node.op:
            case ast.Add():
                return self._sum(node, left, right)
            case ast.Sub():
                if isinstance(left, int) and isinstance(right, int):
                    return ast.Constant(left - right)
                if right == 0:
                    return node.left
                if left == 0:
                    return negate(node.right)
                if is_negative(node.right):
                    return ast.BinOp(node.left, ast.Add(), negate(node.right))
            case ast.Mult():
                return self._times(node, left, right)
            case ast.Div():
                if right == 1:
                    return node.left
                if is_negative(node.left) and is_negative(node.right):
                    return ast.BinOp(negate(node.left), ast.Div(), negate(node.right))
            case ast.Pow():
                if right == 1:
                    return node.left
                return self._power_of_a_power(node, right)
        return node

    def _power_of_a_power(self, node: ast.BinOp, times: float | int | None) -> Expr:
        """`(x**3) ** 2` is `x**6`."""
        match node.left:
            case ast.BinOp(left=base, op=ast.Pow(), right=ast.Constant(value=int(inner))):
                if isinstance(times, int) and times > 0 and inner > 0:
                    return ast.BinOp(base, ast.Pow(), ast.Constant(inner * times))
        return node

    def visit_IfExp(self, node: ast.IfExp) -> Expr:
        """A choice that a number decides is made."""
        node = self.generic_visit(node)
        told = number(node.test)
        return node if told is None else node.body if told else node.orelse

    def _sum(self, node: ast.BinOp, left: float | int | None, right: float | int | None) -> Expr:
        if isinstance(left, int) and isinstance(right, int):
            return ast.Constant(left + right)
        if right == 0:
            return node.left
        if left == 0:
            return node.right
        if is_negative(node.right):
            return ast.BinOp(node.left, ast.Sub(), negate(node.right))
        return node

    def _times(self, node: ast.BinOp, left: float | int | None, right: float | int | None) -> Expr:
        if isinstance(left, int) and isinstance(right, int):
            return ast.Constant(left * right)
        if left == 1:
            return node.right
        if right == 1:
            return node.left
        if left == -1:
            return negate(node.right)
        if right == -1:
            return negate(node.left)
        if is_negative(node.right):
            return negate(ast.BinOp(node.left, node.op, negate(node.right)))
        return node

    def visit_Paren(self, node: Paren) -> Expr:
        node = self.generic_visit(node)
        inner = node.value
        return node if isinstance(inner, ast.BinOp | ast.UnaryOp) else inner

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Expr:
        node = self.generic_visit(node)
        if isinstance(node.op, ast.USub):
            if isinstance(node.operand, ast.Constant):
                return node
            return negate(node.operand)
        return node


def arrange(node: Expr, rank: Callable[[Expr], int | None]) -> Expr:
    """Order a product's factors the way that costs least and reads best.

    Numbers come first, then the scalars, in parentheses when there are several,
    then the arrays, small before large: `(2 * reg * dout) * W1`.  A product of
    scalars alone, or of arrays of one rank, stays as its rule wrote it.
    """
    if _is_of_named_scalars(node, rank):
        return node
    product, node = _cancelled(product_of(node), node, rank)
    parts = [*product.factors, *product.divisors]
    if len(parts) < 2:
        return node
    ranks = {id(part): rank(part) for part in parts}
    numbers = [f for f in product.factors if number(f) is not None]
    uniform = len({ranks[id(p)] for p in parts if number(p) is None}) == 1
    idle = not product.negative and len(product.factors) > 1 and 1 in map(number, numbers)
    settled = not _nested_right(node) and len(numbers) <= 1 and not idle
    if uniform and settled and (not numbers or number(product.factors[0]) is not None):
        if all(ranks[id(p)] == 0 for p in parts):
            return node
    scalars = [f for f in product.factors if ranks[id(f)] == 0 and number(f) is None]
    below = [d for d in product.divisors if ranks[id(d)] == 0]
    arrays = [f for f in product.factors if ranks[id(f)] != 0]
    under = [d for d in product.divisors if ranks[id(d)] != 0]
    sizes = [ranks[id(a)] for a in arrays]
    lead = [n for n in _fold(numbers) if number(n) != 1] + scalars
    small_first = len(arrays) > 2 or lead or below
    if small_first and None not in sizes:
        arrays.sort(key=lambda a: ranks[id(a)] or 0)
    if not arrays:
        return build(Product(product.negative, lead, below + under))
    if not lead:
        # numbers divide the smallest: of several axes, one array may be smaller than others
        least = ranks[id(arrays[0])]
        small = least is not None and (least < 2 or least < (ranks[id(arrays[-1])] or 0))
        first = sum(ranks[id(a)] == least for a in arrays) if below and small else 1
        head = build(Product(product.negative, arrays[:first], below))
        arrays = arrays[first:]
    else:
        head = build(Product(product.negative, lead, below))
        head = Paren(head) if len(lead) + len(below) > 1 else head
    return _small_first(head, arrays, under, rank)


def _is_of_named_scalars(node: Expr, rank: Callable[[Expr], int | None]) -> bool:
    """Whether this is `a * b * c` of scalars, of which there is nothing to arrange."""
    while node.__class__ is ast.BinOp and node.op.__class__ is ast.Mult:
        if node.right.__class__ is not ast.Name or rank(node.right) != 0:
            return False
        node = node.left
    return node.__class__ is ast.Name and rank(node) == 0


def _small_first(
    head: Expr, arrays: list[Expr], under: list[Expr], rank: Callable[[Expr], int | None]
) -> Expr:
    """A product of arrays in which small ones are divided before they meet large ones."""
    sizes = {id(e): rank(e) for e in (head, *arrays, *under)}
    largest = max((s for s in sizes.values() if s is not None), default=0)
    small = [a for a in arrays if (sizes[id(a)] or 0) < largest]
    early = [d for d in under if (sizes[id(d)] or 0) < largest]
    known = None not in sizes.values() and sizes[id(head)] != largest
    if not (known and early and (small or sizes[id(head)]) and arrays[: len(small)] == small):
        return build(Product(False, [head, *arrays], under))
    first = build(Product(False, [head, *small], early))
    late = [d for d in under if d not in early]
    return build(Product(False, [first, *arrays[len(small) :]], late))


def power_of(node: Expr) -> tuple[str, Expr, int] | None:
    """What this is a power of, with what that says, and the exponent."""
    match node:
        case Paren(value=value):
            return power_of(value)
        case ast.BinOp(base, ast.Pow(), ast.Constant(value=int(times))):
            whole = times >= 0 and not isinstance(times, bool)
            return (dumped(base), base, times) if whole else None
        case ast.Name() | ast.BinOp(op=ast.Add() | ast.Sub()):
            return dumped(node), node, 1
    return None


def to_the(base: Expr, times: int) -> Expr:
    """A power; the base itself if that is all."""
    return base if times == 1 else ast.BinOp(base, ast.Pow(), ast.Constant(times))


def _net_powers(product: Product, rank: Callable[[Expr], int | None]) -> Product | None:
    """The product with each base above or below once: `/ x**2 / x` is `/ x**3`, and
    `x**2 / x**3` is `1 / x`; None if that is so already."""
    below = Counter(found[0] for found in map(power_of, product.divisors) if found)
    above = Counter(found[0] for found in map(power_of, product.factors) if found)
    again = {base for base, times in below.items() if times > 1 or base in above}
    if not again:
        return None
    net, bases = dict.fromkeys(again, 0), {}
    for parts, sign in ((product.factors, 1), (product.divisors, -1)):
        for said, base, times in filter(None, map(power_of, parts)):
            if said in again:
                net[said] += sign * times
                bases[said] = base
    # an array that is gone would have lent the product its shape
    again = {said for said in again if net[said] or rank(bases[said]) == 0}
    if not again:
        return None
    made: list[list[Expr]] = []
    for parts, sign in ((product.factors, 1), (product.divisors, -1)):
        kept: list[Expr] = []
        written: set[str] = set()
        for part in parts:
            found = power_of(part)
            said = found[0] if found else ""
            if said not in again:
                kept.append(part)
            elif net[said] * sign > 0 and said not in written:
                written.add(said)
                kept.append(to_the(bases[said], abs(net[said])))
        made.append(kept)
    return Product(product.negative, *made)


def _turned_over(product: Product, rank: Callable[[Expr], int | None]) -> Product:
    """The product, multiplied by numbers that its divisors divide by: `x / (a / b)` is
    `x * b / a`."""
    factors, divisors = list(product.factors), []
    for divisor in product.divisors:
        inner = product_of(divisor) if _is_quotient(divisor) else Product()
        if inner.divisors and all(rank(d) == 0 for d in inner.divisors):
            factors += inner.divisors
            divisors += inner.factors
        else:
            divisors.append(divisor)
    return Product(product.negative, factors, divisors)


def _is_quotient(node: Expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)


def _cancelled(
    product: Product, node: Expr, rank: Callable[[Expr], int | None]
) -> tuple[Product, Expr]:
    """Without what is multiplied by and divided by: `x / n * n` is `x`."""
    if len(product.divisors) == 0:
        return product, node
    net = _net_powers(_turned_over(product, rank), rank)
    whole = product if net is None else net
    factors, divisors = list(whole.factors), []
    for divisor in whole.divisors:
        same = next((f for f in factors if alike(f, divisor) and rank(f) == 0), None)
        if same is None:
            divisors.append(divisor)
        else:
            factors.remove(same)
    if net is None and len(divisors) == len(product.divisors):
        return product, node
    less = Product(product.negative, factors, divisors)
    return less, build(less)


def _product(values: Sequence[float | int]) -> float | int:
    """The product of numbers, as a person writes it: 0.3 for 0.1 times 3."""
    total = math.prod(values)
    if isinstance(total, int) or not math.isfinite(total):
        return total
    written = float(math.prod(Decimal(repr(value)) for value in values))
    shorter = len(repr(written)) < len(repr(total))
    return written if shorter and math.isclose(written, total, rel_tol=1e-14) else total


def _fold(numbers: list[Expr]) -> list[Expr]:
    """The numbers of a product as one."""
    if len(numbers) < 2:
        return numbers
    total = _product([value for value in map(number, numbers) if value is not None])
    if isinstance(total, float) and total.is_integer() and abs(total) < 1e6:
        total = int(total)
    return [] if total == 1 else [ast.Constant(total)]


def _nested_right(node: Expr) -> bool:
    """Whether a product stands on the right of a multiplication: a * (b * c)."""
    if node.__class__ is ast.Name:
        return False
    match node:
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _nested_right(operand)
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            inner = product_of(right)
            if len(inner.factors) + len(inner.divisors) > 1:
                return True
            return _nested_right(left)
        case ast.BinOp(left=left, op=ast.Div()):
            return _nested_right(left)
    return False


class KeepParentheses(Rewriter):
    """Write down the parentheses round a left factor, which a syntax tree forgets.

    They say what the local derivative is: `(2 * x) * dy`.
    """

    def visit_BinOp(self, node: ast.BinOp) -> Expr:
        node = self.generic_visit(node)
        left = node.left
        multiplies = isinstance(node.op, ast.Mult | ast.Div)
        if multiplies and isinstance(left, ast.BinOp) and isinstance(left.op, ast.Mult | ast.Div):
            if (left.lineno, left.col_offset) > (node.lineno, node.col_offset):
                return remade(node, {"left": Paren(left)})  # type: ignore[no-any-return]
        return node


class Arranger(Rewriter):
    """Arrange every product within an expression."""

    def __init__(self, rank: Callable[[Expr], int | None]) -> None:
        self.rank = rank

    def visit_BinOp(self, node: ast.BinOp) -> Expr:
        if isinstance(node.op, ast.Mult | ast.Div):
            return self._inside(arrange(node, self.rank))
        return self.generic_visit(node)  # type: ignore[no-any-return]

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Expr:
        if isinstance(node.op, ast.USub):
            return self._inside(arrange(node, self.rank))
        return self.generic_visit(node)  # type: ignore[no-any-return]

    def _inside(self, node: Expr) -> Expr:
        """Arrange what the factors of an arranged product are made of."""
        if node.__class__ in self.unchanged:
            return node
        match node:
            case Paren(value=value):
                within = self._inside(value)
                return node if within is value else Paren(within)
            case ast.BinOp(left=left, op=ast.Mult() | ast.Div() as op, right=right):
                first, second = self._inside(left), self._inside(right)
                same = first is left and second is right
                return node if same else ast.BinOp(first, op, second)
            case ast.UnaryOp(op=ast.USub() as op, operand=operand):
                within = self._inside(operand)
                return node if within is operand else ast.UnaryOp(op, within)
        return self.generic_visit(node)  # type: ignore[no-any-return]
