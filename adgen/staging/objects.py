"""Dicts and objects: what each key or attribute holds, followed while compiling.

A dict or object is a cell; a name for it refers to the cell, so that two names
for one object see each other's writes.  What it holds are values like any other,
kept in the environment under keys of their own (`#1/'W'`), so that branches and
loops join them as they join names.  Nothing is printed for a cell: reading
`state["x"]` reads the value that was put there, and where the author writes to
an argument, the caller's object stays as it was.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import FunctionType, WrapperDescriptorType
from typing import TYPE_CHECKING, Any, NamedTuple

from adgen.ir import hint, name
from adgen.paths import is_leaf, leaf_name, leaf_of
from adgen.staging.adopted import Adopted
from adgen.staging.constructors import Constructors
from adgen.staging.dicts import SPECIAL, Dicts
from adgen.staging.joins import is_either
from adgen.staging.terms import Given, Site, Term
from adgen.types import BOOL, Cell, Known, Record, Ref, Seq, step

if TYPE_CHECKING:
    from adgen.staging.stager import Stager
from adgen.staging.cells import CELL, method_of, refers

# what the key of a dict may be made of for an assignment to be named after it
PLAIN = (ast.Name, ast.Constant, ast.BinOp, ast.operator, ast.expr_context, ast.JoinedStr,
         ast.FormattedValue)  # fmt: skip


class NeedEntry(Exception):
    """A missing entry that one path, or a trip, makes by reading it: it has to be there before."""

    def __init__(self, site: Site, key: Any) -> None:
        super().__init__(site, key)
        self.site = site
        self.key = key


class Factory(NamedTuple):
    """What makes the missing entries of a `defaultdict`, and where that was made."""

    make: Callable[[], Term]
    site: Site
    depth: int
    # whether an entry that was read is there from then on; in a `Counter` it is not
    keeps: bool


class Objects:
    """Reads and writes what dicts and objects hold, for a stager."""

    def __init__(self, stager: Stager, foreseen: dict[Site, list[Any]]) -> None:
        """`foreseen` are the keys of entries that paths make of dicts, by where these are made."""
        self.stager = stager
        self.foreseen = foreseen
        # the entries that have been written to, one after the other
        self.written: list[str] = []
        # by the cell of a `defaultdict`
        self.factories: dict[str, Factory] = {}
        # for names of values: what the author calls the object
        self.names: dict[str, str] = {"return ": "out"}
        # cells for a function's names, which go by these alone
        self.scopes: set[str] = set()
        # cells that stand for one of several others, as the data have chosen
        self.chosen: dict[str, tuple[str, ...]] = {}
        # cells made anew where paths meet, for the name that they are joined under
        self.stands_for: dict[str, str] = {}
        # the arguments, by cell
        self.given: dict[str, str] = {}
        self.adopted = Adopted(stager)
        self.constructors = Constructors(stager, self)
        self.dicts = Dicts(stager, self)

    # -- cells --------------------------------------------------------------------

    def new(self, cls: type, entries: Mapping[Any, Term], author: str = "") -> Term:
        """A new dict or object that holds these terms."""
        stager = self.stager
        stager.counts[CELL] = stager.counts.get(CELL, 0) + 1
        cell = f"{CELL}{stager.counts[CELL]}"
        self.names[cell] = author or stager.hint
        term = Term(name(cell), Ref(cls, cell), varied=True)  # what it will hold is not known
        self.fill(cell, cls, entries)
        return term

    def new_kept(self, cls: type, entries: Mapping[Any, Term]) -> Term:
        """A dict or object as it stands in a list that has what it holds in columns."""
        term = self.new(cls, entries)
        assert isinstance(term.type, Ref)
        self.keep(term.type.cell)
        return term

    def keep(self, cell: str) -> None:
        """A dict or object has to stay as it is from here on."""
        self.set_cell(cell, replace(self.cell(cell), kept=True))

    def is_scope(self, made: Term) -> None:
        """A cell holds names of a function."""
        assert isinstance(made.type, Ref)
        self.scopes.add(made.type.cell)

    def fill(self, cell: str, cls: type, entries: Mapping[Any, Term]) -> None:
        """Let a cell hold these terms."""
        self.set_cell(cell, Cell(cls, tuple(entries)))
        for key, entry in entries.items():
            self.stager.env[self.entry(cell, key)] = entry

    def argument(self, value: str, record: Record, items: Sequence[Term]) -> Term:
        """The cell of an argument."""
        base, keys = leaf_of(value)
        author = leaf_name(hint(base), keys)
        term = self.new(record.cls, dict(zip(record.keys, items, strict=True)), author)
        assert isinstance(term.type, Ref)
        self.given[term.type.cell] = value
        return term

    @staticmethod
    def entry(cell: str, key: Any) -> str:
        """Under which key the environment has what a cell holds."""
        return f"{cell}/{key!r}"

    def cell(self, cell: str) -> Cell:
        """Which keys a dict or object has."""
        header = self.stager.env[cell].type
        assert isinstance(header, Cell)
        return header

    def keys(self, term: Term, node: ast.AST) -> tuple[Any, ...]:
        """The keys of a dict, or the attributes of an object, in their order."""
        assert isinstance(term.type, Ref)
        header = self.cell(term.type.cell)
        if header.perhaps or not header.ordered:
            raise self._depends(term, node)
        return header.keys

    def _depends(self, term: Term, node: ast.AST) -> Exception:
        assert isinstance(term.type, Ref)
        self.stager.parted.ask(term.type.cell)
        if term.type.cls is list:
            return self.stager.refuse(
                node,
                "how many elements this list has depends on the path taken",
                help="let every path put as many into it",
            )
        return self.stager.refuse(
            node,
            f"which keys this {term.type.cls.__name__} has depends on the path taken",
            help="give it the same keys on every path",
        )

    def set_cell(self, cell: str, header: Cell) -> None:
        """Let a cell have these keys; what they hold is for the caller to put there."""
        self.stager.env[cell] = Term(ast.Constant(None), header)

    def may_have(self, cell: str, key: Any) -> None:
        """Some trips of a loop give a cell a key that it may not have before."""
        header = self.cell(cell)
        if key not in (*header.keys, *header.perhaps):
            self.set_cell(cell, replace(header, perhaps=(*header.perhaps, key)))

    def make_missing(
        self, made: Term, node: ast.AST, make: Callable[[], Term], keeps: bool = True
    ) -> None:
        """Entries of a new dict that are missing are made like this; it `keeps` what is read.

        Those that paths make are there from the beginning, but perhaps not for who asks.
        """
        assert isinstance(made.type, Ref)
        cell, site = made.type.cell, self.stager.lists.site(node)
        self.factories[cell] = Factory(make, site, self.stager.flow.depth, keeps)
        for key in self.foreseen.get(site, ()):
            if key not in self.cell(cell).keys:
                self.may_have(cell, key)
                self.stager.env[self.entry(cell, key)] = make()

    def term(self, cell: str) -> Term:
        """The dict or object that a cell is."""
        return Term(name(cell), Ref(self.cell(cell).cls, cell))

    def entries(self, term: Term, node: ast.AST) -> dict[Any, Term]:
        """All that a cell holds, as it is now."""
        return {key: self.read(term, key, node) for key in self.keys(term, node)}

    def has(self, term: Term, key: Any, node: ast.AST) -> bool:
        """Whether a cell has a key, where that is the same on all paths."""
        assert isinstance(term.type, Ref)
        header = self.cell(term.type.cell)
        if key in header.perhaps:
            raise self._depends(term, node)
        return key in header.keys

    def is_missing(self, term: Term, key: Any) -> bool:
        """Whether a dict has a key on no path, and makes none when it is asked."""
        assert isinstance(term.type, Ref)
        header = self.cell(term.type.cell)
        known = key in header.keys or key in header.perhaps
        return not known and term.type.cell not in self.factories

    def read(self, term: Term, key: Any, node: ast.AST) -> Term:
        """What a cell holds under a key."""
        stager = self.stager
        assert isinstance(term.type, Ref)
        if key not in self.cell(term.type.cell).perhaps and not self.has(term, key, node):
            if term.type.cell not in self.factories:
                raise stager.refuse(node, f"`{ast.unparse(node)}` has no value here")
            factory = self.factories[term.type.cell]
            if stager.flow.depth > factory.depth:
                raise NeedEntry(factory.site, key)
            made = factory.make()
            if not factory.keeps:
                return made
            self.write(term, key, made, node)
        at = self.entry(term.type.cell, key)
        if at not in stager.env:
            stager.parted.ask(term.type.cell)
            raise stager.refuse(node, f"`{ast.unparse(node)}` has no value on every path here")
        found = self.adopted.as_read(term.type.cell, key, stager.env[at], node)
        stager.env[at] = found = stager.memory.fresh(at, found, node)
        return found

    def alike(self, term: Term, node: ast.AST) -> Term:
        """An object that holds the same, and that no name means."""
        if not isinstance(term.type, Ref) or term.type.cls in (dict, list):
            return term
        return self.new(term.type.cls, self.entries(term, node))

    def note_chosen(self, found: Term, among: Sequence[Term]) -> None:
        """What has been found stands for some of these objects, which may have names still."""
        cells = [term.type.cell for term in among if isinstance(term.type, Ref)]
        cells += [other for cell in cells for other in self.chosen.get(cell, ())]
        if any(map(self.is_alive, cells)):
            made = [term.type for term in (found, *(found.items or ()))]
            self.chosen |= {type_.cell: tuple(cells) for type_ in made if isinstance(type_, Ref)}

    def check_chosen(self, cell: str, node: ast.AST) -> None:
        """An object that is changed is the same in every run, and in no list's columns."""
        if self.cell(cell).kept:
            raise self.stager.refuse(
                node, "this changes a dict or object that is in a list",
                help="change it before it is put into the list, or put a copy there",
            )  # fmt: skip
        stand_ins = [one for one, cells in self.chosen.items() if cell in cells]
        if cell in self.chosen or any(map(self.is_alive, stand_ins)):
            for one in (cell, *stand_ins):
                self.stager.parted.ask(one)
            raise self.stager.refuse(
                node,
                "this changes an object that the data may have chosen among others",
                help="change it before one is chosen, or make a new one",
            )

    def write(self, term: Term, key: Any, value: Term, node: ast.AST) -> None:
        """Put a value under a key of a cell."""
        assert isinstance(term.type, Ref)
        self.check_chosen(term.type.cell, node)
        header = self.cell(term.type.cell)
        if key not in header.keys:
            # what some paths had already stands earlier there
            perhaps = tuple(k for k in header.perhaps if k != key)
            ordered = header.ordered and key not in header.perhaps
            keys = (*header.keys, key)
            self.set_cell(term.type.cell, Cell(header.cls, keys, perhaps, ordered, header.kept))
        self.stager.env[self.entry(term.type.cell, key)] = value
        self.written.append(self.entry(term.type.cell, key))
        self.adopted.write(term.type.cell, key, value, node)

    def remove(self, term: Term, key: Any, node: ast.AST) -> Term:
        """Take a key out of a dict."""
        found = self.read(term, key, node)
        assert isinstance(term.type, Ref)
        self.check_chosen(term.type.cell, node)
        header = self.cell(term.type.cell)
        if key in header.perhaps:
            raise self._depends(term, node)
        keys = tuple(k for k in header.keys if k != key)
        self.set_cell(term.type.cell, replace(header, keys=keys))
        del self.stager.env[self.entry(term.type.cell, key)]
        return found

    def slot(self, at: str) -> str:
        """The name for values of an entry: `state_x` for `state["x"]`."""
        holder, key = at.split("/", 1)
        holder = self.stands_for.get(holder, holder)
        author = self.names.get(holder) or self.stager.own_name(holder.split(" ")[0])
        words = re.findall(r"\w+", key)
        wanted = "_".join(words if holder in self.scopes else [author, *words])
        return self.stager.unique(wanted, (holder, author, key))

    def is_alive(self, cell: str) -> bool:
        """Whether anything means a dict or object still."""
        if not cell.startswith(CELL):
            return True
        held = [t for key, t in self.stager.env.items() if not key.startswith(f"{cell}/")]
        return any(refers(term, cell) for term in held)

    def display(self, term: Term, node: ast.AST) -> ast.expr:
        """How a cell is written as a whole, for what only looks at it."""
        assert isinstance(term.type, Ref)
        cell = term.type.cell
        entries = self.entries(term, node)
        if cell in self.given and self._is_untouched(self.given[cell], entries, term.type.cls):
            return name(self.given[cell])
        parts = [self.spelled(entry, node) for entry in entries.values()]
        if term.type.cls is dict:
            return ast.Dict([ast.Constant(key) for key in entries], list(parts))
        if term.type.cls is list:
            return ast.List(list(parts), ast.Load())
        known_as = self.stager.class_name(term.type.cls)
        if dataclasses.is_dataclass(term.type.cls):
            keywords = [ast.keyword(k, part) for k, part in zip(entries, parts, strict=True)]
            return ast.Call(name(known_as), [], keywords)
        raise self.stager.refuse(
            node, f"a whole {term.type.cls.__name__} is used here", help="use its attributes"
        )

    def spelled(self, term: Term, node: ast.AST) -> ast.expr:
        """A term's expression, with cells written out."""
        if isinstance(term.type, Ref):
            return self.display(term, node)
        if isinstance(term.expr, ast.Tuple | ast.List) and term.items is not None:
            return type(term.expr)([self.spelled(t, node) for t in term.items], ast.Load())
        return term.expr

    def _is_untouched(self, value: str, entries: Mapping[Any, Term], cls: type) -> bool:
        """Whether an argument still holds what the caller has put there."""
        for key, entry in entries.items():
            leaf = value + step(cls, key)
            if isinstance(entry.type, Ref):
                if self.given.get(entry.type.cell) != leaf:
                    return False
            elif isinstance(entry.expr, ast.Name) and entry.expr.id != leaf:
                return False
        return True

    # -- attributes -----------------------------------------------------------------

    def attribute(self, node: ast.Attribute, base: Term, into: str | None) -> Term:
        """`base.attr` of an object."""
        stager = self.stager
        assert isinstance(base.type, Ref)
        cls = base.type.cls
        if cls is not dict and self.has(base, node.attr, node):
            return self.read(base, node.attr, node)
        found = inspect.getattr_static(cls, node.attr, None)
        stager.watch_attribute(cls, node.attr)
        if isinstance(found, property):
            return stager.invocations.helpers.author(node, found.fget, [base], {}, into)
        if isinstance(found, functools.cached_property):
            made = stager.invocations.helpers.author(node, found.func, [base], {}, into)
            self.write(base, node.attr, made, node)
            return made
        method = self.method(cls, node.attr, base)
        if method is not None:
            return Term(ast.Attribute(base.expr, node.attr, ast.Load()), Known(method))
        if found is None or cls is dict or inspect.isdatadescriptor(found):
            raise stager.refuse(node, f"`{ast.unparse(node)}` has no value here")
        known_as = stager.class_name(cls)
        return stager.constant(ast.Attribute(name(known_as), node.attr, ast.Load()), found)

    def field(self, node: ast.Attribute, base: Term, into: str | None) -> Term:
        """`base.attr` of a named tuple."""
        assert isinstance(base.type, Seq) and base.items is not None
        cls: Any = base.type.cls
        if node.attr in cls._fields:
            return self.stager.memory.fresh(None, base.items[cls._fields.index(node.attr)], node)
        found = inspect.getattr_static(cls, node.attr, None)
        self.stager.watch_attribute(cls, node.attr)
        if isinstance(found, property):
            return self.stager.invocations.helpers.author(node, found.fget, [base], {}, into)
        method = self.method(cls, node.attr, base)
        if method is None:
            raise self.stager.refuse(node, f"`{ast.unparse(node)}` has no value here")
        return Term(ast.Attribute(base.expr, node.attr, ast.Load()), Known(method))

    def item(self, node: ast.Subscript, base: Term, index: Term, into: str | None) -> Term:
        """`base[key]` of a dict, or of an object that says what that means."""
        assert isinstance(base.type, Ref)
        if base.type.cls is list:
            return self.stager.lists.placed.item(node, base, index)
        if base.type.cls is not dict:
            return self.special(node, "__getitem__", [base, index], {}, into)
        return self.read(base, self.dicts.static_key(index, node.slice), node)

    def assign_item(self, target: ast.Subscript, base: Term, value: Term) -> None:
        """`base[key] = value`."""
        assert isinstance(base.type, Ref)
        index = self.stager.expr(target.slice)
        if base.type.cls is dict:
            self.write(base, self.dicts.static_key(index, target.slice), value, target)
        elif base.type.cls is list:
            self.stager.lists.placed.assign(target, base, index, value)
        else:
            self.special(target, "__setitem__", [base, index, value], {}, None)

    def method(self, cls: type, attr: str, base: Term) -> Any:
        """The function that a class has under a name, with its object; or None."""
        found = inspect.getattr_static(cls, attr, None)
        if isinstance(found, staticmethod):
            return found.__func__
        if isinstance(found, classmethod):
            return method_of(found.__func__, Term(name(cls.__name__), Known(cls)))
        if isinstance(getattr(found, "py_func", found), FunctionType):
            return method_of(found, base)
        return None

    def assign_attribute(self, target: ast.Attribute, base: Term, value: Term) -> None:
        """`base.attr = value`."""
        stager = self.stager
        assert isinstance(base.type, Ref)
        cls = base.type.cls
        static = inspect.getattr_static(cls, target.attr, None)
        if isinstance(static, property):
            if static.fset is None:
                raise stager.refuse(target, f"`{target.attr}` is a property that cannot be set")
            stager.invocations.helpers.author(target, static.fset, [base, value], {}, None)
            return
        if not isinstance(inspect.getattr_static(cls, "__setattr__"), WrapperDescriptorType):
            raise stager.refuse(target, f"{cls.__name__} has a way of its own to set attributes")
        self.write(base, target.attr, value, target)

    def peek(self, node: ast.expr) -> Term | None:
        """The dict or object that an expression names, looked up without staging anything."""
        if self.adopted.terms and isinstance(node, ast.Name | ast.Attribute):
            shared = self.adopted.terms.get(id(self.stager.invocations.callees.static_object(node)))
            if shared is not None:
                return shared
        if isinstance(node, ast.Name):
            tables = [self.stager.env, *reversed(self.stager.parents)]
            term = next((t[node.id] for t in tables if node.id in t), None)
        else:
            term = self.entry_named(node)
        return term if term is not None and isinstance(term.type, Ref) else None

    def entry_named(self, node: ast.AST) -> Term | None:
        """The entry of a dict or object that an expression names, looked up in the same way."""
        match node:
            case ast.Attribute(value=value, attr=key):
                holder = self.peek(value)
            case ast.Subscript(value=value, slice=ast.Constant(value=key)):
                holder = self.peek(value)
            case _:
                return None
        return self._entry_of(holder, key) if holder is not None else None

    def _entry_of(self, holder: Term, key: Any) -> Term | None:
        assert isinstance(holder.type, Ref)
        return self.stager.env.get(self.entry(holder.type.cell, key))

    def place(self, target: ast.expr) -> str | None:
        """Under which key the environment has what a target writes to, where that is plain."""
        match target:
            case ast.Attribute(value=value, attr=attr):
                holder, key = self.peek(value), attr
            case ast.Subscript(value=value, slice=key_node):
                holder = self.peek(value)
                if holder is None or holder.type.cls is not dict:  # type: ignore[union-attr]
                    return None
                if not all(isinstance(n, PLAIN) for n in ast.walk(key_node)):
                    return None
                key = self.dicts.static_key(self.stager.expr(key_node), key_node)
            case _:
                return None
        if holder is None:
            return None
        assert isinstance(holder.type, Ref)
        return self.entry(holder.type.cell, key)

    # -- methods ----------------------------------------------------------------------

    def call_method(
        self, node: ast.Call, func: ast.Attribute, base: Term, args: Sequence[Term],
        keywords: Mapping[str, Term], into: str | None,
    ) -> Term:  # fmt: skip
        """`base.method(...)`."""
        assert isinstance(base.type, Ref)
        if base.type.cls is dict:
            return self.dicts.method_of_dict(node, func.attr, base, args, keywords)
        if base.type.cls is list:
            return self.stager.lists.placed.method(node, func.attr, base, args, keywords)
        found = self.attribute(func, base, None)
        if isinstance(found.type, Ref):
            return self.special(node, "__call__", [found, *args], keywords, into)
        if not isinstance(found.type, Known) and not is_either(found):
            raise self.stager.refuse(func, f"`{ast.unparse(func)}` is not a function")
        return self.stager.invocations.applied(node, found, list(args), dict(keywords), into)

    def special(
        self, node: ast.AST, method: str, terms: Sequence[Term], keywords: Mapping[str, Term],
        into: str | None,
    ) -> Term:  # fmt: skip
        """What the object's own `__add__`, `__call__` or the like gives."""
        first = terms[0].type
        assert isinstance(first, Ref | Seq) and first.cls is not None
        found = inspect.getattr_static(first.cls, method, None)
        if not isinstance(found, FunctionType):
            raise self.stager.refuse(node, f"{first.cls.__name__} has no `{method}` to follow")
        self.stager.watch_attribute(first.cls, method)
        return self.stager.invocations.helpers.author(node, found, terms, keywords, into)

    def named_method(
        self, node: ast.Call, func: ast.Attribute, base: Term, args: Sequence[Term],
        keywords: Mapping[str, Term], into: str | None,
    ) -> Term:  # fmt: skip
        """A method of a named tuple."""
        assert isinstance(base.type, Seq) and base.type.cls is not None and base.items is not None
        cls: Any = base.type.cls
        held = dict(zip(cls._fields, base.items, strict=True))
        if func.attr == "_replace":
            return self.constructors.named_tuple(node, cls, [], held | dict(keywords))
        if func.attr == "_asdict":
            return self.new(dict, held)
        method = self.method(cls, func.attr, base)
        if method is None:
            raise self.stager.refuse(node, f"`{func.attr}` of a {cls.__name__} is not supported")
        callee = Term(name(func.attr), Known(method))
        return self.stager.invocations.applied(node, callee, list(args), dict(keywords), into)

    def operator(
        self, node: ast.expr, kind: type[ast.AST], terms: Sequence[Term], into: str | None
    ) -> Term:
        """An operator with an object among its operands."""
        if self.dicts.is_joined(kind, terms):
            made = self.new(dict, self.entries(terms[0], node))
            self.dicts.update(made, terms[1:], {}, node)
            return made
        classes = [_class(term) for term in terms]
        if kind is ast.NotEq and not any(_is_written(cls, "__ne__") for cls in classes):
            equal = self.operator(node, ast.Eq, terms, None)
            turned = ast.UnaryOp(ast.Not(), ast.copy_location(Given(equal), node))
            return self.stager.expr(ast.copy_location(turned, node))
        names = SPECIAL.get(kind)
        if names is None:
            raise self.stager.refuse(node, "this operator on an object is not supported")
        ways = [*zip(names, (terms, terms[::-1]), strict=False)]
        if len(ways) == 2 and _is_asked_first(classes, names[1]):
            ways.reverse()
        for method, order in ways:
            cls = _class(order[0])
            if self.compares_fields(cls, method, order):
                return self.by_fields(node, kind, terms)
            if _is_written(cls, method):
                return self.special(node, method, order, {}, into)
        same = self.compared(node, ast.Is, terms) if kind is ast.Eq else None
        if same is not None:
            return Term(ast.Constant(same), BOOL)
        raise self.stager.refuse(node, f"no operand has `{names[0]}`")

    def compares_fields(self, cls: type | None, method: str, terms: Sequence[Term]) -> bool:
        """Whether `dataclass` has made this comparison of two objects of one class."""
        if not dataclasses.is_dataclass(cls) or any(_class(term) is not cls for term in terms):
            return False
        made = inspect.getattr_static(cls, method, None)
        parameters = cls.__dataclass_params__  # type: ignore[attr-defined]
        asked = parameters.eq if method == "__eq__" else parameters.order
        return bool(asked) and isinstance(made, FunctionType) and _is_generated(made)

    def by_fields(self, node: ast.expr, kind: type[ast.AST], terms: Sequence[Term]) -> Term:
        """A comparison of two objects of a dataclass: of what they hold, as tuples."""
        sides: list[ast.expr] = []
        for term in terms:
            fields = dataclasses.fields(_class(term))  # type: ignore[arg-type]
            held = [self.read(term, field.name, node) for field in fields if field.compare]
            parts = [ast.copy_location(Given(part), node) for part in held]
            sides.append(ast.copy_location(ast.Tuple([*parts], ast.Load()), node))
        assert issubclass(kind, ast.cmpop)
        made = ast.Compare(sides[0], [kind()], [sides[1]])
        return self.stager.expr(ast.copy_location(made, node))

    def contains(self, node: ast.expr, kind: type[ast.AST], terms: Sequence[Term]) -> Term | None:
        """`v in o`, where the object tells it."""
        whole = terms[1]
        if kind not in (ast.In, ast.NotIn) or not isinstance(whole.type, Ref):
            return None
        if whole.type.cls in (dict, list) or not hasattr(whole.type.cls, "__contains__"):
            return None
        found = self.special(node, "__contains__", [whole, terms[0]], {}, None)
        if kind is ast.In:
            return found
        turned = ast.UnaryOp(ast.Not(), ast.copy_location(Given(found), node))
        return self.stager.expr(ast.copy_location(turned, node))

    def compared(self, node: ast.expr, kind: type[ast.AST], terms: Sequence[Term]) -> bool | None:
        """The truth of `key in d`, `a is b` or `a is None`, where it is known."""
        a, b = terms
        if kind in (ast.Is, ast.IsNot):
            if isinstance(a.type, Ref) and isinstance(b.type, Ref):
                cells = {a.type.cell, b.type.cell}
                if cells & self.chosen.keys() or any(self.cell(cell).kept for cell in cells):
                    raise self.stager.refuse(node, "which object this is, the data decide")
                return bool((a.type.cell == b.type.cell) == (kind is ast.Is))
            return kind is ast.IsNot if Known(None) in (a.type, b.type) else None
        if isinstance(b.type, Ref) and b.type.cls is dict:
            return self.has(b, self.dicts.static_key(a, node), node) == (kind is ast.In)
        raise self.stager.refuse(node, "what this is in is not known while compiling")

    # -- arguments that are written to ---------------------------------------------------

    def leaves(self, term: Term, node: ast.AST) -> Iterator[tuple[str, Term]]:
        """The entries of a cell, and those of the cells in it."""
        assert isinstance(term.type, Ref)
        for key, entry in self.entries(term, node).items():
            if isinstance(entry.type, Ref):
                yield from self.leaves(entry, node)
            elif isinstance(entry.expr, ast.Name) and is_leaf(entry.expr.id):
                yield self.entry(term.type.cell, key), entry


def _class(term: Term) -> type | None:
    """The class of an object or named tuple; None of anything else."""
    return term.type.cls if isinstance(term.type, Ref | Seq) else None


def _is_written(cls: type | None, method: str) -> bool:
    """Whether a class has a method that is written in Python, not what every object has."""
    return cls is not None and isinstance(inspect.getattr_static(cls, method, None), FunctionType)


def _is_generated(function: FunctionType) -> bool:
    """Whether a function has no text, as what `dataclass` makes."""
    return function.__code__.co_filename == "<string>"


def _is_asked_first(classes: Sequence[type | None], reflected: str) -> bool:
    """Whether the right operand's class is one of the left one's with a method of its own, which
    Python asks first."""
    left, right = classes
    if left is None or right is None or left is right or not issubclass(right, left):
        return False
    found = [inspect.getattr_static(cls, reflected, None) for cls in classes if cls]
    return found[0] is not found[1]
