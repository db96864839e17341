"""Context managers of the author's that hold values: what they do, as statements round the block.

    with scaled(s, k) as v:               v = s * k
        total += v                        try:
                                              total += v
                                          finally:
                                              ...

A generator under `contextmanager` is its own statements, with the block in the place of its
`yield`; an object's `__enter__` and `__exit__` are called where Python calls them.
"""

from __future__ import annotations

import ast
import inspect
from types import FunctionType
from typing import TYPE_CHECKING, Any

from adgen.errors import UserError
from adgen.frontend.generators import is_generator
from adgen.frontend.source import find
from adgen.ir import names_in
from adgen.rules.contexts import may_end_an_exception
from adgen.staging import calls
from adgen.staging.sugar import filled, new_name
from adgen.staging.unending import Unending, statements_of

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


def as_statements(stager: Stager, node: ast.With) -> list[ast.stmt] | None:
    """A `with` whose manager holds values, as statements; None of any other."""
    item, *others = node.items
    call = item.context_expr
    if not isinstance(call, ast.Call) or not _holds_values(stager, node, item):
        return None
    if others:
        inner = ast.copy_location(ast.With(others, node.body), node)
        node = ast.copy_location(ast.With([item], [inner]), node)
    function = stager.invocations.callees.static_object(call.func)
    if function is None or may_suppress(function):
        return None
    if isinstance(function, type):
        return _of_object(node, call, function, stager)
    made = getattr(function, "__wrapped__", None)
    if not isinstance(made, FunctionType) or not calls.is_authors(made):
        return None
    return _of_generator(stager, node, call, made)


def _holds_values(stager: Stager, node: ast.With, item: ast.withitem) -> bool:
    """Whether a manager is made of what is differentiated, or the block reads what it gives."""
    given = (stager.env.get(author) for author in names_in(item.context_expr))
    if any(term is not None and term.varied for term in given):
        return True
    target = item.optional_vars
    read = {n for stmt in node.body for n in names_in(stmt)}
    return isinstance(target, ast.Name) and target.id in read


def _of_object(node: ast.With, call: ast.Call, cls: type, stager: Stager) -> list[ast.stmt] | None:
    """An object that is made, entered and left."""
    ends = [inspect.getattr_static(cls, method, None) for method in ("__enter__", "__exit__")]
    if not all(isinstance(end, FunctionType) and calls.is_authors(end) for end in ends):
        return None
    if _asks_for_exception(find(ends[1]).tree):
        return None
    manager = new_name(stager, "manager")
    text = (
        f"{manager} = call\n{manager}.__enter__()\n"
        f"try:\n    pass\nfinally:\n    {manager}.__exit__(None, None, None)"
    )
    made, entered, guarded = filled(text, {"call": call}, call)
    assert isinstance(entered, ast.Expr) and isinstance(guarded, ast.Try)
    guarded.body = node.body
    target = node.items[0].optional_vars
    if target is not None:
        entered = ast.copy_location(ast.Assign([target], entered.value), node)
    return [made, entered, guarded]


def _asks_for_exception(tree: ast.FunctionDef) -> bool:
    """Whether `__exit__` reads what has been raised."""
    arguments = {arg.arg for arg in ast.walk(tree.args) if isinstance(arg, ast.arg)}
    arguments -= {tree.args.args[0].arg} if tree.args.args else set()
    return bool(arguments & {n for stmt in tree.body for n in names_in(stmt)})


def _of_generator(
    stager: Stager, node: ast.With, call: ast.Call, made: Any
) -> list[ast.stmt] | None:
    """The statements of a generator that yields once, with the block where it does."""
    definition = find(made)
    tree = definition.tree
    yields = [n for n in ast.walk(tree) if isinstance(n, ast.Yield | ast.YieldFrom)]
    if not is_generator(tree) or len(yields) != 1:
        return None
    args, keywords = stager.invocations.arguments(call)
    given = calls.bound_arguments(stager, call, made, definition, args, keywords)
    inside = statements_of(stager, node, call, Unending(made, definition, given))
    if inside is None or not _put(inside, node):
        return None
    return inside


def _put(stmts: list[ast.stmt], node: ast.With) -> bool:
    """Put the block of a `with` in the place of the `yield`, in a block or that of a `try`."""
    target = node.items[0].optional_vars
    for at, stmt in enumerate(stmts):
        if isinstance(stmt, ast.Expr) and isinstance(stmt.value, ast.Yield):
            value = stmt.value.value or ast.copy_location(ast.Constant(None), stmt)
            bound = [] if target is None else [
                ast.copy_location(ast.Assign([target], value), node)
            ]  # fmt: skip
            stmts[at : at + 1] = [*bound, *node.body]
            return True
        if isinstance(stmt, ast.Try) and not stmt.handlers and _put(stmt.body, node):
            return True
    return False


def may_suppress(manager: Any) -> bool:
    """Whether a context manager, or what makes one, may end an exception."""
    if may_end_an_exception(manager):
        return True
    made = getattr(manager, "__wrapped__", None)
    if isinstance(made, FunctionType) and inspect.isgeneratorfunction(made):
        return _mentions(made, ast.ExceptHandler)
    cls = manager if isinstance(manager, type) else type(manager)
    leave = getattr(cls, "__exit__", None)
    if not isinstance(leave, FunctionType):
        return False
    if (leave.__module__ or "").partition(".")[0] in ("numpy", "contextlib", "warnings"):
        return False
    return _returns_something(leave)


def _mentions(function: FunctionType, kind: type[ast.AST]) -> bool:
    try:
        tree = find(function).tree
    except UserError:
        return True
    return any(isinstance(node, kind) for node in ast.walk(tree))


def _returns_something(function: FunctionType) -> bool:
    try:
        tree = find(function).tree
    except UserError:
        return True
    returned = [node.value for node in ast.walk(tree) if isinstance(node, ast.Return)]
    return any(
        value is not None and not (isinstance(value, ast.Constant) and not value.value)
        for value in returned
    )
