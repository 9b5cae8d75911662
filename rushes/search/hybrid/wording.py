"""What a model was given before a text is nobody's words, and is not shown."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import replace

from rushes.search.request import Evidence, SearchHit


def as_it_was_said(hit: SearchHit, prefixes: Mapping[str, str]) -> SearchHit:
    """The hit with what was found by meaning in its own words. `prefixes`: by key of the space."""
    prefix_of = {
        each.artifact_id: prefix
        for each in hit.reasons
        if each.space is not None and (prefix := prefixes.get(each.space))
    }
    if not prefix_of:
        return hit
    shown = [_without(each, prefix_of.get(each.artifact_id, "")) for each in hit.evidence]
    return replace(hit, evidence=tuple(shown))


def _without(evidence: Evidence, prefix: str) -> Evidence:
    return replace(
        evidence,
        text=evidence.text.removeprefix(prefix),
        snippet=evidence.snippet.removeprefix(html.escape(prefix, quote=False)),
    )
