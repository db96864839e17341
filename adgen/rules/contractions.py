"""Products summed over axes that are named: `einsum`, `tensordot`, and outer products."""

import ast
import string

import numpy as np

from adgen.rules.products import product
from adgen.rules.registry import const, linear
from adgen.rules.settle import (
    axis_argument,
    call,
    constant_expr,
    helper,
    indexed,
    length,
    settles,
)
from adgen.rules.shapes import as_num, broadcast_axis, is_absent, resolve
from adgen.types import Num

# -- np.einsum ----------------------------------------------------------------------


def letters_of(subscripts, count):
    """The letters of each operand and of the result: `ij,jk` gives ["ij", "jk"], "ik"."""
    text = subscripts.replace(" ", "")
    if "." in text:
        raise TypeError("an ellipsis is not supported: write every axis out")
    given, arrow, output = text.partition("->")
    inputs = given.split(",")
    letters = given.replace(",", "")
    if not arrow:
        output = "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    if not all(c in string.ascii_letters for c in letters + output):
        raise TypeError("subscripts are made of letters")
    if len(inputs) != count:
        raise TypeError(f"the subscripts are for {len(inputs)} operands, not {count}")
    if len(set(output)) < len(output) or not set(output) <= set(letters):
        raise TypeError("each letter of the result stands there once, and in an operand")
    return inputs, output


def einsum_shape(op, facts, /, subscripts, a, b=None, c=None, optimize=False):
    nums = [as_num(v) for v in (a, b, c) if not is_absent(v)]
    inputs, output = letters_of(subscripts, len(nums))
    if len(nums) == 1 and set(inputs[0]) == set(output):
        raise TypeError("nothing is summed: np.transpose and np.diag say that, too")
    lengths = {}
    for num, letters in zip(nums, inputs, strict=True):
        if num.dims is not None and len(num.dims) != len(letters):
            raise TypeError(f"`{letters}` is not for an operand with {len(num.dims)} axes")
        dims = num.dims or tuple(facts.fresh() for _ in letters)
        for letter, dim in zip(letters, dims, strict=True):
            known = lengths.get(letter)
            lengths[letter] = dim if known is None else broadcast_axis(facts, known, dim)
    first, *rest = nums
    whole = product(first, rest[0] if rest else first, tuple(lengths[c] for c in output))
    return product(whole, nums[2], whole.dims) if len(nums) == 3 else whole


@settles
def contraction(context, dy, subscripts, position, x, *others):
    """The adjoint of the operand `x` of an `einsum`: the others and dy, over x's letters."""
    inputs, output = letters_of(subscripts, 1 + len(others))
    mine = inputs.pop(position)
    arrays = list(zip(others, inputs, strict=True))
    exact = all(_same_lengths(context, x, mine, *array) for array in arrays)
    unused = iter(c for c in string.ascii_letters if c not in subscripts)
    target = ""
    for axis, letter in enumerate(mine):
        if letter in target:  # a diagonal: a unit matrix holds its two axes together
            other = next(unused)
            arrays.append((call("eye", length(x, axis)), letter + other))
            letter = other
        target += letter
    if output:
        arrays.insert(position, (dy, output))
    present = {c for _, letters in arrays for c in letters}
    kept = "".join(c for c in target if c in present)
    core = _summed_product(arrays, kept) if arrays else dy
    if arrays and not output:
        core = ast.BinOp(dy, ast.Mult(), core)
    core = _with_new_axes(core, target, kept)
    if exact and context.dims(core) is not None:
        return core
    return helper("refitted", core, x)


def _same_lengths(context, x, mine, other, letters):
    """Whether axes of one letter are known to have one length, so that none is stretched."""
    if not set(mine) & set(letters):
        return True
    own, theirs = context.dims(x), context.dims(other)
    if own is None or theirs is None:
        return False
    return all(
        context.facts.same(own[i], theirs[j])
        for i, c in enumerate(mine)
        for j, d in enumerate(letters)
        if c == d
    )


def _summed_product(arrays, kept):
    """`np.einsum` of arrays, or what says the same of a single one."""
    (first, letters), *rest = arrays
    if not rest and len(set(letters)) == len(letters) and set(letters) == set(kept):
        if letters == kept:
            return first
        if len(kept) == 2:
            return ast.Attribute(first, "T", ast.Load())
        return call("transpose", first, constant_expr(tuple(letters.index(c) for c in kept)))
    text = ",".join(letters for _, letters in arrays) + "->" + kept
    return call("einsum", ast.Constant(text), *(array for array, _ in arrays))


def _with_new_axes(core, target, kept):
    """Axes that only `x` has: the adjoint is the same all along them."""
    if not kept:
        return core
    index = [ast.Slice() if c in kept else ast.Constant(None) for c in target]
    while isinstance(index[0], ast.Constant):
        index.pop(0)
    while index and isinstance(index[-1], ast.Slice):
        index.pop()
    if not index:
        return core
    return indexed(core, index[0] if len(index) == 1 else ast.Tuple(index, ast.Load()))


@linear(np.einsum, shape=einsum_shape, when=lambda b: b.absent)
def einsum_of_one(y, subscripts: const, a, *, optimize: const = False):
    da = contraction(dy, subscripts, 0, a)


@linear(np.einsum, when=lambda c: c.absent)
def einsum_of_two(y, subscripts: const, a, b, *, optimize: const = False):
    da = contraction(dy, subscripts, 0, a, b)
    db = contraction(dy, subscripts, 1, b, a)


@linear(np.einsum)
def einsum(y, subscripts: const, a, b=None, c=None, *, optimize: const = False):
    da = contraction(dy, subscripts, 0, a, b, c)
    db = contraction(dy, subscripts, 1, b, a, c)
    dc = contraction(dy, subscripts, 2, c, a, b)


# -- np.tensordot -------------------------------------------------------------------


def summed_axes(axes, a, b):
    """The axes of a and those of b that are summed over, for operands of these ranks."""
    if isinstance(axes, int):
        return list(range(a - axes, a)), list(range(axes))
    first, second = ([x] if isinstance(x, int) else list(x) for x in axes)
    return [x % a for x in first], [x % b for x in second]


def tensordot_shape(op, facts, /, a, b, axes=2):
    a, b = as_num(a), as_num(b)
    if a.dims is None or b.dims is None:
        raise TypeError("the operands' ranks have to be known")
    first, second = summed_axes(axes, len(a.dims), len(b.dims))
    dims = [d for i, d in enumerate(a.dims) if i not in first]
    dims += [d for i, d in enumerate(b.dims) if i not in second]
    return Num(product(a, b, ()).dtype, tuple(dims))


def _ranks(context, *operands):
    return [len(context.dims(operand)) for operand in operands]


@settles
def tensordot_left(context, dc, a, b, axes):
    rank, other = _ranks(context, a, b)
    first, second = summed_axes(axes, rank, other)
    free = [i for i in range(rank) if i not in first]
    theirs = [i for i in range(other) if i not in second]
    # dc with b leaves a's free axes, and then b's summed axes in their own order
    order = free + [first[second.index(i)] for i in range(other) if i in second]
    places = list(range(len(free), len(free) + len(theirs)))
    return _permuted(_tensordot(dc, b, places, theirs, not free), order)


@settles
def tensordot_right(context, dc, a, b, axes):
    other, rank = _ranks(context, a, b)
    second, first = summed_axes(axes, other, rank)
    theirs = [i for i in range(other) if i not in second]
    # a with dc leaves a's summed axes in their own order, and then b's free axes
    order = [first[second.index(i)] for i in range(other) if i in second]
    order += [i for i in range(rank) if i not in first]
    free = len(order) == len(first)
    return _permuted(_tensordot(a, dc, theirs, list(range(len(theirs))), free), order)


def _tensordot(a, b, first, second, is_number):
    """A product over these axes; of a number and an array, if there are none."""
    if not first and is_number:
        return ast.BinOp(a, ast.Mult(), b)
    return call("tensordot", a, b, constant_expr((tuple(first), tuple(second))))


def _permuted(node, order):
    """The axes of `node`, which stand in this order, put in their places."""
    if order == sorted(order):
        return node
    return call("transpose", node, constant_expr(tuple(order.index(i) for i in range(len(order)))))


@linear(np.tensordot, shape=tensordot_shape)
def tensordot(c, a, b, axes: const = 2):
    da = tensordot_left(dc, a, b, axes)
    db = tensordot_right(dc, a, b, axes)


# -- np.kron ------------------------------------------------------------------------


def kron_shape(op, facts, /, a, b):
    a, b = as_num(a), as_num(b)
    if a.dims is None or b.dims is None or len(a.dims) != len(b.dims) or len(a.dims) not in (1, 2):
        raise TypeError("it takes two vectors, or two matrices")
    return product(a, b, tuple(m * n for m, n in zip(a.dims, b.dims, strict=True)))


@linear(np.kron, shape=kron_shape, when=lambda a: a.ndim == 1)
def kron_of_vectors(c, a, b):
    da = dc.reshape(a.shape[0], b.shape[0]) @ b
    db = a @ dc.reshape(a.shape[0], b.shape[0])


@linear(np.kron)
def kron(c, a, b):
    blocks = dc.reshape(a.shape[0], b.shape[0], a.shape[1], b.shape[1])
    da = np.einsum("ikjl,kl->ij", blocks, b)
    db = np.einsum("ikjl,ij->kl", blocks, a)


# -- the method `outer` of ufuncs -----------------------------------------------------


def outer_of_ufunc(op, facts, /, a, b):
    """Every element of a with every element of b."""
    a, b = as_num(a), as_num(b)
    if a.dims is None or b.dims is None:
        raise TypeError("the operands' ranks have to be known")
    known = a.dtype and b.dtype
    dtype = resolve(op.function.__self__, (a.dtype, False), (b.dtype, False)) if known else ""
    dims = a.dims + b.dims
    return Num(dtype, dims, "array" if dims else "np")


@settles
def summed_last(context, dc, a, b):
    """The sum over b's axes, which are the last of dc's."""
    rank, other = _ranks(context, a, b)
    return _summed(dc, rank, rank + other, rank + other)


@settles
def summed_first(context, dc, a, b):
    """The sum over a's axes, which are the first of dc's."""
    rank, other = _ranks(context, a, b)
    return _summed(dc, 0, rank, rank + other)


def _summed(node, start, stop, rank):
    if start == stop:
        return node
    if stop - start == rank:
        return call("sum", node)
    return call("sum", node, axis=axis_argument(tuple(range(start, stop))))


@linear(np.add.outer, shape=outer_of_ufunc)
def add_outer(c, a, b):
    da = summed_last(dc, a, b)
    db = summed_first(dc, a, b)


@linear(np.subtract.outer, shape=outer_of_ufunc)
def subtract_outer(c, a, b):
    da = summed_last(dc, a, b)
    db = -summed_first(dc, a, b)


@linear(np.multiply.outer, shape=outer_of_ufunc, when=lambda a, b: a.ndim == b.ndim == 1)
def multiply_outer_of_vectors(c, a, b):
    da = dc @ b
    db = a @ dc


@settles
def lined_up(context, a, b):
    """`a[:, None]`: with an axis behind for each of b's."""
    rank, other = _ranks(context, a, b)
    if not rank or not other:
        return a
    index = [ast.Slice()] * rank + [ast.Constant(None)] * other
    return indexed(a, ast.Tuple(index, ast.Load()))


@linear(np.multiply.outer, shape=outer_of_ufunc)
def multiply_outer(c, a, b):
    da = summed_last(b * dc, a, b)
    db = summed_first(lined_up(a, b) * dc, a, b)
