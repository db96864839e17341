"""The kinds of lists: known element by element, values of their own, of tuples, by place."""

from __future__ import annotations

from adgen.staging.placed import ByPlace
from adgen.staging.tables import Layout
from adgen.staging.terms import Site, Term
from adgen.types import ListOf, Seq

# a list argument of more elements is not followed element by element
LONGEST_LISTED = 64

Kind = Layout | ByPlace | None


class NeedList(Exception):
    """A display that has to be a list of its own, and the place that it is made at.

    `layout` tells what tuples are put into it, if any: see `Columns`; or that it
    has to be followed place by place.
    """

    def __init__(self, site: Site, layout: Kind = None) -> None:
        super().__init__(site)
        self.site = site
        self.layout = layout


def is_list(term: Term) -> bool:
    """Whether a value is a list, of either kind."""
    if isinstance(term.type, ListOf):
        return True
    return isinstance(term.type, Seq) and term.type.kind == "list" and term.items is not None


def has_elements(term: Term) -> bool:
    """Whether a value is a list of any kind, or a tuple that is known element by element."""
    return isinstance(term.type, ListOf) or isinstance(term.type, Seq) and term.items is not None
