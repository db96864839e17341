"""A generator as the function that gives the list of what it yields.

What runs over a generator to its end cannot tell the two apart, but for the order in
which things are printed.

>>> tree = ast.parse("def f(n):\\n    for i in range(n):\\n        yield i * i").body[0]
>>> print(ast.unparse(collecting(tree)))
def f(n):
    yielded = []
    for i in range(n):
        yielded.append(i * i)
    return yielded
"""

from __future__ import annotations

import ast
import copy

from adgen.frontend.control import COMPREHENSIONS, is_endless, local_names, statements

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def is_generator(tree: ast.AST) -> bool:
    """Whether a function's own statements yield."""
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in _own(tree))


def _own(tree: ast.AST) -> list[ast.AST]:
    """The nodes of a function, those of functions inside of it left out."""
    found: list[ast.AST] = []
    for child in ast.iter_child_nodes(tree):
        if not isinstance(child, _SCOPES):
            found += [child, *_own(child)]
    return found


def not_collected(tree: ast.FunctionDef) -> tuple[ast.AST, str] | None:
    """What keeps a generator from being collected, and where; None if nothing does."""
    alone = {id(s.value) for s in statements(tree.body) if isinstance(s, ast.Expr)}
    for node in _own(tree):
        if isinstance(node, ast.Yield | ast.YieldFrom) and id(node) not in alone:
            return node, "a value that is sent into a generator cannot be followed"
        if is_endless(node) and not _returns(node):
            return node, "this generator has no end, so what it yields is no list"
    return None


def _returns(loop: ast.AST) -> bool:
    return any(isinstance(node, ast.Return) for node in _own(loop))


def collecting(tree: ast.FunctionDef) -> ast.FunctionDef:
    """The function that appends where the generator yields."""
    name = "yielded"
    while name in local_names(tree):
        name += "_"
    made = copy.deepcopy(tree)
    made.body = [_Collecting(name).stmt(stmt) for stmt in made.body]
    first, last = made.body[0], made.body[-1]
    empty = ast.Assign([ast.Name(name, ast.Store())], ast.List([], ast.Load()))
    made.body.insert(0, _placed(empty, first))
    made.body.append(_placed(ast.Return(ast.Name(name, ast.Load())), last))
    return made


def _placed(stmt: ast.stmt, where: ast.AST) -> ast.stmt:
    for node in ast.walk(stmt):
        if isinstance(node, ast.expr | ast.stmt) and not hasattr(node, "lineno"):
            ast.copy_location(node, where)
    return stmt


class _Collecting(ast.NodeTransformer):
    def __init__(self, name: str) -> None:
        self.name = name

    def stmt(self, stmt: ast.stmt) -> ast.stmt:
        made = self.visit(stmt)
        assert isinstance(made, ast.stmt)
        return made

    def visit(self, node: ast.AST) -> ast.AST:
        return node if isinstance(node, _SCOPES) else super().visit(node)

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        match node.value:
            case ast.Yield(value=value):
                given = value or ast.Constant(None)
                return self.adding("append", given, node)
            case ast.YieldFrom(value=value):
                return self.adding("extend", value, node)
        return node

    def adding(self, method: str, value: ast.expr, node: ast.Expr) -> ast.stmt:
        func = ast.Attribute(ast.Name(self.name, ast.Load()), method, ast.Load())
        return _placed(ast.Expr(ast.Call(func, [value], [])), node)

    def visit_Return(self, node: ast.Return) -> ast.stmt:
        return _placed(ast.Return(ast.Name(self.name, ast.Load())), node)


def may_be_read_again(tree: ast.FunctionDef, author: str, value: ast.AST) -> bool:
    """Whether a name that is bound to this may be read more often than it is bound."""
    reads = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id == author and isinstance(node.ctx, ast.Load)
    ]
    loops = (ast.For, ast.While, *COMPREHENSIONS)
    apart = (
        loop
        for loop in ast.walk(tree)
        if isinstance(loop, loops) and not any(node is value for node in ast.walk(loop))
    )
    repeated = (part for loop in apart for part in _repeated(loop))
    return len(reads) > 1 or any(node in reads for part in repeated for node in ast.walk(part))


def _repeated(loop: ast.AST) -> list[ast.AST]:
    """What a loop or comprehension does more than once."""
    if isinstance(loop, ast.For):
        return [*loop.body]
    if isinstance(loop, ast.While):
        return [loop.test, *loop.body]
    first, *others = loop.generators  # type: ignore[attr-defined]
    mine = [part for part in ast.iter_child_nodes(loop) if part is not first]
    return [*mine, *first.ifs]
