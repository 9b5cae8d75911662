"""A generation fits the database that it was made from, and no other."""

from __future__ import annotations

from sqlalchemy import Engine, text

from rushes.db.engine import make_engine
from rushes.vectors.building.database import database_identity, last_seq


def _identity(engine: Engine) -> str:
    with engine.connect() as connection:
        return database_identity(connection)


def test_it_is_the_same_whoever_asks_and_whatever_is_written(
    engine: Engine, database_url: str
) -> None:
    before = _identity(engine)
    with engine.begin() as connection:
        connection.execute(text("select nextval('embedding_seq')"))
    other = make_engine(database_url)
    assert _identity(other) == before
    other.dispose()


def test_a_copy_of_a_database_is_another_one(
    engine: Engine, administration: Engine, template_database: str
) -> None:
    name = template_database + "_copy"
    with administration.connect() as connection:
        connection.execute(text(f'create database "{name}" template "{template_database}"'))
    copy = make_engine(engine.url.set(database=name).render_as_string(hide_password=False))
    try:
        assert _identity(copy) != _identity(engine)
    finally:
        copy.dispose()
        with administration.connect() as connection:
            connection.execute(text(f'drop database "{name}" with (force)'))


def test_a_database_whose_tables_were_made_anew_is_another_one(engine: Engine) -> None:
    before = _identity(engine)
    with engine.begin() as connection:
        connection.execute(text("alter sequence embedding_seq rename to former_seq"))
        connection.execute(text("create sequence embedding_seq"))
    assert _identity(engine) != before


def test_where_the_control_file_may_not_be_read_there_is_an_identity_still(
    engine: Engine,
) -> None:
    whole = _identity(engine)
    with engine.connect() as connection, connection.begin() as transaction:
        connection.execute(
            text("revoke execute on function pg_control_system() from public, current_user")
        )
        connection.execute(text("create role onlooker"))
        connection.execute(text("grant select on embedding_seq to onlooker"))
        connection.execute(text("set local role onlooker"))
        part = database_identity(connection)
        transaction.rollback()
    assert part.startswith("unknown-")
    assert part.removeprefix("unknown-") == whole.partition("-")[2]


def test_the_last_number_is_none_before_the_first(engine: Engine) -> None:
    with engine.begin() as connection:
        assert last_seq(connection) == 0
        connection.execute(text("select nextval('embedding_seq')"))
        assert last_seq(connection) == 1
        connection.execute(text("select nextval('embedding_seq')"))
        assert last_seq(connection) == 2
