"""api-key: what writing calls of the HTTP API must send."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestration.cli.output import JsonOption, print_json, reported_errors, stdout


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("api-key")(api_key)


def api_key(
    path: Annotated[bool, typer.Option("--path", help="Print where it lies, not the key.")] = False,
    renew: Annotated[
        bool, typer.Option("--renew", help="Make a new one; the old one ends.")
    ] = False,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Print the key that writing calls of the HTTP API must send.

    A running server takes a new key at once.

    Examples: `rushes api-key` · `rushes api-key --path` · `rushes api-key --renew`
    """
    from rushes.errors import InvalidRequestError
    from rushes.settings import get_settings

    with reported_errors(as_json):
        settings = get_settings()
        key = settings.renew_api_key() if renew else settings.api_key_value
        if path and settings.api_key:
            raise InvalidRequestError(
                "the key is set by RUSHES_API_KEY and lies in no file", remedy="leave out --path"
            )
        if as_json:
            place = None if settings.api_key else settings.api_key_path
            print_json({"path": place} if path else {"api_key": key, "path": place})
        else:
            shown = str(settings.api_key_path) if path else key
            stdout.print(shown, markup=False, highlight=False, soft_wrap=True)
