"""Expressions as text: values under the names that they have in forward and backward, and what
modules, constants and helpers the text mentions."""

from __future__ import annotations

import ast
import cmath
import math
import sys
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

import numpy as np

from adgen import runtime
from adgen.caching import Pair
from adgen.emission.naming import Names, module_names
from adgen.emission.text import text_of
from adgen.ir import access, name, renamed
from adgen.paths import is_leaf, is_part


class Words:
    def __init__(self, pair: Pair, names: Names) -> None:
        self.pair = pair
        self.names = names
        self.externals = dict(pair.staged.program.externals)
        # what has been mentioned
        self.used: dict[str, Any] = {}
        self.helpers: dict[str, Any] = {}
        # what has been asked so far of names
        self._in_forward: dict[str, ast.expr | None] = {}
        self._in_backward: dict[str, ast.expr | None] = {}

    def expr(self, node: ast.expr) -> str:
        """An expression of the backward, or of what is handed to it."""
        return text_of(node, self.in_backward)

    def forward_expr(self, node: ast.expr, plain: Iterable[str] = ()) -> str:
        """An expression of the forward; `plain` values have not been set aside yet."""
        own = {value: self.names.forward[value] for value in plain}
        if not own:
            return text_of(node, self.in_forward)
        return self.text(node, lambda v: own.get(v) or self.forward_name(v))

    def text(self, node: ast.AST, named: Callable[[str], str | None]) -> str:
        return text_of(node, lambda identifier: self.printed(identifier, named))

    def in_forward(self, identifier: str) -> ast.expr | None:
        if identifier not in self._in_forward:
            self._in_forward[identifier] = self.printed(identifier, self.forward_name)
        return self._in_forward[identifier]

    def in_backward(self, identifier: str) -> ast.expr | None:
        if identifier not in self._in_backward:
            self._in_backward[identifier] = self.printed(identifier, self.later_name)
        return self._in_backward[identifier]

    def forward_name(self, value: str) -> str | None:
        if value in self.names.read_late and value in self.names.aside:
            return self.names.aside[value]
        return self.names.forward.get(value)

    def later_name(self, value: str) -> str | None:
        found = self.names.copies.get(value) or self.names.aside.get(value)
        return found or self.names.forward.get(value) or self.names.backward.get(value)

    def printed(self, identifier: str, named: Callable[[str], str | None]) -> ast.expr | None:
        self.note(identifier)
        found = named(identifier)
        if found is not None:
            return name(found)
        if identifier == "@np":
            return name(self.module(np, "np"))
        if identifier == "@math":
            return name(self.module(math, "math"))
        if identifier == "@cmath":
            return name(self.module(cmath, "cmath"))
        if identifier.startswith("@rt."):
            return name(identifier[4:])
        if identifier.startswith("@"):
            return name(self.submodule(sys.modules[identifier[1:]]))
        if is_leaf(identifier) or is_part(identifier, (self.pair.seed,)):
            element: ast.expr = renamed(access(identifier), lambda i: self.printed(i, named))
            return element
        return None

    def module(self, module: ModuleType, otherwise: str) -> str:
        found = module_names(self.externals, module, otherwise)
        self.used[found] = module
        return found

    def submodule(self, module: ModuleType) -> str:
        """What a module such as `scipy.special` is called: `special`, unless the author knows
        it, or its parent, under a name."""
        parent, _, last = module.__name__.rpartition(".")
        outer = sys.modules.get(parent)
        above = module_names(self.externals, outer, "") if outer is not None else ""
        known = module_names(self.externals, module, "")
        if above and not known:
            return f"{self.module(sys.modules[parent], above)}.{last}"
        taken = {*self.externals, *self.names.forward.values(), *self.names.backward.values()}
        if known or (last not in taken and self.used.get(last, module) is module):
            return self.module(module, last)
        return self.module(module, module.__name__.replace(".", "_"))

    def note(self, identifier: str) -> None:
        if identifier in self.externals:
            self.used[identifier] = self.externals[identifier]
        elif identifier.startswith("@rt."):
            self.helpers[identifier[4:]] = getattr(runtime, identifier[4:])
