"""The profile table and what a user lays over it."""

from __future__ import annotations

from pathlib import Path

import pytest

from rushes.analysis.profiles import Profiles, load_profiles
from rushes.analysis.scenes import ScenesConfig
from rushes.analysis.transcript_configuration import TranscriptConfiguration, configuration_of
from rushes.artifacts.vocabulary import ModelProfile
from rushes.errors import ConfigurationError
from rushes.media.manifest import MediaPassConfig
from rushes.models.catalogue import Catalogue
from rushes.settings import Settings

MODELLED = [profile for profile in ModelProfile if profile is not ModelProfile.NONE]


def load(tmp_path: Path, overrides: str | None = None) -> Profiles:
    if overrides is None:
        return load_profiles(Settings(data_dir=tmp_path))
    path = tmp_path / "mine.toml"
    path.write_text(overrides)
    return load_profiles(Settings(data_dir=tmp_path, profiles_file=path))


@pytest.mark.parametrize("profile", MODELLED)
def test_every_profile_makes_a_whole_configuration_of_every_stage(
    tmp_path: Path, profile: ModelProfile
) -> None:
    profiles = load(tmp_path)
    scenes = profiles.stage(profile, "scenes")
    transcript = profiles.stage(profile, "transcript")
    assert ScenesConfig.model_validate(scenes) == ScenesConfig()
    assert set(scenes) == set(ScenesConfig.model_fields)
    configuration_of(transcript, "whisper-small")
    assert set(transcript) - {"models"} == set(TranscriptConfiguration.model_fields) - {"model"}
    assert profiles.stage(profile, "source_video") == {}


@pytest.mark.parametrize("profile", MODELLED)
def test_every_model_of_the_table_is_in_the_catalogue(
    tmp_path: Path, profile: ModelProfile
) -> None:
    catalogue = Catalogue(Settings(data_dir=tmp_path))
    for name in load(tmp_path).stage(profile, "transcript")["models"]:
        assert catalogue.entry(name).purpose == "speech"


def test_the_media_pass_is_the_same_for_all_profiles(tmp_path: Path) -> None:
    profiles = load(tmp_path)
    assert MediaPassConfig.model_validate(profiles.media_pass) == MediaPassConfig()
    for profile in MODELLED:
        assert profiles.stage(profile, "media_pass") == profiles.media_pass


def test_nothing_english_only_stands_in_for_high_quality(tmp_path: Path) -> None:
    catalogue = Catalogue(Settings(data_dir=tmp_path))
    names = load(tmp_path).stage("high_quality", "transcript")["models"]
    assert all(catalogue.entry(name).languages == "multilingual" for name in names)


def test_an_override_changes_one_key_and_leaves_the_rest(tmp_path: Path) -> None:
    ours = load(tmp_path)
    theirs = load(tmp_path, '[balanced.transcript]\nlanguage = "nl"\n')
    expected = {**ours.stage("balanced", "transcript"), "language": "nl"}
    assert theirs.stage("balanced", "transcript") == expected
    assert theirs.stage("fast", "transcript") == ours.stage("fast", "transcript")


def test_an_override_of_the_ground_reaches_every_profile(tmp_path: Path) -> None:
    profiles = load(tmp_path, "[all.transcript]\nbatch_size = 8\n[media_pass]\nlong_side = 640\n")
    assert {profiles.stage(p, "transcript")["batch_size"] for p in MODELLED} == {8}
    assert profiles.media_pass["long_side"] == 640


def test_a_list_is_replaced_not_joined(tmp_path: Path) -> None:
    profiles = load(tmp_path, '[balanced.transcript]\nmodels = ["whisper-medium"]\n')
    assert profiles.stage("balanced", "transcript")["models"] == ["whisper-medium"]


def test_what_a_caller_does_to_a_row_does_not_change_the_table(tmp_path: Path) -> None:
    profiles = load(tmp_path)
    profiles.stage("balanced", "transcript")["models"].clear()
    assert profiles.stage("balanced", "transcript")["models"]


@pytest.mark.parametrize(
    ("overrides", "named"),
    [
        ("[balansed.transcript]\nbeam_size = 1\n", "balansed"),
        ("[balanced.transcipt]\nbeam_size = 1\n", "balanced.transcipt"),
        ("[balanced.transcript]\nbeam_sise = 1\n", "balanced.transcript.beam_sise"),
        ("[media_pass]\nfps = 1\n", "media_pass.fps"),
        ('[fast.transcript]\nbeam_size = "one"\n', "fast.transcript.beam_size"),
        ('[fast.transcript]\nmodels = "whisper-tiny"\n', "fast.transcript.models"),
        ("[balanced]\ntranscript = 3\n", "balanced.transcript"),
        ("fast = 3\n", "fast"),
        ("not toml", "mine.toml"),
    ],
)
def test_a_mistake_in_the_overrides_is_named(tmp_path: Path, overrides: str, named: str) -> None:
    with pytest.raises(ConfigurationError, match=named) as caught:
        load(tmp_path, overrides)
    assert caught.value.code == "profiles_file"
    assert caught.value.remedy


def test_a_value_out_of_range_is_named(tmp_path: Path) -> None:
    row = load(tmp_path, "[fast.transcript]\nbeam_size = 0\n").stage("fast", "transcript")
    with pytest.raises(ConfigurationError, match=r"transcript\.beam_size"):
        configuration_of(row, "whisper-tiny")


def test_an_overrides_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, profiles_file=tmp_path / "gone.toml")
    with pytest.raises(ConfigurationError, match=r"gone\.toml"):
        load_profiles(settings)


@pytest.mark.parametrize("profile", ["none", "all", "best"])
def test_an_unknown_profile_is_refused_with_those_there_are(tmp_path: Path, profile: str) -> None:
    with pytest.raises(ConfigurationError, match="balanced") as caught:
        load(tmp_path).stage(profile, "transcript")
    assert caught.value.code == "unknown_profile"


def test_an_unknown_stage_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="transcript") as caught:
        load(tmp_path).stage("fast", "smells")
    assert caught.value.code == "unknown_stage"
