"""Systems of equations with a matrix that is inverted anyway are solved by its inverse."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from adgen.algebra import Rewriter
from adgen.ir import calls_in, dumped, name
from adgen.rules.settle import Expr


def inverted(node: Expr) -> Iterator[tuple[Expr, Expr]]:
    """The matrices of which an expression takes the inverse, and how it does."""
    for part in calls_in(node):
        match part:
            case ast.Call(func=func, args=[matrix]) if _is_called(func, "inv"):
                yield matrix, part


def solved(node: Expr) -> Iterator[Expr]:
    """The matrices of systems that an expression solves, or those that are transposed there."""
    for part in calls_in(node):
        match part:
            case ast.Call(func=func, args=[matrix, _]) if _is_called(func, "solve"):
                yield _upright(matrix)


class ByInverse(Rewriter):
    """Puts a value that is the inverse of a matrix in the place of inverting it, and of solving."""

    def __init__(self, matrix: Expr, inverse: str) -> None:
        self.said = dumped(matrix)
        self.inverse = inverse

    def visit_Call(self, node: ast.Call) -> Expr:
        node = self.generic_visit(node)
        match node:
            case ast.Call(func=func, args=[matrix]) if _is_called(func, "inv"):
                return name(self.inverse) if dumped(matrix) == self.said else node
            case ast.Call(func=func, args=[matrix, right]) if _is_called(func, "solve"):
                if dumped(_upright(matrix)) == self.said:
                    inverse: Expr = name(self.inverse)
                    if _upright(matrix) is not matrix:
                        inverse = ast.Attribute(inverse, "T", ast.Load())
                    return ast.BinOp(inverse, ast.MatMult(), right)
        return node


def _upright(matrix: Expr) -> Expr:
    """A matrix, or the one of which it is the transpose."""
    match matrix:
        case ast.Attribute(value=inner, attr="T"):
            return inner
    return matrix


def _is_called(func: Expr, attr: str) -> bool:
    match func:
        case ast.Attribute(
            value=ast.Attribute(value=ast.Name(id="@np"), attr="linalg"), attr=found
        ):
            return found == attr
    return False
