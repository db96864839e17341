"""From what a person typed to a function and arguments: `model.py:loss`, `'x, n=3'`.

All that can be wrong with it is said in a `UserError` of one line.
"""

from __future__ import annotations

import ast
import cmath
import difflib
import importlib
import inspect
import linecache
import math
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from adgen.api import Gradient
from adgen.errors import UserError


@dataclass(frozen=True)
class Target:
    """A function, and the module that it stands in."""

    function: Any
    name: str
    module: ModuleType

    @property
    def gradient_wrt(self) -> Any:
        """What a function that is decorated with `grad` is differentiated in."""
        return self.function.wrt if isinstance(self.function, Gradient) else None

    @property
    def primal(self) -> Any:
        return self.function.primal if isinstance(self.function, Gradient) else self.function


def load(text: str) -> Target:
    """The function that `FILE.py:FUNCTION` or `package.module:FUNCTION` means."""
    place, colon, function = text.rpartition(":")
    if not colon or function.endswith(".py"):
        place, function = text, ""
    if not place:
        raise UserError(f"`{text}` names no file or module; write FILE.py:FUNCTION")
    is_file = place.endswith(".py") or os.sep in place or Path(place).is_file()
    module = _from_file(place) if is_file else _from_module(place)
    name = function or _only_function(module, place)
    return Target(_member(module, name, place), name, module)


def _from_file(place: str) -> ModuleType:
    path = Path(place)
    if path.is_dir():
        raise UserError(f"{place} is a directory; write FILE.py:FUNCTION")
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"there is no file {place}") from None
    except OSError as wrong:
        raise UserError(f"{place} cannot be read: {wrong.strerror}") from None
    linecache.cache.pop(place, None)  # another file may have been known by this path
    known = sys.modules.get(path.stem)
    taken = known is not None and getattr(known, "__file__", None) != place
    module = ModuleType(f"_{path.stem}" if taken else path.stem)
    module.__file__ = place
    sys.modules[module.__name__] = module
    _search(str(path.resolve().parent))
    try:
        exec(compile(text, place, "exec"), module.__dict__)
    except SyntaxError as wrong:
        raise UserError(_syntax(wrong, place)) from None
    except (Exception, SystemExit) as wrong:
        raise UserError(f"{place} cannot be imported: {_one_line(wrong)}") from None
    return module


def _from_module(place: str) -> ModuleType:
    _search(os.getcwd())
    try:
        return importlib.import_module(place)
    except ModuleNotFoundError as wrong:
        if wrong.name and (place == wrong.name or place.startswith(f"{wrong.name}.")):
            raise UserError(f"there is no module {place}") from None
        raise UserError(f"{place} cannot be imported: {_one_line(wrong)}") from None
    except SyntaxError as wrong:
        raise UserError(_syntax(wrong, place)) from None
    except (Exception, SystemExit) as wrong:
        raise UserError(f"{place} cannot be imported: {_one_line(wrong)}") from None


def _search(folder: str) -> None:
    """Let modules beside the target be imported, as `python FILE` does."""
    if folder not in sys.path:
        sys.path.insert(0, folder)


def _syntax(wrong: SyntaxError, place: str) -> str:
    where = f"{wrong.filename or place}:{wrong.lineno}" if wrong.lineno else place
    return f"{where}: syntax error: {wrong.msg}"


def _one_line(wrong: BaseException) -> str:
    said = " ".join(str(wrong).split())
    kind = type(wrong).__name__
    return f"{kind}: {said}" if said else kind


def own_functions(module: ModuleType) -> list[str]:
    """The functions that a module defines itself."""
    return [
        name
        for name, value in vars(module).items()
        if isinstance(value, Gradient)
        or (isinstance(value, FunctionType) and value.__module__ == module.__name__)
    ]


def _only_function(module: ModuleType, place: str) -> str:
    found = own_functions(module)
    if len(found) == 1:
        return found[0]
    has = f"it has {', '.join(found)}" if found else "it defines none"
    raise UserError(f"which function of {place}? {has}; write {place}:FUNCTION")


def _member(module: ModuleType, name: str, place: str) -> Any:
    value: Any = module
    for part in name.split("."):
        is_holder = isinstance(value, ModuleType | type)
        try:
            # a method of an object is bound to it, and one of a class is as it is written
            value = (inspect.getattr_static if is_holder else getattr)(value, part)
        except AttributeError:
            near = difflib.get_close_matches(name, own_functions(module), 1)
            instead = f"; did you mean `{near[0]}`?" if near else ""
            raise UserError(f"there is no function `{name}` in {place}{instead}") from None
        if isinstance(value, staticmethod | classmethod):
            value = value.__func__
    if isinstance(value, ModuleType) or not callable(value):
        raise UserError(f"`{name}` in {place} is not a function")
    return value


def arguments(text: str, target: Target) -> list[Any]:
    """The values of `--args`: positions or `name=value`, checked against the parameters."""
    names = {"np": np, "numpy": np, "math": math, "cmath": cmath, **vars(target.module)}
    try:
        tree = ast.parse(f"_({text}\n)", mode="eval")
    except SyntaxError:
        tree = None
    if tree is None or not _is_one_call(tree.body):
        raise UserError(f"the arguments `{text}` cannot be parsed; write them as in a call")
    names["_"] = lambda *args, **kwargs: (args, kwargs)
    try:
        args, kwargs = eval(compile(tree, "<args>", "eval"), names)
    except (Exception, SystemExit) as wrong:
        raise UserError(f"the arguments `{text}` fail: {_one_line(wrong)}") from None
    return bound(target, args, kwargs)


def _is_one_call(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_"


def bound(target: Target, args: Any, kwargs: Mapping[str, Any]) -> list[Any]:
    """The arguments by place, defaults filled in."""
    signature = inspect.signature(target.primal)
    try:
        found = signature.bind(*args, **kwargs)
    except TypeError as wrong:
        parameters = ", ".join(signature.parameters)
        raise UserError(f"{target.name}({parameters}): {wrong}") from None
    if found.kwargs:
        named = ", ".join(f"`{name}`" for name in found.kwargs)
        raise UserError(
            f"{target.name} takes {named} by name alone, and here arguments are given by place",
            help="write a function that takes them by place, and calls it",
        )
    found.apply_defaults()
    return list(found.args)


def example(target: Target) -> tuple[list[Any], Any] | None:
    """The module's `EXAMPLE` or `EXAMPLES[function]`, and its `WRT`, if they are there."""
    several = getattr(target.module, "EXAMPLES", None)
    if isinstance(several, dict) and target.name in several:
        given = several[target.name]
    else:
        given = getattr(target.module, "EXAMPLE", None)
    if not isinstance(given, tuple):
        return None
    try:
        args = bound(target, given, {})
    except UserError:
        return None  # it belongs to another function of the module
    wrt = getattr(target.module, "WRT", None)
    if isinstance(wrt, dict):
        wrt = wrt.get(target.name)
    known = inspect.signature(target.primal).parameters
    fits = isinstance(wrt, tuple) and all(name in known for name in wrt)
    return args, wrt if fits else None
