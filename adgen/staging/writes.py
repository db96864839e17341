"""Writes into arrays: `x[i] = v`, `x += v`, `np.exp(x, out=y)`, `np.add.at(x, i, v)`.

Each is a gate that gives the next value of the array.  For a call, the rule says
which operand it writes (`writes="x"`); with `out=`, the operation's own rule says
what the array becomes.
"""

from __future__ import annotations

import ast
import functools
import operator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from adgen.errors import UserError
from adgen.ir import clone
from adgen.rules.operations import Op, signature_of
from adgen.staging import sets
from adgen.staging.elements import Place
from adgen.staging.list_kinds import is_list
from adgen.staging.placed import is_placed
from adgen.staging.storage import is_array
from adgen.staging.sugar import written_out
from adgen.staging.terms import Given, Term, call_of, literal, numpy
from adgen.staging.wording import a, describe
from adgen.types import Known, ListOf, Num, Seq

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


class Writes:
    """Stages writes, for a stager."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager

    def hint_of(self, author: str) -> str:
        """What is written into an array is named after the array."""
        known = self.stager.env.get(author)
        if known is not None and is_array(known) and isinstance(known.expr, ast.Name):
            return known.expr.id.split(":")[0]
        return self.stager.own_name(author)

    # -- elements ---------------------------------------------------------------------

    def item(self, target: ast.Subscript, value: Term, node: ast.expr) -> None:
        """`x[index] = value`."""
        place = self.stager.lists.elements.place(target)
        if isinstance(place.base.expr, ast.Name):
            self.stager.hint = place.base.expr.id.split(":")[0]
        self.check_target(target, place.base, place.index)
        if self.part_of_list(target, place.base, value):
            return
        try:
            self.into(target, place, value, node)
        except UserError as error:
            if isinstance(place.base.type, ListOf):
                raise self.stager.lists.or_by_place(place.base, error) from None
            raise

    def part_of_list(self, target: ast.Subscript, base: Term, value: Term) -> bool:
        """`xs[1:3] = values`: the list holds `xs[:1] + values + xs[3:]`; whether it is staged."""
        owner, part = target.value, target.slice
        if not (isinstance(base.type, ListOf) and isinstance(part, ast.Slice) and _in_order(part)):
            return False
        pieces = ["values" if is_list(value) else "list(values)"]
        given: dict[str, ast.expr] = {"xs": owner, "values": Given(value)}
        if part.lower is not None:
            pieces.insert(0, "xs[:lower]")
            given["lower"] = part.lower
        if part.upper is not None:
            pieces.append("xs[upper:]")
            given["upper"] = part.upper
        text = f"whole = {' + '.join(pieces)}\nxs.clear()\nxs.extend(whole)"
        ast.copy_location(given["values"], target)
        written_out(self.stager, target, text, "whole", given)
        return True

    def into(self, target: ast.Subscript, place: Place, value: Term, node: ast.expr) -> Term:
        """The array once `value` is in a place of it."""
        base, index = place.base, place.index
        assert isinstance(base.expr, ast.Name)
        if isinstance(base.type, ListOf):
            value = self.stager.lists.elements.written_element(place, value, target)
        value = self.as_array(value, node)
        if isinstance(value.expr, ast.Name) and value.expr.id == base.expr.id:
            value = self.stager.copied(value, node)
        op = self.stager.catalogue.find("setitem")
        assert op is not None
        bound = {"x": base, "index": index, "v": value}
        after = self.stager.gates.apply(
            op, bound, value.expr, target, self.stager.version(base.expr.id), place.expr
        )
        if isinstance(base.type, ListOf):
            self.stager.lists.check(after, target)
            self.stager.lists.elements.noted(place, value, after, target)
        self.rebind(place.owner or target.value, base, after, target)
        return after

    def as_array(self, value: Term, node: ast.expr) -> Term:
        """A list that is written into an array, as the array that NumPy makes of it."""
        if isinstance(value.type, Num):
            return value
        if value.items is None:
            raise self.stager.refuse(node, "what is written here is not a number or array")
        return self.stager.gates.as_array(value, node)

    def rebind(self, node: ast.expr, base: Term, after: Term, target: ast.AST) -> None:
        """After a write: what the author's name for the array now means."""
        self.stager.memory.write(base, after, target)
        if isinstance(node, ast.Name) and node.id in self.stager.env:
            self.stager.env[node.id] = after

    def check_target(self, target: ast.Subscript, base: Term, index: Term) -> None:
        self.check_array(target, base)
        if index.varied:
            raise self.stager.refuse(target.slice, "an index is differentiated")

    def check_array(self, target: ast.AST, base: Term) -> None:
        if is_list(base) and base.items is not None:
            raise self.stager.lists.needed(base, target)
        if not is_array(base) or not isinstance(base.expr, ast.Name):
            self.stager.objects.adopted.check(base)
            raise self.stager.refuse(
                target,
                f"writing into {a(describe(base.type))} is not supported",
                help="give the new value a name of its own",
            )

    def is_view(self, target: ast.Attribute) -> bool:
        """Whether an attribute such as `z.real` is a view that can be written through."""
        op = self.stager.catalogue.find(f"attribute {target.attr}")
        if op is None or not op.general.put or not isinstance(target.value, ast.Name):
            return False
        known = self.stager.env.get(target.value.id)
        return known is not None and is_array(known)

    def everywhere(self, target: ast.Attribute) -> ast.Subscript:
        """`z.real[...]`, which is what `z.real` means as a target."""
        every = ast.copy_location(ast.Constant(...), target)
        return ast.copy_location(ast.Subscript(_load(target), every, ast.Store()), target)

    # -- augmented assignments -----------------------------------------------------------

    def augmented(self, node: ast.AugAssign) -> None:
        """`x += y`, which writes into `x` if that is an array."""
        value = ast.copy_location(ast.BinOp(_load(node.target), node.op, node.value), node)
        if isinstance(node.target, ast.Subscript):
            if self.stager.objects.peek(node.target.value) is None:
                self.augmented_item(node, node.target, value)
                return
        if isinstance(node.target, ast.Attribute) and self.is_view(node.target):
            whole = self.everywhere(node.target)
            value = ast.copy_location(ast.BinOp(_load(whole), node.op, node.value), node)
            self.augmented_item(node, whole, value)
            return
        before = self.stager.expr(_load(node.target))
        if isinstance(node.target, ast.Name):
            self.stager.hint = self.stager.own_name(node.target.id)
        if is_placed(before):
            placed = self.stager.lists.placed
            if not isinstance(node.op, ast.Add):
                raise self.stager.refuse(node, "this changes a list in a way not supported")
            added = self.stager.unpacking.elements(self.stager.expr(node.value), node.value)
            placed.become(before, [*placed.items(before, node), *added])
            return
        if self.stager.objects.dicts.is_joined(type(node.op), [before]):
            more = self.stager.expr(node.value)
            self.stager.objects.dicts.update(before, [more], {}, node)
            return
        if is_list(before):
            more = self.stager.expr(node.value)
            self.stager.lists.changes.augmented(node, node.target, before, more)
            return
        if not is_array(before):
            sets.check_names(self.stager, node, before)
            self.stager.statements.assign(node.target, value)
            return
        if before.num is not None and before.num.form == "any" and self.is_alone(node, before):
            # nobody can tell whether the array is written to or made anew
            self.stager.statements.assign(node.target, value)
            return
        if before.num is None or before.num.form == "any":
            said = ast.unparse(node.target)
            raise self.stager.refuse(node, f"whether `{said}` is an array is not known")
        assert isinstance(before.expr, ast.Name)
        operand = self.stager.expr(node.value)
        target = self.stager.version(before.expr.id)
        made = self.stager.expressions.operation(value, type(node.op), [before, operand], target)
        after = self.stager.statements.as_target(target, made, value)
        self.check_in_place(node, before, after)
        assert isinstance(after.expr, ast.Name)
        gate = self.stager.defined[after.expr.id]
        self.stager.gates.replace_gate(after.expr.id, replace(gate, place=before.expr))
        self.stager.storages.views.pop(after.expr.id, None)
        # how many truth values are true may have changed
        type_ = self.stager.types[target] = replace(before.num, value=None)
        after = replace(after, type=type_)
        self.rebind(node.target, before, after, node.target)

    def is_alone(self, node: ast.AugAssign, before: Term) -> bool:
        """Whether a name is the only one for what it means, if that is an array."""
        if not isinstance(node.target, ast.Name) or not isinstance(before.expr, ast.Name):
            return False
        memory, env = self.stager.memory, self.stager.env
        return memory.is_exclusive(before.expr.id, node.target.id, env)

    def augmented_item(self, node: ast.AugAssign, target: ast.Subscript, value: ast.BinOp) -> None:
        """`x[index] += y`: array and index are evaluated once."""
        if isinstance(target.value, ast.Name):
            self.stager.hint = self.hint_of(target.value.id)
        place = self.stager.lists.elements.place(target)
        base, index = place.base, place.index
        self.check_target(target, base, index)
        op = self.stager.catalogue.find(operator.getitem)
        assert op is not None
        before = self.stager.gates.apply(op, {"x": base, "index": index}, place.expr, target)
        if isinstance(before.type, ListOf):
            raise self.stager.refuse(
                node, "this changes a list in a list", help="use .append() or .extend()"
            )
        made = self.stager.expressions.operation(
            value, type(node.op), [before, self.stager.expr(node.value)]
        )
        in_place = isinstance(base.type, ListOf) and is_array(before)
        base = self.stager.memory.fresh(None, base, target)
        whole = ast.Subscript(place.expr, ast.Constant(...), ast.Load())
        expr = whole if in_place and _is_in_list(base, index) else place.expr
        place = replace(place, base=base, expr=expr, in_place=in_place)
        self.into(target, place, made, value)

    def check_in_place(self, node: ast.AST, before: Term, after: Term) -> None:
        """Whether the result fits into the array, as NumPy asks."""
        assert before.num is not None
        dims, whole = before.num.dims, after.num.dims if after.num else None
        same = dims is not None and whole is not None and len(dims) == len(whole)
        fits = after.num is not None and _fits(after.num.dtype, before.num.dtype)
        if not fits or not same:
            raise self.stager.refuse(
                node, "this in-place operation changes the array's dtype or shape"
            )

    # -- calls ---------------------------------------------------------------------------

    def by_call(self, call: ast.Call) -> bool:
        """Stage a call that is made for what it writes; whether it is one."""
        function = self.stager.invocations.callees.static_object(call.func)
        if function is not None:
            op = self.stager.catalogue.find(function)
        elif isinstance(call.func, ast.Attribute) and hasattr(np.ndarray, call.func.attr):
            op = self.stager.catalogue.method(call.func.attr)
        else:
            op = None
        if op is None:
            return False
        if op.kind == "unsupported":
            raise self.stager.refuse(call, f"{op.name} is not supported: {op.general.reason}")
        place = place_of_out(op.function)
        given = len(call.args) + (function is None)
        gives_out = any(k.arg == "out" for k in call.keywords)
        if not (op.general.writes or gives_out or (place is not None and given > place)):
            return False
        self.stager.invocations.call(call, None)
        return True

    def operand(self, op: Op, bound: dict[str, Term], expr: ast.expr, node: ast.Call) -> Term:
        """A call whose rule says which operand it writes; Python gets None for it."""
        key = op.general.writes
        base = self.stager.memory.fresh(None, bound[key], node)
        self.check_array(node, base)
        assert isinstance(base.expr, ast.Name)
        target = self.stager.version(base.expr.id)
        after = self.stager.gates.apply(op, bound, expr, node, target, base.expr, effect=True)
        self.stager.storages.views.pop(target, None)
        self.rebind(node, base, after, node)
        return Term(ast.Constant(None), Known(None))

    def out_of(self, op: Op, args: list[Term], keywords: dict[str, Term]) -> Term | None:
        """The array that a call gives for its result, taken out of the arguments."""
        place = place_of_out(op.function)
        out = keywords.pop("out", None)
        if out is None and place is not None and len(args) > place:
            out = args[place]
            # arguments behind it stay in their places
            args[place:] = [Term(ast.Constant(None), Known(None)), *args[place + 1 :]]
            if len(args) == place + 1:
                args.pop()
        if out is not None and isinstance(out.type, Seq) and out.items and len(out.items) == 1:
            out = out.items[0]
        return None if out is None or _is_none(out) else out

    def out(
        self, op: Op, bound: dict[str, Term], where: Term | None, out: Term, node: ast.Call,
        expr: ast.Call,
    ) -> Term:  # fmt: skip
        """`op(..., out=out)`: the array becomes the result."""
        out = self.stager.memory.fresh(None, out, node)
        self.check_array(node, out)
        assert isinstance(out.expr, ast.Name)
        self.stager.hint = out.expr.id.split(":")[0]
        if where is not None and not _is_true(where):
            return self.selected(op, bound, where, out, expr)
        target = self.stager.version(out.expr.id)
        after = self.stager.gates.apply(op, bound, expr, node, target, out.expr, effect=True)
        assert out.num is not None
        if after.num is None or not _fits(after.num.dtype, out.num.dtype):
            raise self.stager.refuse(node, "the result does not fit into `out`")
        type_ = self.stager.types[target] = replace(out.num, value=None)
        after = replace(after, type=type_, varied=after.varied and type_.differentiable)
        self.stager.storages.views.pop(target, None)
        self.rebind(node, out, after, node)
        return after

    def selected(
        self, op: Op, bound: dict[str, Term], where: Term, out: Term, node: ast.Call
    ) -> Term:
        """`op(a, b, out=out, where=mask)` is `out[mask] = op(a[mask], b[mask])`."""
        mask = self.stretched(where, out, node)
        parts = {
            key: self.element(self.stretched(term, out, node), mask, node)
            if term.num is None or term.num.dims != () else term
            for key, term in bound.items()
        }  # fmt: skip
        call = call_of(node.func, list(parts.values()), {}, node)
        value = self.stager.gates.apply(op, parts, call, node)
        target = ast.copy_location(ast.Subscript(node, node, ast.Store()), node)
        whole = self.stager.memory.fresh(None, out, node)
        place = Place(whole, mask, ast.Subscript(whole.expr, mask.expr, ast.Load()))
        return self.into(target, place, value, node)

    def stretched(self, term: Term, out: Term, node: ast.AST) -> Term:
        """An operand at the shape of `out`."""
        dims, wanted = term.num.dims if term.num else None, out.num.dims if out.num else None
        if dims is None or wanted is None:
            raise self.stager.refuse(node, "`where=` of arrays of unknown shape is not supported")
        same = len(dims) == len(wanted)
        if same and all(map(self.stager.facts.same, dims, wanted)):
            return term
        op = self.stager.catalogue.find(np.broadcast_to)
        assert op is not None
        shape = self.stager.attributes.shape_of(out)
        call = call_of(numpy("broadcast_to"), [term, shape], {}, None)
        return self.stager.gates.apply(op, {"x": term, "shape": shape}, call, node)

    def element(self, base: Term, index: Term, node: ast.AST) -> Term:
        op = self.stager.catalogue.find(operator.getitem)
        assert op is not None
        expr = ast.Subscript(base.expr, index.expr, ast.Load())
        return self.stager.gates.apply(op, {"x": base, "index": index}, expr, node)


@functools.lru_cache(maxsize=512)
def place_of_out(function: Any) -> int | None:
    """Which positional argument of a NumPy function is `out`."""
    if isinstance(function, np.ufunc):
        return function.nin
    positional = signature_of(function).positional
    return positional.index("out") if "out" in positional else None


def _fits(given: str, wanted: str) -> bool:
    """Whether NumPy writes numbers of one dtype into an array of another by itself."""
    return not given or not wanted or np.can_cast(given, wanted, "same_kind")


def _is_none(term: Term) -> bool:
    return isinstance(term.type, Known) and term.type.value is None


def _is_true(term: Term) -> bool:
    return literal(term.expr) is True


def _load(node: ast.expr) -> ast.expr:
    loaded: ast.expr = clone(node)
    for child in ast.walk(loaded):
        if hasattr(child, "ctx"):
            child.ctx = ast.Load()
    return loaded


def _in_order(part: ast.Slice) -> bool:
    """Whether a slice without a step surely ends behind its start."""
    if part.step is not None:
        return False
    try:
        ends = [ast.literal_eval(end) for end in (part.lower, part.upper) if end is not None]
    except ValueError:
        return len([end for end in (part.lower, part.upper) if end is not None]) < 2
    return len(ends) < 2 or (ends[0] <= ends[1] and (ends[0] < 0) == (ends[1] < 0))


def _is_in_list(base: Term, index: Term) -> bool:
    """Whether an index tells an object of a list, or of a list in it, and no part of an array."""
    item: Any = base.type
    for _ in index.items or (index,):
        if not isinstance(item, ListOf):
            return False
        item = item.item
    return True
