"""Where each value is defined: on the function's own level, in a loop, on a side of a branch.

A region is the way to it from outside, such as (("loop", 3), ("then", 7)).
"""

from __future__ import annotations

from adgen.ir import Block, Branch, Gate, Loop

Region = tuple[tuple[str, int], ...]


def homes(body: Block, region: Region = ()) -> dict[str, Region]:
    """The region of every value that a block defines; arguments are not among them."""
    found: dict[str, Region] = {}
    for stmt in body:
        if isinstance(stmt, Gate):
            found |= dict.fromkeys(stmt.targets, region)
        elif isinstance(stmt, Branch):
            found |= homes(stmt.then, (*region, ("then", stmt.key)))
            found |= homes(stmt.orelse, (*region, ("else", stmt.key)))
            found |= {merge.target: region for merge in stmt.merges}
        elif isinstance(stmt, Loop):
            inside = (*region, ("loop", stmt.key))
            found |= homes(stmt.body, inside)
            if stmt.index is not None:
                found[stmt.index] = inside
            found |= {c.inner: inside for c in stmt.carried}
            found |= {c.after: region for c in stmt.carried if c.after != c.inner}
    return found


def is_within(region: Region, outer: Region) -> bool:
    """Whether a region is, or is part of, another."""
    return region[: len(outer)] == outer
