"""The catalogue: which operation a function or method is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any

from adgen.rules.operations import Op
from adgen.rules.registry import Pattern
from adgen.rules.rule import Rule


def _is_there(module: str) -> bool:
    """Whether a module can be imported."""
    try:
        import_module(module)
    except ImportError:
        return False
    return True


class Catalogue:
    """The operations, found by the function that a program calls.

    `later` has more rules, by the module that they are about.  They are read once a
    program has imported it, as it has if it calls one of its functions.
    """

    def __init__(
        self,
        rules: Iterable[Rule],
        patterns: Iterable[Pattern] = (),
        later: Mapping[str, Iterable[Callable[[], Iterable[Rule]]]] | None = None,
    ) -> None:
        self.patterns = tuple(patterns)
        self._later = dict(later or {})
        self._found: dict[Any, Op] = {}
        self._add(rules)
        self.methods = {
            function.__name__: op
            for function, op in self._found.items()
            if getattr(function, "__module__", "") == "numpy" or type(function).__name__ == "ufunc"
        }

    def _add(self, rules: Iterable[Rule]) -> None:
        table: dict[Any, list[Rule]] = {}
        for rule in rules:
            for function in rule.functions:
                table.setdefault(function, []).append(rule)
        for function, mine in table.items():
            known = self._found[function].rules if function in self._found else ()
            self._found[function] = Op(function, (*known, *mine))

    @property
    def ops(self) -> dict[Any, Op]:
        """Every operation by its function."""
        self._read(module for module in list(self._later) if _is_there(module))
        return self._found

    def _read(self, modules: Iterable[str]) -> None:
        for module in modules:
            for family in self._later.pop(module):
                self._add(family())

    def find(self, function: Any) -> Op | None:
        """The operation that a call of `function` is, or None."""
        try:
            op = self._found.get(function)
        except TypeError:  # not hashable, so not an operation
            return None
        if op is None and self._later:
            package = (getattr(function, "__module__", None) or "").partition(".")[0]
            about = [module for module in self._later if module in sys.modules
                     and (not package or module.startswith(f"{package}."))]  # fmt: skip
            self._read(about)
            op = self._found.get(function) if about else None
        return op

    def method(self, name: str) -> Op | None:
        """The operation that the array method of this name is."""
        return self._found.get(f"method {name}") or self.methods.get(name)

    def __iter__(self) -> Iterator[Op]:
        return iter(self.ops.values())

    def with_rules(self, rules: Iterable[Rule]) -> Catalogue:
        """This catalogue and more rules, which come first."""
        mine = [rule for op in self._found.values() for rule in op.rules]
        return Catalogue([*rules, *dict.fromkeys(mine)], self.patterns, self._later)

    def without_patterns(self) -> Catalogue:
        """This catalogue, with what is written out by hand differentiated as it is written."""
        mine = [rule for op in self._found.values() for rule in op.rules]
        return Catalogue(dict.fromkeys(mine), (), self._later)
