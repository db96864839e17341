"""Which names mean one array, so that a write through one is seen by all.

Every array value has a storage, named after the first value in it.  A view knows
how it was taken from its parent.  A write makes a new value of what is written,
and of everything that it is a view of; a view that is used after its storage has
been written is taken anew.  What may or may not share memory cannot be followed,
and is refused when it would matter.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from adgen.ir import Branch, Loop, Region, Stmt, dumped, is_within, name, names_in, walk
from adgen.paths import is_leaf, path_of
from adgen.rules.operations import Op
from adgen.staging.calls import closed_over
from adgen.staging.terms import Term
from adgen.types import Known, ListOf, Num, Seq, Type

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


class NeedCopy(Exception):
    """An argument that the function writes to: it is copied first."""

    def __init__(self, parameter: str) -> None:
        super().__init__(parameter)
        self.parameter = parameter


class View(NamedTuple):
    """How a value was taken from its parent: `op` with these operands."""

    parent: str
    op: Op
    bound: Mapping[str, Term]
    expr: ast.expr
    certain: bool


@dataclass
class Storages:
    """What staging knows of the arrays' memory."""

    views: dict[str, View] = field(default_factory=dict)
    # the storage of a value that a write has made, and of one that paths join in
    of: dict[str, str] = field(default_factory=dict)
    # the whole array's value when a view was taken or written
    seen: dict[str, str] = field(default_factory=dict)
    # storages that a value may share, depending on the path taken
    mixed: dict[str, dict[str, str]] = field(default_factory=dict)
    terms: dict[str, Term] = field(default_factory=dict)
    written: set[str] = field(default_factory=set)
    # the value that a write, or a change seen through a view, has made another of
    before: dict[str, str] = field(default_factory=dict)
    # the list that an array, or a list, has been put into
    inside: dict[str, str] = field(default_factory=dict)
    # lists whose elements other names still mean, and those whose elements are written to
    held: set[str] = field(default_factory=set)
    deep: set[str] = field(default_factory=set)
    # the lists, from before, that one may be which has a name where paths meet
    lists: dict[str, set[str]] = field(default_factory=dict)
    # elements taken from a list before it got other elements: they are what they were
    detached: set[str] = field(default_factory=set)

    def copy(self) -> Storages:
        return Storages(
            dict(self.views), dict(self.of), dict(self.seen), dict(self.mixed),
            dict(self.terms), set(self.written), dict(self.before), dict(self.inside),
            set(self.held), set(self.deep), dict(self.lists), set(self.detached),
        )  # fmt: skip

    def root(self, value: str) -> str:
        """The whole array that a value is a view of."""
        while value in self.views:
            value = self.views[value].parent
        return value

    def shape(self, value: str) -> list[str]:
        """How a value is taken from the whole array: the same before and after a write."""
        steps = []
        while value in self.views:
            view = self.views[value]
            operands = [dumped(t.expr) for t in list(view.bound.values())[1:]]
            steps.append(f"{view.op.name} {operands}")
            value = view.parent
        return steps

    def storage(self, value: str) -> str:
        root = self.root(value)
        return self.of.get(root, root)


def key_of(storage: str) -> str:
    """Under which key the environment has a storage's current whole array."""
    return f"@{storage}"


def has_memory(type_: Type) -> bool:
    """Whether values of a type have memory that can be written to."""
    return isinstance(type_, Num) and not type_.is_scalar


def is_array(term: Term) -> bool:
    """Whether a value has memory that can be written to."""
    return has_memory(term.type)


class Memory:
    """Follows reads and writes of arrays, for a stager."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager

    @property
    def known(self) -> Storages:
        return self.stager.storages

    # -- reading ------------------------------------------------------------------

    def note_view(self, target: str, op: Op, bound: Mapping[str, Term], expr: ast.expr) -> None:
        """A gate has given what may be a view of its first operand."""
        how = self.aliasing(op, bound, self.stager.types[target])
        if how == "view" and _asks_for_order(expr):
            how = "maybe"
        parent = next(iter(bound.values()))
        if isinstance(parent.type, ListOf) and not self.is_element_or_same(target, op, bound):
            return
        if how == "copy" or not isinstance(parent.expr, ast.Name):
            return
        certain = how == "view"
        self.known.views[target] = View(parent.expr.id, op, bound, expr, certain)
        self.known.seen[target] = self.current(self.known.storage(target))
        if parent.expr.id in self.known.mixed:
            self.known.mixed[target] = self.known.mixed[parent.expr.id]

    def rename(self, value: str, known_as: str) -> None:
        """A gate's value gets another name."""
        if value in self.known.mixed:
            self.known.mixed[known_as] = self.known.mixed[value]

    def current(self, storage: str) -> str:
        """The value that the whole array of a storage has now."""
        term = self.stager.env.get(key_of(storage))
        return term.expr.id if term and isinstance(term.expr, ast.Name) else storage

    def detach(self, value: str) -> None:
        """A value is no view any more, but an object of its own."""
        self.known.views.pop(value, None)
        self.known.seen.pop(value, None)

    def is_stale(self, value: str) -> bool:
        """Whether the array has been written to since this value was made."""
        storage = self.known.storage(value)
        seen = self.known.seen.get(value, value)
        return self.current(storage) != seen

    def fresh(self, author: str | None, term: Term, node: ast.AST) -> Term:
        """The value that a term has now."""
        if term.columns:
            now = tuple(self.fresh(None, column, node) for column in term.columns)
            return replace(term, expr=now[0].expr, columns=now)
        if not isinstance(term.expr, ast.Name) or not is_array(term):
            return term
        value = term.expr.id
        self.note_use(value, node)
        if value in self.known.detached:
            return term
        for storage, seen in self.known.mixed.get(value, {}).items():
            if self.current(storage) != seen:
                raise self.stager.refuse(
                    node,
                    "this array may share memory with one that has been written to",
                    help="make it an array of its own with .copy()",
                )
        if not self.is_stale(value):
            return term
        view = self.known.views.get(value)
        if view is None:
            return self.stager.env[key_of(self.known.storage(value))]
        if not view.certain:
            raise self.stager.refuse(
                node,
                f"`{ast.unparse(node)}` may be a view of an array that has been written to since",
                help="make it an array of its own with .copy()",
            )
        parent = self.fresh(None, self.term_of(view.parent), node)
        return self.retaken(value, view, parent)

    def term_of(self, value: str) -> Term:
        return self.known.terms.get(value) or Term(name(value), self.stager.types[value], True)

    def retaken(self, author: str, view: View, parent: Term) -> Term:
        """The same view of the array as it is now; nothing needs to be printed for it."""
        bound = {**view.bound, next(iter(view.bound)): parent}
        made = self.stager.gates.virtual(author, view.op, bound, view)
        assert isinstance(made.expr, ast.Name)
        self.known.before[made.expr.id] = author
        return made

    def aliasing(self, op: Op, bound: Mapping[str, Term], made: Type) -> str:
        """Whether an operation gives a "view", a "copy", or "maybe" either."""
        how = op.general.aliases
        parent = next(iter(bound.values()))
        value = parent.expr.id if isinstance(parent.expr, ast.Name) else ""
        if how == "index":
            of_view = self.known.views.get(value)
            basic = is_basic(bound["index"]) and not (of_view and of_view.op.general.hands_out)
            return "view" if basic else "copy"
        if how == "real":
            kind = getattr(parent.type, "kind", "")
            return "copy" if kind == "c" else "view" if kind else "maybe"
        if how == "dtype":
            mine = [t.dtype for t in (parent.type, made) if isinstance(t, Num)]
            unlike = len(mine) < 2 or not all(mine)
            return "maybe" if unlike else "view" if mine[0] == mine[1] else "copy"
        if how == "layout" and "order" in bound:
            return "maybe"
        if how == "layout":
            return "view" if self.is_contiguous(value) else "maybe"
        return how or "copy"

    def is_contiguous(self, value: str) -> bool:
        """Whether an array's elements certainly lie one after the other, as C has them."""
        view = self.known.views.get(value)
        if view is not None:
            how = view.op.general.aliases
            lies = how in ("layout", "index") and (how == "layout" or _is_leading(view.bound))
            return (view.certain and lies or view.op.name == "copy") and self.is_contiguous(
                view.parent
            )
        storage = self.known.of.get(value, value)
        gate, type_ = self.stager.defined.get(storage), self.stager.types.get(storage)
        if gate is None or gate.op is None or not isinstance(type_, Num) or type_.dims is None:
            return False
        if self.known.views.get(storage) is not None or storage in self.known.mixed:
            return False
        if len(type_.dims) == 1:
            return True
        if "order" in gate.operands or _asks_for_order(gate.expr):
            return False
        if gate.op.general.in_order:
            return True
        operands = [n for e in gate.operands.values() for n in names_in(e)]
        arrays = [n for n in operands if isinstance(t := self.stager.types.get(n), Num)
                  and (t.dims is None or len(t.dims) > 1)]  # fmt: skip
        return gate.op.kind == "elementwise" and all(map(self.is_contiguous, arrays))

    # -- writing --------------------------------------------------------------------

    def write(self, base: Term, after: Term, node: ast.AST) -> None:
        """`after` is what `base` has become: so have the arrays that it is a view of."""
        assert isinstance(base.expr, ast.Name) and isinstance(after.expr, ast.Name)
        value, made = base.expr.id, after.expr.id
        self.check_writable(value, node)
        view = self.known.views.get(value)
        if view is not None and self.is_element(value):
            if value in self.known.detached:
                raise self.refuse_shared(node)
            self.deepened(self.term_of(view.parent), node)
        storage = self.known.storage(value)
        self.known.written.add(storage)
        self.known.terms[made] = after
        self.known.before[made] = value
        if view is None:
            self.known.of[made] = storage
            self.stager.env[key_of(storage)] = after
            return
        if not view.certain:
            raise self.stager.refuse(
                node,
                "this writes through what may be a view or a copy",
                help="write into the array itself",
            )
        parent = self.term_of(view.parent)
        if self.is_stale(view.parent):
            parent = self.fresh(None, parent, node)
        whole = self.stager.gates.put_back(view, parent, after, node)
        self.write(parent, whole, node)
        assert isinstance(whole.expr, ast.Name)
        bound = {**view.bound, next(iter(view.bound)): whole}
        self.known.views[made] = View(whole.expr.id, view.op, bound, view.expr, True)
        self.known.seen[made] = self.current(storage)

    def check_writable(self, value: str, node: ast.AST) -> None:
        storage = self.known.storage(value)
        if storage in self.known.inside:
            raise self.stager.refuse(
                node,
                "what is written to here has been put into a list, and changes there, too",
                help="put a copy into the list, with .copy()",
            )
        for shared in (storage, *self.known.mixed.get(value, {})):
            if shared in self.stager.inputs or is_leaf(shared):
                raise NeedCopy(path_of(shared))
        if self.known.mixed.get(value) or not self.is_own(storage):
            raise self.stager.refuse(
                node,
                "what this write changes depends on the path taken, or is not the function's own",
                help="make it an array of its own with .copy()",
            )

    def is_own(self, storage: str) -> bool:
        """Whether the function made the array: not a module's, and not known too little of."""
        return ":" in storage

    # -- lists of arrays and of lists -----------------------------------------------

    def is_element_or_same(self, target: str, op: Op, bound: Mapping[str, Term]) -> bool:
        """Whether what a list gives is an object in it, or the list itself: a slice is neither."""
        if "index" not in bound:
            return op.name == "copy"
        sliced = isinstance(self.stager.types[target], ListOf) and _ends_in_slice(bound["index"])
        return not sliced

    def put(self, value: Term, whole: Term, node: ast.AST, often: bool = False) -> None:
        """An array or list is now an element, besides whatever name it has."""
        if not isinstance(value.expr, ast.Name) or not is_array(value):
            return
        assert isinstance(whole.expr, ast.Name)
        mine = self.known.storage(whole.expr.id)
        storage = self.known.storage(value.expr.id)
        self.stager.flow.repeats.check_put(storage, node)
        if often or storage in self.known.inside or value.expr.id in self.known.views:
            self.hold(mine, node)
            if storage in self.known.inside:
                self.hold(self.known.inside[storage], node)
        for other in {storage, *self.known.mixed.get(value.expr.id, {})} - {mine}:
            self.known.inside[other] = mine
            if mine in self.known.deep:
                self.check_element(other, node)
            if other != storage:
                self.hold(mine, node)
        if storage == mine:
            self.hold(mine, node)

    def share(self, part: Term, whole: Term, node: ast.AST) -> None:
        """A list has got the elements of another: arrays or lists in it are in both."""
        if not isinstance(part.expr, ast.Name) or not isinstance(whole.expr, ast.Name):
            return
        type_ = part.num
        objects = isinstance(type_, ListOf) and type_.holds_objects
        if objects:
            self.hold(self.known.storage(part.expr.id), node)
            self.hold(self.known.storage(whole.expr.id), node)
        elif type_ is not None and not isinstance(type_, ListOf) and type_.ndim != 1:
            self.put(part, whole, node)

    def hold(self, storage: str, node: ast.AST) -> None:
        """Elements of a list have other names, so that writes to them cannot be followed."""
        if storage in self.known.deep:
            raise self.refuse_shared(node)
        self.known.held.add(storage)

    def deepened(self, whole: Term, node: ast.AST) -> None:
        """An element of a list has been written to."""
        assert isinstance(whole.expr, ast.Name)
        storage = self.known.storage(whole.expr.id)
        lists = {storage, *self.known.lists.get(storage, ())}
        if lists & self.known.held:
            raise self.refuse_shared(node)
        self.known.deep |= lists
        for inner, outer in self.known.inside.items():
            if outer in lists:
                self.check_element(inner, node)

    def check_element(self, storage: str, node: ast.AST) -> None:
        """What is written to in a list is the function's own."""
        self.stager.flow.repeats.check_deep(storage, node)
        if storage in self.stager.inputs or is_leaf(storage):
            raise NeedCopy(path_of(storage))
        if not self.is_own(storage):
            raise self.refuse_shared(node)

    def restructured(self, whole: Term) -> None:
        """A list has got other elements: those taken from it before are what they were."""
        assert isinstance(whole.expr, ast.Name)
        storage = self.known.storage(whole.expr.id)
        for value in self.known.views:
            if self.known.storage(value) == storage and self.is_element(value):
                self.known.detached.add(value)

    def is_element(self, value: str) -> bool:
        """Whether a value is an element of a list, or part of one."""
        while value in self.known.views:
            view = self.known.views[value]
            parent = self.stager.types.get(view.parent)
            if view.op.name != "copy" and isinstance(parent, ListOf):
                return True
            value = view.parent
        return False

    def note_use(self, value: str, node: ast.AST) -> None:
        """A name is read that means an element of a list."""
        storage = self.known.storage(value)
        if storage in self.known.inside:
            self.hold(self.known.inside[storage], node)
        if value in self.known.detached:
            self.hold(storage, node)

    def refuse_shared(self, node: ast.AST) -> Exception:
        return self.stager.refuse(
            node,
            "an element of a list is written to that has another name, too",
            help="put a copy into the list, with .copy()",
        )

    def firsts(self) -> dict[str, str]:
        """What arrays become by writes to them, and the first value of each."""
        return {value: self.first(value) for value in (*self.known.before, *self.known.of)}

    def first(self, value: str) -> str:
        """The value that an array had under the name that it has."""
        if value in self.known.of:
            return self.known.of[value]
        while value in self.known.before:
            value = self.known.before[value]
        return value

    def pinned(self) -> frozenset[str]:
        """The values of arrays that are written to."""
        known = self.known
        arrays = [(v, t) for v, t in self.stager.types.items() if isinstance(t, Num)]
        return frozenset(v for v, t in arrays if self.is_changed(known.storage(v), t))

    def traced(self, body: tuple[Stmt, ...]) -> dict[str, str]:
        """The array of each value, for arrays that are written to and always the same one."""
        known = self.known
        if not known.written:
            return {}
        together = self.together(body)
        found = {}
        for value, type_ in self.stager.types.items():
            if not has_memory(type_) or not self.is_followed(value):
                continue
            storage = known.storage(value)
            if storage in known.written and len(together.get(storage, {storage})) == 1:
                found[value] = storage
        return found

    def is_followed(self, value: str) -> bool:
        """Whether a value is an array, or certainly a view of one, that no list has part in."""
        known, storage = self.known, self.known.storage(value)
        lists = known.held | known.deep | known.inside.keys()
        while True:
            if value in known.mixed or isinstance(self.stager.types.get(value), ListOf):
                return False
            if value not in known.views:
                return storage not in lists and value not in lists
            if not known.views[value].certain:
                return False
            value = known.views[value].parent

    def overwritten(self, body: tuple[Stmt, ...], regions: Mapping[str, Region]) -> frozenset[str]:
        """The array values that a later write has destroyed, or may have."""
        found = set()
        together, behind = self.together(body), _loops_behind(body)
        for value, type_ in self.stager.types.items():
            if not isinstance(type_, Num) or type_.is_scalar:
                continue
            storage = self.known.storage(value)
            if self.is_element(value) and storage not in self.known.deep:
                continue  # an object in a list stays what it is
            if self.known.inside.get(storage) in self.known.deep:
                found.add(value)  # the list that it was put into is written through
                continue
            home = regions.get(value, ())
            others = together.get(storage, set()) - {storage}
            written = [s for s in others if self.is_changed(s, type_)]
            if value in behind:
                written = [s for s in written if not self._is_done(s, regions, behind[value])]
            if not all(self._is_younger(s, regions, home) for s in written):
                found.add(value)
            if storage not in self.known.written:
                continue
            seen = self.known.seen.get(value, value)
            if regions.get(value, ()) or self.current(storage) != seen:
                found.add(value)
        return frozenset(found)

    def _is_done(self, storage: str, regions: Mapping[str, Region], loop: Region) -> bool:
        """Whether all writes into an array are those of a loop's trips, which have ended."""
        values = [v for v in self.stager.types if self.known.storage(v) == storage]
        return all(is_within(regions[v], loop) for v in values if v in regions)

    def _is_younger(self, storage: str, regions: Mapping[str, Region], home: Region) -> bool:
        """Whether each trip of a loop makes this array anew, after what stands before."""
        own = regions.get(storage, ())
        in_loop = any(kind == "loop" for kind, _ in own)
        return in_loop and storage in self.stager.defined and is_within(own, home)

    def is_changed(self, storage: str, type_: Num) -> bool:
        """Whether a storage is written to; for what is in a list, whether such elements are."""
        whole = self.stager.types.get(storage)
        if isinstance(whole, ListOf) and not isinstance(type_, ListOf):
            return storage in self.known.deep
        return storage in self.known.written

    def together(self, body: tuple[Stmt, ...]) -> dict[str, set[str]]:
        """For storages that are one array on some path, or in some trip: all of these."""
        groups: dict[str, set[str]] = {}

        def join(*exprs: ast.expr | None) -> None:
            values = [e.id for e in exprs if isinstance(e, ast.Name)]
            types = {v: self.stager.types.get(v) for v in values}
            arrays = [v for v, t in types.items() if isinstance(t, Num) and not t.is_scalar]
            whole: set[str] = set()
            for storage in map(self.known.storage, arrays):
                whole |= groups.get(storage, {storage})
            groups.update(dict.fromkeys(whole, whole))

        for stmt in walk(body):
            if isinstance(stmt, Branch):
                for merge in stmt.merges:
                    join(name(merge.target), merge.then, merge.orelse)
            elif isinstance(stmt, Loop):
                for carried in stmt.carried:
                    join(name(carried.inner), carried.start, carried.next, name(carried.after))
        return groups

    # -- where paths meet -----------------------------------------------------------

    def join(
        self, target: str, env: Mapping[str, Term], author: str, *sources: Term | None
    ) -> None:
        """A name is one of several arrays that other names may mean."""
        self.meet(target, author, *((source, env) for source in sources))

    def meet(
        self, target: str, author: str, *sources: tuple[Term | None, Mapping[str, Term]]
    ) -> None:
        """A name is one of several arrays, each with what names mean there: whose memory may it
        be?"""
        values = [(s.expr.id, env) for s, env in sources
                  if s is not None and isinstance(s.expr, ast.Name) and is_array(s)]  # fmt: skip
        types = self.stager.types
        lists = {self.known.storage(v) for v, _ in values if isinstance(types.get(v), ListOf)}
        for one in list(lists):
            lists |= self.known.lists.get(one, set())
        if lists:
            self.known.lists[target] = lists
        self.may_be(target, [v for v, env in values if not self.is_exclusive(v, author, env)])

    def may_be(self, target: str, values: Iterable[str]) -> None:
        """An array may be, or be a view of, each of these."""
        shared: dict[str, str] = {}
        for value in values:
            storage = self.known.storage(value)
            if self.is_element(value):
                self.hold(storage, self.stager.definition.tree)
                continue
            shared[storage] = self.current(storage)
            shared |= self.known.mixed.get(value, {})
        if shared:
            self.known.mixed[target] = shared

    def memory_of(self, term: Term) -> set[str]:
        """The storages that an array may be in."""
        if not isinstance(term.expr, ast.Name) or not is_array(term):
            return set()
        return {self.known.storage(term.expr.id), *self.known.mixed.get(term.expr.id, {})}

    def is_exclusive(self, value: str, author: str, env: Mapping[str, Term]) -> bool:
        """Whether no other name can see this array."""
        storage = self.known.storage(value)
        if storage in self.known.inside:
            return False
        if storage in self.stager.inputs or is_leaf(storage):
            return False
        if any(step != "copy []" for step in self.known.shape(value)):
            return False
        if value in self.known.mixed:
            return False
        return not any(
            other != author and not other.startswith("@") and self.sees(term, storage)
            for other, term in env.items()
        )

    def taken_from(self, value: str) -> Iterator[str]:
        """A view, and those that it is a view of, up to the whole array."""
        while value in self.known.views:
            yield value
            value = self.known.views[value].parent

    def sees(self, term: Term, storage: str) -> bool:
        """Whether a value may be, hold, or be a view of what is in a storage."""
        if term.items is not None and any(self.sees(item, storage) for item in term.items):
            return True
        if isinstance(term.type, Known) and self._is_closed_over(term.type.value, storage):
            return True
        if not isinstance(term.expr, ast.Name) or not is_array(term):
            return False
        value = term.expr.id
        return self.known.storage(value) == storage or storage in self.known.mixed.get(value, {})

    def _is_closed_over(self, function: object, storage: str) -> bool:
        """Whether a function reads an array under a name of a call that has ended."""
        ended = self.stager.calls.ended
        return any(
            self.sees(term, storage)
            for call in closed_over(function)
            for term in ended.get(call, {}).values()
            if not isinstance(term.type, Known)
        )


def _loops_behind(body: tuple[Stmt, ...]) -> dict[str, Region]:
    """The loops that run once, by the values that their names have behind them."""
    loops = [stmt for stmt in body if isinstance(stmt, Loop)]
    return {c.after: (("loop", loop.key),) for loop in loops for c in loop.carried}


def _ends_in_slice(index: Term) -> bool:
    last = index.items[-1] if index.items and _kind(index) == "tuple" else index
    return _kind(last) == "slice"


def _kind(term: Term) -> str:
    return term.type.kind if isinstance(term.type, Seq) else ""


def is_basic(index: Term) -> bool:
    """Whether an index is made of integers, slices, None and `...` alone."""
    type_ = index.type
    if isinstance(type_, Seq):
        if type_.kind == "slice":
            return True
        if type_.kind != "tuple" or index.items is None:
            return False
        return all(is_basic(item) for item in index.items)
    if isinstance(type_, Known):
        return True
    return isinstance(type_, Num) and type_.is_scalar and type_.kind == "i"


def _asks_for_order(expr: ast.expr) -> bool:
    """Whether a call says how elements are to lie in memory."""
    return isinstance(expr, ast.Call) and any(k.arg == "order" for k in expr.keywords)


def _is_leading(bound: Mapping[str, Term]) -> bool:
    """Whether an index names neighbours: `A[i]`, `A[i, 1:3]`, `A[1:3]`."""
    index = bound["index"]
    parts = index.items if isinstance(index.type, Seq) and index.type.kind == "tuple" else (index,)
    *before, last = parts or ()
    single = all(isinstance(p.type, Num) and p.type.is_scalar for p in before)
    return single and (isinstance(last.type, Num) or _in_ones(last.type))


def _in_ones(type_: object) -> bool:
    """Whether a slice leaves nothing out between its ends."""
    return isinstance(type_, Seq) and type_.kind == "slice" and type_.items[2] == Known(None)
