"""What a run makes before its processes start."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from kit.certificates import TlsFiles, issue
from kit.tls import load
from respite import certs
from respite.prepare import prepare
from tests.databases import Databases


def test_an_operator_keeps_a_certificate_that_holds(tmp_path: Path, databases: Databases) -> None:
    environment = {
        "TLS_DIR": str(tmp_path),
        "IDENTITY_DATABASE_URL": databases["identity"].writer,
        "IDENTITY_READER_DATABASE_URL": databases["identity"].reader,
    }
    files = TlsFiles.of(tmp_path, certs.OPERATOR)
    prepare(environment)
    holder = certs.operator_uri(tmp_path)
    assert holder is not None
    made = files.cert.read_bytes()
    prepare(environment)
    assert files.cert.read_bytes() == made
    issue(tmp_path, certs.OPERATOR, holder, now=datetime.now(UTC) - timedelta(days=366))
    prepare(environment)
    facts = load(files).facts
    assert (facts.uri, facts.is_due(datetime.now(UTC))) == (holder, False)
