"""Texts as people and attackers type them, and lexemes without a database."""

from __future__ import annotations

import random
from collections.abc import Sequence

from rushes.search.query.lexemes import WordLexemes
from rushes.search.query.parsing import Query, parse
from rushes.search.query.tree import Scope
from rushes.search.words import tokens

STOP_WORDS = frozenset({"the", "of", "to", "be", "or", "not", "and", "a", "it's"})
PIECES = (
    *('"', "'", "\\", "%", "_", "(", ")", "[", "]", "{", "}", "!", "&", "|", "^2", "~3", ":"),
    *("*", "?", "-", "--", "+", "/", "<", ">", "=", "#", "@", "$", ",", ".", ";", "\u201c"),
    *(" ", "  ", "\t", "\n", "\r", "\0", "\x0b", "\x1b", "\x7f", "\u3000", "\xa0", "\u200b"),
    *(" OR ", " AND ", " NOT ", " or ", "-(", ") OR (*", "* OR *", "NOT NOT ", "- - ", "+-"),
    *("said:", "written:", "object:", "place:", "person:", "language:", "library:", "file:"),
    *("library_slug:", "rev:", "doc_id:", "_source:", "IN [", "TO", "[* TO *]", "rev:[1 TO 5]"),
    *("dog", "dogs", "gard*", "*gard", "g?rd", "the", "it's", "RE-16", "a.b@c.de", "12:30"),
    *("http://x.y/z?a=b&c=d", "C:\\Films\\new", '5" screen', '"new york"', "/a.*/", "1e400"),
    *(
        "שלום",
        "日本語",
        "日本*",
        "ไทย",
        "\u202e",
        "🎬",
        "👨‍👩‍👧",
        "e\u0301",
        "\u0301",
        "İ",
        "ß",
        "ſ",
    ),
    *("\ud800", "\udfff", "\ue000", "\uffff", "\U0010ffff", "ª", "½", "ﬀ", "Ꭰ", "ꭰ", "\u0345"),
)
HOSTILE = (
    *(piece * 150 for piece in PIECES),
    *("(" * 2000, ")" * 2000, '"' * 1999, "-" * 2000, "NOT " * 500, "+" * 2000, "- " * 999),
    *("-(" * 999, "NOT (" * 399, "(NOT " * 399, "(-" * 999, "((a) " * 399, "+(" * 999),
    *("(" * 1000 + ")" * 1000, "(" * 999 + "a" + ")" * 999, "(" * 20 + "a" + ")" * 20),
    *("(a OR -(b " * 20 + "c" + "))" * 20, "-(a (" * 19 + "x" + "))" * 19, "x" * 2000),
    *("a " * 1000, "OR " * 666, "AND " * 500, "x) OR (*", "* OR library_slug:x", '" OR "'),
    *('") OR (rev:*', "\\", '\\"', '"\\"', "a\\", '"a\\" OR rev:*', "said:" * 400, "a:" * 999),
    *("日" * 2000, "a-" * 999, "a*" * 999, "library:" + '"' * 99, 'library:"a" OR rev:*"'),
)


def fake_lexemes(words: Sequence[str]) -> dict[str, WordLexemes]:
    """English of a kind: an s at the end is none, and stop words are left out."""
    return {
        word: WordLexemes(
            tuple({word.lower(), word.lower().removesuffix("s") or word}),
            word.lower() in STOP_WORDS,
        )
        for word in words
        if len(tokens(word)) == 1
    }


def ask(text: str, scope: Scope = Scope.ALL) -> Query:
    return parse(text, scope, fake_lexemes)


def random_text(source: random.Random) -> str:
    def character() -> str:
        return chr(source.choice((source.randrange(0x80), source.randrange(0x110000))))

    count = source.choice((1, 2, 3, 5, 8, 30))
    return "".join(
        source.choice(PIECES) if source.random() < 0.8 else character() for _ in range(count)
    )
