"""Operations: the rules for one function, its arguments' names, and which rule a call takes."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from adgen.rules.rule import Reading, Rule, RuleError, Shape
from adgen.rules.shapes import as_num
from adgen.rules.shapes import elementwise as broadcasting
from adgen.types import UNKNOWN, Facts, Known, Type


@dataclass(frozen=True)
class Signature:
    """A function's own names for its arguments, as far as Python tells."""

    positional: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)


@lru_cache(maxsize=1024)
def signature_of(function: Any) -> Signature:
    """The names of a function's arguments; none where they are not told, or any number."""
    if isinstance(function, str):
        return Signature()
    try:
        found = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return Signature()
    positional = [p.name for p in found if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if any(p.kind == p.VAR_POSITIONAL for p in found):
        positional = []
    defaults = {p.name: p.default for p in found if p.default is not p.empty}
    return Signature(tuple(positional), defaults)


@dataclass(frozen=True, eq=False)
class Op:
    """An operation: everything that the catalogue says about one function."""

    function: Any
    rules: tuple[Rule, ...]

    @property
    def signature(self) -> Signature:
        return signature_of(self.function)

    @cached_property
    def general(self) -> Rule:
        """The last rule, which every signature of the operation fits."""
        return self.rules[-1]

    @cached_property
    def several(self) -> frozenset[str]:
        """The inputs of which a rule says what to do with the elements of a display."""
        marks = (rule.marks.items() for rule in self.rules)
        return frozenset(
            key for each in marks for key, mark in each if mark in ("several", "arrays")
        )

    @cached_property
    def kind(self) -> str:
        return self.general.kind

    @cached_property
    def is_limited(self) -> bool:
        """Whether there are operands for which it has no derivative here."""
        return any(rule.kind == "unsupported" for rule in self.rules)

    @property
    def name(self) -> str:
        if isinstance(self.function, str):
            kind, _, known_as = self.function.partition(" ")
            return {"method": f".{known_as}()", "attribute": f".{known_as}"}.get(
                kind, self.general.name
            )
        if self.function in (np.r_, np.c_):
            return "np.r_" if self.function is np.r_ else "np.c_"
        module, name = home_of(self.function)
        if module in ("builtins", ""):
            return name or self.general.name
        package, _, rest = module.partition(".")
        short = {"numpy": "np", "scipy": ""}.get(package, package.lstrip("_"))
        return ".".join(part for part in (short, rest, name) if part)

    @cached_property
    def takes_arrays(self) -> bool:
        """Whether it makes an array of a list that it is given, as NumPy's functions do."""
        module = getattr(self.function, "__module__", None) or ""
        owner = getattr(self.function, "__self__", self.function)
        return module.startswith(("numpy", "scipy")) or type(owner).__name__ == "ufunc"

    @property
    def takes_lists(self) -> bool:
        """Whether it goes over the elements of a list, as Python's own functions do."""
        return (getattr(self.function, "__module__", None) or "") in ("builtins", "math")

    @cached_property
    def shape(self) -> Shape:
        shape = next((rule.shape for rule in self.rules if rule.shape), None)
        if shape is None and self.kind == "elementwise":
            return broadcasting
        if shape is None:
            raise RuleError(f"{self.general.where}: no shape is given for {self.name}")
        return shape

    def reading(self, values: Sequence[Any]) -> Reading | None:
        """What a call is the same as, by the values of its arguments so far as they are known."""
        return self.general.reads(values) if self.general.reads else None

    def rule_for(self, operands: Mapping[str, Any]) -> Rule:
        """The rule for a call: constants are given by value, all other operands as `Given`."""
        if len(self.rules) == 1:
            return self.general
        seen: dict[str, Any] = dict.fromkeys(self.general.inputs)
        for key, value in self.general.defaults.items():
            is_const = self.general.marked(key) == "const"
            seen[key] = value if is_const else Given(as_num(value), False, True)
        return self.choose({**seen, **operands})

    def choose(self, types: Mapping[str, Any]) -> Rule:
        """The first rule whose `when` holds for these types and constants."""
        for rule in self.rules:
            if rule.when is None:
                return rule
            code = rule.when.__code__
            if rule.when(*(types[n] for n in code.co_varnames[: code.co_argcount])):
                return rule
        raise RuleError(f"{self.general.where}: the last rule for {self.name} has a `when`")


def home_of(value: Any) -> tuple[str, str]:
    """The public module that has an object, and its name there; "" where it has none.

    >>> home_of(np.linalg.inv), home_of(np.tanh), home_of(np.add.at)
    (('numpy.linalg', 'inv'), ('numpy', 'tanh'), ('numpy', 'add.at'))
    """
    name = getattr(value, "__name__", "") or getattr(value, "name", "")
    if not name and type(value).__name__.endswith("_gen"):
        name = type(value).__name__.removesuffix("_gen")  # the only one of its class
    owner = getattr(value, "__self__", None)
    if type(owner) is np.random.RandomState:
        return "numpy.random", name
    if owner is not None and not isinstance(owner, ModuleType | type):
        module, owner_name = home_of(owner)
        return module, f"{owner_name}.{name}"
    if type(value) is np.ufunc:
        return ("numpy" if getattr(np, name, None) is value else "scipy.special"), name
    parts = (getattr(value, "__module__", None) or "").split(".")
    public = next((i for i, part in enumerate(parts) if i and part.startswith("_")), len(parts))
    return ".".join(parts[:public]), name


def infer_shape(op: Op, facts: Facts, operands: Mapping[str, Any]) -> Type:
    """The type of what the operation gives."""
    found: Type = op.shape(op, facts, **operands)
    return found


class Given(NamedTuple):
    """An operand as a rule's `when` sees it: what is known of it, and its role.

    `is_complex` holds for all that may be complex.
    """

    type: Any
    active: bool
    literal: bool
    is_complex: bool = False

    @property
    def is_display(self) -> bool:
        """A tuple or list, element by element."""
        return hasattr(self.type, "items")

    @property
    def ndim(self) -> int | None:
        return getattr(self.type, "ndim", None)

    @property
    def dims(self) -> Any:
        return getattr(self.type, "dims", None)

    @property
    def dtype(self) -> str:
        return getattr(self.type, "dtype", "")

    @property
    def kind(self) -> str:
        return getattr(self.type, "kind", "")

    @property
    def absent(self) -> bool:
        """Whether the argument is None, or was left out and is None then."""
        if isinstance(self.type, Known):
            return self.type.value is None
        return self.literal and self.type == UNKNOWN

    @property
    def is_scalar(self) -> bool:
        """A Python number or NumPy scalar, for which `a if t else b` can be written."""
        return bool(getattr(self.type, "is_scalar", False))
