"""Jump and appearances over HTTP: what is answered, and how the wrong question is refused."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient

from tests.integration.indexed_films import IndexedFilms, scene, segment


def _filled(films: IndexedFilms) -> tuple[str, str]:
    """A film with two scenes and two sentences, and its run of scenes."""
    film = films.said("the dogs bark", "nothing", "a dog")
    return film, films.run(film, [scene(0, 500), scene(500, 900, 1)])


def _refused(answer: Any) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def test_a_jump_names_the_moment_and_what_it_rests_on(
    client: TestClient, films: IndexedFilms
) -> None:
    film, run_id = _filled(films)
    answer = client.get(f"/v1/videos/{film}/jump?kind=scene&from_ms=0").json()
    assert len(answer.pop("artifact_ids")) == 1
    cursor = answer.pop("cursor")
    assert answer == {
        "video_id": film, "jump_to": {"start_ms": 500, "end_ms": 900}, "kind": "scene",
        "value": "1", "name": None, "confidence": None, "run_id": run_id, "producer": "test",
        "producer_version": "1", "model_profile": "balanced", "origin": "analysed",
    }  # fmt: skip
    back = client.get(
        f"/v1/videos/{film}/jump",
        params={"kind": "scene", "direction": "prev", "cursor": cursor},
    )
    assert back.json()["jump_to"] == {"start_ms": 0, "end_ms": 500}


def test_several_kinds_are_one_walk_and_filters_go_where_they_fit(
    client: TestClient, films: IndexedFilms
) -> None:
    film, _ = _filled(films)
    params = {"kind": ["scene", "transcript"], "text": "dog", "from_ms": 400}
    found = client.get(f"/v1/videos/{film}/jump", params=params).json()
    assert (found["kind"], found["jump_to"]["start_ms"]) == ("scene", 500)
    params["from_ms"] = 600
    found = client.get(f"/v1/videos/{film}/jump", params=params).json()
    assert (found["kind"], found["value"]) == ("transcript", "a dog")


def test_appearances_come_in_pages(client: TestClient, films: IndexedFilms) -> None:
    film, _ = _filled(films)
    params: dict[str, Any] = {"kind": "transcript", "text": "dog", "gap_ms": 500, "limit": 1}
    first = client.get(f"/v1/videos/{film}/appearances", params=params).json()
    assert (first["has_more"], len(first["appearances"])) == (True, 1)
    rest = client.get(
        f"/v1/videos/{film}/appearances", params={**params, "cursor": first["cursor"]}
    ).json()
    assert (rest["has_more"], rest["cursor"]) == (False, None)
    assert rest["appearances"][0]["jump_to"] == {"start_ms": 2000, "end_ms": 3000}
    joined = client.get(
        f"/v1/videos/{film}/jump", params={**params, "gap_ms": 1000, "group": "appearance"}
    ).json()
    assert joined["jump_to"] == {"start_ms": 0, "end_ms": 3000}
    assert len(joined["artifact_ids"]) == 2


def test_the_library_is_walked_in_pages_from_any_place(
    client: TestClient, films: IndexedFilms
) -> None:
    one, other = _filled(films)[0], _filled(films)[0]
    page = client.get("/v1/jump?kind=scene&limit=3").json()
    places = [(each["video_id"], each["jump_to"]["start_ms"]) for each in page["results"]]
    assert places == [(one, 0), (one, 500), (other, 0)]
    assert page["has_more"]
    rest = client.get("/v1/jump", params={"kind": "scene", "cursor": page["cursor"]}).json()
    assert [each["jump_to"]["start_ms"] for each in rest["results"]] == [500]
    assert rest["results"][0]["path"]
    begun = client.get(f"/v1/jump?kind=scene&video_id={other}&from_ms=0&direction=next").json()
    assert [each["video_id"] for each in begun["results"]] == [other]
    assert client.get("/v1/jump?kind=object").json() == {
        "results": [], "has_more": False, "cursor": None,
    }  # fmt: skip


def test_the_wrong_question_is_refused_with_its_code(
    client: TestClient, films: IndexedFilms
) -> None:
    film, _ = _filled(films)
    here = f"/v1/videos/{film}"
    found = client.get(f"{here}/find?q=dog").json()["cursor"]
    jumped = client.get(f"{here}/jump?kind=scene").json()["cursor"]
    across = client.get("/v1/jump?kind=scene&limit=1").json()["cursor"]
    refused = {
        (404, "no_match"): [
            f"{here}/jump?kind=scene&from_ms=500", f"{here}/jump?kind=object&label=%00dog",
            f"{here}/jump?kind=scene&run_id=nowhere", f"{here}/jump?kind=scene&cursor=end",
        ],
        (404, "video_not_found"): [
            "/v1/videos/nowhere/jump?kind=scene", "/v1/videos/%00/appearances?kind=scene",
            "/v1/jump?kind=scene&video_id=nowhere",
        ],
        (404, "person_not_found"): [f"{here}/jump?kind=person&person=%ED%A0%80"],
        (404, "library_not_found"): ["/v1/jump?kind=object&library=nowhere"],
        (422, "bad_cursor"): [
            f"{here}/jump?kind=scene&cursor={each}" for each in (found, across, "x" * 50, "")
        ] + [f"/v1/jump?kind=scene&cursor={each}" for each in (found, jumped, "W10")]
        + [f"{here}/appearances?kind=scene&cursor={across}"],
        (422, "bad_filter"): [
            f"{here}/jump?kind=scene&label=dog", f"{here}/jump?kind=object&label=",
            "/v1/jump?kind=scene&min_confidence=0.5",
        ],
        (422, "bad_selection"): [f"{here}/jump?kind=scene&selection=profile"],
        (422, "empty_query"): [f"{here}/jump?kind=ocr&text=%20"],
        (422, "invalid_request"): [
            f"{here}/jump", f"{here}/jump?kind=smell", f"{here}/jump?kind=scene&from_ms=-1",
            f"{here}/jump?kind=scene&from_ms={2**63}", f"{here}/jump?kind=scene&direction=up",
            f"{here}/jump?kind=scene&from_ms=1&cursor={jumped}",
            f"{here}/jump?kind=object&min_confidence=2", f"{here}/jump?kind=scene&gap_ms=-1",
            f"{here}/appearances?kind=scene&limit=0", "/v1/jump?kind=scene&limit=51",
            "/v1/jump?kind=scene&from_ms=3", f"/v1/jump?kind=scene&video_id={film}&cursor={across}",
        ],
    }  # fmt: skip
    for expected, paths in refused.items():
        for path in paths:
            assert _refused(client.get(path)) == expected, path


def test_no_words_are_a_fault_of_ours(client: TestClient, films: IndexedFilms) -> None:
    film = films.film()
    films.run(film, [segment("it's 100% a < b & c | d ! <-> e:* 'f'", 0, 100)])
    for query in ("100%", "a <-> b", "' or 1=1", "-", "--", '"', "!", "e:*", "<3> x", "a -b", "-b"):
        for path in (f"/v1/videos/{film}/jump", "/v1/jump"):
            answer = client.get(path, params={"kind": "transcript", "text": query})
            assert answer.status_code in (200, 404), (query, answer.text)
