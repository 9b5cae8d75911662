"""Contract: what each form of a query finds."""

from __future__ import annotations

import pytest

from tests.integration.node.node_process import IndexClient

DOCUMENTS = [
    {"doc_id": "a", "rev": 1, "text": "the big dog runs", "words": "dog run", "tags": ["Pet x"]},
    {"doc_id": "b", "rev": 2, "text": "a dog and a cat", "words": "dog cat", "is_good": True},
    {"doc_id": "c", "rev": 3, "text": "cat runs test", "letters": ["XRE16B"], "is_good": False},
    {"doc_id": "d", "rev": 4, "text": "taste", "at": "2024-03-01T12:00:00.250Z", "place": -5},
    {"doc_id": "e", "rev": 5, "text": 'say "hi" te*t back\\slash', "weight": 1.5, "place": 7},
]


@pytest.fixture(scope="module")
def filled(shared: IndexClient) -> IndexClient:
    """One index of five documents for all tests of this module, which only read."""
    shared.ingest(DOCUMENTS)
    return shared


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("dog", "ab"),
        ("dog runs", "a"),
        ("dog AND runs", "a"),
        ("dog OR runs", "abc"),
        ("(dog OR taste) AND -runs", "bd"),
        ("dog -runs", "b"),
        ("dog AND NOT runs", "b"),
        ("dog AND -runs", "b"),
        ("dog AND (NOT runs)", "b"),
        ("-dog", "cde"),
        ("NOT dog", "cde"),
        ("-dog -cat", "de"),
        ("-(dog OR cat)", "de"),
        ("NOT NOT dog", "ab"),
        ("taste OR -dog", "cde"),
        ("taste OR (cat AND -dog)", "cd"),
        ("+dog cat", "b"),
        ("text:dog", "ab"),
        ("text:(dog cat)", "b"),
        ("text:(dog OR cat)", "abc"),
        ("words:dog AND words:cat", "b"),
        ('"dog runs"', "a"),
        ('"big dog"', "a"),
        ('"dog big"', ""),
        ('"the runs"', ""),
        ('"big runs"~1', "a"),
        ('text:"the runs"~2', "a"),
        ("'big dog'", "a"),
        ("doc_id:IN [a c z]", "ac"),
        ("rev:IN [1 5]", "ae"),
        ("-rev:IN [1 5]", "bcd"),
        ('-rev:IN ["1" "5"]', "bcd"),
        ("-(rev:IN [1 5] OR rev:[2 TO 3])", "d"),
        ("dog -(rev:IN [1 5] OR (cat OR taste))", ""),
        ("-(dog cat)", "acde"),
        ("-(dog AND -(runs OR cat))", "abcde"),
        ("-(rev:1 OR -(dog OR taste))", "bd"),
        ("dog AND -rev:IN [1 5]", "b"),
        ('tags:IN ["Pet x"]', "a"),
        ('tags:"Pet x"', "a"),
        ("tags:pet", ""),
        ("rev:3", "c"),
        ("rev:[2 TO 3]", "bc"),
        ("rev:{2 TO 4}", "c"),
        ("rev:{2 TO 4]", "cd"),
        ("rev:[4 TO *]", "de"),
        ("rev:[* TO 2]", "ab"),
        ("rev:[* TO *]", "abcde"),
        ("rev:>=4", "de"),
        ("rev:<2", "a"),
        ("place:[-5 TO 0]", "d"),
        ("weight:[1 TO 2]", "e"),
        ("weight:1.5", "e"),
        ("is_good:true", "b"),
        ("is_good:false", "c"),
        ("is_good:*", "bc"),
        ("-is_good:*", "ade"),
        ("at:[2024-03-01T00:00:00Z TO *]", "d"),
        ("at:[2024-03-01T12:00:00.250Z TO 2024-03-01T12:00:00.250Z]", "d"),
        ("at:{2024-03-01T12:00:00.250Z TO *]", ""),
        ("at:[2024-03-01T13:00:00.250+01:00 TO *]", "d"),
        ("text:te*", "ce"),
        ("te*", "ce"),
        ("text:t?ste", "d"),
        ("text:*st*", "cd"),
        ("text:t*t", "ce"),
        (r"text:te\*t", "e"),
        ('text:"te*t"', "e"),
        ('text:"te*"', ""),
        (r'text:"\"hi\""', "e"),
        (r'text:"back\\slash"', "e"),
        ("letters:re16", "c"),
        ("letters:RE16", "c"),
        ('letters:"xre1"', "c"),
        ("letters:re17", ""),
        ("dog^2", "ab"),
        ("*", "abcde"),
        ("dog AND *", "ab"),
    ],
)
def test_a_query_finds(filled: IndexClient, query: str, expected: str) -> None:
    answer = filled.search(query)
    assert {hit["doc_id"] for hit in answer["hits"]} == set(expected)
    assert answer["num_hits"] == len(expected)


def test_words_are_looked_for_in_the_fields_asked_for(filled: IndexClient) -> None:
    assert filled.found("run") == set()
    assert filled.found("run", search_field="words") == {"a"}
    assert filled.found("cat", search_field="words") == {"b"}
    assert filled.found("cat", search_field="words,text") == {"b", "c"}


@pytest.mark.parametrize(
    "query",
    [
        "it's",
        "foo - bar",
        "-",
        '"open',
        "(open",
        "closed)",
        "unheard_of:dog",
        "rev:dog",
        "rev:-1",
        "is_good:maybe",
        "at:[soon TO *]",
        "IN [a b]",
        "kept:x",
        "text:*",
        "rev:te*",
        'words:"dog cat"',
        "(" * 51 + "dog" + ")" * 51,
        "NOT " * 51 + "dog",
    ],
)
def test_a_query_that_makes_no_sense_is_400(filled: IndexClient, query: str) -> None:
    answer = filled.ask(query)
    assert answer.status_code == 400
    assert answer.json()["message"]


def test_sets_of_thousands_are_served(filled: IndexClient) -> None:
    numbers = " ".join(map(str, range(3, 20_000)))
    assert filled.found(f"rev:IN [{numbers}]") == {"c", "d", "e"}
    for _ in range(2):  # also where the set is known already
        assert filled.found(f"text:cat AND -rev:IN [{numbers}]") == {"b"}
        assert filled.found(f"(text:cat AND (dog OR -rev:IN [{numbers}]))") == {"b"}


def test_a_set_of_quoted_numbers_takes_away_as_one_of_plain_ones(filled: IndexClient) -> None:
    plain = " ".join(map(str, range(3, 5_000)))
    mixed = " ".join(f'"{n}"' if n % 3 else f"{n}" for n in range(3, 5_000))
    for numbers in (plain, mixed, f" {mixed}  "):
        assert filled.found(f"rev:IN [{numbers}]") == {"c", "d", "e"}
        assert filled.found(f"+cat -(rev:IN [{numbers}] OR rev:[9 TO 10])") == {"b"}
        assert filled.found(f"* -(rev:IN [{numbers}] OR rev:[2 TO 2])") == {"a"}
        assert filled.found(f"cat -(rev:IN [{numbers}] OR dog)") == set()


@pytest.mark.parametrize("odd", ['"1 2"', '"1"2', '1"2"', '""', '"', '"-1"'])
def test_a_long_set_with_an_odd_number_is_read_as_a_short_one(
    filled: IndexClient, odd: str
) -> None:
    filler = '"7" ' * 100
    short, long = filled.ask(f"-rev:IN [{odd} 7]"), filled.ask(f"-rev:IN [{odd} {filler}]")
    assert short.status_code == long.status_code
    if short.status_code == 200:
        assert short.json()["hits"] == long.json()["hits"]


def test_what_is_wrong_with_a_query_is_shown_as_it_was_given(filled: IndexClient) -> None:
    answer = filled.ask("dog AND rev:IN [" + "7 " * 200 + "] AND (")
    assert answer.status_code == 400
    assert "rev:IN [7 7 7" in answer.json()["message"]


def test_a_set_inside_of_quotes_is_text(filled: IndexClient) -> None:
    numbers = " ".join(map(str, range(1000)))
    assert filled.found(f'text:"rev:IN [{numbers}]"') == set()
    assert filled.found(f'dog AND -text:"rev:IN [{numbers}]" AND -rev:IN [{numbers}]') == set()


def test_a_bracket_in_the_text_cannot_open_the_filter(filled: IndexClient) -> None:
    assert filled.ask("(x) OR (*) AND rev:1)").status_code == 400
