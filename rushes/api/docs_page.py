"""The page that tries the API out, at `/docs`: its scripts come from this machine, not the web."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

_PAGE: Final = "/docs"
_STATIC: Final = "/docs-static"


def install(app: FastAPI) -> None:
    """Add the page; nothing of it is in the document that it shows."""
    app.mount(_STATIC, StaticFiles(directory=str(files("fastapi_offline") / "static")))

    @app.get(_PAGE, include_in_schema=False)
    def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url=app.openapi_url or "",
            title=f"{app.title} API",
            swagger_js_url=f"{_STATIC}/swagger-ui-bundle.js",
            swagger_css_url=f"{_STATIC}/swagger-ui.css",
            swagger_favicon_url=f"{_STATIC}/favicon.png",
        )
