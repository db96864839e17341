"""What stands above a listing: imports, constants, the helpers that it calls."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Mapping
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from adgen import runtime
from adgen.rules.operations import home_of


def preamble_of(used: Mapping[str, Any], helpers: Mapping[str, Any]) -> str:
    """Imports, constants and helpers, so that the text runs on its own."""
    used = dict(used)
    if helpers:
        used.setdefault("np", np)
    lines = [_import(n, m) for n, m in sorted(used.items()) if isinstance(m, ModuleType)]
    for identifier, value in sorted(used.items()):
        if isinstance(value, ModuleType):
            continue
        lines.append(_definition(identifier, value))
    if any(line.partition(" = ")[2].startswith("adgen.") for line in lines):
        lines.insert(0, "import adgen.api")
    blocks = ["\n".join(lines)] if lines else []
    sources = [_source(helper) for _, helper in sorted(_with_their_own(helpers))]
    if any("Any" in source for source in sources):
        blocks.insert(0, "from typing import Any")
    blocks += sources
    return "\n\n\n".join(blocks)


def _import(identifier: str, module: ModuleType) -> str:
    """How a module is had under a name."""
    parent, _, last = module.__name__.rpartition(".")
    renamed = f" as {identifier}" if identifier != last else ""
    return f"from {parent} import {last}{renamed}" if parent else f"import {last}{renamed}"


def _definition(identifier: str, value: Any) -> str:
    """How a name of the author's module is had in a file of its own."""
    module, known_as = home_of(value)
    if module.startswith("adgen.emitted"):
        return inspect.getsource(value).rstrip()
    if module and known_as and "." not in known_as:
        renamed = f" as {identifier}" if identifier != known_as else ""
        return f"from {module} import {known_as}{renamed}"
    said = repr(value)
    try:
        ast.parse(said)
    except SyntaxError:  # what cannot be written out has to be put in
        return f"{identifier} = ...  # {said.splitlines()[0]}"
    return f"{identifier} = {said}"


def _with_their_own(helpers: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """Helpers, and those that they call themselves."""
    found = dict(helpers)
    waiting = [helper.__code__ for helper in helpers.values()]
    for code in waiting:  # grows on the way
        waiting += [const for const in code.co_consts if isinstance(const, CodeType)]
        for called in code.co_names:
            helper = getattr(runtime, called, None)
            if isinstance(helper, FunctionType) and called not in found:
                found[called] = helper
                waiting.append(helper.__code__)
    return found.items()


def _source(helper: Any) -> str:
    """A helper's own text, without annotations and the example in its docstring."""
    text = inspect.getsource(helper)
    tree = ast.parse(text).body[0]
    assert isinstance(tree, ast.FunctionDef)
    said = (ast.get_docstring(tree) or "").split("\n\n")[0]
    parameters = ", ".join(arg.arg for arg in tree.args.args)
    head = [f"def {tree.name}({parameters}):", f'    """{said}"""']
    return "\n".join([*head, *text.rstrip().split("\n")[tree.body[0].end_lineno :]])
