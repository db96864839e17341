"""The catalogue: what each operation's derivative, shape and kind are."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module

from adgen.rules.registry import Catalogue, Rule

FAMILIES = (
    "identity",
    "arithmetic",
    "elementwise",
    "powers",
    "choices",
    "joining",
    "reductions",
    "shaping",
    "products",
    "linalg",
    "indexing",
    "constant",
    "creation",
    "patterns",
)


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """Everything that comes with adgen; its files are imported on first use."""
    families = [import_module(f"adgen.rules.{family}") for family in FAMILIES]
    found = [rule for family in families for rule in vars(family).values()
             if isinstance(rule, Rule)]  # fmt: skip
    return Catalogue(found, import_module("adgen.rules.patterns").PATTERNS)
