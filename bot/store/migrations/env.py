"""How Alembic runs here: on a connection that the caller opened (see bot/store/schema.py)."""

from alembic import context

from bot.store.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
