"""Expressions tidied again, after others were put into them: sums, transposes, parts, indices."""

from __future__ import annotations

import ast

from adgen.algebra import Product, Rewriter, build, negate, number, product_of, simplify
from adgen.ir import kinds_in, remade
from adgen.rules.settle import Context, Expr
from adgen.rules.settle.broadcasting import sum_axes
from adgen.rules.settle.complexes import conjugated, real_part
from adgen.rules.settle.indices import is_whole
from adgen.rules.settle.masks import mask_of, unmasked
from adgen.rules.settle.spelling import axis_argument, call
from adgen.rules.shapes import Dims, axes_of
from adgen.types import ListOf, Num, Seq


class _Sums(Rewriter):
    """Take what a sum does not touch out of it again, after expressions were put in."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def visit_Attribute(self, node: ast.Attribute) -> Expr:
        """`x.T.T` is `x`, `(x.T @ y).T` is `y.T @ x`, `np.outer(x, y).T` is `np.outer(y, x)`;
        parts leave real factors outside."""
        node = self.generic_visit(node)
        match node:
            case ast.Attribute(value=ast.Attribute(value=inner, attr="T"), attr="T"):
                return inner
            case ast.Attribute(
                value=ast.BinOp(left=left, op=ast.MatMult(), right=right), attr="T"
            ) if self._is_turned(left, right):
                return ast.BinOp(_turned(right), ast.MatMult(), _turned(left))
            case ast.Attribute(value=ast.UnaryOp(op=ast.USub(), operand=inner), attr="T"):
                return negate(self.visit(ast.Attribute(inner, "T", ast.Load())))
            case ast.Attribute(
                value=ast.Call(
                    func=ast.Attribute(value=ast.Name(id="@np"), attr="outer"), args=[left, right]
                ),
                attr="T",
            ):
                return call("outer", right, left)
            case ast.Attribute(value=ast.BinOp() | ast.UnaryOp() as inner, attr="real" | "imag"):
                return real_part(self.context, inner, node.attr == "imag")
        return node

    def _is_turned(self, left: Expr, right: Expr) -> bool:
        """Whether one of two matrices is transposed already."""
        transposes = any(isinstance(m, ast.Attribute) and m.attr == "T" for m in (left, right))
        return transposes and all(len(self.context.dims(m) or ()) == 2 for m in (left, right))

    def visit_Subscript(self, node: ast.Subscript) -> Expr:
        """`np.sum(x, axis=(0, 2), keepdims=True)[0, :, 0]` keeps what it then drops."""
        node = self.generic_visit(node)
        match node.value:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="@np"), attr="sum"),
                args=[operand],
                keywords=[ast.keyword(arg="axis", value=axis), ast.keyword(arg="keepdims")],
            ):
                dims = self.context.dims(operand)
                if dims is not None:
                    return _dropped(node, operand, axes_of(ast.literal_eval(axis), len(dims)), dims)
            case ast.Subscript(value=inner, slice=first) if self.is_array(inner):
                if self._puts_back(inner, first, node.slice):
                    return inner
                joined = _joined_index(first, node.slice)
                if joined is not None and isinstance(self.context.type_of(inner), Num):
                    whole: Expr = self.visit(ast.Subscript(inner, joined, ast.Load()))
                    return whole
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return negate(self.visit(ast.Subscript(inner, node.slice, ast.Load())))
            case ast.BinOp(op=ast.Mult() | ast.Div()) if _adds_axes(node.slice):
                return self._scaled(node)
        return node

    def _puts_back(self, array: Expr, first: Expr, second: Expr) -> bool:
        """Whether axes of length 1 are dropped, and made again: `x[:, 0][:, None]`."""
        dims = self.context.dims(array) or ()
        dropped = _parts(first)
        again = [ast.Slice() if is_whole(p) else ast.Constant(None) for p in dropped]
        return len(dropped) == len(dims) and all(
            is_whole(part) or (_is_zero(part) and self.context.facts.is_one(dim))
            for part, dim in zip(dropped, dims, strict=True)
        ) and list(map(ast.dump, again)) == list(map(ast.dump, _parts(second)))  # fmt: skip

    def _scaled(self, node: ast.Subscript) -> Expr:
        """`(2 * dx)[:, None]` is `2 * dx[:, None]`; of several arrays, a number that is written
        out alone goes to others outside."""
        product = product_of(node.value)
        scalars = [f for f in product.factors if self.context.dims(f) == ()]
        several = len(product.factors) - len(scalars) > 1 or bool(product.divisors)
        apart = [f for f in scalars if not several or number(f) is not None]
        inside = [f for f in product.factors if f not in apart]
        if not apart or not inside:
            return node
        array = build(Product(False, inside, product.divisors))
        array = self.visit(ast.Subscript(array, node.slice, ast.Load()))
        return build(Product(product.negative, [*apart, array]))

    def is_array(self, node: Expr) -> bool:
        """Whether this is known to be no tuple or list, for which `[0, 0]` is not `[0][0]`."""
        known = not isinstance(self.context.type_of(node), Seq | ListOf)
        return known and self.context.dims(node) is not None

    def is_number(self, node: Expr) -> bool:
        """Whether this is known to be a Python or NumPy number, and no array without axes."""
        type_ = self.context.type_of(node)
        return isinstance(type_, Num) and type_.is_scalar

    def visit_BinOp(self, node: ast.BinOp) -> Expr:
        """`x * np.broadcast_to(y, x.shape)` is `x * y`, and `x * np.expand_dims(y, 0)` too."""
        node = self.generic_visit(node)
        if isinstance(node.op, ast.Mult):
            for part, other in ((node.left, node.right), (node.right, node.left)):
                plain = _unstretched(part)
                if plain is not None and self._is_whole_without(plain, other, node):
                    sides = {"left": plain} if part is node.left else {"right": plain}
                    return remade(node, sides)  # type: ignore[no-any-return]
        return node

    def _is_whole_without(self, plain: Expr, other: Expr, whole: Expr) -> bool:
        """Whether a product has its shape from the other factor, with which this one lines up."""
        dims, own = self.context.dims(other), self.context.dims(plain)
        return dims is not None and own is not None and dims == self.context.dims(whole)

    def visit_Call(self, node: ast.Call) -> Expr:
        node = self.generic_visit(node)
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="@np"), attr="conj"),
                args=[ast.BinOp() as inner],
            ):
                return conjugated(self.context, inner)
            case ast.Call(
                func=ast.Attribute(value=array, attr="reshape"),
                args=[
                    ast.Call(func=ast.Attribute(value=ast.Name(id="@np"), attr="shape"), args=[x])
                ],
            ) if self.is_number(x):
                return ast.Call(ast.Attribute(array, "item", ast.Load()), [], [])
            case ast.Call(func=ast.Attribute(value=ast.Name(id="@np"), attr="where")):
                mask = mask_of(node)
                return node if mask is None else mask.over(unmasked(mask.value, mask))
            case ast.Call(func=ast.Attribute(value=ast.Name(id="@np"), attr="sum"), args=[operand]):
                dims = self.context.dims(operand)
                if dims is None:
                    return node
                keywords = {k.arg: ast.literal_eval(k.value) for k in node.keywords}
                axes = list(axes_of(keywords.get("axis"), len(dims)))
                keep = bool(keywords.get("keepdims"))
                gone, kept = ([], axes) if keep else (axes, [])
                return sum_axes(self.context, operand, dims, gone, kept, [])
        return node


def _unstretched(node: Expr) -> Expr | None:
    """What is given leading axes that a product with others gives it anyway."""
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="@np"), attr="broadcast_to"), args=[plain, _]
        ):
            return plain
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="@np"), attr="expand_dims"),
            args=[plain, ast.Constant(value=0)],
        ):
            return plain
    return None


def _parts(index: Expr) -> list[Expr]:
    return list(index.elts) if isinstance(index, ast.Tuple) else [index]


def _is_zero(part: Expr) -> bool:
    return isinstance(part, ast.Constant) and part.value == 0


def _adds_axes(index: Expr) -> bool:
    """Whether an index keeps all elements: `[:, None]`."""
    parts = _parts(index)
    return all(is_whole(p) or (isinstance(p, ast.Constant) and p.value in (None, ...))
               for p in parts)  # fmt: skip


def _turned(matrix: Expr) -> Expr:
    match matrix:
        case ast.Attribute(value=inner, attr="T"):
            return inner
    return ast.Attribute(matrix, "T", ast.Load())


def _dropped(node: ast.Subscript, operand: Expr, axes: tuple[int, ...], dims: Dims) -> Expr:
    """A sum that does not keep the axes of which the first element is then taken."""
    parts = _parts(node.slice)
    zeros = {i for i, p in enumerate(parts) if _is_zero(p)}
    plain = all(i in zeros or is_whole(p) for i, p in enumerate(parts))
    if not plain or zeros != set(axes):
        return node
    if len(axes) == len(dims):
        return call("sum", operand)
    return call("sum", operand, axis=axis_argument(axes))


def _joined_index(first: Expr, second: Expr) -> Expr | None:
    """The one index that `[first][second]` amounts to, for zeros and whole slices."""
    outer, inner = _parts(first), _parts(second)
    if not all(is_whole(p) or _is_zero(p) for p in (*outer, *inner)):
        return None
    rest = iter(inner)
    joined = [next(rest, p) if is_whole(p) else p for p in outer]
    return ast.Tuple([*joined, *rest], ast.Load())


# what is tidied are calls of NumPy's functions and methods, parts of arrays, and elements
_TIDIED = frozenset({ast.Attribute, ast.Subscript})


def retidied(context: Context, node: Expr) -> Expr:
    """The expression with signs and untouched factors outside of its sums."""
    if _TIDIED.isdisjoint(kinds_in(node)):
        return node
    return _Sums(context).visit(node)  # type: ignore[no-any-return]


def tidied(context: Context, node: Expr) -> Expr:
    """The expression simplified, inside and outside of its sums."""
    simple = simplify(node)
    found = retidied(context, simple)
    return simple if found is simple else simplify(found)
