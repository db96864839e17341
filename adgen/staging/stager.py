"""Walk a function's syntax tree and write it as gates.

In: a definition and the types of its arguments.  Out: the program, one primitive
per gate, each value assigned once, and the type of every value.  What an
expression means depends on the types (`x.sum()` of an array or of an object), so
they are found on the way.

Integers that count or index (`n // 2`, `i - 1`) stay expressions: they cost
nothing and carry no derivative.
"""

from __future__ import annotations

import ast
import enum
import itertools
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from typing import Any

from adgen.algebra import Rewriter
from adgen.errors import Span, UserError
from adgen.frontend.control import declared
from adgen.frontend.source import Definition, Holder, Scope, Size
from adgen.ir import (
    Gate,
    Program,
    Staged,
    Stmt,
    children,
    hint,
    homes,
    name,
    names_in,
    nodes_in,
    substitute,
)
from adgen.paths import is_leaf, is_part, leaf_name, leaf_of, path_of, value_of
from adgen.rules.lookup import Catalogue
from adgen.staging.adopted import NeedShared, Shared
from adgen.staging.attributes import Attributes
from adgen.staging.calls import Calls, Frame, scope_of, structures
from adgen.staging.cells import is_entry, is_followed
from adgen.staging.conditions import Conditions
from adgen.staging.continued import Continued
from adgen.staging.expressions import Expressions
from adgen.staging.flow import Flow
from adgen.staging.functional import Functional
from adgen.staging.gates import Gates
from adgen.staging.helpers import settle_count
from adgen.staging.invocations import Invocations
from adgen.staging.keyed import Keyed
from adgen.staging.lazily import Lazily
from adgen.staging.list_kinds import Kind, NeedList
from adgen.staging.lists import Lists
from adgen.staging.meetings import RESULT
from adgen.staging.memory import Memory
from adgen.staging.objects import NeedEntry, Objects
from adgen.staging.pairs import Around, Names, Pairs
from adgen.staging.parted import Parted
from adgen.staging.placed import ByPlace
from adgen.staging.scopes import Scopes
from adgen.staging.signatures import Outline, Outlines, Parameter, general, generalised, outline_of
from adgen.staging.stacks import Stacks
from adgen.staging.statements import Statements
from adgen.staging.storage import NeedCopy, Storages
from adgen.staging.structures import display_of
from adgen.staging.subscripts import Subscripts
from adgen.staging.tallies import Tallies
from adgen.staging.terms import (
    NoResultYet,
    NotStatic,
    Recursive,
    Site,
    Term,
    constant_type,
    item_of,
)
from adgen.staging.unpacking import Unpacking
from adgen.staging.writes import Writes
from adgen.types import Facts, ListOf, NeedValue, Num, Record, Ref, Seq, Type


def stage(
    definition: Definition,
    arguments: Mapping[str, Type],
    wrt: Sequence[str],
    catalogue: Catalogue,
    facts: Facts,
    watched: Sequence[tuple[Scope, str, Any]] = (),
) -> Staged:
    """The gates of a function for arguments of these types, differentiated in `wrt`."""
    copied: list[str] = []
    shared: dict[int, Shared] = {}
    lists: dict[Site, Kind] = {}
    keyed: set[Site] = set()
    parted: set[Site] = set()
    tabled: set[Site] = set()
    unparted: UserError | None = None
    scoped: set[tuple[Span | None, str]] = set()
    tallied: set[tuple[Span | None, str]] = set()
    foreseen: dict[Site, list[Any]] = {}
    outline: Outline | None = None
    refusal: UserError | None = None
    begun = (arguments, facts)
    while True:
        stager = Stager(definition, catalogue, facts, lists, outline=outline)
        stager.watched += watched
        stager.keyed.sites |= keyed
        stager.parted.sites |= parted
        stager.scopes.known |= scoped
        stager.tallies.known |= tallied
        stager.objects.foreseen |= foreseen
        if refusal is not None:
            stager.unrolling.append(stager.function)
            stager.settle_counts(arguments)
        try:
            stager.objects.adopted.begin(shared.values())
            staged = stager.run(arguments, wrt, copied)
        except NeedCopy as need:
            copied.append(need.parameter)
            continue
        except NeedShared as need_shared:
            if not need_shared.adds_to(shared):
                raise stager.refuse(
                    definition.tree, f"how `{need_shared}` is written to cannot be followed"
                ) from None
            continue
        except NeedList as need_list:
            lists[need_list.site] = need_list.layout
            continue
        except NeedEntry as need_entry:
            foreseen.setdefault(need_entry.site, []).append(need_entry.key)
            continue
        except Recursive as found:
            if outline is not None or found.function is not stager.function:
                raise stager.refuse(
                    definition.tree, f"`{found.function.__name__}` calls itself, by way of others",
                    help="write it as a loop",
                ) from None  # fmt: skip
            arguments, facts = generalised(arguments), Facts()
            outline = outline_of(definition, arguments, wrt)
            continue
        except UserError as error:
            if not stager.keyed.asked <= keyed:
                keyed |= stager.keyed.asked
                continue
            if not stager.scopes.asked <= scoped:
                scoped |= stager.scopes.asked
                continue
            if not stager.tallies.asked <= tallied:
                tallied |= stager.tallies.asked
                unparted = unparted or error
                continue
            if (site := followed_by_place(lists, error)) is not None and site not in tabled:
                tabled.add(site)
                lists[site] = lists[site].layout  # type: ignore[union-attr]
                unparted = unparted or error
                continue
            if not stager.parted.asked <= parted:
                parted |= stager.parted.asked
                unparted = unparted or error
                continue
            if outline is None:
                raise refusal or unparted or error from None
            # it cannot be compiled by itself: call by call, perhaps
            refusal, outline, (arguments, facts) = unparted or error, None, begun
            lists.clear()
            continue
        except NoResultYet:
            raise stager.refuse(
                definition.tree, f"`{definition.name}` calls itself on every path"
            ) from None
        if outline is None or stager.pairs.settles(outline, staged):
            vars(stager).clear()  # its parts refer to it: freed at once, not by the collector
            return staged


def followed_by_place(lists: Mapping[Site, Kind], error: UserError) -> Site | None:
    """The list of dicts or objects that could not be followed place by place either."""
    for site, kind in lists.items():
        if isinstance(kind, ByPlace) and kind.why is error and kind.layout is not None:
            return site
    return None


class Stager:
    def __init__(
        self,
        definition: Definition,
        catalogue: Catalogue,
        facts: Facts,
        lists: dict[Site, Kind],
        outer: Stager | None = None,
        outline: Outline | None = None,
    ) -> None:
        """`outer` is the stager of a program that calls this one, for the signature `outline`."""
        self.definition = definition
        self.catalogue = catalogue
        self.facts = facts
        self.outer = outer
        self.outline = outline
        self.outlines: Outlines = outer.outlines if outer else Outlines.begun(outline)
        self.pairs = Pairs(self)
        self.function: Any = outline.function if outline else definition.function
        self.scope = scope_of(self.function, definition)
        self.env: dict[str, Term] = {}
        self.body: list[Stmt] = []
        self.keys = 0
        self.types: dict[str, Type] = {}
        self.defined: dict[str, Gate] = {}
        self.storages = Storages()
        self.memory = Memory(self)
        self.counts: dict[str, int] = {}
        self.externals: dict[str, Any] = outer.externals if outer else {}
        if outline is not None:
            self.externals |= outline.ends
        self.statement = 0
        self.hint = "out"
        self.flow = Flow(self)
        self.conditions = Conditions(self)
        self.objects: Objects = Objects(self, outer.objects.foreseen if outer else {})
        self.statements = Statements(self)
        self.unpacking = Unpacking(self)
        self.expressions = Expressions(self)
        self.attributes = Attributes(self)
        self.subscripts = Subscripts(self)
        self.stacks = Stacks(self)
        self.lists = Lists(self, lists)
        self.invocations = Invocations(self)
        self.functional = Functional(self)
        self.writes = Writes(self)
        self.inputs: list[str] = []
        self.wrt: tuple[str, ...] = ()
        self.lifted: dict[str, Term] = {}
        self.locals = definition.locals
        # which function each name belongs to: those of the outermost come first
        self.owners: dict[str, Any] = dict.fromkeys([*self.locals, "out"], self.function)
        self.reserved = {n.arg for n in ast.walk(definition.tree.args) if isinstance(n, ast.arg)}
        if outer is not None:
            outer.reserved |= self.reserved
            self.reserved = outer.reserved
        self.frames: list[Frame] = []
        # functions that call themselves and are staged call by call, and how many calls so far
        self.unrolling: list[Any] = []
        self.unrolled = 0
        # the calls under way, and how the tuples and dicts that they were given are made up
        self.structures_given: list[tuple[Any, dict[str, Any]]] = []
        self.calls = Calls()
        if outer is not None:
            self.calls.count = outer.calls.count
            self.calls.begin(self.function)
        self.watched: list[tuple[Scope | Holder | Size, Any, Any]] = outer.watched if outer else []
        self.gates = Gates(self)
        self.lazily = Lazily(self)
        self.keyed: Keyed = Keyed(self, outer.keyed if outer else None)
        self.parted: Parted = Parted(self, outer.parted if outer else None)
        self.continued = Continued(self)
        self.scopes: Scopes = Scopes(self, outer.scopes if outer else None)
        self.tallies: Tallies = Tallies(self, outer.tallies if outer else None)
        self.calls.definitions[self.calls.current] = definition

    # -- the function ---------------------------------------------------------

    def run(
        self, arguments: Mapping[str, Type], wrt: Sequence[str], copied: Sequence[str]
    ) -> Staged:
        self.wrt = tuple(map(value_of, wrt))
        for parameter, type_ in arguments.items():
            self.env[parameter] = self.input(parameter, type_)
        for parameter in copied:
            self.copy_argument(parameter)
        self.structures_given.append((self.function, structures(self, self.env)))
        self.definition = self.tallies.entered(self.scopes.entered(self.definition))
        self.locals = self.definition.locals
        self.flow.block(self.definition.tree.body)
        return self.program(copied)

    def ask_for(self, unknown: NotStatic) -> None:
        """Stage again with the value of the argument that decides what the code is, if one does."""
        if unknown.path is not None:
            raise NeedValue(unknown.path)
        if unknown.truth in self.inputs:
            raise NeedValue(hint(unknown.truth))

    def settle_counts(self, arguments: Mapping[str, Type]) -> None:
        """The integers that are given decide where a function stops calling itself."""
        for parameter, type_ in arguments.items():
            settle_count(Term(name(parameter), type_))

    def program(self, copied: Sequence[str]) -> Staged:
        """What has been staged, as a program."""
        result = self.env.get(RESULT)
        if result is None and self.outlines.waits():
            raise NoResultYet
        if self.flow.left == "raise":
            raise self.refuse(
                self.definition.tree, f"`{self.definition.name}` raises an error on every path"
            )
        if result is None or self.flow.left != "return":
            raise self.refuse(
                self.definition.tree,
                f"`{self.definition.name}` can end without returning a value",
                help="return a number on every path",
            )
        optional = isinstance(result.type, Num) and result.type.optional
        if not isinstance(result.type, Num | Seq | Ref) or optional:
            raise self.refuse(self.definition.tree, "the result is not a number on every path")
        overwritten = self.memory.overwriting.overwritten(tuple(self.body), homes(tuple(self.body)))
        outline = self.outline
        for author, value in defaults_read(self.definition, self.scope).items():
            self.externals.setdefault(author, value)
        finished = self.outlines.finished if self.outer is None else []
        program = Program(
            name=outline.name if outline else self.definition.name,
            source=self.definition.source,
            params=outline.arguments if outline and self.outer else self.definition.tree.args,
            inputs=tuple(self.inputs),
            body=self.pairs.guarded(tuple(self.body), overwritten),
            result=self.gates.spelled(result.expr, self.definition.tree),
            wrt=self.wrt,
            externals=self.externals,
            watched=tuple(self.watched),
            copied=tuple(copied),
            overwritten=overwritten,
            helpers=tuple(o.staged for o in finished if o.staged is not None),
            recursive=outline is not None,
            pinned=self.memory.overwriting.pinned(),
            memory=self.memory.overwriting.traced(tuple(self.body)),
            views=frozenset(self.storages.views),
            firsts=self.memory.overwriting.firsts(),
        )
        return Staged(program, self.types, self.facts)

    def input(self, parameter: str, type_: Type) -> Term:
        """A parameter of the emitted function."""
        value = self.fresh(parameter)
        self.inputs.append(value)
        self.types[value] = type_
        return self.argument(value, type_)

    def argument(self, value: str, type_: Type, within: Site | None = None) -> Term:
        """An argument; what a container holds are values of their own.

        `within` is the site of the list of lists that it is an element of.
        """
        if not isinstance(type_, Seq | Record):
            floating = isinstance(type_, Num) and type_.differentiable
            return Term(name(value), type_, floating and is_part(value, self.wrt))
        own = self.lists.argument(value, type_, within)
        if own is not None:
            self.types[value] = own
            return self.argument(value, own)
        is_list = isinstance(type_, Seq) and type_.kind == "list"
        site = (within or self.lists.site_of(value)) if is_list else None
        items = []
        for i, item in enumerate(type_.items):
            leaf = value + type_.path(i)
            self.types[leaf] = item
            items.append(self.argument(leaf, item, site))
        if any(isinstance(item.type, ListOf) for item in items):
            type_ = self.types[value] = replace(type_, items=tuple(t.type for t in items))
        if isinstance(type_, Seq) and type_.cls is not None:
            self.class_name(type_.cls)
        if isinstance(type_, Record):
            return self.objects.argument(value, type_, items)
        kind = self.lists.own.get(site) if site is not None and within is None else None
        if isinstance(kind, ByPlace):
            self.hint = hint(value)
            return self.lists.placed.new(items, kind)
        return Term(name(value), type_, any(t.varied for t in items), tuple(items), site=site)

    def copy_argument(self, path: str) -> None:
        """The caller's array is left as it was: the function writes to a copy."""
        value = value_of(path)
        for key, term in list(self.env.items()):
            self.hint = self.objects.slot(key) if is_entry(key) else key
            if is_leaf(value) and not is_entry(key):
                self.hint = self.spare(leaf_name(key, leaf_of(value)[1]))
            self.env[key] = self._with_copy(term, value)

    def _with_copy(self, term: Term, value: str) -> Term:
        """A term with a copy in place of an argument, or of an element of one."""
        if term.items is not None:
            items = tuple(self._with_copy(item, value) for item in term.items)
            if all(a is b for a, b in zip(items, term.items, strict=True)):
                return term
            if not isinstance(term.type, Seq):
                return replace(term, items=items)
            made = display_of(self, term.type.kind, term.type.cls, items)
            return replace(term, items=items, expr=made.expr)
        if not isinstance(term.expr, ast.Name) or term.expr.id != value:
            return term
        if term.num is None:
            raise self.refuse(
                self.definition.tree, f"`{path_of(value)}` is written to, and is not an array"
            )
        self.statement += 1
        target = self.version(self.hint) if is_leaf(value) else self.fresh(self.hint)
        made = self.copied(term, self.definition.tree, target)
        if value in self.lists.sites:
            self.lists.sites[target] = self.lists.sites[value]
        return made

    def unique(self, wanted: str, owner: Any) -> str:
        """A name for values that no variable of the author's has.

        Two dicts or objects share one only if nothing means the first any more.
        """
        found, number = wanted, 2
        while (other := self.owners.setdefault(found, owner)) != owner:
            if isinstance(other, tuple) and not self.objects.is_alive(other[0]):
                self.owners[found] = owner
                break
            found = f"{wanted}{'_' if wanted[-1:].isdigit() else ''}{number}"
            number += 1
        return found

    def watch_attribute(self, cls: type, attr: str) -> None:
        """The code depends on what a class has under this name."""
        scope = Holder(cls)
        self.watched.append((scope, attr, scope.lookup(attr)[1]))

    def fresh(self, author: str, introduced: bool = False) -> str:
        if introduced:
            return self._numbered(f"{author}:t")
        return self._numbered(f"{self.own_name(author)}:")

    def version(self, value: str) -> str:
        """Another value under the name of one that there is."""
        return self._numbered(f"{value.split(':')[0]}:")

    def newest(self, value: str) -> str:
        """The last value so far under the name that a value has."""
        key = f"{value.split(':')[0]}:"
        return f"{key}{self.counts.get(key, 0)}"

    def _numbered(self, key: str) -> str:
        self.counts[key] = self.counts.get(key, 0) + 1
        return f"{key}{self.counts[key]}"

    def own_name(self, author: str) -> str:
        """A helper's name for a value, told from the same name in other functions."""
        if author == "_":
            return author  # nobody means to read it
        owner = self.frames[-1].function if self.frames else self.function
        inside = [self.function, *(frame.function for frame in self.frames)].count(owner)
        if inside > 1:
            return self.unique(f"{self.definition.name}_{author}", ("call", owner, author, inside))
        if self.owners.setdefault(author, owner) is owner:
            return author
        if author in declared(self.definition.tree, ast.Nonlocal):
            return author
        return f"{self.definition.title}_{author}"

    def spare(self, wanted: str) -> str:
        """A name that the function has no use for."""
        while wanted in self.locals or self.scope.lookup(wanted)[0]:
            wanted += "_"
        return wanted

    def refuse(
        self, node: ast.AST, message: str, *, because: str = "", help: str = ""
    ) -> UserError:
        return UserError(message, self.definition.source.span(node), because=because, help=help)

    # -- statements -----------------------------------------------------------

    def copied(self, given: Term, node: ast.AST, into: str | None = None) -> Term:
        if isinstance(given.type, ListOf):
            return self.lists.composed.deep_copy(given, node, into)
        op = self.catalogue.method("copy")
        assert op is not None
        expr = ast.Call(ast.Attribute(given.expr, "copy", ast.Load()), [], [])
        where = ast.copy_location(ast.Name("copy"), node)
        return self.gates.apply(op, {"x": given}, expr, where, into)

    def is_made(self, value: str) -> bool:
        """Whether a value is the function's own, not an argument or part of one."""
        return ":" in value and not is_leaf(value) and value not in self.inputs

    def new_key(self) -> int:
        self.keys += 1
        return self.keys

    def snapshot(self) -> tuple[Any, ...]:
        """What staging a trip of a loop may change, to be tried again."""
        return (
            dict(self.env), list(self.body), dict(self.counts), self.storages.copy(),
            self.statement, self.keys, dict(self.defined), list(self.stacks.puts),
            dict(self.flow.meetings.ways), dict(self.flow.told),
        )  # fmt: skip

    def restore(self, state: tuple[Any, ...]) -> None:
        env, body, counts, storages, self.statement, self.keys, defined, puts, ways, told = state
        self.env, self.body, self.counts = dict(env), list(body), dict(counts)
        self.storages, self.defined = storages.copy(), dict(defined)
        self.stacks.puts, self.flow.told = list(puts), dict(told)
        self.flow.meetings.ways = dict(ways)

    def names_read_outside(self, stmts: Sequence[ast.stmt]) -> set[str]:
        """The names that the function reads elsewhere than in some of its statements.

        What another loop's trips read of its own target is what that loop binds, and the
        targets of a comprehension are its own.
        """
        return _read_outside(self.definition.tree, {id(stmt) for stmt in stmts}, frozenset())

    def rewritten(self, node: Any) -> Any:
        """A piece of the author's code with values in place of names."""
        node = _Entries(self).visit(node)
        table = {}
        for identifier in set(names_in(node)):
            if identifier in self.env:
                if self.env[identifier].columns:
                    raise self.refuse(node, "a list of tuples that changes is used as a whole here")
                table[identifier] = self.objects.spelled(self.env[identifier], node)
            elif identifier not in self.locals:
                found, value = self.scope.lookup(identifier)
                if found:
                    table[identifier] = name(self.note_external(identifier, value))
        return substitute(node, table)

    # -- expressions ----------------------------------------------------------

    def expr(self, node: ast.expr, into: str | None = None) -> Term:
        """Stage an expression; its outermost operation gives the value `into`."""
        return self.parted.read(self.expressions.expr(node, into))

    @property
    def parents(self) -> list[Names]:
        """The names of the functions that the current one is defined in, outermost first."""
        return [self.names_of(call) for call in self.calls.visible]

    def names_of(self, call: int) -> Names:
        """What names mean in a call: now, or at its end."""
        if call == self.calls.current:
            return self.env
        under_way = {frame.call: frame.env for frame in self.frames}
        if call not in under_way and call not in self.calls.ended and self.outer is not None:
            return Around(self, self.outer, call)
        return under_way[call] if call in under_way else self.calls.ended[call]

    def captured(self, call: int, author: str, term: Term) -> Term:
        """The argument that stands for a name of a call around this helper."""
        assert self.outline is not None
        if is_followed(term):
            raise self.refuse(
                self.definition.tree,
                f"`{self.definition.name}` calls itself and may change what a function"
                " around it has",
                help="give it what it reads as arguments, and return what it changes",
            )
        key = (call, author)
        if key not in self.outline.captured:
            known_as = self.pairs.parameter_name(self.outline, author)
            found = Parameter(known_as, general(term.type, known_as), term.varied)
            self.outline.captured[key] = found
        parameter = self.outline.captured[key]
        if parameter.name not in self.lifted:
            self.wrt += (value_of(parameter.name),) if parameter.varied else ()
            self.lifted[parameter.name] = self.input(parameter.name, parameter.type)
        return self.lifted[parameter.name]

    def note_external(self, author: str, value: Any) -> str:
        """The name under which the emitted code knows an object of the author's module."""
        if self.scope.is_builtin(author):
            return author
        self.watched.append((self.scope, author, value))
        return self.external(author, value)

    def class_name(self, cls: type) -> str:
        """The name of a class that a value is of, which the author's module need not know."""
        return self.external(cls.__name__, cls)

    def external(self, author: str, value: Any) -> str:
        """The name of an object in the emitted code, the author's own if it is free."""
        if author not in self.reserved and self.externals.setdefault(author, value) is value:
            return author
        # a helper of another module means something else by the same name
        known = next((n for n, v in self.externals.items() if v is value), None)
        if known is not None:
            return known
        wanted = f"{author}_of_{self.definition.name}"
        numbered = (f"{wanted}{number}" for number in itertools.count(2))
        found = next(n for n in itertools.chain([wanted], numbered) if n not in self.externals)
        self.externals[found] = value
        return found

    def constant(self, expr: ast.expr, value: Any) -> Term:
        """A value of the author's module."""
        if (adopted := self.objects.adopted.terms.get(id(value))) is not None:
            return adopted
        if isinstance(value, enum.Enum) and isinstance(expr, ast.Constant):
            expr = ast.Attribute(name(self.class_name(type(value))), value.name, ast.Load())
        type_ = constant_type(value)
        items = None
        if isinstance(type_, Seq) and type_.kind != "slice":
            items = tuple(self.constant(item_of(expr, i), v) for i, v in enumerate(value))
        if isinstance(value, list):
            self.watched.append((size := Size.of(value), None, size))
        static = value if type(value) is float else None
        return Term(expr, type_, False, items, static)


def defaults_read(definition: Definition, scope: Scope) -> dict[str, Any]:
    """What the names mean that stand in the defaults of parameters.

    A name alone means what the function was defined with: `lambda x, i=i: ...`.
    """
    arguments = definition.tree.args
    function = definition.function
    positional = function.__defaults__ or ()
    pairs = [*zip(arguments.defaults, positional, strict=False)]
    named = function.__kwdefaults__ or {}
    pairs += [(node, named.get(arg.arg))
              for arg, node in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
              if node is not None]  # fmt: skip
    found: dict[str, Any] = {}
    for node, value in pairs:
        if isinstance(node, ast.Name):
            found[node.id] = value
            continue
        for author in {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}:
            known, meant = scope.lookup(author)
            if known and not scope.is_builtin(author):
                found.setdefault(author, meant)
    return found


# -- small questions ------------------------------------------------------------


def _loaded(node: ast.AST) -> set[str]:
    """The names that an expression of the author's reads; a comprehension's are its own."""
    if isinstance(node, ast.Name):
        return {node.id} if isinstance(node.ctx, ast.Load) else set()
    found = {read for child in children(node) for read in _loaded(child)}
    if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp):
        found -= {target for part in node.generators for target in names_in(part.target)}
        found |= _loaded(node.generators[0].iter)
    return found


def _read_outside(part: ast.AST, left_out: Set[int], bound: frozenset[str]) -> set[str]:
    """The names that are read in a part of a function, but for the statements left out."""
    if id(part) in left_out:
        return set()
    if isinstance(part, ast.expr):
        return _loaded(part) - bound
    found: set[str] = set()
    body: list[ast.stmt] = []
    own: set[str] = set()
    if isinstance(part, ast.For) and not any(id(n) in left_out for n in nodes_in(part)):
        body, own = part.body, set(names_in(part.target))
    for child in children(part):
        found |= _read_outside(child, left_out, bound | own if child in body else bound)
    return found


class _Entries(Rewriter):
    """Puts what dicts and objects hold in the place of the expressions for it."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager

    def visit(self, node: ast.AST) -> Any:
        entry = self.stager.objects.entry_named(node)
        return self.stager.objects.spelled(entry, node) if entry else self.generic_visit(node)
