"""Invariants that several stages share."""

from pathlib import Path

from sqlalchemy import Connection

from assets.stage_asset import Verdict
from rushes.db.sql import load_sql

_HERE = Path(__file__).parent


def boxes_outside_their_frames(connection: Connection, run_id: str) -> Verdict:
    """Every bounding box of the run lies within its frame, up to a pixel."""
    outside = connection.execute(load_sql(_HERE, "boxes_outside"), {"run_id": run_id}).scalar_one()
    return Verdict(outside == 0, {"boxes outside their frames": outside})


def artifacts_outside_the_film(connection: Connection, run_id: str) -> Verdict:
    """No artifact of the run starts at or after the film's end."""
    outside = connection.execute(load_sql(_HERE, "outside_film"), {"run_id": run_id}).scalar_one()
    return Verdict(outside == 0, {"artifacts outside the film": outside})


def vectors_missing(connection: Connection, run_id: str) -> Verdict:
    """Every artifact of the run that names an embedding has it, and the reverse."""
    missing = connection.execute(
        load_sql(_HERE, "vectors_missing"), {"run_id": run_id}
    ).scalar_one()
    return Verdict(missing == 0, {"artifacts without their vector": missing})
