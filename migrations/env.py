"""Alembic's entry: runs on the connection it is handed by `rushes.db.migrate`."""

from alembic import context

from rushes.db.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
