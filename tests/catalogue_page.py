"""The catalogue as a page of a textbook: every rule, as it is written in `adgen/rules/`."""

import ast
import builtins
import cmath
import inspect
import linecache
import math
import operator
import re
import sys
from collections.abc import Iterable
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np

from adgen.emission import formatted
from adgen.rules import FAMILIES, catalogue
from adgen.rules.operations import home_of
from adgen.rules.rule import Rule
from tests.blocks import fenced
from tests.emitted_examples import listings

# left out, so that the page is the same wherever it is made
NOT_IN_EVERY_SCIPY = {"softplus"}

# operations that some calls of another function are
READ_AS = {"view by letters": "np.einsum"}

OPERATOR_SIGNS = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**",
    "matmul": "@", "neg": "-x", "pos": "+x", "invert": "~", "and_": "&", "or_": "|", "xor": "^",
    "lshift": "<<", "rshift": ">>", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==",
    "ne": "!=", "getitem": "x[i]",
}  # fmt: skip


def spelled(function: Any) -> str:
    """An operation as people write it; "" for those that only patterns have."""
    if isinstance(function, str):
        kind, _, name = function.partition(" ")
        method = {"method": f".{name}()", "attribute": f".{name}"}.get(kind, "")
        return READ_AS.get(function, method)
    name = getattr(function, "__name__", "")
    owner = getattr(function, "__self__", None)
    if isinstance(owner, np.ufunc):
        return f"np.{owner.__name__}.{name}"
    if getattr(operator, name, None) is function:
        return OPERATOR_SIGNS.get(name, "")
    for prefix, home in homes():
        if name and getattr(home, name, None) == function:
            return f"{prefix}{name}"
    module, known_as = home_of(function)
    if module.startswith("scipy."):
        return "" if known_as in NOT_IN_EVERY_SCIPY else f"{module}.{known_as}"
    return next((f"np.{n}" for n in ("r_", "c_") if getattr(np, n) is function), "")


def homes() -> Iterable[tuple[str, Any]]:
    """Where programs find functions, by how they write it."""
    numpy = ("linalg", "random", "fft", "polynomial.polynomial", "lib.stride_tricks")
    yield "np.", np
    for part in numpy:
        yield f"np.{part}.", import_module(f"numpy.{part}")
    yield "math.", math
    yield "cmath.", cmath
    yield "", builtins


def families() -> list[tuple[str, list[Rule]]]:
    """The rules by family, those for the same functions next to each other.

    A body that serves functions of several modules is one rule.
    """
    found: dict[str, dict[Any, Rule]] = {family: {} for family in FAMILIES}
    for op in catalogue():
        for rule in op.rules:
            rules = found.get(rule.body.__module__.removeprefix("adgen.rules."), {})
            known = rules.setdefault(rule.where, rule)
            if not set(rule.functions) <= set(known.functions):
                both = (*known.functions, *rule.functions)
                rules[rule.where] = replace(known, functions=both)
    return [(family, list(rules.values())) for family, rules in found.items() if rules]


def page() -> str:
    """Every family, one after the other."""
    return "\n".join(filter(None, (section(family, rules) for family, rules in families())))


def section(family: str, rules: list[Rule]) -> str:
    module = sys.modules[f"adgen.rules.{family}"]
    title, *_ = inspect.getdoc(module).split("\n\n")
    parts = [f"## {family}\n\n{' '.join(title.split())}\n"]
    plain = ("constant", "unsupported", "written out")
    shown = [r for r in rules if r.kind not in plain and names(r)]
    if shown:
        rows = ["| operation | of | adjoint | remarks |", "|---|---|---|---|"]
        rows += [row(rule) for rule in shown]
        parts.append("\n".join(rows) + "\n")
        if lines := emitted_for(shown):
            parts.append(f"Emitted, for example:\n\n{fenced(lines)}")
    constant = [n for r in rules if r.kind == "constant" for n in names(r)]
    if constant:
        parts.append("The derivative is zero: " + ", ".join(dict.fromkeys(constant)) + ".\n")
    written = [n for r in rules if r.kind == "written out" for n in names(r)]
    if written:
        parts.append("Followed as if the author had written them: " + ", ".join(written) + ".\n")
    refused = [r for r in rules if r.kind == "unsupported" and names(r)]
    if refused:
        lines = [f"- {', '.join(names(r))}{where(r)}: {r.reason}" for r in refused]
        parts.append(
            "Refused where something differentiated goes in:\n\n" + "\n".join(lines) + "\n"
        )
    return "\n".join(parts) if len(parts) > 1 else ""


def emitted_for(rules: list[Rule]) -> str:
    """What an example of each rule comes to, each example once."""
    found = [listings()[rule.where] for rule in rules if rule.kind != "remembers"]
    return formatted("\n\n".join(dict.fromkeys(found)))


def names(rule: Rule) -> list[str]:
    return [code(said) for f in rule.functions if (said := spelled(f))]


def code(text: str) -> str:
    return "`" + text.replace("|", "\\|") + "`"


def where(rule: Rule) -> str:
    return f" where {code(condition(rule))}" if rule.when else ""


def row(rule: Rule) -> str:
    remarks = [f"where {code(condition(rule))}"] if rule.when else []
    remarks += [" ".join(rule.doc.split()).replace("|", "\\|")] if rule.doc else []
    lines = "<br>".join(code(line) for line in adjoint_lines(rule))
    said = "<br>".join(names(rule))
    return f"| {said}<br>*{rule.kind}* | {code(call(rule))} | {lines} | {'; '.join(remarks)} |"


def call(rule: Rule) -> str:
    """`y = f(x, axis)`"""
    inputs = [*rule.inputs, *([f"*{rule.variadic}"] if rule.variadic else [])]
    return f"{', '.join(rule.outputs)} = f({', '.join(inputs)})"


def condition(rule: Rule) -> str:
    """What a variant's `when` says."""
    for decorator in rule.definition.decorator_list:
        for keyword in decorator.keywords:
            if keyword.arg == "when" and isinstance(keyword.value, ast.Lambda):
                return ast.unparse(keyword.value.body)
            if keyword.arg == "when":
                return ast.unparse(keyword.value).replace("_", " ")
    return ""


def adjoint_lines(rule: Rule) -> list[str]:
    """The body of a rule, a line for each of its statements."""
    start = rule.body.__code__.co_firstlineno - 1
    source = "".join(linecache.getlines(rule.body.__code__.co_filename)[start:])
    found = []
    for stmt in rule.definition.body:
        if not (isinstance(stmt, ast.Expr) and isinstance(stmt.value, ast.Constant)):
            text = " ".join(ast.get_source_segment(source, stmt).split())
            found.append(re.sub(r",?\s+([)\]])", r"\1", re.sub(r"([(\[])\s+", r"\1", text)))
    return found
