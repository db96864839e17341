"""Syntax tree to gates, with the types that a call's arguments give rise to."""

from adgen.staging.stager import NeedValue, stage

__all__ = ["NeedValue", "stage"]
