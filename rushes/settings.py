"""Every setting of Rushes: environment (`RUSHES_*`) or default. Units are in the names."""

from __future__ import annotations

import os
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from rushes.errors import ConfigurationError

PROJECT_ROOT = Path(__file__).resolve().parent.parent

_API_KEY = "api-key"
WebOrigin = Annotated[str, Field(pattern=r"^https?://[A-Za-z0-9.\[\]:_-]+$")]
"""Scheme, host and port of a web page, as its browser says it."""


class Settings(BaseSettings):
    """Where things lie and how much they may take. Immutable; made by `get_settings`."""

    model_config = SettingsConfigDict(env_prefix="RUSHES_", frozen=True, extra="ignore")

    data_dir: Path = Field(
        default=PROJECT_ROOT / ".rushes",
        description="Everything Rushes writes lies here: database, documents, cache, models, logs.",
    )
    database_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("RUSHES_DATABASE_URL", "DATABASE_URL"),
        description="A Postgres to use in place of the embedded one.",
    )
    dagster_database_url: str | None = Field(
        default=None,
        description="Dagster's own database; by default one beside the Rushes database.",
    )
    quickwit_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("RUSHES_QUICKWIT_URL", "QUICKWIT_URL"),
        description="A Quickwit to use in place of the embedded search node.",
        repr=False,  # may hold a password
    )
    dagster_home: Path | None = Field(
        default=None, validation_alias=AliasChoices("RUSHES_DAGSTER_HOME", "DAGSTER_HOME")
    )
    models_dir: Path | None = Field(default=None, description="Model weights; default: data dir.")
    offline: bool = Field(default=False, description="Never reach for the network.")

    profile: Literal["fast", "balanced", "high_quality"] = Field(
        default="balanced", description="Strength of the models."
    )
    profiles_file: Path | None = Field(default=None, description="A TOML table laid over ours.")
    cpu_threads: int = Field(default=0, ge=0, description="Threads of a model; 0: all cores.")
    stability_seconds: float = Field(default=60.0, ge=0)
    cache_budget_bytes: int = Field(default=50 * 2**30, gt=0)
    embedding_cache_bytes: int = Field(
        default=512 * 2**20, ge=0, description="Vectors kept for inputs seen before; 0: none."
    )
    vector_save: Literal["immediate", "periodic", "manual"] = Field(
        default="periodic", description="When new vectors become part of the files of an index."
    )
    vector_save_seconds: float = Field(
        default=300.0, gt=0, description="Between two saves of the policy periodic."
    )
    vector_delta_limit: int = Field(
        default=20_000, ge=1, description="Vectors beside the files after which they are rebuilt."
    )
    vector_tombstone_ratio: float = Field(
        default=0.10, gt=0, le=1, description="Deleted share after which an index is rebuilt."
    )
    vector_flat_limit: int = Field(
        default=200_000, ge=1, description="Up to so many vectors all are compared."
    )
    min_free_bytes: int = Field(default=64 * 2**20, ge=0, description="Kept free on the disk.")
    stage_timeout_seconds: float = Field(default=6 * 3600, gt=0)
    chunk_size: int = Field(default=25, ge=1, le=500, description="Films of one Dagster step.")

    clip_max_seconds: float = Field(
        default=1800.0, gt=0, description="The longest clip that is exported over HTTP."
    )
    clip_exports: int = Field(default=1, ge=1, description="Clips made over HTTP at a time.")

    host: str = Field(default="127.0.0.1", description="Loopback unless you say otherwise.")
    port: int = Field(default=8470, ge=0, le=65535)
    dagster_port: int = Field(default=3470, ge=0, le=65535)
    api_key: SecretStr | None = Field(
        default=None, description="What writing calls must send; absent: one made at first use."
    )
    cors_origins: Annotated[tuple[WebOrigin, ...], NoDecode] = Field(
        default=(), description="Web pages of other servers that may use the API, by comma."
    )
    max_body_bytes: int = Field(default=16 * 2**20, gt=0, description="What a request may send.")
    webhook_url: str | None = Field(default=None, description="Called once for a failed run.")

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _by_comma(cls, given: Any) -> Any:
        if not isinstance(given, str):
            return given
        return tuple(each.strip().rstrip("/") for each in given.split(",") if each.strip())

    @field_validator("quickwit_url")
    @classmethod
    def _server_address(cls, given: str | None) -> str | None:
        """Says what is wrong without the address itself, which may hold a password."""
        if not given:
            return None
        try:
            parts = urlsplit(given)
            is_server = bool(parts.scheme in {"http", "https"} and parts.hostname)
            is_server = is_server and parts.port != 0
        except ValueError:
            is_server = False
        if not is_server or parts.query or parts.fragment or not given.isprintable():
            raise ValueError("not the address of a server, such as http://host:7280")
        return given.rstrip("/")

    @property
    def documents_root(self) -> Path:
        return self.data_dir / "documents"

    @property
    def cache_root(self) -> Path:
        return self.data_dir / "cache"

    @property
    def models_root(self) -> Path:
        return self.models_dir or self.data_dir / "models"

    @property
    def postgres_dir(self) -> Path:
        return self.data_dir / "postgres"

    @property
    def quickwit_dir(self) -> Path:
        """The embedded search node's own."""
        return self.data_dir / "quickwit"

    @property
    def vectors_root(self) -> Path:
        """The files of the vector indexes, a folder a space."""
        return self.data_dir / "vectors"

    @property
    def dagster_home_dir(self) -> Path:
        return self.dagster_home or self.data_dir / "dagster"

    @property
    def api_key_value(self) -> str:
        """The key of writing calls: the one that is set, or that of the data directory."""
        return self.api_key.get_secret_value() if self.api_key else self.secret(_API_KEY).strip()

    @property
    def api_key_path(self) -> Path:
        """Where the key lies, unless it is set; the file is made at first use."""
        return self._secret_path(_API_KEY)

    def renew_api_key(self) -> str:
        """A new key in place of the old one, which counts no more.

        ConfigurationError where the key is set: then this file is not what counts.
        """
        if self.api_key:
            raise ConfigurationError(
                "the key is set by RUSHES_API_KEY", remedy="change it there, and restart"
            )
        self._written_secret(_API_KEY).replace(self.api_key_path)
        return self.api_key_value

    def secret(self, name: str) -> str:
        """The secret `name` of this data directory, made at first use with mode 0600."""
        path = self._secret_path(name)
        if not path.exists():
            temporary = self._written_secret(name)
            try:
                os.link(temporary, path)  # the first of several starting processes wins
            except FileExistsError:
                pass
            finally:
                temporary.unlink()
        return path.read_text()

    def _secret_path(self, name: str) -> Path:
        return self.data_dir / "secrets" / name

    def _written_secret(self, name: str) -> Path:
        """A file with a new secret, not yet under its name."""
        path = self._secret_path(name)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = path.with_name(f".{name}.{secrets.token_hex(8)}")
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as out:
            out.write(secrets.token_urlsafe(32))
        return temporary


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once. ConfigurationError names the one that is wrong."""
    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = str(first["loc"][0]).upper()
        variable = name if name.startswith("RUSHES_") else f"RUSHES_{name}"
        raise ConfigurationError(
            f"the setting {variable} is wrong: {first['msg']}", remedy="see docs/settings.md"
        ) from error
    return settings.model_copy(update={"data_dir": settings.data_dir.expanduser().resolve()})
