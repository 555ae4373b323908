"""The one Alembic environment of all services; `kit.migrations` hands it its arguments."""

from __future__ import annotations

from alembic import context

_arguments = context.config.attributes
if context.is_offline_mode():
    context.configure(dialect_name="postgresql", literal_binds=True, **_arguments["options"])
else:
    context.configure(connection=_arguments["connection"], **_arguments["options"])
with context.begin_transaction():
    context.run_migrations()
