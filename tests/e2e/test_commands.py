"""The commands over the sample: exit codes, the shape of their JSON, and answers that are true."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rushes.pipeline.stages import STAGE_NAMES
from tests.e2e.commands import NewRushes, Rushes
from tests.e2e.films import SAMPLE, SAMPLE_TRUTH

FILM = SAMPLE.name
NEAR_MS = 500
SHORTEST_WORD = 5
NONSENSE = "xylophone zeppelin quagmire"
EXIT_USAGE = 2

TRUTH: dict[str, Any] = json.loads(SAMPLE_TRUTH.read_text())
WORDS = [
    (re.sub(r"\W", "", word["text"]), word["start_ms"])
    for word in TRUTH["words"]
    if len(re.sub(r"\W", "", word["text"])) >= SHORTEST_WORD
]

SHAPES = {
    ("videos",): {"videos"},
    ("status",): {"places", "database", "profile", "videos", "libraries", "failures"},
    ("libraries",): {"libraries"},
    ("libraries", "scan", "films"): {"slug", "status", "asset_ids", "unchanged", "rejected"},
    ("documents", "verify"): {"drift"},
    ("documents", "rebuild"): {"documents"},
    ("documents", "replay"): {"written", "failed"},
    ("models", "list"): {"models"},
    ("cache", "status"): {"bytes", "entries", "budget_bytes", "free_bytes"},
    ("db", "upgrade"): {"before", "after"},
    ("find", FILM, "leisure"): {"video_id", "path", "matched", "matches", "has_more", "cursor"},
    ("jump", FILM): {
        "video_id",
        "jump_to",
        "artifact_ids",
        "run_id",
        "producer",
        "model_profile",
    },
}
"""Commands, and the names that their JSON object has at least."""

REFUSED = {
    ("find", "nowhere.mp4", "leisure"): "video_not_found",
    ("jump", "nowhere.mp4"): "video_not_found",
    ("artifacts", "nowhere.mp4"): "video_not_found",
    ("jump", FILM, "--from-ms", "24800"): "no_match",
    ("search", ""): "empty_query",
    ("libraries", "scan", "nowhere"): "library_not_found",
    ("index", "/nowhere/at/all"): "path_not_found",
    ("index", str(SAMPLE), "--profile", "best"): "invalid_request",
    ("index", str(SAMPLE), "--stages", "smells"): "invalid_request",
}
"""Commands that the caller got wrong, and the code of the answer."""


@dataclass(frozen=True)
class Answers:
    """A data directory over the sample, and what many commands answered there."""

    rushes: Rushes
    films: Path
    by_command: dict[tuple[str, ...], dict[str, Any]]

    def exit_code(self, *command: str) -> int:
        """The exit code of `COMMAND --json`."""
        return int(self.by_command[command]["exit_code"])

    def json(self, *command: str) -> Any:
        """What `COMMAND --json` printed."""
        return json.loads(self.by_command[command]["stdout"])


@pytest.fixture(scope="module")
def answers(folder: Path, new_rushes: NewRushes) -> Answers:
    """Index the sample and ask all questions of this module in one process."""
    films = folder / "films"
    films.mkdir()
    shutil.copy(SAMPLE, films)
    rushes = new_rushes()
    rushes("index", films)
    questions = [
        *SHAPES,
        *REFUSED,
        *(("search", word) for word, _ in WORDS),
        *(("search", f'"{spoken["text"]}"') for spoken in TRUTH["utterances"]),
        ("artifacts", FILM, "--type", "scene"),
        ("documents", "report"),
        *_walk_of_scenes(),
    ]
    return Answers(rushes, films, _ask(rushes, questions))


def _ask(rushes: Rushes, questions: list[tuple[str, ...]]) -> dict[tuple[str, ...], dict[str, Any]]:
    commands = [[*question, "--json"] for question in questions]
    answered = rushes.run("-m", "tests.e2e.many_commands", json.dumps(commands)).json
    return dict(zip(questions, answered, strict=True))


def _walk_of_scenes() -> list[tuple[str, ...]]:
    """A jump from the start of each scene but the last."""
    return [
        ("jump", FILM, "--kind", "scene", "--from-ms", str(scene["start_ms"]))
        for scene in TRUTH["scenes"][:-1]
    ]


@pytest.mark.parametrize("command", SHAPES, ids=" ".join)
def test_a_command_answers_with_one_object(answers: Answers, command: tuple[str, ...]) -> None:
    assert answers.exit_code(*command) == 0
    assert answers.json(*command).keys() >= SHAPES[command]


@pytest.mark.parametrize("command", REFUSED, ids=" ".join)
def test_a_wrong_request_is_exit_code_2_with_a_code(
    answers: Answers, command: tuple[str, ...]
) -> None:
    assert answers.exit_code(*command) == EXIT_USAGE
    error = answers.json(*command)["error"]
    assert error["code"] == REFUSED[command]
    assert error["message"]


@pytest.mark.parametrize(("word", "start_ms"), WORDS, ids=lambda value: str(value))
def test_a_word_is_found_when_it_is_said(answers: Answers, word: str, start_ms: int) -> None:
    hits = answers.json("search", word)["hits"]
    assert any(abs(hit["start_ms"] - start_ms) <= NEAR_MS for hit in hits), hits
    assert all(word.casefold() in hit["snippet"].casefold() for hit in hits)


@pytest.mark.parametrize("spoken", TRUTH["utterances"], ids=lambda spoken: spoken["text"][:20])
def test_a_whole_utterance_is_found_when_it_begins(
    answers: Answers, spoken: dict[str, Any]
) -> None:
    hits = answers.json("search", f'"{spoken["text"]}"')["hits"]
    said = [each for each in hits if each["source"] == "transcript"]
    first = min(said, key=lambda each: each["start_ms"])  # it may go on in the next scene
    assert abs(first["start_ms"] - spoken["start_ms"]) <= NEAR_MS
    assert {each["text"] for each in said} == {spoken["text"]}


def test_the_scenes_are_the_true_ones(answers: Answers) -> None:
    scenes = answers.json("artifacts", FILM, "--type", "scene")["artifacts"]
    assert [(each["payload"]["start_frame"], each["payload"]["end_frame"]) for each in scenes] == [
        (scene["start_frame"], scene["end_frame"]) for scene in TRUTH["scenes"]
    ]
    assert [each["span_start_ms"] for each in scenes[1:]] == [
        cut["time_ms"] for cut in TRUTH["cuts"]
    ]


def test_jumping_from_scene_to_scene_reaches_each_cut(answers: Answers) -> None:
    reached = [answers.json(*jump)["jump_to"]["start_ms"] for jump in _walk_of_scenes()]
    assert reached == [cut["time_ms"] for cut in TRUTH["cuts"]]


def test_every_stage_with_a_model_has_a_good_document(answers: Answers) -> None:
    rows = answers.json("documents", "report")
    without = {"media_pass", "places"}  # no model, and no weights that ship with it
    assert {(row["stage"], row["status"]) for row in rows} == {
        (stage, "ok") for stage in STAGE_NAMES if stage not in without
    }
    assert answers.json("documents", "verify")["drift"] == []


def test_nonsense_finds_nothing_and_is_no_error(answers: Answers) -> None:
    assert answers.rushes("search", "--json", NONSENSE).json["hits"] == []


def test_an_unknown_video_is_exit_code_2_and_one_line_for_people(answers: Answers) -> None:
    finished = answers.rushes("find", "nowhere.mp4", "leisure", exit_code=EXIT_USAGE)
    assert finished.stdout == ""
    assert "[video_not_found]" in finished.stderr


def test_documents_alone_bring_the_results_back(answers: Answers, new_rushes: NewRushes) -> None:
    """A new database, the old documents: no model runs, and the words are found again."""
    rushes = new_rushes()
    shutil.copytree(answers.rushes.data_dir / "documents", rushes.data_dir / "documents")
    index = ("index", str(answers.films), "--stages", "source_video")
    replay, search = ("documents", "replay"), ("search", "leisure")
    answered = _ask(rushes, [index, replay, ("search-index", "sync"), search])
    assert json.loads(answered[replay]["stdout"]) == {
        "written": len(answers.rushes.documents()) - 1,  # that of source_video stood already
        "failed": 0,
    }
    hits = json.loads(answered[search]["stdout"])["hits"]
    before = answers.json("search", "leisure")["hits"]
    told = ("path", "start_ms", "end_ms", "text", "producer", "model_profile")
    assert hits
    assert {tuple(hit[name] for name in told) for hit in hits} == {
        tuple(hit[name] for name in told) for hit in before
    }
    assert {each.doc_id for each in rushes.documents()} == {
        each.doc_id for each in answers.rushes.documents()
    }
