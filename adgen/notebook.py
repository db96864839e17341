"""Gradients in notebooks: the listing beside the circuit, and cells to step through.

`%load_ext adgen.notebook` shows compiled gradients as their listing, and brings the cell magic
`%%backprop`, which runs a function and its gradient at the arguments behind it:

    %%backprop 3.0, -4.0
    def f(x, y):
        return x * y + x
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import cached_property
from html import escape
from typing import Any

import numpy as np

from adgen.api import Gradient
from adgen.emission import formatted
from adgen.errors import AdgenError, UserError
from adgen.explain.circuit import circuit
from adgen.explain.drawing import svg
from adgen.explain.page import coloured_lines, colours, explained
from adgen.explain.walk import Walk, walk
from adgen.wrt import Wrt

# a notebook may be light where the system is dark: a listing brings what it stands on along
PAPER = """
.adgen { color: #1f2328; background: #f6f8fa; padding: 0.5rem 0.75rem; overflow-x: auto; }
@media (prefers-color-scheme: dark) { .adgen { color: #e6edf3; background: #161b22; } }
"""


def show(function: Any, *args: Any, wrt: Wrt = None) -> Shown:
    """A function's gradient at these arguments, as notebooks show it.

    >>> def f(x, y):
    ...     return x * y
    >>> shown = show(f, 3.0, -4.0)
    >>> print(shown)
    def f_backward(dout, cache):
        x, y = cache
        # backprop out = x * y  (1)
        dx = y * dout
        dy = x * dout
        return dx, dy

    Raises UserError if the function is not differentiable, or fails there.
    """
    return Shown(function if isinstance(function, Gradient) else Gradient(function, wrt), args)


class Shown:
    """A gradient at certain arguments: `_repr_html_`, `_repr_svg_`, and a page to step through."""

    def __init__(self, gradient: Gradient, args: Sequence[Any]) -> None:
        self.gradient = gradient
        self.args = list(args)

    @cached_property
    def run(self) -> Walk:
        return walk(self.gradient, self.args)

    def __str__(self) -> str:
        return formatted(self.gradient.compilation(*self.args).listing.backward).rstrip("\n")

    def __repr__(self) -> str:
        return f"<the gradient of {self.run.name} at {', '.join(map(repr, self.args))}>"

    def _repr_svg_(self) -> str:
        return svg(circuit(self.run))

    def _repr_html_(self) -> str:
        return (
            f'<div style="display:flex;flex-wrap:wrap;gap:1rem;align-items:flex-start">'
            f"{_listing(str(self))}"
            f"<style>.adgen-circuit svg {{ max-width: 100%; height: auto }}</style>"
            f'<div class="adgen-circuit" style="flex:1 1 24rem;min-width:0;background:#fff">'
            f"{self._repr_svg_()}</div></div>"
        )

    @property
    def page(self) -> str:
        """The page of `adgen explain`."""
        return explained(self.gradient, self.args)

    def steps(self, height: int = 700) -> Steps:
        """The page inside of the notebook, `height` pixels high."""
        return Steps(self.page, height)


class Steps:
    """A page in a frame of its own."""

    def __init__(self, page: str, height: int) -> None:
        self.page = page
        self.height = height

    def _repr_html_(self) -> str:
        style = 'width="100%" style="border:1px solid #d0d7de" title="adgen explain"'
        page = escape(self.page, quote=True)
        return f'<iframe srcdoc="{page}" height="{self.height}" {style}></iframe>'


def _listing(text: str) -> str:
    lines = "\n".join(coloured_lines(text))
    return f"<style>{PAPER}{colours('.adgen')}</style><pre class='adgen'>{lines}</pre>"


# -- IPython ------------------------------------------------------------------------


def load_ipython_extension(shell: Any) -> None:
    """What `%load_ext adgen.notebook` does."""
    formatter = shell.display_formatter.formatters["text/html"]
    formatter.for_type(Gradient, _html_of)

    def backprop(line: str, cell: str) -> Any:
        return _backprop(shell, line, cell)

    shell.register_magic_function(backprop, "cell", "backprop")


def _html_of(gradient: Gradient) -> str | None:
    """A gradient's listing, for its annotations; None where these do not say enough."""
    try:
        return _listing(formatted(gradient.compilation().listing.backward))
    except AdgenError:
        return None


def _backprop(shell: Any, line: str, cell: str) -> Steps | None:
    """Run a cell, and step through the last function that it defines."""
    names = [n.name for n in ast.parse(cell).body if isinstance(n, ast.FunctionDef)]
    if not names:
        raise UserError("there is no function in this cell", help="write `def f(...):` in it")
    ran = shell.run_cell(cell)
    if not ran.success:
        return None
    args = eval(f"({line},)", {"np": np, **shell.user_ns}) if line.strip() else ()
    return show(shell.user_ns[names[-1]], *args).steps()
