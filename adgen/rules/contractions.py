"""Products summed over axes that are named: `einsum`, `tensordot`, and chains of matrices."""

import ast
import string

import numpy as np

from adgen.rules.products import product
from adgen.rules.registry import (
    arrays,
    const,
    in_numpy,
    linear,
    several,
)
from adgen.rules.rule import Reading
from adgen.rules.settle import settles
from adgen.rules.settle.axes import own_shape, places_in
from adgen.rules.settle.spelling import call, constant_expr, helper, indexed, length
from adgen.rules.shapes import (
    as_num,
    broadcast_axis,
    dtype_of,
)
from adgen.runtime import (
    multi_dot_back,
    scattered,
)
from adgen.types import (
    Num,
    Seq,
)

# -- np.einsum ----------------------------------------------------------------------


def letters_of(subscripts, ranks):
    """The letters of each operand and of the result: `ij,jk` gives ["ij", "jk"], "ik".

    `...` stands for as many axes as an operand has beside its letters; they get letters, too.
    """
    text = subscripts.replace(" ", "")
    given, arrow, output = text.partition("->")
    inputs = given.split(",")
    if len(inputs) != len(ranks):
        raise TypeError(f"the subscripts are for {len(inputs)} operands, not {len(ranks)}")
    hidden = ""
    if "..." in text:
        if None in ranks:
            raise TypeError("with `...` the operands' ranks have to be known")
        many = [r - len(i) + 3 if "..." in i else 0 for i, r in zip(inputs, ranks, strict=True)]
        unused = [c for c in string.ascii_letters if c not in text]
        hidden = "".join(unused[: max(many)])
        inputs = [
            i.replace("...", hidden[len(hidden) - n :]) for i, n in zip(inputs, many, strict=True)
        ]
        if hidden and arrow and "..." not in output:
            raise TypeError("the result has no `...` for the axes without letters")
        output = output.replace("...", hidden)
    letters = "".join(inputs)
    if not arrow:
        once = (c for c in set(letters) - set(hidden) if letters.count(c) == 1)
        output = hidden + "".join(sorted(once))
    if not all(c in string.ascii_letters for c in letters + output):
        raise TypeError("subscripts are made of letters")
    if len(set(output)) < len(output) or not set(output) <= set(letters):
        raise TypeError("each letter of the result stands there once, and in an operand")
    return inputs, output


def einsum_shape(op, facts, /, subscripts, operands, optimize=False, dtype=None):
    nums = [as_num(v) for v in operands.items]
    if any(isinstance(v, Seq) for v in operands.items) or not isinstance(subscripts, str):
        raise TypeError("write the subscripts as letters, and arrays as arrays")
    inputs, output = letters_of(subscripts, [n.ndim for n in nums])
    lengths = {}
    for num, letters in zip(nums, inputs, strict=True):
        if num.dims is not None and len(num.dims) != len(letters):
            raise TypeError(f"`{letters}` is not for an operand with {len(num.dims)} axes")
        dims = num.dims or tuple(facts.fresh() for _ in letters)
        for letter, dim in zip(letters, dims, strict=True):
            known = lengths.get(letter)
            lengths[letter] = dim if known is None else broadcast_axis(facts, known, dim)
    whole = nums[0]
    dims = tuple(lengths[c] for c in output)
    for other in nums[1:] or nums:
        whole = product(whole, other, dims)
    return Num(dtype_of(dtype, whole.dtype), dims, whole.form)


@settles
def contraction(context, dy, subscripts, position, operands):
    """The adjoint of an operand of an `einsum`: the others and dy, over its letters."""
    ranks = [None if (dims := context.dims(x)) is None else len(dims) for x in operands.elts]
    inputs, output = letters_of(subscripts, ranks)
    others = [x for i, x in enumerate(operands.elts) if i != position]
    x = operands.elts[position]
    mine = inputs.pop(position)
    arrays = list(zip(others, inputs, strict=True))
    exact = all(_same_lengths(context, x, mine, *array) for array in arrays)
    unused = iter(c for c in string.ascii_letters if c not in "".join([*inputs, mine, output]))
    target = ""
    for axis, letter in enumerate(mine):
        if letter in target:  # a diagonal: a unit matrix holds its two axes together
            other = next(unused)
            arrays.append((call("eye", length(x, axis)), letter + other))
            letter = other
        target += letter
    if output or _are_truth_values(context, others):
        arrays.insert(position, (dy, output))
    present = {c for _, letters in arrays for c in letters}
    kept = "".join(c for c in target if c in present)
    core = _summed_product(context, arrays, kept) if arrays else dy
    if arrays and not output and not _are_truth_values(context, others):
        core = ast.BinOp(dy, ast.Mult(), core)
    core = _with_new_axes(core, target, kept)
    if exact and context.dims(core) is not None:
        return core
    return helper("refitted", core, x)


def _are_truth_values(context, others):
    """Whether a sum of products of these alone would be a truth value."""
    types = [context.type_of(x) for x in others]
    return bool(types) and all(isinstance(t, Num) and t.kind == "b" for t in types)


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


def _summed_product(context, arrays, kept):
    """`np.einsum` of arrays, or what says the same and takes less time."""
    (first, letters), *rest = arrays
    if len(rest) == 1:
        plainer = _product_of_two(context, first, letters, *rest[0], kept)
        if plainer is not None:
            return plainer
    if not rest and len(set(letters)) == len(letters) and set(letters) == set(kept):
        if letters == kept:
            return first
        if len(kept) == 2:
            return ast.Attribute(first, "T", ast.Load())
        return call("transpose", first, constant_expr(tuple(letters.index(c) for c in kept)))
    text = ",".join(letters for _, letters in arrays) + "->" + kept
    return call("einsum", ast.Constant(text), *(array for array, _ in arrays))


def _product_of_two(context, a, mine, b, theirs, kept):
    """`a @ b` or `a[:, None] * b`, with axes exchanged; None where neither says it.

    NumPy's `einsum` works such products out itself, which takes many times as long as BLAS does.
    """
    if len(set(mine)) < len(mine) or len(set(theirs)) < len(theirs):
        return None
    if not _same_lengths(context, a, mine, b, theirs):
        return None
    summed = [c for c in mine if c in theirs and c not in kept]
    alone = [c for c in mine + theirs if c not in kept and c not in summed]
    if alone:
        return None
    batch = [c for c in kept if c in mine and c in theirs]
    if not summed:
        product = _broadcast_product(a, mine, b, theirs, kept)
        return product if product is not None or batch else _all_pairs(a, mine, b, theirs, kept)
    left = [c for c in mine if c not in theirs]
    right = [c for c in theirs if c not in mine]
    if len(summed) > 1 or len(left) != 1 or len(right) != 1:
        return None if batch or not kept else _summed_over(a, mine, b, theirs, summed, kept)
    if kept.index(left[0]) > kept.index(right[0]):
        a, mine, b, theirs, left, right = b, theirs, a, mine, right, left
    product = ast.BinOp(
        _in_order(a, mine, [*batch, *left, *summed]),
        ast.MatMult(),
        _in_order(b, theirs, [*batch, *summed, *right]),
    )
    return _in_order(product, [*batch, *left, *right], kept)


def _all_pairs(a, mine, b, theirs, kept):
    """The products of all elements of two arrays, if their axes are in the result's order."""
    if len(mine) == len(theirs) == 1:
        return call("outer", *((a, b) if kept == mine + theirs else (b, a)))
    if any(list(letters) != [c for c in kept if c in letters] for letters in (mine, theirs)):
        return None
    return ast.BinOp(_with_new_axes(a, kept, mine), ast.Mult(), _with_new_axes(b, kept, theirs))


def _summed_over(a, mine, b, theirs, summed, kept):
    """`a @ b` where one of two arrays is a vector or a matrix, else `np.tensordot`."""
    pairs = [(a, mine, b, theirs), (b, theirs, a, mine)]
    if len(summed) == 1:
        for x, first, y, second in pairs:
            product = _matrix_product(x, first, y, second, *summed, kept)
            if product is not None:
                return product
    x, first, y, second = min(pairs, key=lambda pair: _left(pair[1] + pair[3], summed) != kept)
    axes = tuple(tuple(letters.index(c) for c in summed) for letters in (first, second))
    product = call("tensordot", x, y, constant_expr(axes))
    return _in_order(product, _left(first + second, summed), kept)


def _left(letters, summed):
    """The axes that a sum leaves."""
    return "".join(c for c in letters if c not in summed)


def _matrix_product(x, first, y, second, over, kept):
    """`x @ y`, if that sums over this letter and gives the result's axes in order."""
    if len(first) == 2 and first[-1] != over:
        x, first = ast.Attribute(x, "T", ast.Load()), first[::-1]
    if len(second) == 2 and second[0] != over:
        y, second = ast.Attribute(y, "T", ast.Load()), second[::-1]
    place = second[-2:][0]  # matmul sums over the last axis but one, and a vector's only one
    if first[-1] != over or place != over or (len(first) > 1 and len(second) > 2):
        return None
    found = second[:-2] + first[:-1] + second[-1:].replace(over, "")
    return ast.BinOp(x, ast.MatMult(), y) if found == kept else None


def _broadcast_product(a, mine, b, theirs, kept):
    """The product of elements, if one array has all axes of the result, in their order."""
    if mine == kept:
        a, mine, b, theirs = b, theirs, a, mine
    in_order = [c for c in kept if c in mine]
    if theirs != kept or list(mine) != in_order:
        return None
    return ast.BinOp(_with_new_axes(a, kept, mine), ast.Mult(), b)


def _in_order(node, letters, wanted):
    """The axes of `node` in another order: `x.T`, or `x.transpose(1, 0, 2)`."""
    order = [list(letters).index(c) for c in wanted]
    if order == sorted(order):
        return node
    if len(order) == 2:
        return ast.Attribute(node, "T", ast.Load())
    axes = [ast.Constant(axis) for axis in order]
    return ast.Call(ast.Attribute(node, "transpose", ast.Load()), axes, [])


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


def reading_of_einsum(values):
    """Of numbered axes, the call with letters; where nothing is summed, a view of the operand."""
    if values and not isinstance(values[0], str):
        return with_letters(values)
    if len(values) == 2 and not is_summed(values[0]):
        return Reading("view by letters", (1, 0))
    return None


def is_summed(subscripts):
    """Whether an axis of the only operand is missing in the result."""
    given, arrow, output = subscripts.replace(" ", "").partition("->")
    letters = given.replace(".", "")
    kept = output.replace(".", "") if arrow else letters
    twice = len(set(letters)) < len(letters) and not arrow
    return "," in given or not given or twice or set(letters) != set(kept)


def with_letters(values):
    """`np.einsum(a, [0, 1], b, [1, 2], [0, 2])` as `np.einsum("ij,jk->ik", a, b)`."""
    axes = [*values[1::2], *(values[-1:] if len(values) % 2 else ())]
    if not all(isinstance(each, list | tuple) for each in axes):
        return None
    numbers = sorted({n for each in axes for n in each if n is not ...})
    letters = string.ascii_lowercase[8 if len(numbers) <= 18 else 0 :]
    if len(numbers) > len(letters) or not all(isinstance(n, int) for n in numbers):
        return None
    names = dict(zip([*numbers, ...], [*letters[: len(numbers)], "..."], strict=True))
    texts = ["".join(names[n] for n in each) for each in axes]
    count = len(values) // 2
    text = "->".join([",".join(texts[:count]), *texts[count:]])
    return Reading(np.einsum, (text, *range(0, 2 * count, 2)))


@linear(
    np.einsum,
    shape=einsum_shape,
    gathers="operands",
    why="write the subscripts as letters",
    reads=reading_of_einsum,
)
def einsum(
    y, subscripts: const, operands: several, *, optimize: const = False, dtype: const = None
):
    doperands = contraction(dy, subscripts, position, operands)


# -- np.einsum that sums nothing: a view of its operand -----------------------------


def view_by_letters(op, facts, /, x, subscripts, optimize=False, dtype=None):
    x = as_num(x)
    (letters,), output = letters_of(subscripts, [x.ndim])
    if x.dims is not None and len(x.dims) != len(letters):
        raise TypeError(f"`{letters}` is not for an operand with {len(x.dims)} axes")
    dims = x.dims or tuple(facts.fresh() for _ in letters)
    lengths = dict(zip(letters, dims, strict=True))
    return Num(x.dtype, tuple(lengths[c] for c in output))


def only_exchanges(x, subscripts):
    """Whether each axis has a letter of its own."""
    letters = subscripts.partition("->")[0].replace(".", "").replace(" ", "")
    return len(set(letters)) == len(letters)


VIEW = {"views": True, "aliases": "view", "put": "put by letters"}


@linear("view by letters", shape=view_by_letters, when=only_exchanges, **VIEW)
def exchanged_axes(y, x, subscripts: const, *, optimize: const = False, dtype: const = None):
    dx = contraction(dy, subscripts, 0, (x,))


@linear("view by letters", shape=view_by_letters, when=lambda x: x.ndim == 2, **VIEW)
def diagonal_by_letters(y, x, subscripts: const, *, optimize: const = False, dtype: const = None):
    dx = np.diag(dy)


@linear("view by letters", shape=view_by_letters, **VIEW)
def diagonals_by_letters(y, x, subscripts: const, *, optimize: const = False, dtype: const = None):
    """Each element goes back to its place."""
    places = np.einsum(subscripts, places_in(x))
    dx = scattered(dy, places, own_shape(x))


def unchanged_by_view(op, facts, /, x, subscripts, v):
    return as_num(x)


@linear("put by letters", shape=unchanged_by_view, when=only_exchanges)
def put_all_by_letters(y, x, subscripts: const, v):
    """Nothing of what was there is left."""
    dv = np.einsum(subscripts, dy)
    dx = 0.0


@linear("put by letters", shape=unchanged_by_view)
def put_by_letters(y, x, subscripts: const, v):
    """What is overwritten has no part in the result any more."""
    dv = np.einsum(subscripts, dy).copy()
    places = np.einsum(subscripts, places_in(y))
    dx = dy
    dx[np.unravel_index(places, own_shape(y))] = 0.0


# -- a @ b, np.dot, np.inner --------------------------------------------------------


def dot_letters(a, b):
    """As `np.einsum` says `np.dot` of operands of these ranks; so with the others below."""
    first, rest = string.ascii_letters[:a], string.ascii_letters[a : a + b - 1]
    return f"{first},{rest[:-1]}{first[-1]}{rest[-1:]}->{first[:-1]}{rest}"


def inner_letters(a, b):
    first, rest = string.ascii_letters[:a], string.ascii_letters[a : a + b - 1]
    return f"{first},{rest}{first[-1]}->{first[:-1]}{rest}"


def matmul_letters(a, b):
    """Of a stack of matrices and a vector; None for stacks, which may be stretched."""
    if b == 1:
        return dot_letters(a, b)
    return dot_letters(a, b) if a == 1 else None


def _contracted(context, dc, a, b, position, letters_for):
    dims = [context.dims(operand) for operand in (a, b)]
    if any(not d for d in dims):
        return None
    letters = letters_for(*map(len, dims))
    operands = ast.Tuple([a, b], ast.Load())
    return letters and contraction(context, dc, letters, position, operands)


def _sides(product, letters_for):
    """Settle the adjoints of both operands of a product: `dot_left` and `dot_right`."""
    for position, side in enumerate(("left", "right")):

        def adjoint_of_side(context, dc, a, b, position=position):
            return _contracted(context, dc, a, b, position, letters_for)

        adjoint_of_side.__name__ = f"{product}_{side}"
        settles(adjoint_of_side)


_sides("dot", dot_letters)
_sides("inner", inner_letters)
_sides("matmul", matmul_letters)


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


def ranks(context, *operands):
    return [len(context.dims(operand)) for operand in operands]


@settles
def tensordot_left(context, dc, a, b, axes):
    rank, other = ranks(context, a, b)
    first, second = summed_axes(axes, rank, other)
    free = [i for i in range(rank) if i not in first]
    theirs = [i for i in range(other) if i not in second]
    # dc with b leaves a's free axes, and then b's summed axes in their own order
    order = free + [first[second.index(i)] for i in range(other) if i in second]
    places = list(range(len(free), len(free) + len(theirs)))
    return _permuted(_tensordot(dc, b, places, theirs, not free), order)


@settles
def tensordot_right(context, dc, a, b, axes):
    other, rank = ranks(context, a, b)
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


@linear(np.tensordot, *in_numpy("linalg.tensordot"), shape=tensordot_shape)
def tensordot(c, a, b, axes: const = 2):
    da = tensordot_left(dc, a, b, axes)
    db = tensordot_right(dc, a, b, axes)


# -- np.linalg.multi_dot ------------------------------------------------------------------


def product_of_all(op, facts, /, xs):
    nums = [as_num(v) for v in xs.items]
    if any(n.dims is None for n in nums):
        raise TypeError("the operands' ranks have to be known")
    whole = nums[0]
    for other in nums[1:]:
        whole = product(whole, other, ())
    return product(whole, whole, nums[0].dims[:-1] + nums[-1].dims[1:])


@linear(np.linalg.multi_dot, shape=product_of_all)
def multi_dot(c, xs: arrays):
    """Those to the left, transposed, times dc, times those to the right, transposed."""
    dxs = multi_dot_back(dc, xs, position)
