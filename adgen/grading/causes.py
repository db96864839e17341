"""The usual causes of a wrong line, and how they are said to a student."""

from __future__ import annotations

from enum import Enum


class Cause(Enum):
    """Why a line is wrong; the value is what is said about it."""

    ASSIGNED = (
        "`=` where `+=` was needed: it throws away what was there; a value that is used "
        "twice receives a gradient from each use, and they add up"
    )
    ADDED = "`+=` where `=` was needed: there is nothing yet to add to"
    TRANSPOSE = "a transpose is missing or too many, or the operands are in the wrong order"
    AXIS = (
        "a sum over the wrong axis: a value that was stretched along an axis receives the sum "
        "over that axis, and keeps its own shape"
    )
    FACTOR = "a factor is forgotten, or is not the right one"
    SIGN = "a sign is wrong"
    INCOMPLETE = "a gradient is used here before it is complete"
    OVERWRITTEN = "a value is overwritten before it is used for the last time"
    BRANCH = (
        "the wrong branch of a maximum or a choice: the gradient goes to the side that was taken"
    )
    NAME = "another name was meant"
    MISSING = "a contribution is missing: the value is used once more in the forward"
    ORDER = "the gradients are returned in another order than the arguments"
    SHAPE = "the numbers are right, but the shape is not that of the value"
    SHARED = (
        "two names mean one array here, so writing into the one changes the other; "
        "make a copy, or write `d = d + ...` in place of `d += ...`"
    )
    FORWARD = "the forward gives another value than the function here"
    FAILS = "the line fails"

    @property
    def key(self) -> str:
        """The short name, for programs."""
        return self.name.lower()
