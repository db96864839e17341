"""Find a function's definition: its syntax tree and the author's own lines.

In: a function, lambda or method.  Out: a `Definition`.  Refuses what has no
source (typed at a plain `python` prompt, made by `exec`) and what is not a
plain function (a builtin, a class, a generator, a coroutine).
"""

from __future__ import annotations

import ast
import gc
import inspect
import linecache
import textwrap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from adgen.errors import SourceText, UserError
from adgen.frontend.standing import standing_in

if TYPE_CHECKING:
    from adgen.frontend.liveness import Liveness


@dataclass(frozen=True)
class Definition:
    """A function's tree, normalised to a `def`, and where it stands."""

    function: FunctionType
    tree: ast.FunctionDef
    source: SourceText
    # the function of the author's that this is emitted code of
    primal: str = ""
    # whether a list or tuple that it returns is meant as an array
    packs: bool = False
    # the lists of emitted code that its loops only put values on and take them off again
    stacks: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        return self.tree.name

    @property
    def title(self) -> str:
        """What names of its own are told apart by."""
        return (self.primal or self.name).strip("_")

    # what follows is asked while compiling, and imports what a gradient alone does not need

    @cached_property
    def locals(self) -> frozenset[str]:
        """The names that are the function's own."""
        from adgen.frontend.control import local_names

        return frozenset(local_names(self.tree))

    @cached_property
    def shared(self) -> frozenset[str]:
        """The names of its own that functions inside of it bind."""
        from adgen.frontend.control import shared_names

        return frozenset(shared_names(self.tree))

    @cached_property
    def liveness(self) -> Liveness:
        """Which names may still be read around its loops."""
        from adgen.frontend.liveness import Liveness

        return Liveness(self.tree)


class Derived(NamedTuple):
    """A gradient as a function to be staged: whose it is, and which of its forms."""

    owner: Any
    kind: str


# makes a function and its pullback of a definition; the edge says how, when it is imported
MAKERS: list[Callable[..., Any]] = []


def derived(function: Any) -> Derived | None:
    """What a gradient, or its `value_and_grad`, is; None for any other function."""
    kind = getattr(function, "derives", None)
    return Derived(getattr(function, "__self__", function), kind) if type(kind) is str else None


def find(function: Any) -> Definition:
    """The definition of a function; see the module's docstring for refusals.

    A gradient's is that of what it is the gradient of.
    """
    known = getattr(getattr(function, "__self__", function), "definition", None)
    if isinstance(known, Definition):
        return known
    plain = plain_function(standing_in(function) or function)
    code = plain.__code__
    lines = linecache.getlines(code.co_filename, plain.__globals__)
    if not lines or code.co_firstlineno > len(lines):
        raise UserError(
            f"the source of `{plain.__name__}` cannot be found",
            help="put the function into a file (or a notebook cell): "
            "adgen reads its text, and code typed at a prompt or made by exec() leaves none",
        )
    if plain.__name__ == "<lambda>":
        return _find_lambda(plain, lines)
    block, tree = _block(lines[code.co_firstlineno - 1 :])
    indent = len(block[0]) - len(block[0].lstrip())
    source = SourceText(code.co_filename, tuple(block), code.co_firstlineno, indent)
    if isinstance(tree, ast.AsyncFunctionDef):
        raise UserError("coroutines cannot be differentiated", source.span(tree))
    if not isinstance(tree, ast.FunctionDef):
        raise UserError(f"the source of `{plain.__name__}` is not a function definition")
    return Definition(plain, tree, source)


def _block(lines: list[str]) -> tuple[list[str], ast.stmt]:
    """A definition that begins with the first line: its lines, up to one indented no deeper,
    and its tree.

    A string or bracket may reach further to the left; Python's own tokenizer,
    which takes longer, then tells where the definition ends.
    """
    indent = len(lines[0]) - len(lines[0].lstrip())
    end = 1
    while end < len(lines) and not _ends(lines[end - 1], lines[end], indent):
        end += 1
    try:
        return lines[:end], _parsed(lines[:end])
    except SyntaxError:
        block = inspect.getblock(lines)
        return block, _parsed(block)


def _parsed(block: list[str]) -> ast.stmt:
    with uncollected():
        return ast.parse(textwrap.dedent("".join(block))).body[0]


def _ends(before: str, line: str, indent: int) -> bool:
    """Whether a line belongs to what follows a definition."""
    text = line.strip()
    if not text or text.startswith(("#", ")", "def ", "async ", "@")) and before[:1] in "@ )":
        return False
    return len(line) - len(line.lstrip()) <= indent and not before.lstrip().startswith("@")


def plain_function(function: Any) -> FunctionType:
    """The Python function behind a method or an `@njit` dispatcher."""
    function = getattr(function, "py_func", function)
    function = getattr(function, "__func__", function)
    if not isinstance(function, FunctionType):
        name = getattr(function, "__name__", repr(function))
        raise UserError(
            f"`{name}` is not a Python function that adgen can read",
            help=(
                f"give `{name}.__wrapped__`, the function without its cache"
                if hasattr(function, "cache_info")
                else "give a function defined with `def` or `lambda`"
            ),
        )
    return function


def _find_lambda(function: FunctionType, lines: list[str]) -> Definition:
    """A lambda's tree, told from others on its line by where its code begins."""
    code = function.__code__
    tree = ast.parse("".join(lines))
    wanted = first_position(code)
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Lambda) and _begins_within(node.body, wanted)
    ]
    source = SourceText(code.co_filename, tuple(lines), 1)
    if not found:
        raise UserError("the source of this lambda cannot be found", help="use `def`")
    # the innermost of lambdas inside each other
    node = max(found, key=lambda n: (n.lineno, n.col_offset))
    return Definition(function, written_out(node, assigned_name(tree, node) or "f"), source)


def written_out(node: ast.Lambda, name: str) -> ast.FunctionDef:
    """A lambda as a `def`."""
    made = ast.parse("def f(): pass").body[0]
    assert isinstance(made, ast.FunctionDef)
    made.name, made.args = name, node.args
    made.body = [ast.copy_location(ast.Return(node.body), node.body)]
    return ast.copy_location(made, node)


def first_position(code: CodeType) -> tuple[int, int]:
    """Line and column of the first expression that the code evaluates."""
    spots = [
        (line, column)
        for line, _, column, _ in code.co_positions()
        if line is not None and column is not None and (line, column) != (code.co_firstlineno, 0)
    ]
    return min(spots) if spots else (code.co_firstlineno, 0)


def _begins_within(body: ast.expr, wanted: tuple[int, int]) -> bool:
    start = (body.lineno, body.col_offset)
    assert body.end_lineno is not None and body.end_col_offset is not None
    return start <= wanted < (body.end_lineno, body.end_col_offset)


def assigned_name(tree: ast.AST, node: ast.Lambda) -> str | None:
    """The name in `name = lambda ...`."""
    for stmt in ast.walk(tree):
        if isinstance(stmt, ast.Assign) and stmt.value is node:
            if isinstance(stmt.targets[0], ast.Name):
                return stmt.targets[0].id
    return None


@contextmanager
def uncollected() -> Iterator[None]:
    """Hold off the garbage collector, which would walk all syntax trees again and again."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        _age_what_is_new()
        gc.enable()


# so many objects are old at once, and after so many all old ones are looked through
MANY, MOST = 50_000, 500_000
_aged = 0


def _age_what_is_new() -> None:
    """Let the trees of a long function be old at once: they stay as long as its gradient, and the
    collector would walk all of them before it finds that out."""
    global _aged
    new = gc.get_count()[0]
    if new < MANY or gc.get_freeze_count():
        return
    _aged += new
    if _aged > MOST:
        _aged = 0
        gc.collect()
    else:
        gc.freeze()
        gc.unfreeze()


class Scope:
    """What the free names of a function mean now."""

    def __init__(self, function: FunctionType) -> None:
        self.globals: Mapping[str, Any] = function.__globals__
        builtins = self.globals.get("__builtins__", {})
        self.builtins = builtins if isinstance(builtins, dict) else vars(builtins)
        names = function.__code__.co_freevars
        self.cells = dict(zip(names, function.__closure__ or (), strict=True))

    def lookup(self, name: str) -> tuple[bool, Any]:
        """Whether the name means anything, and what."""
        if name in self.cells:
            try:
                return True, self.cells[name].cell_contents
            except ValueError:
                return False, None
        for table in (self.globals, self.builtins):
            if name in table:
                return True, table[name]
        return False, None

    def is_builtin(self, name: str) -> bool:
        return name not in self.cells and name not in self.globals


@dataclass(frozen=True)
class Holder:
    """A module, class, object or dict of the author's, which may come to hold something else."""

    holds: Any

    @property
    def globals(self) -> Any:
        """What tells one holder from another."""
        return self.holds

    def lookup(self, key: Any) -> tuple[bool, Any]:
        """Whether there is something under a name or key, and what."""
        if isinstance(self.holds, type):
            found = inspect.getattr_static(self.holds, key, None)
            return found is not None, found
        try:
            if isinstance(self.holds, dict):
                return True, self.holds[key]
            return True, getattr(self.holds, key)
        except (AttributeError, LookupError):
            return False, None


@dataclass(frozen=True, eq=False)
class Size:
    """How long a list of the author's is, which keys a dict or object has, or the shape and
    dtype of an array in an object.

    Code depends on it, and not on which list or array it is.  As what is looked up stands
    this itself, as long as it holds.
    """

    holder: Any
    attribute: str | None
    size: Any

    @staticmethod
    def of(holder: Any, attribute: str | None = None) -> Size:
        return Size(holder, attribute, _size(holder, attribute))

    @property
    def globals(self) -> Any:
        """What tells one holder from another."""
        return self.holder

    def lookup(self, key: Any) -> tuple[bool, Any]:
        """Whether it is still so."""
        holds = _size(self.holder, self.attribute) == self.size
        return holds, self if holds else None


def _size(holder: Any, attribute: str | None) -> Any:
    value: Any = holder if attribute is None else getattr(holder, attribute, None)
    if isinstance(value, list):
        return len(value)
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype
    if isinstance(value, dict):
        return tuple(value)
    return tuple(getattr(value, "__dict__", value))


def every_parameter(arguments: ast.arguments) -> list[ast.arg]:
    """All parameters in order, those that collect others too."""
    plain = [*arguments.posonlyargs, *arguments.args, arguments.vararg]
    found = [*plain, *arguments.kwonlyargs, arguments.kwarg]
    return [arg for arg in found if arg is not None]


def parameter_names(definition: Definition) -> list[str]:
    """The names of all parameters, in order."""
    return [arg.arg for arg in every_parameter(definition.tree.args)]
