"""The finished backward in fewer lines, none of which gets long."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace

from adgen.algebra import Arranger
from adgen.analysis.expressions import TypeOf
from adgen.cleanup.accumulate import Finished
from adgen.cleanup.beginnings import begun_whole
from adgen.cleanup.cancelling import cancelled
from adgen.cleanup.copies import without_copies
from adgen.cleanup.divisions import divided_once
from adgen.cleanup.fractions import divided_together
from adgen.cleanup.gathering import gathered
from adgen.cleanup.given_names import under_given_names
from adgen.cleanup.inlining import inlined
from adgen.cleanup.known_sums import with_known_sums
from adgen.cleanup.listed import listed
from adgen.cleanup.reassembling import reassembled
from adgen.cleanup.replacing import replaced
from adgen.cleanup.summing import summed
from adgen.cleanup.views import viewed
from adgen.ir import Region
from adgen.rules.settle import Context
from adgen.rules.settle.tidying import tidied


def shortened(
    finished: Finished,
    context: Context,
    type_of: TypeOf,
    homes: Mapping[str, Region],
    statement_of: Mapping[int, int],
) -> Finished:
    """The same backward, what belongs together in one line."""

    def arranged(node: ast.expr) -> ast.expr:
        made: ast.expr = Arranger(type_of.rank).visit(tidied(context, node))
        return made

    steps = replaced(finished.steps, type_of, statement_of)
    steps = without_copies(steps, finished.seed, finished.results, type_of)
    steps = gathered(steps, finished.results, type_of)
    steps = reassembled(steps, context, type_of)
    steps = begun_whole(steps, finished.seed, finished.results, context, type_of, statement_of)
    steps = cancelled(steps, finished.results, context, type_of, arranged)
    steps = divided_once(steps, finished.results, type_of, arranged)
    steps = inlined(steps, finished.results, type_of, arranged)
    steps = divided_together(steps, arranged)
    steps = with_known_sums(steps, context, type_of, arranged)
    steps = under_given_names(steps, finished.results, type_of)
    steps = summed(steps, type_of, homes, context)
    steps = viewed(listed(steps, type_of, homes), finished.results, type_of)
    return replace(finished, steps=steps)
