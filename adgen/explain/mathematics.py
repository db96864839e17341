"""Expressions as MathML, which browsers set as formulas.

>>> formula("-1.0 / den**2")
'<math><mrow><mo>−</mo><mfrac><mn>1</mn><msup><mi>den</mi><mn>2</mn></msup></mfrac></mrow></math>'
"""

from __future__ import annotations

import ast
import unicodedata
from html import escape

SIGNS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "−", ast.Mult: "⋅", ast.MatMult: "", ast.Mod: "mod",
    ast.Lt: "&lt;", ast.LtE: "≤", ast.Gt: "&gt;", ast.GtE: "≥", ast.Eq: "=", ast.NotEq: "≠",
}  # fmt: skip
# how tightly operators bind
RANK: dict[type[ast.AST], int] = {
    ast.Compare: 0, ast.Add: 1, ast.Sub: 1, ast.Mult: 2, ast.MatMult: 2, ast.Mod: 2,
}  # fmt: skip
GREEK = {
    unicodedata.name(chr(code)).split()[-1].lower(): chr(code)
    for code in range(ord("α"), ord("ω") + 1)
    if "FINAL" not in unicodedata.name(chr(code))
} | {"lambda": "λ"}


def formula(text: str) -> str:
    """A Python expression as a MathML element; code that is no formula stays code."""
    try:
        node = ast.parse(text, mode="eval").body
    except SyntaxError:
        return f"<code>{escape(text)}</code>"
    return f"<math>{_set(node)}</math>"


def slope(of: str, by: str, local: str) -> str:
    """The equation for a local derivative.

    >>> slope("q", "p", "2")
    '<math><mfrac><mrow><mo>∂</mo><mi>q</mi></mrow><mrow><mo>∂</mo><mi>p</mi></mrow></mfrac><mo>=</mo><mn>2</mn></math>'
    """
    above, below = (f"<mrow><mo>∂</mo>{_name(n)}</mrow>" for n in (of, by))
    right = formula(local)
    if not right.startswith("<math>"):
        return right
    return f"<math><mfrac>{above}{below}</mfrac><mo>=</mo>{right[len('<math>') :]}"


def _set(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return _name(name)
        case ast.Constant(value=value):
            return _constant(value)
        case ast.Attribute(attr="T", value=value):
            return f"<msup>{_inner(value, 3)}<mi>⊤</mi></msup>"
        case ast.Attribute():
            return f"<mi>{escape(ast.unparse(node))}</mi>"
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return f"<mrow><mo>−</mo>{_inner(operand, 2)}</mrow>"
        case ast.BinOp(left=ast.UnaryOp(op=ast.USub(), operand=over), op=ast.Div(), right=under):
            return f"<mrow><mo>−</mo><mfrac>{_set(over)}{_set(under)}</mfrac></mrow>"
        case ast.BinOp(left=over, op=ast.Div(), right=under):
            return f"<mfrac>{_set(over)}{_set(under)}</mfrac>"
        case ast.BinOp(left=base, op=ast.Pow(), right=power):
            return f"<msup>{_inner(base, 3)}{_set(power)}</msup>"
        case ast.BinOp(left=left, op=op, right=right) if type(op) in SIGNS:
            rank = RANK[type(op)]
            after = rank + 1 if isinstance(op, ast.Sub) else rank
            sign = f"<mo>{SIGNS[type(op)]}</mo>"
            return f"<mrow>{_inner(left, rank)}{sign}{_inner(right, after)}</mrow>"
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in SIGNS:
            return f"<mrow>{_set(left)}<mo>{SIGNS[type(op)]}</mo>{_set(right)}</mrow>"
        case ast.Call(func=ast.Attribute(attr="sqrt"), args=[inner]):
            return f"<msqrt>{_set(inner)}</msqrt>"
        case ast.Call(func=ast.Attribute(attr="exp"), args=[inner]):
            return f"<msup><mi>e</mi>{_set(inner)}</msup>"
        case ast.Call(func=ast.Attribute(attr="abs" | "fabs") | ast.Name(id="abs"), args=[inner]):
            return f"<mrow><mo>|</mo>{_set(inner)}<mo>|</mo></mrow>"
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=[inner], keywords=[]):
            return f"<mrow><mi>{escape(name)}</mi><mo>(</mo>{_set(inner)}<mo>)</mo></mrow>"
    return f"<mtext>{escape(ast.unparse(node))}</mtext>"


def _inner(node: ast.expr, rank: int) -> str:
    """An operand, in parentheses where it binds less tightly than what it stands in."""
    kind = type(node.op) if isinstance(node, ast.BinOp) else type(node)
    own = RANK.get(kind, 1 if isinstance(node, ast.UnaryOp) else 9)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.Pow) and rank >= 3:
        own = 2
    shown = _set(node)
    return f"<mrow><mo>(</mo>{shown}<mo>)</mo></mrow>" if own < rank else shown


def _name(name: str) -> str:
    """A name, with Greek letters and a number behind it as its index."""
    base = name.rstrip("0123456789")
    number = name[len(base) :]
    said = f"<mi>{GREEK.get(base, escape(base))}</mi>"
    return f"<msub>{said}<mn>{number}</mn></msub>" if number and base else said


def _constant(value: object) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e6:
        value = int(value)
    kind = "mn" if isinstance(value, int | float) else "mtext"
    return f"<{kind}>{escape(str(value))}</{kind}>"
