"""How messages name what the author wrote."""

from __future__ import annotations

import ast
import operator

from adgen.frontend.resolve import OPERATORS, SIGNS
from adgen.ir import clone
from adgen.rules.operations import Op
from adgen.types import (
    Cell,
    Columns,
    Known,
    Num,
    Opaque,
    Record,
    Ref,
    Saved,
    Seq,
    Sparse,
    Stack,
    Text,
    Type,
)


def keyword_of(node: ast.AST) -> str:
    """What the author calls this kind of statement or expression."""
    if isinstance(node, ast.Expr):
        node = node.value
    names = {
        "If": "if", "For": "for", "While": "while", "FunctionDef": "def", "With": "with",
        "Try": "try", "Raise": "raise", "Delete": "del", "IfExp": "... if ... else ...",
        "BoolOp": "and/or", "ListComp": "a list comprehension", "Lambda": "lambda",
        "Dict": "a dict", "NamedExpr": ":=", "Compare": "a chained comparison",
        "Import": "import", "ImportFrom": "import", "Global": "global", "Match": "match",
        "GeneratorExp": "a generator", "Await": "await", "Yield": "yield", "Starred": "*",
        "ClassDef": "class", "Nonlocal": "nonlocal", "Set": "a set", "AsyncFor": "async for",
    }  # fmt: skip
    return names.get(type(node).__name__, type(node).__name__)


_HELP: dict[type[ast.AST], tuple[str, str]] = {
    ast.Set: ("a set", "use a tuple or list"),
    ast.SetComp: ("a set comprehension", "use a list"),
    ast.Yield: ("a generator (`yield`)", "collect the values in a list and return that"),
    ast.YieldFrom: ("a generator (`yield from`)", "collect the values in a list and return that"),
    ast.Await: ("`await`", "await the value outside, and pass it as an argument"),
    ast.AsyncFunctionDef: ("a coroutine (`async def`)", "define it with `def`"),
    ast.AsyncFor: ("`async for`", "collect the values outside, and pass them as a list"),
    ast.AsyncWith: ("`async with`", "use it outside of the function"),
    ast.TryStar: ("`except*`", "use `except`"),
}


def not_supported(node: ast.AST) -> tuple[str, str]:
    """What is said of a construct that is not accepted, and the way round."""
    if isinstance(node, ast.Expr):
        node = node.value
    said, help = _HELP.get(type(node), (f"`{keyword_of(node)}`", ""))
    return f"{said} is not supported", help


def operation_of(node: ast.expr) -> str:
    """The sign of an operator, as the author wrote it."""
    op = node.ops[0] if isinstance(node, ast.Compare) else getattr(node, "op", node)
    return SIGNS.get(type(op)) or keyword_of(node)


def called(op: Op) -> str:
    """What the author calls an operation: `*`, np.sum."""
    if op.function is operator.getitem:
        return "`x[i]`"
    signs = [SIGNS[kind] for kind, function in OPERATORS.items() if function is op.function]
    return f"`{signs[0]}`" if signs else op.name


def describe(type_: Type) -> str:
    """What kind of value this is."""
    match type_:
        case Num(dims=dims):
            return "array" if dims else "number"
        case Seq(kind=kind):
            return kind
        case Known(value=None):
            return "None"
        case Known(value=value) if callable(value):
            return "function"
        case Known(value=value):
            return type(value).__name__
        case Record(cls=cls) | Cell(cls=cls) | Ref(cls=cls):
            return cls.__name__
        case Text():
            return "str"
        case Columns():
            return "list of tuples"
        case Sparse():
            return "sparse matrix"
        case Opaque(note=note):
            return note
        case Saved():
            return "cache"
        case Stack():
            return "stack"


def a(noun: str) -> str:
    """The noun with its article."""
    if noun == "None":
        return noun
    return f"an {noun}" if noun[0] in "aeiouAEIOU" else f"a {noun}"


def readable(expr: ast.expr) -> str:
    """An expression of staged names, as the author would write it."""
    plain = clone(expr)
    for child in ast.walk(plain):
        if isinstance(child, ast.Name):
            child.id = child.id.split(":")[0]
    return ast.unparse(plain)
