"""Arrays that sum up to nothing, since their mean has been taken off."""

from __future__ import annotations

import ast

from adgen.ir import alike
from adgen.rules.settle import Context, Expr
from adgen.rules.settle.broadcasting import constant_over
from adgen.rules.shapes import axes_of


def is_centred(context: Context, node: Expr, axes: tuple[int, ...]) -> bool:
    """Whether a value is `x - np.mean(x, axis)`, or that times what is the same all along."""
    gate = context.definition(node.id) if isinstance(node, ast.Name) else None
    dims = context.dims(node)
    if gate is None or gate.op is None or dims is None or gate.place is not None:
        return False
    match gate.op.general.name, [*gate.operands.values()]:
        case "subtract", [x, mean]:
            return _is_mean_of(context, mean, x, axes)
        case "divide", [x, other]:
            return is_centred(context, x, axes) and constant_over(context, other, dims, [*axes])
        case "multiply", [x, other]:
            return any(
                is_centred(context, one, axes) and constant_over(context, scale, dims, [*axes])
                for one, scale in ((x, other), (other, x))
            )
    return False


def _is_mean_of(context: Context, mean: Expr, x: Expr, axes: tuple[int, ...]) -> bool:
    """Whether a value is the mean of another along these axes, in a shape that lines up."""
    gate = context.definition(mean.id) if isinstance(mean, ast.Name) else None
    dims = context.dims(x)
    if gate is None or gate.op is None or dims is None or gate.op.general.name != "mean":
        return False
    given = {key: expr for key, expr in gate.operands.items() if key != "x"}
    if not alike(gate.operands["x"], x) or not {*given} <= {"axis", "keepdims"}:
        return False
    if not all(isinstance(expr, ast.Constant | ast.Tuple | ast.UnaryOp) for expr in given.values()):
        return False
    said = {key: ast.literal_eval(expr) for key, expr in given.items()}
    along = axes_of(said.get("axis"), len(dims))
    return along == axes and (bool(said.get("keepdims")) or along == tuple(range(len(along))))
