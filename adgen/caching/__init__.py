"""See which primal values the finished backward mentions; carry those and no others."""

from adgen.caching.plan import Plan, plan
from adgen.caching.residuals import Pair, carry

__all__ = ["Pair", "Plan", "carry", "plan"]
