"""Everything the stand-in providers remember, in one SQLite database."""

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS memory (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    sid TEXT NOT NULL UNIQUE,
    direction TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    body TEXT NOT NULL,
    status TEXT NOT NULL,
    error_code INTEGER,
    segments INTEGER NOT NULL,
    num_media INTEGER NOT NULL,
    service_sid TEXT,
    callback TEXT,
    created INTEGER NOT NULL,
    sent INTEGER,
    updated INTEGER NOT NULL,
    listed_from REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS messages_by_recipient ON messages (recipient, seq);
CREATE INDEX IF NOT EXISTS messages_by_sender ON messages (sender, seq);

CREATE TABLE IF NOT EXISTS message_steps (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sid TEXT NOT NULL,
    status TEXT NOT NULL,
    error_code INTEGER,
    due_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS message_steps_due ON message_steps (due_at, id);

CREATE TABLE IF NOT EXISTS opt_outs (number TEXT PRIMARY KEY);

CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    customer TEXT,
    subscription TEXT,
    created INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, created, seq);
CREATE INDEX IF NOT EXISTS objects_by_customer ON objects (customer, kind, created, seq);

CREATE TABLE IF NOT EXISTS payers (phone TEXT NOT NULL, customer TEXT NOT NULL, PRIMARY KEY (phone, customer));

CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    created INTEGER NOT NULL,
    pending INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_by_time ON events (created, seq);

CREATE TABLE IF NOT EXISTS idempotency (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    reference TEXT NOT NULL,
    lane TEXT NOT NULL,
    url TEXT NOT NULL,
    content TEXT NOT NULL,
    facts TEXT NOT NULL,
    token TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'flying', 'delivered', 'gave_up')),
    held INTEGER NOT NULL DEFAULT 0,
    attempt INTEGER NOT NULL DEFAULT 0,
    due_at REAL NOT NULL,
    last_status INTEGER,
    last_error TEXT
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due_at, id) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS deliveries_flying ON deliveries (lane) WHERE state = 'flying';
CREATE INDEX IF NOT EXISTS deliveries_by_reference ON deliveries (reference);

CREATE TABLE IF NOT EXISTS faults (id INTEGER PRIMARY KEY AUTOINCREMENT, spec TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS requests (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    provider TEXT NOT NULL,
    method TEXT NOT NULL,
    route TEXT NOT NULL,
    path TEXT NOT NULL,
    params TEXT NOT NULL,
    at REAL NOT NULL,
    status INTEGER
);
CREATE TABLE IF NOT EXISTS trail (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    reference TEXT NOT NULL,
    what TEXT NOT NULL,
    at REAL NOT NULL,
    facts TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS trail_by_reference ON trail (reference, seq);

CREATE TABLE IF NOT EXISTS request_counts (
    provider TEXT NOT NULL, route TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (provider, route)
);
"""  # noqa: E501 (SQL reads better in whole lines)

_TABLES: Final = (
    "messages", "message_steps", "opt_outs", "objects", "payers", "events", "idempotency",
    "deliveries", "faults", "requests", "request_counts", "trail", "memory",
)  # fmt: skip


class Store:
    """One guarded SQLite connection; every statement commits by itself unless in `transaction()`.

    Raises sqlite3.Error for a file that cannot be opened. The file is readable by its owner only,
    because it holds numbers and texts.
    """

    def __init__(self, path: str) -> None:
        self._lock = threading.RLock()
        if path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        # A killed process loses nothing this way, only a machine that loses power does.
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the connection; the store cannot be used afterwards."""
        with self._lock:
            self._connection.close()

    def execute(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Run one statement and return the id of the row it inserted."""
        with self._lock:
            return self._connection.execute(statement, values).lastrowid or 0

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Return every row of `query`."""
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def row(self, query: str, values: Sequence[Any] = ()) -> sqlite3.Row | None:
        """Return the first row of `query`, or None."""
        with self._lock:
            found: sqlite3.Row | None = self._connection.execute(query, values).fetchone()
            return found

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; a transaction inside another joins it."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def remember(self, name: str, value: str) -> None:
        """Keep one named value."""
        self.execute("INSERT OR REPLACE INTO memory (name, value) VALUES (?, ?)", (name, value))

    def recall(self, name: str) -> str | None:
        """Return a value kept by `remember`, or None."""
        row = self.row("SELECT value FROM memory WHERE name = ?", (name,))
        return None if row is None else str(row["value"])

    def forget_everything(self) -> None:
        """Empty every table."""
        with self.transaction():
            for table in _TABLES:
                self.execute(f"DELETE FROM {table}")  # noqa: S608 (names from above)
