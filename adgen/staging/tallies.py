"""Dicts whose keys the data make: a list of their keys, and one of what they hold.

    totals = {}                              totals_keys, totals_values = [], []
    for v in x:                              for v in x:
        k = int(v)                               k = int(v)
        if k not in totals:                      if k not in totals_keys:
            totals[k] = 0.0                          totals_keys.append(k)
                                                     totals_values.append(0.0)
        totals[k] += v                           totals_at = totals_keys.index(k)
                                                 totals_values[totals_at] += v

A `defaultdict(list)` is a list of keys and one of all that is in its lists, with a list of the
places that tells which of them each is in.  Which dicts need it shows where a function is refused
for a key that is not known; it is then staged again with these statements in the place of its own.
"""

from __future__ import annotations

import ast
import collections
import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from adgen.errors import Span
from adgen.frontend.control import local_names
from adgen.frontend.source import Definition
from adgen.staging.sugar import Filled

if TYPE_CHECKING:
    from adgen.staging.stager import Stager

_OWN_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


class NotTold(Exception):
    """A dict is used in a way that lists of its keys and values do not tell."""


class Tallies:
    """Knows the dicts whose keys the data make, for a stager, as an outer one does."""

    def __init__(self, stager: Stager, outer: Tallies | None) -> None:
        self.stager = stager
        self.known: set[tuple[Span | None, str]] = outer.known if outer else set()
        self.asked: set[tuple[Span | None, str]] = outer.asked if outer else set()

    def ask(self, key: ast.AST) -> None:
        """The key at a node is not known; of a dict of the function's own, perhaps."""
        definition = self.stager.definition
        place = definition.source.span(definition.tree)
        for author in _holders(definition.tree, _position(key)):
            if (place, author) not in self.known and self.told(definition.tree, {author}):
                self.asked.add((place, author))

    def entered(self, definition: Definition) -> Definition:
        """The definition of a function that begins, with lists in the place of some dicts."""
        place = definition.source.span(definition.tree)
        names = {author for where, author in self.known if where == place}
        tree = self.told(definition.tree, names) if names else None
        return replace(definition, tree=tree) if tree is not None else definition

    def told(self, tree: ast.FunctionDef, names: set[str]) -> ast.FunctionDef | None:
        """A function with lists in the place of dicts; None if these do not tell them."""
        made = copy.deepcopy(tree)
        taken = local_names(tree)
        try:
            for author in sorted(names):
                kind = self.kind(made, author)
                parts = {part: _unused(f"{author}_{part}", taken) for part in _PARTS}
                rewritten = _Lists(author, kind, parts)
                read = [n for n in ast.walk(made) if isinstance(n, ast.Name)
                        and isinstance(n.ctx, ast.Load)]  # fmt: skip
                made.body = rewritten.block(made.body)
                if any(id(n) not in rewritten.drawn_lists.get(n.id, {id(n)}) for n in read):
                    raise NotTold  # a list of its loops is read behind these
                left = (n for stmt in made.body for n in ast.walk(stmt))
                if any(isinstance(n, ast.Name) and n.id == author for n in left):
                    raise NotTold
        except NotTold:
            return None
        return made

    def kind(self, tree: ast.FunctionDef, author: str) -> Kind:
        """What a dict is made as, by the one statement that binds it."""
        bound = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == author
                 and not isinstance(n.ctx, ast.Load)]  # fmt: skip
        makes = [n for n in ast.walk(tree) if isinstance(n, ast.Assign | ast.AnnAssign)
                 and (n.targets if isinstance(n, ast.Assign) else [n.target]) == bound]  # fmt: skip
        if len(makes) != 1 or makes[0].value is None:
            raise NotTold
        match makes[0].value:
            case ast.Dict(keys=[]):
                return Kind(None, _holds_lists(tree, author))
            case ast.Call(func=func, args=args, keywords=[]):
                function = self.stager.invocations.callees.static_object(func)
                if function in (dict, collections.OrderedDict) and not args:
                    return Kind(None, _holds_lists(tree, author))
                if function is collections.Counter and not args:
                    return Kind(ast.Constant(0), False, stays=True)  # reading makes no entry
                if function is collections.defaultdict and len(args) == 1:
                    stays = not _is_asked_for_keys(tree, author)
                    return replace(self.kind_by_factory(args[0]), stays=stays)
        raise NotTold

    def kind_by_factory(self, factory: ast.expr) -> Kind:
        if isinstance(factory, ast.Lambda) and isinstance(factory.body, ast.Constant):
            return Kind(factory.body, False)
        if isinstance(factory, ast.Lambda):
            raise NotTold
        made = self.stager.invocations.callees.static_object(factory)
        if made is list:
            return Kind(None, True, True)
        if made in (int, float):
            return Kind(ast.Constant(made()), False)
        raise NotTold


@dataclass(frozen=True)
class Kind:
    """What a dict holds under keys that are new: a number, or lists; nothing, if it is plain."""

    default: ast.expr | None
    lists: bool
    makes_lists: bool = False
    # whether nobody asks which keys it has once reading may have made an entry
    stays: bool = False


# what the lists of a dict are called behind its name, and one entry of each
_PARTS = ("keys", "values", "places", "key", "value", "place", "at")


# functions that only read the lists that they are given
_READS = ("len", "sum", "max", "min", "sorted", "list", "tuple", "enumerate", "zip", "reversed",
          "any", "all")  # fmt: skip


class _Lists(ast.NodeTransformer):
    """Puts lists in the place of one dict."""

    def __init__(self, author: str, kind: Kind, parts: Mapping[str, str]) -> None:
        self.author, self.kind, self.parts = author, kind, parts
        # the keys that the dict surely has not where a statement stands
        self.absent: list[str] = []
        # the names of keys that it has, since a loop runs over it
        self.own_keys: set[str] = set()
        # the lists in it that are read where they stand, and no more
        self.only_read: set[int] = set()
        # where the lists that its loops go through are read, by the names that these have
        self.drawn_lists: dict[str, set[int]] = {}
        # whether a handler may be waiting for a missing key
        self.may_fail = False

    def block(self, stmts: list[ast.stmt]) -> list[ast.stmt]:
        made: list[ast.stmt] = []
        for stmt in stmts:
            found = self.visit(stmt)
            made += found if isinstance(found, list) else [found]
        return made

    def stmts(self, text: str, where: ast.AST, **given: ast.expr) -> list[ast.stmt]:
        """Statements, in which the lists go by `keys`, `values` and `places`."""
        filled = _Filled(self.parts, given, where)
        return [filled.visit(stmt) for stmt in ast.parse(text).body]

    def expr(self, text: str, where: ast.AST, **given: ast.expr) -> ast.expr:
        (stmt,) = self.stmts(text, where, **given)
        assert isinstance(stmt, ast.Expr)
        return stmt.value

    # -- what is asked of it ----------------------------------------------------------

    def visited(self, node: ast.expr) -> ast.expr:
        """An expression with all that is in it rewritten."""
        made = super().generic_visit(node)
        assert isinstance(made, ast.expr)
        return made

    def is_it(self, node: ast.AST | None) -> bool:
        return isinstance(node, ast.Name) and node.id == self.author

    def key(self, node: ast.expr) -> ast.expr:
        """A key, which is written down more than once."""
        if any(isinstance(n, ast.Slice | ast.NamedExpr) for n in ast.walk(node)):
            raise NotTold
        made = self.visit(node)
        assert isinstance(made, ast.expr)
        return made

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        self.only_read |= _read_in(node)
        if not self.is_it(node.value) or not isinstance(node.ctx, ast.Load):
            return self.visited(node)
        if self.kind.makes_lists:
            raise NotTold  # reading makes an entry
        key = self.key(node.slice)
        if self.kind.default is None and self.may_fail:
            raise NotTold  # a list says otherwise that it has not what is asked for
        if self.kind.default is None or isinstance(key, ast.Name) and key.id in self.own_keys:
            return self.held(key, node)
        if not self.kind.stays:
            raise NotTold
        text = "values[keys.index(k)] if k in keys else v"
        return self.expr(text, node, k=key, v=self.kind.default)

    def held(self, key: ast.expr, node: ast.AST) -> ast.expr:
        if self.kind.lists:
            if isinstance(node, ast.Subscript) and id(node) not in self.only_read:
                raise NotTold  # what changes the list would change the dict
            text = "[value for value, place in zip(values, places) if place == keys.index(k)]"
            return self.expr(text, node, k=key)
        return self.expr("values[keys.index(k)]", node, k=key)

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        if len(node.ops) == 1 and self.is_it(node.comparators[0]):
            if isinstance(node.ops[0], ast.In | ast.NotIn):
                made = self.expr("k in keys", node, k=self.key(node.left))
                assert isinstance(made, ast.Compare)
                made.ops = node.ops
                return made
        return self.visited(node)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.only_read |= _read_in(node)
        match node:
            case ast.Call(func=ast.Name(id="len"), args=[whole]) if self.is_it(whole):
                return self.expr("len(keys)", node)
            case ast.Call(func=ast.Attribute(value=whole, attr="get"), args=[key, *rest]) if (
                self.is_it(whole) and len(rest) == 1 and not self.kind.lists
            ):
                default = self.visit(rest[0])
                text = "values[keys.index(k)] if k in keys else v"
                return self.expr(text, node, k=self.key(key), v=default)
            case ast.Call(func=ast.Attribute(value=whole, attr="values"), args=[]) if (
                self.is_it(whole) and not self.kind.lists
            ):
                return self.expr("values", node)
            case ast.Call(func=ast.Attribute(value=whole, attr="keys"), args=[]) if self.is_it(
                whole
            ):
                return self.expr("keys", node)
            case ast.Call(func=ast.Name(id="sorted" | "list" | "min" | "max"), args=[whole],
                          keywords=[]) if self.is_it(whole):  # fmt: skip
                node.args = [self.expr("keys", node)]
                return node
            case ast.Call(
                func=ast.Name(id="min" | "max" as chosen), args=[whole],
                keywords=[ast.keyword("key", ast.Attribute(value=asked, attr="get"))],
            ) if self.is_it(whole) and self.is_it(asked) and not self.kind.lists:  # fmt: skip
                return self.expr(f"keys[values.index({chosen}(values))]", node)
        return self.visited(node)

    # -- running over it ----------------------------------------------------------------

    def over(self, node: ast.expr) -> tuple[str, str] | None:
        """What of the dict a loop runs over, and how its keys are written."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "sorted" and len(node.args) == 1 and not node.keywords:
                inner = self.over(node.args[0])
                if inner is None or inner[0] == "values":
                    return None
                return inner[0], "sorted(keys)"
            return None
        if self.is_it(node):
            return "keys", "keys"
        match node:
            case ast.Call(func=ast.Attribute(value=whole, attr="keys" | "values" | "items" as attr),
                          args=[], keywords=[]) if self.is_it(whole):  # fmt: skip
                return attr, "keys"
        return None

    def drawn(self, target: ast.expr, over: tuple[str, str], where: ast.AST) -> Any:
        """A target and what it runs over, and what is bound to another in each trip."""
        what, keys = over
        if what == "keys":
            self.own_keys |= {target.id} if isinstance(target, ast.Name) else set()
            return target, self.expr(keys, where), None
        if what == "items" and not (isinstance(target, ast.Tuple) and len(target.elts) == 2):
            raise NotTold
        parts = target.elts if isinstance(target, ast.Tuple) and what == "items" else None
        if not self.kind.lists and keys == "keys":
            text = "zip(keys, values)" if parts is not None else "values"
            return target, self.expr(text, where), None
        key, value = parts if parts is not None else (None, target)
        if key is None:
            key = ast.copy_location(ast.Name(self.parts["key"], ast.Store()), where)
        if not isinstance(key, ast.Name):
            raise NotTold
        read = ast.copy_location(ast.Name(key.id, ast.Load()), where)
        return key, self.expr(keys, where), (value, self.held(read, where))

    def visit_For(self, node: ast.For) -> ast.stmt | list[ast.stmt]:
        over = self.over(node.iter)
        body, orelse = node.body, node.orelse
        if over is None:
            self.only_read.add(id(node.iter))
            node.iter = self.visit(node.iter)
        else:
            self.check_lists_stay(node.target, over[0], node.body)
            node.target, node.iter, bound = self.drawn(node.target, over, node.iter)
            if bound is not None:
                body = [ast.copy_location(ast.Assign([bound[0]], bound[1]), node), *body]
        node.body, node.orelse = self.block(body), self.block(orelse)
        return node

    def check_lists_stay(self, target: ast.expr, what: str, inside: Sequence[ast.AST]) -> None:
        """The lists that a loop goes through are copies here: nothing in it may change them, nor
        what they are copies of, and nobody may keep one."""
        if not self.kind.lists or what == "keys":
            return
        bound = target.elts[-1] if isinstance(target, ast.Tuple) and what == "items" else target
        parts = [part for each in inside for part in ast.walk(each)]
        if not isinstance(bound, ast.Name) or any(self.is_it(part) for part in parts):
            raise NotTold
        read = set[int]().union(*map(_read_in, parts))
        named = [p for p in parts if isinstance(p, ast.Name) and p.id == bound.id]
        if any(id(part) not in read for part in named):
            raise NotTold
        self.drawn_lists.setdefault(bound.id, set()).update(map(id, named))

    def visit_comprehension(self, node: ast.comprehension) -> ast.comprehension:
        if self.over(node.iter):
            raise NotTold
        super().generic_visit(node)
        return node

    def of_comprehension(self, node: Any) -> ast.expr:
        generators: list[ast.comprehension] = []
        for part in node.generators:
            over = self.over(part.iter)
            if over is None:
                self.only_read.add(id(part.iter))
                generators.append(part)
                continue
            self.check_lists_stay(part.target, over[0], [node.elt, *part.ifs])
            target, whole, bound = self.drawn(part.target, over, part.iter)
            if bound is None:
                generators.append(ast.comprehension(target, whole, part.ifs, 0))
                continue
            once = ast.copy_location(ast.Tuple([bound[1]], ast.Load()), part.iter)
            generators.append(ast.comprehension(target, whole, [], 0))
            generators.append(ast.comprehension(bound[0], once, part.ifs, 0))
        for part in generators:
            part.iter = self.visit(part.iter)
            part.ifs = [self.visit(test) for test in part.ifs]
        node.generators = generators
        node.elt = self.visit(node.elt)
        made: ast.expr = node
        return made

    visit_ListComp = visit_GeneratorExp = of_comprehension

    # -- what changes it ------------------------------------------------------------------

    def visit_If(self, node: ast.If) -> ast.stmt:
        absent = _absent_key(node.test, self.author)
        node.test = self.visit(node.test)
        for at, block in enumerate((node.body, node.orelse)):
            known = absent is not None and absent[1] == at
            self.absent += [absent[0]] if known and absent is not None else []
            made = self.block(block)
            if known:
                self.absent.pop()
            if at == 0:
                node.body = made
            else:
                node.orelse = made
        return node

    def visit_Assign(self, node: ast.Assign) -> Any:
        match node.targets:
            case [ast.Name() as target] if self.is_it(target):
                return self.begun(node)
            case [ast.Subscript(value=whole, slice=key)] if self.is_it(whole):
                absent = ast.dump(key) in self.absent
                named, before = self.named(key, node)
                return [*before, *self.put(named, node.value, node, absent)]
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        return self.begun(node) if self.is_it(node.target) else self.generic_visit(node)

    def begun(self, node: ast.stmt) -> list[ast.stmt]:
        made = self.stmts("keys = []\nvalues = []" + "\nplaces = []" * self.kind.lists, node)
        for at, stmt in enumerate(made):  # lists are told apart by where they are made
            display = stmt.value  # type: ignore[attr-defined]
            display.end_lineno = display.lineno
            display.end_col_offset = display.col_offset + 1 + at
        return made

    def named(self, key: ast.expr, node: ast.stmt) -> tuple[ast.expr, list[ast.stmt]]:
        """A key under a name, and the statement that binds that, if it has none."""
        found = self.key(key)
        if isinstance(found, ast.Name | ast.Constant):
            return found, []
        author = self.parts["key"]
        bound = ast.Assign([ast.copy_location(ast.Name(author, ast.Store()), key)], found)
        return ast.copy_location(ast.Name(author, ast.Load()), key), [
            ast.copy_location(bound, node)
        ]

    def put(self, key: ast.expr, value: ast.expr, node: ast.stmt, absent: bool) -> list[ast.stmt]:
        """`d[key] = value`; the value may read what the dict has so far."""
        given = self.visit(value)
        if self.kind.lists:
            return self.new_list(key, given, node, absent)
        text = "values.append(v)\nkeys.append(k)"
        if not absent:
            text = (
                "if k in keys:\n    values[keys.index(k)] = v\n"
                "else:\n    values.append(v)\n    keys.append(k)"
            )
        return self.stmts(text, node, k=key, v=given)

    def new_list(
        self, key: ast.expr, value: ast.expr, node: ast.stmt, absent: bool
    ) -> list[ast.stmt]:
        """`d[key] = [v]`, for a key that the dict has not."""
        if not isinstance(value, ast.List) or not absent:
            raise NotTold
        made = self.stmts("keys.append(k)", node, k=key)
        for element in value.elts:
            made += self.stmts(
                "places.append(keys.index(k))\nvalues.append(v)", node, k=key, v=element
            )
        return made

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        if not isinstance(node.target, ast.Subscript) or not self.is_it(node.target.value):
            return self.generic_visit(node)
        if self.kind.lists:
            raise NotTold
        key, before = self.named(node.target.slice, node)
        value = self.visit(node.value)
        made = self.stmts("at = keys.index(k)\nvalues[at] += v", node, k=key, v=value)
        made[1].op = node.op  # type: ignore[attr-defined]
        if self.kind.default is not None:
            text = "if k not in keys:\n    keys.append(k)\n    values.append(v)"
            before += self.stmts(text, node, k=key, v=self.kind.default)
        return [*before, *made]

    def visit_Expr(self, node: ast.Expr) -> Any:
        match node.value:
            case ast.Call(func=ast.Attribute(value=entry, attr="append"), args=[value]):
                found, makes = self.entry(entry)
                if found is not None:
                    key, before = self.named(found, node)
                    text = "if k not in keys:\n    keys.append(k)\n" * makes
                    text += "places.append(keys.index(k))\nvalues.append(v)"
                    return [*before, *self.stmts(text, node, k=key, v=self.visit(value))]
        return self.generic_visit(node)

    def entry(self, node: ast.expr) -> tuple[ast.expr | None, bool]:
        """The key of a list in the dict, and whether that is made where there is none."""
        match node:
            case ast.Subscript(value=whole, slice=key) if self.is_it(whole) and self.kind.lists:
                return key, self.kind.makes_lists
            case ast.Call(func=ast.Attribute(value=whole, attr="setdefault"),
                          args=[key, ast.List(elts=[])]) if self.is_it(whole):  # fmt: skip
                return key, True
        return None, False

    def visit_Try(self, node: ast.Try) -> ast.AST:
        before, self.may_fail = self.may_fail, True
        made = self.generic_visit(node)
        self.may_fail = before
        return made

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return node  # a name that is left over is noticed


def _read_in(node: ast.AST) -> set[int]:
    """The parts of an expression or loop that it only reads, as numbers and lists of these."""
    match node:
        case ast.Call(func=ast.Name(id=author), args=args) if author in _READS:
            return {id(arg) for arg in args}
        case ast.Subscript(value=value, ctx=ast.Load()):
            return {id(value)}
        case ast.For(iter=over) | ast.comprehension(iter=over):
            return {id(over)}
    return set()


class _Filled(Filled):
    """The same with a copy of an expression wherever it goes."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        found = super().visit_Name(node)
        return copy.deepcopy(found) if node.id in self.given else found


def _absent_key(test: ast.expr, author: str) -> tuple[str, int] | None:
    """The key of which a test asks whether a dict has it, and which side knows that it has not."""
    match test:
        case ast.Compare(left=key, ops=[ast.In() | ast.NotIn() as op], comparators=[whole]):
            if isinstance(whole, ast.Name) and whole.id == author:
                return ast.dump(key), int(isinstance(op, ast.In))
    return None


def _holds_lists(tree: ast.FunctionDef, author: str) -> bool:
    """Whether lists are put into a dict: `d[k] = []`, `d.setdefault(k, []).append(v)`."""
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=holder))], value=ast.List()):
                pass
            case ast.Call(func=ast.Attribute(value=ast.Name(id=holder), attr="setdefault"),
                          args=[_, ast.List()]):  # fmt: skip
                pass
            case _:
                continue
        if holder == author:
            return True
    return False


def _is_asked_for_keys(tree: ast.FunctionDef, author: str) -> bool:
    """Whether a dict is used otherwise than under a key."""
    named = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == author]
    under = [n.value for n in ast.walk(tree) if isinstance(n, ast.Subscript)]
    uses = [n for n in named if isinstance(n.ctx, ast.Load) and n not in under]
    return bool(uses)


def _holders(tree: ast.FunctionDef, key: Any) -> set[str]:
    """The names of dicts that an expression is a key of."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=ast.Name(id=author), slice=at) if _position(at) == key:
                found.add(author)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=author)), args=[at, *_]) if key in (
                _position(at),
                _position(node),
            ):
                found.add(author)
            case ast.Compare(comparators=[ast.Name(id=author)]) if _position(node) == key:
                found.add(author)
    return found


def _position(node: ast.AST) -> Any:
    return tuple(getattr(node, part, None)
                 for part in ("lineno", "col_offset", "end_lineno", "end_col_offset"))  # fmt: skip


def _unused(wanted: str, taken: set[str]) -> str:
    while wanted in taken:
        wanted += "_"
    taken.add(wanted)
    return wanted
