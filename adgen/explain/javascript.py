"""Emitted code as JavaScript, for functions of numbers: what a page runs when an input is changed.

Emitted code uses little of Python: assignments, loops, branches, lists that serve as tapes.
What goes beyond that, or beyond numbers, is not translated, and a page then has fixed inputs.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator

# functions of a number, by their names in `math` and NumPy
FUNCTIONS = {
    "exp": "Math.exp", "log": "Math.log", "sin": "Math.sin", "cos": "Math.cos", "tan": "Math.tan",
    "sqrt": "Math.sqrt", "tanh": "Math.tanh", "sinh": "Math.sinh", "cosh": "Math.cosh",
    "asin": "Math.asin", "acos": "Math.acos", "atan": "Math.atan", "atan2": "Math.atan2",
    "arcsin": "Math.asin", "arccos": "Math.acos", "arctan": "Math.atan", "arctan2": "Math.atan2",
    "log1p": "Math.log1p", "expm1": "Math.expm1", "log2": "Math.log2", "log10": "Math.log10",
    "hypot": "Math.hypot", "fabs": "Math.abs", "abs": "Math.abs", "floor": "Math.floor",
    "ceil": "Math.ceil", "pow": "Math.pow", "power": "Math.pow", "maximum": "Math.max",
    "minimum": "Math.min", "sign": "Math.sign", "cbrt": "Math.cbrt",
}  # fmt: skip
BUILTINS = {"abs": "Math.abs", "max": "Math.max", "min": "Math.min", "range": "range",
            "float": "Number", "len": "length"}  # fmt: skip
CONSTANTS = {"pi": "Math.PI", "e": "Math.E", "inf": "Infinity"}
SIGNS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Lt: "<", ast.LtE: "<=",
    ast.Gt: ">", ast.GtE: ">=", ast.Eq: "===", ast.NotEq: "!==", ast.And: "&&", ast.Or: "||",
}  # fmt: skip


class Untranslatable(Exception):
    """Code that has no counterpart here."""


def translated(text: str) -> str:
    """A function's text as a JavaScript function of the same name.

    >>> print(translated('''def f(x):
    ...     y = x**2
    ...     return y'''))
    function f(x) {
      let y;
      y = Math.pow(x, 2);
      return y;
    }

    Raises Untranslatable.
    """
    tree = ast.parse(text).body[0]
    assert isinstance(tree, ast.FunctionDef)
    parameters = [a.arg for a in (*tree.args.posonlyargs, *tree.args.args, *tree.args.kwonlyargs)]
    stored = [n.id for n in ast.walk(tree)
              if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]  # fmt: skip
    own = [n for n in dict.fromkeys(stored) if n not in parameters]
    lines = [f"function {tree.name}({', '.join(parameters)}) {{"]
    lines += [f"  let {', '.join(own)};"] if own else []
    lines += [f"  {line}" for line in _block(tree.body)]
    return "\n".join([*lines, "}"])


def _block(body: Iterable[ast.stmt]) -> Iterator[str]:
    for stmt in body:
        yield from _statement(stmt)


def _statement(stmt: ast.stmt) -> Iterator[str]:
    match stmt:
        case ast.Assign(targets=[target], value=value):
            yield f"{_expr(target)} = {_expr(value)};"
        case ast.AugAssign(target=target, op=op, value=value):
            whole = ast.BinOp(target, op, value)
            yield f"{_expr(target)} = {_expr(whole)};"
        case ast.Expr(value=value):
            yield f"{_expr(value)};"
        case ast.Return(value=ast.expr() as value):
            yield f"return {_expr(value)};"
        case ast.If(test=test, body=body, orelse=orelse):
            yield f"if ({_expr(test)}) {{"
            yield from _inside(body)
            if orelse:
                yield "} else {"
                yield from _inside(orelse)
            yield "}"
        case ast.For(target=target, iter=over, body=body, orelse=[]):
            yield f"for (const each of {_expr(over)}) {{"
            yield f"  {_expr(target)} = each;"
            yield from _inside(body)
            yield "}"
        case ast.While(test=test, body=body, orelse=[]):
            yield f"while ({_expr(test)}) {{"
            yield from _inside(body)
            yield "}"
        case ast.Break():
            yield "break;"
        case ast.Continue():
            yield "continue;"
        case ast.Pass():
            pass
        case _:
            raise Untranslatable(ast.unparse(stmt))


def _inside(body: Iterable[ast.stmt]) -> Iterator[str]:
    for line in _block(body):
        yield f"  {line}"


def _expr(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Constant(value=bool() | None as value):
            return {True: "true", False: "false", None: "null"}[value]
        case ast.Constant(value=int() | float() as value):
            return repr(value).replace("inf", "Infinity")
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return f"[{', '.join(_expr(p) for p in parts)}]"
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return f"-({_expr(operand)})"
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _expr(operand)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return f"!({_expr(operand)})"
        case ast.BinOp(left=left, op=op, right=right):
            return _binary(_expr(left), op, _expr(right))
        case ast.BoolOp(op=op, values=values):
            return f" {SIGNS[type(op)]} ".join(f"({_expr(v)})" for v in values)
        case ast.Compare(left=left, ops=ops, comparators=rest):
            return _comparison([left, *rest], ops)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return f"(({_expr(test)}) ? ({_expr(body)}) : ({_expr(orelse)}))"
        case ast.Subscript(value=value, slice=index):
            return f"{_expr(value)}.at({_expr(index)})"
        case ast.Attribute(value=ast.Name(id="math" | "np"), attr=attr) if attr in CONSTANTS:
            return CONSTANTS[attr]
        case ast.Call(func=func, args=args, keywords=[]):
            return _call(func, args)
    raise Untranslatable(ast.unparse(node))


def _binary(left: str, op: ast.operator, right: str) -> str:
    made: dict[type[ast.operator], Callable[[], str]] = {
        ast.Pow: lambda: f"Math.pow({left}, {right})",
        ast.FloorDiv: lambda: f"Math.floor({left} / ({right}))",
        ast.Mod: lambda: f"({left} - ({right}) * Math.floor(({left}) / ({right})))",
    }
    if type(op) in made:
        return made[type(op)]()
    if type(op) not in SIGNS:
        raise Untranslatable(type(op).__name__)
    return f"({left} {SIGNS[type(op)]} {right})"


def _comparison(operands: list[ast.expr], ops: list[ast.cmpop]) -> str:
    parts = []
    for left, op, right in zip(operands, ops, operands[1:], strict=False):
        if type(op) not in SIGNS and not isinstance(op, ast.Is | ast.IsNot):
            raise Untranslatable(type(op).__name__)
        same = "===" if isinstance(op, ast.Is) else "!=="
        parts.append(f"{_expr(left)} {SIGNS.get(type(op), same)} {_expr(right)}")
    return f"({' && '.join(parts)})"


def _call(func: ast.expr, args: list[ast.expr]) -> str:
    if ast.unparse(func) == "locals().get":
        assert isinstance(args[0], ast.Constant)
        return str(args[0].value)  # declared in any case, perhaps without a value
    given = ", ".join(_expr(a) for a in args)
    match func:
        case ast.Name(id="reversed"):
            return f"[...{given}].reverse()"
        case ast.Name(id=name) if name in BUILTINS or name.startswith("_"):
            return f"{BUILTINS.get(name, name)}({given})"
        case ast.Attribute(value=ast.Name(id="math" | "np"), attr=attr) if attr in FUNCTIONS:
            return f"{FUNCTIONS[attr]}({given})"
        case ast.Attribute(value=value, attr="append"):
            return f"{_expr(value)}.push({given})"
    raise Untranslatable(ast.unparse(func))
