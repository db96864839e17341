"""Syntax tree to gates, with the types that a call's arguments give rise to."""

from adgen.staging.cacheless import without_caches
from adgen.staging.stager import stage
from adgen.staging.terms import NeedValue

__all__ = ["NeedValue", "stage", "without_caches"]
