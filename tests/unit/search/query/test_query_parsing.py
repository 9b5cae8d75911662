"""A person's text as a tree."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rushes.errors import InvalidRequestError
from rushes.search.query.lexemes import WordLexemes
from rushes.search.query.parsing import parse
from rushes.search.query.tree import (
    All,
    Any,
    Field,
    Letters,
    Node,
    Not,
    Phrase,
    Preferred,
    Prefix,
    Scope,
    Word,
)
from tests.unit.search.query.query_texts import ask, fake_lexemes


def shown(node: Node | None) -> str:
    """A tree in short: `+` for all, `|` for any; a scope before what it is for."""
    match node:
        case All(nodes):
            return f"(+ {' '.join(map(shown, nodes))})"
        case Any(nodes):
            return f"(| {' '.join(map(shown, nodes))})"
        case Not(inner):
            return f"-{shown(inner)}"
        case Preferred(inner, bonus):
            return f"{shown(inner)} rather {shown(bonus)}"
        case Field(name, values):
            return f"{name}={','.join(map(str, values))}"
        case Word(tokens=tokens, scope=scope):
            return _scoped(scope, "_".join(tokens))
        case Phrase(tokens, scope):
            return _scoped(scope, f'"{" ".join(tokens)}"')
        case Prefix(token, scope):
            return _scoped(scope, f"{token}*")
        case Letters(token, scope):
            return _scoped(scope, f"*{token}*")
    return str(node)


def _scoped(scope: Scope, text: str) -> str:
    return text if scope is Scope.ALL else f"{scope}:{text}"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("dog cat", "(+ dog cat)"),
        ("dog AND cat", "(+ dog cat)"),
        ("dog OR cat sea", "(| dog (+ cat sea))"),
        ("(dog OR cat) sea", "(+ (| dog cat) sea)"),
        ('"new york" sea', '(+ "new york" sea)'),
        ("\u201cnew york\u201d", '"new york"'),
        ("dog -cat", "(+ dog -cat)"),
        ("dog NOT cat", "(+ dog -cat)"),
        ("dog AND NOT cat", "(+ dog -cat)"),
        ("dog NOT -cat", "(+ dog cat)"),
        ('dog -"new york"', '(+ dog -"new york")'),
        ("dog -(cat sea)", "(+ dog -(+ cat sea))"),
        ("+dog", "dog"),
        ("-dog", "-dog"),
        ("gard*", "gard*"),
        ("said:dog", "transcript:dog"),
        ("-said:dog sea", "(+ -transcript:dog sea)"),
        ('WRITTEN:"no entry"', 'ocr:"no entry"'),
        ("object:(dog OR cat*) sea", "(+ (| object:dog object:cat*) sea)"),
        ("place:(beach said:dog)", "(+ place:beach transcript:dog)"),
        ("person:anna", "person:anna"),
        ("file:DSC_0012.mov", "path:dsc_0012_mov"),
        ("language:DE library:My-Films", "(+ languages=de library_slug=My-Films)"),
    ],
)
def test_the_language_of_queries(text: str, tree: str) -> None:
    assert shown(ask(text).node) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("rock'n'roll", "rock_n_roll"),
        ("RE-16", "re_16"),
        ("日本語", "日_本_語"),
        ("foo - bar", "(+ foo bar)"),
        ("foo -- bar", "(+ foo bar)"),
        ("--all", "all"),
        ("dog -.5", "(+ dog 5)"),
        ('dog "cat', "(+ dog cat)"),
        ('dog -"cat', "(+ dog cat)"),
        ('5" screen', "(+ 5 screen)"),
        ('5" x 7" wood', "(+ 5 x 7 wood)"),
        ('"one","two"', '(+ "one" "two")'),
        ("(dog cat", "(+ dog cat)"),
        ("-(dog cat", "(+ dog cat)"),
        ("dog) cat", "(+ dog cat)"),
        ("() dog (())", "dog"),
        ("dog :-) sea", "(+ dog sea)"),
        ("f(x)", "(+ f x)"),
        ("12:30", "12_30"),
        ("foo:bar", "foo_bar"),
        ('foo:"bar sea"', '(+ foo "bar sea")'),
        ("rev:[1 TO 5]", "(+ rev_1 to 5)"),
        ("http://x.y/z?q=1", "http_x_y_z_q_1"),
        ("C:\\Films\\new", "c_films_new"),
        ("he said: dog", "(+ he said dog)"),
        ("said:", "said"),
        ("said:-", "said"),
        ("dog^2", "dog_2"),
        ('"dog sea"~3', '(+ "dog sea" 3)'),
        ("*dog", "dog"),
        ("d*g", "d_g"),
        ("do?", "do"),
        ("x*", "x"),
        ("RE-16*", "re_16"),
        ("dog * sea", "(+ dog sea)"),
        ("/do.*/", "do"),
        ("dog 🎬", "dog"),
    ],
)
def test_what_is_no_language_is_plain_words(text: str, tree: str) -> None:
    query = parse(text, Scope.ALL, lambda words: {})
    assert shown(query.node) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("Portland OR", "portland rather or"),
        ("OR dog", "dog rather or"),
        ("dog AND", "dog rather and"),
        ("dog OR OR cat", "(| dog cat) rather or"),
        ("NOT", "not"),
        ("(NOT) dog", "dog rather not"),
        ("dog AND OR cat", "(+ dog cat) rather or"),
    ],
)
def test_an_operator_with_nothing_to_join_is_a_word(text: str, tree: str) -> None:
    assert shown(ask(text).node) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("the dog", "dog rather the"),
        ("the", "the"),
        ("to be OR not", "(| (+ to be) not)"),
        ("dog -the", "dog"),
        ("the -dog", "(+ the -dog)"),
        ("the library:x", "(+ the library_slug=x)"),
        ("the OR dog", "dog rather the"),
        ('the "of"', '"of" rather the'),
        ("person:the dog", "(+ person:the dog)"),
        ("said:the dog", "dog rather transcript:the"),
    ],
)
def test_words_without_weight_only_prefer(text: str, tree: str) -> None:
    assert shown(ask(text).node) == tree


def test_excluded_and_stop_words_are_not_looked_for_as_parts_of_others() -> None:
    node = ask("dog -cat").node
    assert isinstance(node, All)
    assert [isinstance(each, Word) and each.is_whole for each in node.nodes] == [False, False]
    assert node.nodes[1] == Not(Word("cat", ("cat",), ("cat",), is_whole=True))
    the = ask("the").node
    assert isinstance(the, Word)
    assert the.is_whole


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("dog sea", "(+ *dog* *sea*)"),
        ("RE-16 x", "(+ *re* *16* x)"),
        ("dog -cat", "(+ *dog* -cat)"),
        ('the dog "new york"', '(+ *dog* "new york")'),
        ("gard* said:dog library:x", "(+ *gard* transcript:*dog* library_slug=x)"),
        ("dog OR cat", "(| *dog* *cat*)"),
        ('"new york"', "None"),
        ("日 x", "None"),
        ("-dog", "None"),
        (" ".join(f"word{number}" for number in range(20)), "None"),
    ],
)
def test_loosened_to_letters(text: str, tree: str) -> None:
    assert shown(ask(text).letters) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("dog sea", "(| dog sea)"),
        ("the dog of sea", "(| dog sea)"),
        ('dog (sea OR "new york")', '(| dog sea "new york")'),
        ("dog library:x sea language:de", "(+ library_slug=x languages=de (| dog sea))"),
        ("dog", "None"),
        ("dog library:x", "None"),
        ("dog OR sea", "None"),
        ("dog -cat", "None"),
        ("dog sea NOT cat", "None"),
        ("dog sea -(cat OR new)", "None"),
        ("dog (sea OR library:x)", "None"),
    ],
)
def test_loosened_to_any_word(text: str, tree: str) -> None:
    assert shown(ask(text).any_word) == tree


@pytest.mark.parametrize("text", ["", "  \n\t", "\0\0", "\ud800"])
def test_a_blank_text_asks_for_everything(text: str) -> None:
    query = ask(text)
    assert query.node == All(())
    assert query.letters is None
    assert query.any_word is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x" * 2001, "query_too_long"),
        ("-", "empty_query"),
        ('"', "empty_query"),
        ("***", "empty_query"),
        ("🎬", "empty_query"),
        ("(" * 21 + "a" + ")" * 21, "query_too_complex"),
        ("a " * 101, "query_too_complex"),
    ],
)
def test_what_cannot_be_asked(text: str, code: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        ask(text)
    assert caught.value.code == code
    assert caught.value.remedy


def test_twenty_brackets_and_a_hundred_words_can_be_asked() -> None:
    assert shown(ask("(" * 20 + "dog" + ")" * 20).node) == "dog"
    assert len(list(ask("dog " * 100).node.nodes)) == 100  # type: ignore[union-attr]


def test_the_scope_is_that_of_words_without_a_field() -> None:
    node = ask("dog written:cat", Scope.TRANSCRIPT).node
    assert shown(node) == "(+ transcript:dog ocr:cat)"


def test_lexemes_are_asked_for_once_and_only_of_words() -> None:
    asked: list[Sequence[str]] = []

    def lexemes_of(words: Sequence[str]) -> dict[str, WordLexemes]:
        asked.append(words)
        return fake_lexemes(words)

    parse('"new york" gard library:x person:anna -(Sea OR the)', Scope.ALL, lexemes_of)
    assert asked == [["gard", "Sea", "the"]]
    parse('"new york" library:x', Scope.ALL, lexemes_of)
    assert len(asked) == 1
