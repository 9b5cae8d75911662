"""`POST /v1/moments` over films with known moments."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient
from moment_making import Film, cluster_id

from rushes.moments.expression import MAX_WITHIN_MS

ANN, EXIT, DOG = {"person": "Ann"}, {"written": "exit"}, {"object": "dog"}
ANN_AT_EXIT = {"all": [ANN, EXIT], "within_ms": 5_000}
REFUSED: list[tuple[Any, int, str]] = [
    ({}, 422, "invalid_request"),
    ({"expression": None}, 422, "bad_expression"),
    ({"expression": {"all": []}}, 422, "bad_expression"),
    ({"expression": {"not": DOG}}, 422, "nothing_positive"),
    ({"expression": {"object": "\0"}}, 422, "bad_expression"),
    ({"expression": {"all": [DOG], "within_ms": MAX_WITHIN_MS + 1}}, 422, "bad_expression"),
    ({"expression": {"all": [DOG], "within_ms": 10**40}}, 422, "bad_expression"),
    ({"expression": DOG, "limit": 0}, 422, "invalid_request"),
    ({"expression": DOG, "limit": 51}, 422, "invalid_request"),
    ({"expression": DOG, "cursor": "?"}, 422, "bad_cursor"),
    ({"expression": DOG, "cursor": "WyJ4IiwieCIsMV0"}, 422, "bad_cursor"),
    ({"expression": DOG, "colour": "red"}, 422, "invalid_request"),
    ({"expression": DOG, "library": "nowhere"}, 404, "library_not_found"),
    ({"expression": DOG, "video_id": "nothing\0"}, 404, "video_not_found"),
    ({"expression": {"person": "Zoe"}}, 404, "person_not_found"),
    ({"expression": {"person": "\0Zoe\u00e9"}}, 404, "person_not_found"),
]


def asked(client: TestClient, expression: Any, **more: Any) -> dict[str, Any]:
    answer = client.post("/v1/moments", json={"expression": expression, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def spans(answer: dict[str, Any]) -> list[tuple[str, int, int]]:
    return [(each["video_id"], each["start_ms"], each["end_ms"]) for each in answer["moments"]]


def refused(client: TestClient, body: Any, status: int = 422) -> dict[str, Any]:
    answer = client.post("/v1/moments", json=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    return problem


def test_ann_within_five_seconds_of_a_sign(client: TestClient, films: list[Film]) -> None:
    answer = asked(client, ANN_AT_EXIT)
    assert spans(answer) == [
        ("sooner", 0, 10_000),
        ("later", 2_000, 8_000),
        ("strange", 0, 1_000),
    ]
    assert (answer["has_more"], answer["cursor"]) == (False, None)
    later = answer["moments"][1]
    assert (later["library"], later["path"]) == ("films", "later.mp4")
    assert later["evidence"] == [
        {
            "leaf": "all[0]",
            "asked": ANN,
            "found": 1,
            "artifacts": [
                {
                    "artifact_id": films[0].ids[0],
                    "kind": "person",
                    "value": cluster_id("films", "Ann"),
                    "confidence": 0.9,
                    "start_ms": 1_000,
                    "end_ms": 3_000,
                    "run_id": "later-person-balanced",
                    "producer": "model",
                    "model_profile": "balanced",
                    "origin": "analysed",
                }
            ],
        },
        {
            "leaf": "all[1]",
            "asked": EXIT,
            "found": 1,
            "artifacts": [
                {
                    "artifact_id": films[0].ids[1],
                    "kind": "ocr",
                    "value": "the exit",
                    "confidence": None,
                    "start_ms": 7_000,
                    "end_ms": 9_000,
                    "run_id": "later-written-balanced",
                    "producer": "model",
                    "model_profile": "balanced",
                    "origin": "analysed",
                }
            ],
        },
    ]


def test_only_the_library_or_the_film_that_was_asked(client: TestClient) -> None:
    assert spans(asked(client, ANN_AT_EXIT, library="other")) == [("strange", 0, 1_000)]
    assert spans(asked(client, ANN_AT_EXIT, video_id="later")) == [("later", 2_000, 8_000)]
    assert spans(asked(client, ANN_AT_EXIT, video_id="later", library="other")) == []


def test_a_page_leads_to_the_next(client: TestClient) -> None:
    first = asked(client, ANN_AT_EXIT, limit=2)
    assert first["has_more"]
    second = asked(client, ANN_AT_EXIT, limit=2, cursor=first["cursor"])
    assert spans(first) + spans(second) == spans(asked(client, ANN_AT_EXIT))
    assert second["cursor"] is None


def test_a_correction_answers_in_the_place_of_what_it_replaces(client: TestClient) -> None:
    assert spans(asked(client, {"all": [ANN, DOG]})) == [("later", 60_000, 61_000)]
    corrected = asked(client, {"all": [ANN, {"object": "cat"}]})
    assert spans(corrected) == [("sooner", 4_100, 6_000)]
    [artifact] = corrected["moments"][0]["evidence"][1]["artifacts"]
    assert artifact["origin"] == "human"


def test_a_request_may_choose_its_runs(client: TestClient) -> None:
    assert spans(asked(client, EXIT, profile="fast")) == [("sooner", 8_000, 9_000)]
    pinned = asked(client, EXIT, run_id="sooner-written-balanced")
    assert spans(pinned) == [("sooner", 4_000, 5_000)]
    assert refused(client, {"expression": EXIT, "selection": "profile"})["code"] == "bad_selection"


def test_what_must_not_be_there(client: TestClient) -> None:
    with_ann_without_exit = {"all": [ANN, {"not": EXIT}]}
    assert spans(asked(client, with_ann_without_exit, library="films")) == [
        ("sooner", 0, 4_000),
        ("sooner", 5_000, 10_000),
        ("later", 1_000, 3_000),
        ("later", 60_000, 61_000),
    ]


def test_what_is_nowhere_is_an_empty_answer(client: TestClient) -> None:
    for expression in (
        {"object": "unicorn"},
        {"all": [ANN, {"said": "the"}]},
        {"said": "xyzzy"},
        {"said": '"'},
        {"written": "😀"},
        {"any": [{"place": "x" * 2000}, {"scene": True}]},
    ):
        assert spans(asked(client, expression)) == []


def test_what_cannot_be_asked_is_refused(client: TestClient) -> None:
    told = [(body, status, refused(client, body, status)["code"]) for body, status, _ in REFUSED]
    assert told == REFUSED


def test_nesting_without_end_is_refused(client: TestClient) -> None:
    deep = '{"expression": ' + '{"all": [' * 3_000 + "]}" * 3_000 + "}"
    answer = client.post("/v1/moments", content=deep, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)


def test_the_widest_question_is_answered(client: TestClient) -> None:
    inner: dict[str, Any] = {"any": [DOG, ANN, EXIT]}
    for _ in range(6):
        inner = {"all": [inner], "within_ms": MAX_WITHIN_MS}
    assert spans(asked(client, inner, library="films")) == [
        ("sooner", 0, 10_000),
        ("later", 1_000, 70_000),
    ]
    twenty = {"all": [{"any": [ANN, {"object": f"thing {at}"}]} for at in range(10)]}
    assert len(asked(client, twenty)["moments"]) == 4
