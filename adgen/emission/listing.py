"""Forward and backward as text, with the comments that tie them together.

Every forward statement has a number; `# backprop` comments say which one is
being undone.  The text is complete: imports, constants of the author's module
and helpers that the listing calls stand above it.
"""

from __future__ import annotations

import ast
from functools import cached_property
from typing import Any

from adgen.caching import Pair
from adgen.caching.shapes import step_expressions
from adgen.emission.layout import indented
from adgen.emission.naming import Names, printed_names
from adgen.emission.preamble import preamble_of
from adgen.emission.printer import Printer
from adgen.emission.releases import with_releases
from adgen.emission.text import text_of
from adgen.errors import Span
from adgen.frontend.source import every_parameter
from adgen.ir import (
    Gate,
    PairFunction,
    clone,
    hint,
    made_first,
    names_in,
    places,
    walk,
)
from adgen.types import Num, Type


class Listing:
    """The printed program, each part of it written when it is first asked for."""

    def __init__(self, pair: Pair, comments: bool = True) -> None:
        self.pair = pair
        self.program = pair.staged.program
        self.forward_name = f"{self.program.name}_forward"
        self.backward_name = f"{self.program.name}_backward"
        self.helpers = [Listing(helper, comments) for helper in pair.helpers]
        self.comments = comments
        self._printers: list[Printer] = []  # those of the parts asked for so far

    @cached_property
    def _names(self) -> Names:
        return printed_names(self.pair)

    @cached_property
    def _printer(self) -> Printer:
        return self._printing(joint=False)

    @cached_property
    def _joint(self) -> Printer:
        return self._printing(joint=True)

    def _printing(self, joint: bool) -> Printer:
        self._printers.append(Printer(self.pair, self.comments, self._names, joint))
        return self._printers[-1]

    @cached_property
    def forward(self) -> str:
        printer = self._printer
        lines = [f"def {self.forward_name}({self._signature}):", *printer.stages]
        lines += [f"    cache = {printer.kept.packed(())}", f"    return {printer.out}, cache"]
        return "\n".join(lines)

    @cached_property
    def backward(self) -> str:
        printer = self._printer
        lines = [f"def {self.backward_name}({printer.seed}, cache):"]
        unpacked = printer.kept.unpacked(())
        if unpacked and unpacked != "cache":
            lines.append(f"    {unpacked} = cache")
        lines += indented(printer.backward.copies_of_restored())
        return "\n".join([*lines, *printer.backprop, f"    return {self._results}"])

    @cached_property
    def joint(self) -> str:
        """Forward and backward in one function."""
        printer = self._joint
        one = isinstance(self.program.result, ast.Name)
        arguments = self._parameters
        arguments.kwonlyargs.append(ast.arg(printer.seed))
        arguments.kw_defaults.append(ast.Constant(1.0) if one else None)
        parameters = _said(arguments)
        results = f"({self._results})" if len(self.pair.results) > 1 else self._results
        lines = [f"def {self.program.name}_gradient({parameters}):", *printer.stages]
        lines += [*indented(printer.kept.shapes()), *self._hold, *self._apart, *printer.backprop]
        return "\n".join([*lines, f"    return {self._value}, {results}"])

    @cached_property
    def _value(self) -> str:
        """The result's name once the backward has run in the same function."""
        printer = self._joint
        inside = [cache for region, cache in self.pair.caches.items() if region]
        bound = {printer.names.later(r.target) for cache in inside for r in cache}
        bound |= {printer.names.later(array) for array in self.pair.restored}
        bound |= {said for value, said in printer.names.backward.items() if made_first(value)}
        return "value" if printer.out in bound else printer.out

    @property
    def _hold(self) -> list[str]:
        held = self._value != self._joint.out
        return [f"    {self._value} = {self._joint.out}"] if held else []

    @property
    def _apart(self) -> list[str]:
        """In one function, an array that is restored is a copy if the result may be made of it."""
        parts = [part for _, part in places(self.program.result)]
        types = [self.pair.staged.types.get(p.id) for p in parts if isinstance(p, ast.Name)]
        if all(isinstance(t, Num) and t.is_scalar for t in types) and len(types) == len(parts):
            return []
        return indented(self._joint.backward.copies_of_restored())

    @cached_property
    def value(self) -> str:
        """The function's value alone."""
        printer = self._printer
        lines = [f"def {self.program.name}({self._signature}):", *printer.stages]
        return "\n".join([*lines, f"    return {printer.out}"])

    @cached_property
    def vjp(self) -> str:
        """Forward and backward in one function, for an adjoint that is given."""
        printer = self._joint
        lines = [f"def {self.program.name}({printer.seed}, {self._signature}):"]
        lines += printer.both([*indented(printer.kept.shapes()), *self._apart])
        return "\n".join([*lines, f"    return {self._results}"])

    @property
    def parts(self) -> list[str]:
        """Forward and backward, after those of the helpers that are compiled by themselves."""
        if self.program.form != "pair":
            return [self.value if self.program.form == "value" else self.vjp]
        return [*self._helpers, self.forward, self.backward if self.pair.results else ""]

    @property
    def _helpers(self) -> list[str]:
        return [part for helper in self.helpers for part in helper.parts if part]

    @property
    def joint_parts(self) -> list[str]:
        """The joint form, after what it calls."""
        return [*self._before_joint, self.joint]

    @property
    def _before_joint(self) -> list[str]:
        return self.parts if self.program.recursive else self._helpers

    @property
    def text(self) -> str:
        """Forward and backward as they are compiled."""
        return "\n\n".join(part for part in self.parts if part)

    def call(self, kind: str, pack: bool) -> tuple[str, str]:
        """Forward and backward in one function for a gradient call, and its name.

        It has the author's parameters and starts the backward from 1.0; nothing is
        put into a cache and taken out again.  `pack` makes a single gradient a tuple.
        """
        printer, function = self._joint, f"{self.program.name}_{kind}"
        parameters = ", ".join(arg.arg for arg in every_parameter(self._parameters))
        lines = [f"def {function}({parameters}):"]
        between = indented(printer.kept.shapes())
        if any(self.pair.seed in names_in(part) for part in step_expressions(self.pair.steps)):
            between.append(f"    {printer.seed} = 1.0")
        results = f"({self._results},)" if pack else self._results
        if kind == "value_and_gradient":
            several = len(self.pair.results) > 1
            results = f"{self._value}, {f'({results})' if several else results}"
            between += self._hold
        lines += printer.both([*between, *self._apart])
        text = "\n".join([*lines, f"    return {results}"])
        if any(isinstance(t, Num) and t.dims != () for t in self.pair.types.values()):
            text = with_releases(text, self._numbers)
        return "\n\n".join([*self._before_joint, text]), function

    @property
    def _numbers(self) -> set[str]:
        """The names that stand for nothing but numbers."""
        names = self._joint.names
        values = [*names.forward.items(), *names.backward.items()]
        types = {**self.pair.staged.types, **self.pair.types}
        found = {said: types.get(value) for value, said in values}
        more = {said for value, said in values if not _is_number(types.get(value))}
        return found.keys() - more

    @property
    def stacks(self) -> frozenset[str]:
        """The lists of the joint form that loops put values on and take them off again."""
        return frozenset(self._joint.kept.stacks)

    @property
    def spans(self) -> dict[int, Span]:
        """The author's statement for each number that a comment gives."""
        gates = dict(self.program.gates())
        numbers = self._joint.forward.number_of.items()
        return {n: span for key, n in numbers if (span := gates[key].span) is not None}

    @property
    def numbered(self) -> dict[int, Gate]:
        """The gate of each number that a comment of forward and backward gives."""
        _ = self.forward  # printing counts
        gates = {s.key: s for s in walk(self.pair.forward) if isinstance(s, Gate)}
        return {n: gates[key] for key, n in self._printer.forward.number_of.items()}

    def said(self, value: str) -> str | None:
        """The name that a value or an adjoint has in the listing, if it has one."""
        return self._names.forward.get(value) or self._names.backward.get(value)

    @property
    def namespace(self) -> dict[str, Any]:
        """What the free names of the parts asked for so far mean."""
        return {**self._used, **self._called}

    @cached_property
    def preamble(self) -> str:
        """Imports, constants and helpers, so that the text runs on its own."""
        _ = self.text  # printing tells what is used
        return preamble_of(self._used, self._called)

    @property
    def _used(self) -> dict[str, Any]:
        """The modules and objects that the parts asked for so far mention."""
        found = self._defaults
        for printer in self._printers:
            found |= printer.words.used
        for helper in self.helpers:
            found |= helper._used
        return {key: v for key, v in found.items() if not isinstance(v, PairFunction)}

    @property
    def _defaults(self) -> dict[str, Any]:
        """The objects that the defaults of parameters mention."""
        arguments = self.program.params
        nodes = [*arguments.defaults, *(node for node in arguments.kw_defaults if node)]
        read = {n for node in nodes for n in names_in(node)}
        return {n: self.program.externals[n] for n in read if n in self.program.externals}

    @property
    def _called(self) -> dict[str, Any]:
        """The functions of `runtime` that the parts asked for so far call."""
        found: dict[str, Any] = {}
        for printer in self._printers:
            found |= printer.words.helpers
        for helper in self.helpers:
            found |= helper._called
        return found

    @cached_property
    def _signature(self) -> str:
        return _said(self._parameters)

    @property
    def _parameters(self) -> ast.arguments:
        plain = _without_annotations(self.program.params)
        said = {hint(value): self._names.forward[value] for value in self.program.inputs}
        for arg in ast.walk(plain):
            if isinstance(arg, ast.arg):
                arg.arg = said.get(arg.arg, arg.arg)
        return plain

    @cached_property
    def _results(self) -> str:
        return ", ".join(self._names.backward[r] for r in self.pair.results)


def emit(pair: Pair, comments: bool = True) -> Listing:
    """Print a pair."""
    return Listing(pair, comments)


def _is_number(type_: Type | None) -> bool:
    return isinstance(type_, Num) and type_.is_scalar


def _said(arguments: ast.arguments) -> str:
    """A parameter list; astor writes keyword-only parameters behind `**options`."""
    return ast.unparse(arguments) if arguments.kwarg else text_of(arguments)


def _without_annotations(arguments: ast.arguments) -> ast.arguments:
    plain: ast.arguments = clone(arguments)
    for arg in every_parameter(plain):
        arg.annotation = None
    return plain
