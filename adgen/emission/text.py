"""Syntax tree to text, through astor; black where somebody will read it.

Most of what is printed is made of operators, calls and indices.  `said` writes these down
directly, as astor does, in a tenth of the time.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable
from enum import IntEnum
from functools import lru_cache
from typing import Any

from adgen.algebra import Paren
from adgen.ir import renamed


@lru_cache(maxsize=1)
def _generator() -> Any:
    """astor's generator, with parentheses where precedence would not ask for them."""
    with warnings.catch_warnings():  # astor asks `ast` for classes that are on their way out
        warnings.simplefilter("ignore", DeprecationWarning)
        from astor.code_gen import SourceGenerator, set_precedence
        from astor.op_util import Precedence

    class Generator(SourceGenerator):
        def visit_Paren(self, node: Paren) -> None:
            set_precedence(Precedence.Comma, node.value)
            self.write("(", node.value, ")")

        def visit_BinOp(self, node: ast.BinOp) -> None:
            # as black has it: plain operands hug the power sign
            if not (isinstance(node.op, ast.Pow) and _plain(node.left) and _plain(node.right)):
                super().visit_BinOp(node)
                return
            with self.delimit(node, node.op):
                set_precedence(Precedence.Pow + 1, node.left)
                set_precedence(Precedence.PowRHS, node.right)
                self.write(node.left, "**", node.right)

        def visit_Attribute(self, node: ast.Attribute) -> None:
            if isinstance(node.value, ast.Constant) and isinstance(node.value.value, int):
                self.write("(", node.value, f").{node.attr}")
            else:
                super().visit_Attribute(node)

        def visit_Constant(self, node: ast.Constant) -> None:
            text = _constant(node.value)
            if text is None:
                super().visit_Constant(node)
            elif text.startswith("-"):
                with self.delimit(node, ast.USub()):
                    self.write(text)
            else:
                self.write(text)

    return Generator


def _constant(value: object) -> str | None:
    """The shortest text that reads back as the same number."""
    if value is Ellipsis:
        return "..."
    if type(value) not in (int, float, complex):
        return None
    text = repr(value).replace("e-0", "e-")  # 1e-5, as people write it
    return text.replace("inf", "1e999") if "inf" in text else text


def _plain(node: ast.expr) -> bool:
    """What black calls a simple operand of a power."""
    match node:
        case ast.Name() | ast.Constant():
            return True
        case ast.Attribute(value=value):
            return _plain(value)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return isinstance(operand, ast.Name | ast.Constant)
    return False


class Level(IntEnum):
    """How tightly an expression holds together."""

    COMPARISON = 1
    SUM = 2
    PRODUCT = 3
    SIGN = 4
    POWER = 5
    ATOM = 6


OPERATORS: dict[type, tuple[str, Level]] = {
    ast.Add: (" + ", Level.SUM),
    ast.Sub: (" - ", Level.SUM),
    ast.Mult: (" * ", Level.PRODUCT),
    ast.Div: (" / ", Level.PRODUCT),
    ast.FloorDiv: (" // ", Level.PRODUCT),
    ast.Mod: (" % ", Level.PRODUCT),
    ast.MatMult: (" @ ", Level.PRODUCT),
    ast.Pow: (" ** ", Level.POWER),
}

COMPARISONS: dict[type, str] = {
    ast.Eq: " == ",
    ast.NotEq: " != ",
    ast.Lt: " < ",
    ast.LtE: " <= ",
    ast.Gt: " > ",
    ast.GtE: " >= ",
}


class Unusual(Exception):
    """An expression that is left to astor."""


Naming = Callable[[str], ast.expr | None]


def _as_it_is(identifier: str) -> None:
    return None


def said(node: ast.expr | None, naming: Naming, within: int = 0) -> str:
    """The text of an expression that stands where only a certain level needs no parentheses."""
    match node:
        case ast.Name(id=identifier):
            found = naming(identifier)
            if found is None:
                return identifier
            return found.id if isinstance(found, ast.Name) else said(found, _as_it_is, within)
        case ast.Constant(value=value):
            text = _constant(value)
            if text is None or (within == Level.ATOM and type(value) is not float):
                raise Unusual
            level = Level.SIGN if text.startswith("-") else Level.ATOM
        case ast.BinOp(left=left, op=op, right=right):
            sign, level = OPERATORS.get(type(op), ("", Level.ATOM))
            if level == Level.POWER:
                left, right, naming = renamed(left, naming), renamed(right, naming), _as_it_is
                sign = "**" if _plain(left) and _plain(right) else sign
                text = said(left, naming, Level.ATOM) + sign + said(right, naming, Level.SIGN)
            elif sign:
                text = said(left, naming, level) + sign + said(right, naming, level + 1)
            else:
                raise Unusual
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            level, text = Level.SIGN, "-" + said(operand, naming, Level.SIGN)
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in COMPARISONS:
            level = Level.COMPARISON
            text = (
                said(left, naming, level + 1)
                + COMPARISONS[type(op)]
                + said(right, naming, level + 1)
            )
        case Paren(value=value):
            return f"({said(value, naming)})"
        case ast.Attribute(value=ast.Constant(value=int() as number), attr=attr):
            return f"({number}).{attr}"  # `2.T` would be read as a number that ends in a point
        case ast.Attribute(value=value, attr=attr):
            return f"{said(value, naming, Level.ATOM)}.{attr}"
        case ast.Call(func=func, args=args, keywords=keywords):
            given = [said(arg, naming) for arg in args]
            given += [
                f"{keyword.arg}={said(keyword.value, naming)}"
                for keyword in keywords
                if keyword.arg
            ]
            if any(keyword.arg is None for keyword in keywords):
                raise Unusual
            return f"{said(func, naming, Level.ATOM)}({', '.join(given)})"
        case ast.Subscript(value=value, slice=index):
            parts = index.elts if isinstance(index, ast.Tuple) and len(index.elts) > 1 else [index]
            inside = ", ".join(_place(part, naming) for part in parts)
            return f"{said(value, naming, Level.ATOM)}[{inside}]"
        case ast.ListComp(elt=element, generators=[ast.comprehension(ifs=[]) as each]):
            names = each.target.elts if isinstance(each.target, ast.Tuple) else [each.target]
            head = ", ".join(said(n, naming) for n in names)
            return f"[{said(element, naming)} for {head} in {said(each.iter, naming)}]"
        case _:
            raise Unusual
    return text if level >= within else f"({text})"


def _place(node: ast.expr, naming: Naming) -> str:
    """One axis of an index."""
    if not isinstance(node, ast.Slice):
        return said(node, naming)
    text = ":".join("" if part is None else said(part, naming) for part in (node.lower, node.upper))
    return text if node.step is None else f"{text}:{said(node.step, naming)}"


def text_of(node: ast.AST, naming: Naming = _as_it_is) -> str:
    """The text of an expression or statement, on as few lines as Python allows.

    `naming` has what stands in the place of a name, if that is something else.
    """
    if isinstance(node, ast.expr):
        try:
            return said(node, naming)
        except Unusual:
            pass
    return _by_astor(renamed(node, naming))


def _by_astor(node: ast.AST) -> str:
    generator = _generator()
    from astor import to_source

    if isinstance(node, ast.expr):
        node = ast.Expr(node)
    text: str = to_source(
        node,
        indent_with="    ",
        pretty_source="".join,
        pretty_string=lambda s, *args, **kwargs: repr(s),
        source_generator_class=generator,
    )
    return text.rstrip("\n")


def formatted(text: str) -> str:
    """The text as black writes it."""
    import black

    return black.format_str(text, mode=black.Mode(line_length=100))
