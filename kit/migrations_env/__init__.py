"""What Alembic runs for every service; `kit.migrations` calls it, nobody imports it."""
