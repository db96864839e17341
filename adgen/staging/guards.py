"""`with` and `try`: what stands round statements while they are carried out.

The statements themselves are staged as if the guard were not there; marks say where it
begins and ends in the text.  `except` makes a branch: one side is what the `try` block
gives, the other what the handler does.
"""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from adgen.errors import UserError
from adgen.frontend.control import bound_names, leaves, ways_out
from adgen.frontend.evaluated import calls_before, evaluated
from adgen.ir import Catch, Mark, name, names_in
from adgen.rules.contexts import holds_on_the_way_back
from adgen.staging import managers
from adgen.staging.joins import is_none
from adgen.staging.meetings import RESULT, Told
from adgen.staging.terms import AN_EXCEPTION, Continuation, Given, NotStatic, Term, static_value
from adgen.staging.terms import leaves as leaves_of
from adgen.types import BOOL, Cell, Known, Opaque, Ref

if TYPE_CHECKING:
    from adgen.staging.meetings import Side
    from adgen.staging.stager import Stager


class Guards:
    """Stages `with` and `try`, for a stager."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager

    def statement(self, node: ast.With | ast.Try, rest: Sequence[ast.stmt]) -> bool:
        """Stage a guarded block; whether what follows it has been staged with it."""
        self.stager.statement += 1
        if isinstance(node, ast.With):
            written_out = managers.as_statements(self.stager, node)
            if written_out is not None:
                self.stager.flow.block([*written_out, *rest])
                return True
            targets, items = self.managers(node)
            head = ast.With(items, [ast.Pass()])
            return self.guarded(node, head, targets, node.body, [], rest)
        if node.finalbody:
            if ways_out(node.finalbody):
                raise self.stager.refuse(
                    node.finalbody[0],
                    "leaving a `finally` block is not supported",
                    help="return behind the `try` statement",
                )
            body: list[ast.stmt] = list(node.body)
            if node.handlers:
                inner = ast.Try(node.body, node.handlers, node.orelse, [])
                body = [ast.copy_location(inner, node)]
            head_ = ast.Try([ast.Pass()], [], [], [ast.Pass()])
            return self.guarded(node, head_, (), body, node.finalbody, rest)
        return self.caught(node, rest)

    def guarded(
        self,
        node: ast.stmt,
        head: ast.stmt,
        targets: tuple[str, ...],
        body: list[ast.stmt],
        final: list[ast.stmt],
        rest: Sequence[ast.stmt],
    ) -> bool:
        """A block between marks, and what stands behind it."""
        flow = self.stager.flow
        ways = self.told_ways(body, [body])
        flow.lower(ways)
        self.mark(head, "open", targets)
        ends = self.inside(bool(ways), body)
        if final:
            left, flow.left = flow.left, None
            self.mark(head, "final")
            flow.block(final)
            flow.left = left
            self.check_result(final[0])
        self.mark(head, "close")
        return self.go_on(ways, ends, rest, node)

    def check_result(self, node: ast.stmt) -> None:
        """What has been returned is not what a `finally` block has made of it since."""
        result = self.stager.env.get(RESULT)
        for leaf in leaves_of(result) if result is not None else ():
            if self.stager.memory.fresh(None, leaf, node) is not leaf:
                raise self.stager.refuse(
                    node,
                    "this `finally` block writes into an array that is returned",
                    help="return a copy, or write before the `try` statement",
                )

    def told_ways(self, stmts: Sequence[ast.stmt], sides: Sequence[list[ast.stmt]]) -> list[str]:
        """The ways out of a guarded block that flags have to tell."""
        ways = ways_out(stmts)
        returned = ways == ["return"] and all(leaves(side) == "always" for side in sides)
        return [] if returned and not self.stager.flow.inside else ways

    def inside(self, is_told: bool, body: Sequence[ast.stmt]) -> bool:
        """Stage the block itself; whether any path reaches its end."""
        from adgen.staging.flow import Construct

        flow = self.stager.flow
        if not is_told:
            flow.block(body)
            return True
        with flow.within(Construct("block")):
            flow.block(body)
        return self.has_ended()

    def has_ended(self) -> bool:
        flow = self.stager.flow
        out = flow.left == "out"
        flow.left = None if out else flow.left
        return not out

    def go_on(self, ways: list[str], ends: bool, rest: Sequence[ast.stmt], node: ast.stmt) -> bool:
        flow = self.stager.flow
        ways = flow.raised(ways)
        if not ways or flow.left:
            return False
        flow.behind(ways, rest, node, ends)
        return True

    def mark(
        self, node: ast.stmt, part: str, targets: tuple[str, ...] = (), catch: Catch | None = None
    ) -> None:
        """Note where a block begins, or goes on in another way, or ends."""
        if catch is not None and catch.target is not None:
            targets = (catch.target,)
        stager = self.stager
        again = isinstance(node, ast.With) and self.holds_again(node)
        key = stager.new_key()
        stager.body.append(Mark(node, stager.statement, key, part, targets, again, catch))

    def holds_again(self, node: ast.With) -> bool:
        """Whether the lines that undo a block stand in the same `with`."""
        calls = [item.context_expr for item in node.items]
        return all(
            isinstance(call, ast.Call)
            and holds_on_the_way_back(self.stager.invocations.callees.static_object(call.func))
            and not any(":" in identifier for identifier in names_in(call))
            for call in calls
        )

    # -- with -------------------------------------------------------------------------

    def managers(self, node: ast.With) -> tuple[tuple[str, ...], list[ast.withitem]]:
        """The heads of a `with`, and the names that they bind."""
        targets: list[str] = []
        items = []
        for item in node.items:
            made = ast.withitem(self.manager(item.context_expr), None)
            if item.optional_vars is not None:
                if not isinstance(item.optional_vars, ast.Name):
                    raise self.stager.refuse(item.optional_vars, "this target is not supported")
                value = self.opaque_name(item.optional_vars.id)
                made.optional_vars = name(value)
                targets.append(value)
            items.append(made)
        return tuple(targets), items

    def opaque_name(self, author: str) -> str:
        """A name of the author's for an object that plays no part in derivatives."""
        value = self.stager.fresh(author)
        self.stager.types[value] = Opaque("object")
        self.stager.env[author] = Term(name(value), Opaque("object"))
        return value

    def manager(self, node: ast.expr) -> ast.expr:
        """A context manager: an object that has nothing to do with the derivative."""
        function = node.func if isinstance(node, ast.Call) else node
        found = self.stager.invocations.callees.static_object(function)
        if found is None:
            raise self.stager.refuse(
                node,
                f"what `{ast.unparse(function)}` is, is not known while compiling",
                help="use a context manager of the module around",
            )
        if managers.may_suppress(found):
            raise self.stager.refuse(
                node,
                f"`{ast.unparse(function)}` may suppress an exception, and then what the block"
                " has computed is not known",
                help="use try/except, which says what comes in the place of it",
            )
        for child in ast.walk(node):
            if isinstance(child, ast.Name) and child.id in self.stager.env:
                if self.stager.env[child.id].varied:
                    raise self.stager.refuse(
                        child,
                        f"`{child.id}` is differentiated, and a context manager is made of it",
                    )
        found_expr: ast.expr = self.stager.rewritten(node)
        return found_expr

    # -- except -----------------------------------------------------------------------

    def caught(self, node: ast.Try, rest: Sequence[ast.stmt]) -> bool:
        """`try` / `except`: a branch that the exception decides."""
        flow = self.stager.flow
        handler = self.handler_of_failure(node)
        if handler is not None:
            flow.block([*handler.body, *rest])
            return True
        if all(_raises(handler.body) for handler in node.handlers):
            return self.translated(node, rest)
        if node.orelse and any(leaves(h.body) != "always" for h in node.handlers):
            return self.with_flag(node, rest)
        blocks = [node.body, *(handler.body for handler in node.handlers)]
        ways = self.told_ways([s for block in blocks for s in block], blocks)
        flow.lower(ways)
        ends = self.sides(node, bool(ways))
        rest = [*node.orelse, *rest]
        if not ways and node.orelse and not flow.left:
            flow.block(rest)
            return True
        return self.go_on(ways, ends, rest, node)

    def translated(self, node: ast.Try, rest: Sequence[ast.stmt]) -> bool:
        """A `try` whose handlers all raise: whatever goes on has come through the block."""
        flow, stager = self.stager.flow, self.stager
        ways = self.told_ways(node.body, [node.body])
        flow.lower(ways)
        before = dict(stager.env)
        head = ast.Try([ast.Pass()], [], [], [])
        self.mark(head, "open")
        ends = self.inside(bool(ways), node.body)
        after, left = stager.env, flow.left
        stager.env, flow.left = before, None
        stager.env = self.at_exception(node)
        catch = self.catch(node.handlers)
        self.mark(head if catch.types is None else ast.Expr(catch.types), "except", catch=catch)
        self.handle(node.handlers, catch)
        stager.env, flow.left = after, left
        self.mark(head, "close")
        rest = [*node.orelse, *rest]
        if not ways and node.orelse and not flow.left:
            flow.block(rest)
            return True
        return self.go_on(ways, ends, rest, node)

    def handler_of_failure(self, node: ast.Try) -> ast.ExceptHandler | None:
        """The handler that a block surely comes to, as it begins with what fails in every run: a
        key that a dict has not, `try: return known[n]`."""
        error = self.first_failure(node.body[0])
        if error is None:
            return None
        for handler in node.handlers:
            kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
            caught = [self.stager.invocations.callees.static_object(kind) for kind in kinds if kind]
            if None in caught or _reads_exception(handler):
                return None
            if not caught or any(issubclass(error, kind) for kind in caught):
                return handler
        return None

    def first_failure(self, stmt: ast.stmt) -> type[Exception] | None:
        """What a statement raises in every run, before it calls anything."""
        parts: list[ast.expr] = [stmt.target] if isinstance(stmt, ast.AugAssign) else []
        parts += (part for part in evaluated(stmt, ast.expr) if not calls_before(stmt, part))
        state = self.stager.snapshot()
        try:
            return next(filter(None, map(self.failure, parts)), None)
        except (NotStatic, UserError):
            return None
        finally:
            self.stager.restore(state)

    def failure(self, node: ast.expr) -> type[Exception] | None:
        """What an expression raises in every run, if its parts raise nothing."""
        match node:
            case ast.Subscript(value=ast.Name() | ast.Attribute(), slice=index):
                return None if isinstance(index, ast.Slice) else self.missing(node)
            case ast.Call(func=ast.Name() as func, args=[ast.expr() as arg], keywords=[]):
                function = self.stager.invocations.callees.static_object(func)
                given = self.stager.expr(arg).type if function in (float, int) else None
                if isinstance(given, Known) and isinstance(given.value, str):
                    try:
                        function(given.value)
                    except ValueError:
                        return ValueError
        return None

    def missing(self, node: ast.Subscript) -> type[Exception] | None:
        """What a dict raises for a key that it has not on any path, or a list for a position."""
        objects, holder = self.stager.objects, self.stager.objects.peek(node.value)
        if holder is not None and isinstance(holder.type, Ref) and holder.type.cls is dict:
            key = static_value(self.stager.expr(node.slice))
            return KeyError if objects.is_missing(holder, key) else None
        listed = self.stager.env.get(node.value.id) if isinstance(node.value, ast.Name) else None
        if listed is None or listed.items is None:
            return None
        at, count = static_value(self.stager.expr(node.slice)), len(listed.items)
        return IndexError if type(at) is int and not -count <= at < count else None

    def with_flag(self, node: ast.Try, rest: Sequence[ast.stmt]) -> bool:
        """An `else` whose handlers go on: a flag tells whether there was an exception."""
        stager = self.stager
        flag = stager.lists.comprehensions.unused("failed")
        said = ast.parse(f"{flag} = True\n{flag} = False\nif not {flag}: pass").body
        for stmt in said:
            for part in ast.walk(stmt):
                ast.copy_location(part, node)
        failed, fine, behind = said
        assert isinstance(behind, ast.If)
        handlers = [
            ast.copy_location(ast.ExceptHandler(h.type, h.name, [failed, *h.body]), h)
            for h in node.handlers
        ]
        guarded = ast.copy_location(ast.Try(node.body, handlers, [], []), node)
        behind.body = node.orelse
        stager.flow.block([fine, guarded, behind, *rest])
        return True

    def sides(self, node: ast.Try, is_told: bool) -> bool:
        from adgen.staging.flow import Construct

        flow, stager = self.stager.flow, self.stager
        around = flow.within(Construct("block")) if is_told else contextlib.nullcontext()
        with around:
            then, changed = self.tried(node)
            before, stager.env = stager.env, self.at_exception(node)
            self.may_have_changed(changed, stager.env)
            catch = self.catch(node.handlers)
            try:
                handling = Continuation(lambda: self.handle(node.handlers, catch))
                orelse = flow.side([handling])
            finally:
                handled, stager.env = stager.env, before
            for author in bound_before_failing(node.body):
                # None before the block, and left alone by the handler
                if author in before and is_none(before[author]):
                    if orelse.env.get(author) is handled[author]:
                        del orelse.env[author]
            self.check_writes(node, then, orelse)
            flow.choice(ast.Constant(True), then, orelse, node, catch)
            if orelse.left is None:
                self.leave_unsure(node, then, orelse)
        return self.has_ended()

    def tried(self, node: ast.Try) -> tuple[Side, set[str]]:
        """The block, and what of dicts, objects and names of functions around it may have changed
        when it fails."""
        stager, before, changed = self.stager, dict(self.stager.env), set[str]()
        log, begun = stager.objects.written, len(stager.objects.written)

        def note() -> None:
            shared = stager.definition.shared
            changed.update(
                key for key, term in stager.env.items()
                if key in before and before[key] is not term and not key.startswith("@")
                and (not key.isidentifier() or key in shared)
            )  # fmt: skip
            changed.update(key for key in log[begun:] if key in before)

        *first, last = node.body
        puts_last = isinstance(last, ast.Assign | ast.AugAssign) and not self.calls_author(last)
        body = [*first, Continuation(note), last] if puts_last else [*node.body, Continuation(note)]
        then = stager.flow.side(body)
        if not puts_last:
            changed.update(key for key in log[begun:] if key in before)
        for key in changed:
            if isinstance(before[key].type, Cell):
                raise stager.refuse(
                    node,
                    "this `try` block changes what a dict has in it, and its handler goes on",
                    help="make it behind the block",
                )
        return then, changed

    def calls_author(self, stmt: ast.stmt) -> bool:
        """Whether a statement calls what may change dicts and objects."""
        calls = [n.func for n in ast.walk(stmt) if isinstance(n, ast.Call)]
        found = map(self.stager.invocations.callees.static_object, calls)
        return any(f is None or self.stager.invocations.callees.is_author(f) for f in found)

    def leave_unsure(self, node: ast.Try, then: Side, orelse: Side) -> None:
        """Behind a handler that goes on, names that the block may have bound before it failed
        can be read only where a flag tells that it has not failed."""
        env = self.stager.env
        unsure = bound_before_failing(node.body) & then.env.keys() - orelse.env.keys()
        known = {author: env[author] for author in unsure if author in env}
        self.may_have_changed(known, env)
        for author, flag in env.items():
            sides = [_truth(side.env.get(author)) for side in (then, orelse)]
            if isinstance(flag.expr, ast.Name) and None not in sides and sides[0] != sides[1]:
                self.stager.flow.told[flag.expr.id] = Told(bool(sides[0]), known)

    def at_exception(self, node: ast.Try) -> dict[str, Term]:
        """What names mean in a handler: those that the block binds may be bound or not."""
        env = dict(self.stager.env)
        self.may_have_changed(bound_before_failing(node.body), env)
        return env

    def may_have_changed(self, authors: Iterable[str], env: dict[str, Term]) -> None:
        """Names whose value is not known, since the `try` block was left half way."""
        note = "value that the `try` block may have changed"
        for author in authors:
            if author in env:
                env[author] = Term(env[author].expr, Opaque(note), True)

    def catch(self, handlers: Sequence[ast.ExceptHandler]) -> Catch:
        types = [self.caught_types(handler) for handler in handlers]
        if len(types) == 1:
            return Catch(types[0], self.caught_name(handlers))
        if None in types:
            return Catch(None, self.caught_name(handlers))
        flat = [
            each
            for found in types
            for each in (found.elts if isinstance(found, ast.Tuple) else [found])
        ]
        parts = [part for part in flat if part is not None]
        return Catch(ast.Tuple(parts, ast.Load()), self.caught_name(handlers))

    def caught_types(self, handler: ast.ExceptHandler) -> ast.expr | None:
        if handler.type is None:
            return None
        types: ast.expr = self.stager.rewritten(handler.type)
        return types

    def caught_name(self, handlers: Sequence[ast.ExceptHandler]) -> str | None:
        named = [handler.name for handler in handlers if handler.name]
        if len(handlers) > 1:
            value = self.opaque_name("error")
        elif named:
            value = self.opaque_name(named[0])
        else:
            return None
        for author in named:
            self.stager.env[author] = Term(name(value), AN_EXCEPTION)
        return value

    def handle(self, handlers: Sequence[ast.ExceptHandler], catch: Catch) -> None:
        """The handler of the exception, told by its class where there are several."""
        first, *others = handlers
        if not others:
            self.stager.flow.block(first.body)
            return
        assert catch.target is not None and first.type is not None
        types = self.stager.rewritten(first.type)
        is_first = ast.Call(name("isinstance"), [name(catch.target), types], [])
        test = ast.copy_location(Given(Term(is_first, BOOL)), first)
        otherwise: list[ast.stmt] = [Continuation(lambda: self.handle(others, catch))]
        if len(others) == 1:
            otherwise = others[0].body
        self.stager.flow.block([ast.copy_location(ast.If(test, first.body, otherwise), first)])

    def check_writes(self, node: ast.Try, then: Side, orelse: Side) -> None:
        """An array that the block has written to, perhaps in part, when the exception came."""
        if orelse.left == "raise":
            return
        for key, term in then.env.items():
            if not key.startswith("@") or key[1:] not in self.stager.storages.terms:
                continue
            before = self.stager.env.get(key)
            made_inside = before is None and not self.is_from_before(key[1:])
            if not made_inside and (before is None or before.expr is not term.expr):
                raise self.stager.refuse(
                    node,
                    "this `try` block writes into an array, and its handler goes on",
                    help="write into a copy, and bind the array behind the block",
                )

    def is_from_before(self, storage: str) -> bool:
        """Whether a name that is known before the block has this array."""
        known = self.stager.storages
        return any(
            isinstance(term.expr, ast.Name) and known.storage(term.expr.id) == storage
            for term in self.stager.env.values()
        )


def _raises(body: Sequence[ast.stmt]) -> bool:
    """Whether a handler ends with an exception on every path."""
    return leaves(body) == "always" and not ways_out(body)


def _truth(term: Term | None) -> int | None:
    """The truth value that a flag has on a path, if it is known."""
    num = term.num if term is not None else None
    return num.value.known if num is not None and num.kind == "b" and num.value else None


def bound_before_failing(body: Sequence[ast.stmt]) -> set[str]:
    """The names that a block may have bound when one of its statements fails."""
    failing = [at for at, stmt in enumerate(body) if not _never_fails(stmt)]
    if not failing:
        return set()
    before, last = body[: failing[-1]], body[failing[-1]]
    found = {author for stmt in before for author in bound_names(stmt)}
    return found if _binds_last(last) else found | {*bound_names(last)}


def _never_fails(stmt: ast.stmt) -> bool:
    """Whether a statement only names, or keeps, what there is: `taken = True`, `xs.append(x)`."""
    match stmt:
        case ast.Assign(targets=[ast.Name()], value=ast.Name() | ast.Constant()) | ast.Pass():
            return True
        case ast.Expr(value=ast.Call(ast.Attribute(ast.Name(), "append"), [ast.Name()])):
            return True
    return False


def _binds_last(stmt: ast.stmt) -> bool:
    """Whether a statement binds its name when all that may fail has been done."""
    match stmt:
        case (
            ast.Assign(targets=[ast.Name()])
            | ast.AnnAssign(target=ast.Name())
            | ast.AugAssign(target=ast.Name())
        ):
            return not any(isinstance(n, ast.NamedExpr) for n in ast.walk(stmt))
    return False


def _reads_exception(handler: ast.ExceptHandler) -> bool:
    """Whether a handler asks what has been raised."""
    names = (node for stmt in handler.body for node in ast.walk(stmt))
    return any(isinstance(node, ast.Name) and node.id == handler.name for node in names)
