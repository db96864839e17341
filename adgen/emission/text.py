"""Syntax tree to text, through astor; black where somebody will read it."""

from __future__ import annotations

import ast
import warnings
from functools import lru_cache
from typing import Any

from adgen.algebra import Paren


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

        def visit_Constant(self, node: ast.Constant) -> None:
            # shortest text that reads back as the same number
            if type(node.value) in (int, float, complex) or node.value is Ellipsis:
                text = "..." if node.value is Ellipsis else repr(node.value)
                text = text.replace("e-0", "e-")  # 1e-5, as people write it
                self.write(text.replace("inf", "1e999") if "inf" in text else text)
            else:
                super().visit_Constant(node)

    return Generator


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


def text_of(node: ast.AST) -> str:
    """The text of an expression or statement, on as few lines as Python allows."""
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
