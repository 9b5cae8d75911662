"""A tree to a query of tantivy, with Quickwit's meaning of it.

Quickwit reads words without an operator as joined by AND, lets a negation stand alone anywhere,
and knows wildcards; tantivy's own reading differs in all three.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import tantivy
from tantivy import Occur, Query

from quickwit.node.messages import BadRequestError, NotServedError
from quickwit.node.query_tree.fields import Searchable, SearchableFields
from quickwit.node.query_tree.literals import exact_query, json_query, text_query
from quickwit.node.query_tree.parsing import Tree, parse_with_sets_cut
from quickwit.node.query_tree.wildcards import as_regex, has_wildcard, unescaped

MAX_CLAUSES = 10_000
KEPT_SETS = 64
FEW_VALUES = 8

_Clauses = list[tuple[Occur, Query]]


@dataclass(frozen=True, slots=True)
class NumberSet:
    """A long set of whole numbers. `path` is its column, "" where the field has no single one."""

    query: Query
    path: str
    numbers: frozenset[int]


@dataclass(frozen=True, slots=True)
class Built:
    """A query as what is asked for minus long sets of numbers.

    Who looks at the best hits alone may leave `without` out of the engine's work, which goes
    through every number for every search, and check the hits instead.
    """

    positive: Query
    without: tuple[NumberSet, ...] = ()

    @property
    def query(self) -> Query:
        """The whole query."""
        return self.minus([one.query for one in self.without])

    def minus(self, taken: Sequence[Query]) -> Query:
        """What is asked for minus other queries."""
        if not taken:
            return self.positive
        return _joined([(Occur.Must, self.positive), *((Occur.MustNot, one) for one in taken)])


class QueryBuilder:
    """Builds queries for one index. Used by any number of threads."""

    def __init__(self, schema: tantivy.Schema, fields: SearchableFields) -> None:
        self._schema = schema
        self._fields = fields
        self._kept_set = lru_cache(maxsize=KEPT_SETS)(self._set_of_numbers)

    def build(self, text: str, search_fields: Sequence[str]) -> Built:
        """The query of a text. `BadRequestError` where it does not parse or names no such field.

        `search_fields` are those of words without a field; none means the index's default.
        """
        parsed = parse_with_sets_cut(text)
        names = tuple(search_fields) or self._fields.default_names
        for name in names:
            self._fields.indexed(name)
        return _Building(self, self._fields, self._schema, names, parsed.sets).built(parsed.tree)

    def kept_set(self, name: str, numbers: str) -> NumberSet:
        """A set of numbers from its text, built once for as long as it comes again."""
        return self._kept_set(name, numbers)

    def _set_of_numbers(self, name: str, numbers: str) -> NumberSet:
        found = self._fields.indexed(name)
        values = found.whole_numbers(numbers.replace('"', "").split())
        query = Query.term_set_query(self._schema, found.path, values)
        field = found.field
        is_column = field.is_fast and not field.is_array and field.type in ("u64", "i64")
        return NumberSet(query, found.path if is_column else "", frozenset(values))


class _Building:
    """One tree on its way to a query."""

    def __init__(
        self,
        builder: QueryBuilder,
        fields: SearchableFields,
        schema: tantivy.Schema,
        names: tuple[str, ...],
        sets: dict[str, str],
    ) -> None:
        self._builder = builder
        self._fields = fields
        self._schema = schema
        self._names = names
        self._sets = sets
        self._left = MAX_CLAUSES
        self._taken_away: list[NumberSet] = []

    def built(self, tree: Tree) -> Built:
        if tree["type"] != "bool":
            return Built(self.query(tree))
        clauses = self._clauses(tree)
        ours = {id(query) for occur, query in clauses if occur == Occur.MustNot}
        without = tuple(one for one in self._taken_away if id(one.query) in ours)
        apart = {id(one.query) for one in without}
        rest = [clause for clause in clauses if id(clause[1]) not in apart]
        return Built(_joined(rest) if rest or not without else Query.all_query(), without)

    def query(self, tree: Tree) -> Query:
        self._left -= 1
        if self._left < 0:
            raise BadRequestError(f"the query has too many clauses, at most {MAX_CLAUSES}")
        match tree["type"]:
            case "bool":
                return _joined(self._clauses(tree))
            case "literal":
                return self._literal(tree)
            case "set":
                return self._set(tree)
            case "range":
                return self._range(tree)
            case "exists":
                found = self._fields.fast(tree["field"])
                return Query.exists_query(found.path)
            case "all":
                return Query.all_query()
            case "boost":
                return Query.boost_query(self.query(tree["underlying"]), tree["boost"])
        raise NotServedError(f"the embedded node does not serve {tree['type']} queries")

    def _clauses(self, tree: Tree) -> _Clauses:
        """The clauses of a bool, with those of a nested AND lifted into it.

        Lifting keeps the meaning, spares the engine levels, and lets `a AND NOT b` take b away
        from a instead of from everything. What is no `b OR c` is neither b nor c.
        """
        found: _Clauses = []
        for occur, clause in tree["clauses"]:
            if occur == "must_not":
                taken = (self._taken_query(one) for one in _alternatives(clause))
                found.extend((Occur.MustNot, one) for one in taken)
            elif occur == "should":
                found.append((Occur.Should, self.query(clause)))
            elif clause["type"] == "bool" and _is_conjunction(clause):
                found.extend(self._clauses(clause))
            else:
                found.append((Occur.Must, self.query(clause)))
        return found

    def _taken_query(self, tree: Tree) -> Query:
        """The query of what is taken away; a long set of a column is remembered."""
        if tree["type"] == "set" and (numbers := self._long_set(tree)) and numbers.path:
            self._taken_away.append(numbers)
            return numbers.query
        return self.query(tree)

    def _literal(self, tree: Tree) -> Query:
        name = tree["field_name"]
        if name is not None:
            return self._literal_in(self._fields.indexed(name), tree)
        if not self._names:
            raise BadRequestError("invalid query: no default search field and none given")
        found = [self._literal_in(self._fields.indexed(one), tree) for one in self._names]
        return found[0] if len(found) == 1 else _joined([(Occur.Should, one) for one in found])

    def _literal_in(self, found: Searchable, tree: Tree) -> Query:
        phrase, is_quoted = tree["phrase"], tree["delimiter"] != "none"
        if not is_quoted and has_wildcard(phrase):
            return self._wildcard(found, phrase)
        text = phrase if is_quoted else unescaped(phrase)
        if found.field.type == "text":
            slop = tree["slop"] if is_quoted else None
            return text_query(self._schema, found, text, slop, tree["prefix"])
        if tree["prefix"]:
            raise BadRequestError(f"invalid query: `{found.field.name}` has no prefixes")
        if found.field.type == "json":
            return json_query(self._schema, found, text)
        return exact_query(self._schema, found, text)

    def _wildcard(self, found: Searchable, phrase: str) -> Query:
        if found.field.type != "text":
            raise BadRequestError(
                f"invalid query: wildcard on `{found.field.name}`, which is no text"
            )

        def normalize(part: str) -> str:
            tokens = found.tokens(part) if part else [(0, "")]
            if len(tokens) != 1:
                raise BadRequestError(f"invalid query: {part!r} of a wildcard is no single term")
            return tokens[0][1]

        try:
            return Query.regex_query(self._schema, found.path, as_regex(phrase, normalize))
        except ValueError as error:  # the automaton of the pattern is too large
            raise BadRequestError(f"invalid query: wildcard {phrase[:80]!r} is too much") from error

    def _set(self, tree: Tree) -> Query:
        name, elements = tree["field"], tree["elements"]
        if name is None:
            raise BadRequestError("invalid query: a set needs a field")
        if numbers := self._long_set(tree):
            return numbers.query
        found = self._fields.indexed(name)
        if found.field.type == "json":
            raise NotServedError("the embedded node does not serve sets on json fields")
        values = [found.value(element) for element in elements]
        if len(values) > FEW_VALUES:
            return Query.term_set_query(self._schema, found.path, values)
        # A set goes through all that it matches; single terms are skipped through.
        terms = [Query.term_query(self._schema, found.path, value, "basic") for value in values]
        return Query.const_score_query(_joined([(Occur.Should, one) for one in terms]), 1.0)

    def _long_set(self, tree: Tree) -> NumberSet | None:
        name, elements = tree["field"], tree["elements"]
        if name is None or len(elements) != 1 or elements[0] not in self._sets:
            return None
        return self._builder.kept_set(name, self._sets[elements[0]])

    def _range(self, tree: Tree) -> Query:
        if tree["field"] is None:
            raise BadRequestError("invalid query: a range needs a field")
        found = self._fields.ranged(tree["field"])
        bounds = (tree["lower"], tree["upper"])
        low, high = (found.value(b["value"]) if "value" in b else None for b in bounds)
        if low is None and high is None:
            return Query.exists_query(found.path)
        return Query.range_query(
            self._schema,
            found.path,
            found.engine_type,
            low,
            high,
            include_lower=tree["lower"]["type"] != "exclusive",
            include_upper=tree["upper"]["type"] != "exclusive",
        )


def _alternatives(tree: Tree) -> Iterator[Tree]:
    """The parts of an OR, of each of them in turn too; a tree that is none is its only part."""
    clauses = tree["clauses"] if tree["type"] == "bool" else []
    if clauses and all(occur == "should" for occur, _ in clauses):
        for _, clause in clauses:
            yield from _alternatives(clause)
    else:
        yield tree


def _is_conjunction(tree: Tree) -> bool:
    """Whether every clause has to hold: no OR in it, and not empty."""
    clauses = tree["clauses"]
    return bool(clauses) and all(occur != "should" for occur, _ in clauses)


def _joined(clauses: _Clauses) -> Query:
    if not clauses:
        return Query.empty_query()
    if all(occur == Occur.MustNot for occur, _ in clauses):
        clauses = [(Occur.Must, Query.all_query()), *clauses]
    if len(clauses) == 1:
        return clauses[0][1]
    return Query.boolean_query(clauses)
