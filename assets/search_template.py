"""The index template, and whether the engine in use takes it."""

import secrets

import dagster as dg

from resources.quickwit import QuickwitResource
from rushes.search.quickwit.errors import QuickwitError
from rushes.search.quickwit.template import (
    compile_template,
    config_hash,
    differences,
    load_template,
)

_SCRATCH_PREFIX = "rushes-template-check-"
"""Not the prefix of the generations, so that none of these is ever taken for one."""


@dg.asset(
    group_name="search",
    kinds={"quickwit"},
    description=(
        "`quickwit/media_scenes_index_template.json`, from which every index is made. Where it "
        "changes, a new generation is built by itself."
    ),
)
def search_index_template() -> dg.MaterializeResult:
    """What the template of this code says."""
    template = load_template()
    mapping = template["doc_mapping"]
    return dg.MaterializeResult(
        data_version=dg.DataVersion(config_hash(template)),
        metadata={
            "config hash": config_hash(template),
            "fields": len(mapping["field_mappings"]),
            "mode": mapping["mode"],
            "template": dg.MetadataValue.json(template),
        },
    )


@dg.asset_check(
    asset=search_index_template,
    blocking=True,
    description="The engine makes an index of it, and says that it is what was asked for.",
)
def template_is_accepted(quickwit: QuickwitResource) -> dg.AssetCheckResult:
    """Make a scratch index, read it back, compare, and drop it."""
    name = f"{_SCRATCH_PREFIX}{secrets.token_hex(4)}"
    wanted = compile_template(name)
    try:
        quickwit.client.create_index(wanted)
        try:
            differing = differences(wanted, quickwit.client.describe_index(name))
        finally:
            quickwit.client.delete_index(name)
    except QuickwitError as error:
        return dg.AssetCheckResult(passed=False, metadata={"code": error.code, "why": str(error)})
    return dg.AssetCheckResult(
        passed=not differing,
        metadata={"index": name, "differences": "\n".join(differing) or "none"},
    )
