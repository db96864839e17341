"""Syntax tree to gates, with the types that a call's arguments give rise to."""

from adgen.staging.cacheless import without_caches
from adgen.staging.stager import stage

__all__ = ["stage", "without_caches"]
