"""The cluster's files against the code: ports, variables, names, drains, and who may call whom.

That they are what Kubernetes takes is `make check`'s business.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from prometheus_client import CollectorRegistry
from starlette.routing import Route

from gateway.app import create_app
from gateway.metrics import GatewayMetrics
from gateway.stripe import StripeWebhooks
from gateway.twilio import TwilioWebhooks
from kit.certificates import TlsFiles, facts_of, issue, make_ca, parse_certificate
from kit.clock import SystemClock
from kit.server import DRAIN_BEAT_SECONDS
from kit.settings import Settings
from protos.jobs.v1.jobs_pb2 import NewJob
from respite import jobs, service
from respite.gateway import GatewaySettings
from respite.home import CHECKOUT
from respite.processes import BY_NAME, PROCESSES, SERVICES, Process
from respite.providers import SandboxSecrets, use_sandbox
from respite.worker import WorkerSettings
from services.jobs.metrics import jobs_metrics
from services.jobs.types import JOB_TYPES
from tests.contracts.test_protos import allowed_calls
from tests.deploy.kubernetes import KUBERNETES, Cluster, Policies, cluster, where_it_can_be_built
from tests.docs.markdown import Document
from tests.respite.test_compose import FOR_SERVE, IMAGE, SERVED
from tests.respite.test_processes import settings_of

pytestmark = where_it_can_be_built

OURS = [process for process in PROCESSES if process.name != "sandbox"]
each_process = pytest.mark.parametrize("process", OURS, ids=lambda process: process.name)
MIGRATIONS = {"ADMIN_DATABASE_URL"} | {
    variable for name in SERVICES for variable in BY_NAME[name].database_variables[:2]
}


@pytest.fixture(params=["production", "sandbox"])
def built(request: pytest.FixtureRequest) -> Cluster:
    return cluster(request.param)


def variables_of(process: Process) -> set[str]:
    return {name.upper() for name in settings_of(process).model_fields}


def default(settings: type[Settings], name: str) -> float:
    return float(settings.model_fields[name].default)


def test_every_process_is_there_and_nothing_else(built: Cluster) -> None:
    assert {*built.kind("Deployment")} - {"sandbox"} == {process.name for process in OURS}
    assert {*built.kind("Job")} == {"migrate"}
    assert {*built.kind("PodDisruptionBudget")} == {process.name for process in OURS}


def test_what_is_replaced_after_the_services_can_be_told_from_them(built: Cluster) -> None:
    """docs/scaling.md leaves out what has these names on its own labels, not on its pods'."""
    left_out = "app.kubernetes.io/name notin (worker,gateway)"
    assert f"-l '{left_out}'" in (CHECKOUT / "docs/scaling.md").read_text()
    deployments = built.kind("Deployment")
    for name in ("worker", "gateway"):
        assert deployments[name]["metadata"]["labels"]["app.kubernetes.io/name"] == name


@each_process
def test_a_process_is_served_where_the_table_has_it(process: Process, built: Cluster) -> None:
    container = built.container(process.name)
    assert container["args"] == ["serve", process.name]
    ports = {each["name"]: each["containerPort"] for each in container["ports"]}
    kind = "http" if process.name == "gateway" else "grpc"
    called_at = {kind: process.port.number} if process.port else {}
    assert ports == {"health": process.health.number, **called_at}
    annotations = built.pod(process.name)["metadata"]["annotations"]
    assert annotations["prometheus.io/port"] == str(process.health.number)
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert container[probe]["httpGet"]["port"] == "health"
    assert container["readinessProbe"]["httpGet"]["path"] == process.ready_path


def test_clients_see_every_copy_of_a_service_and_call_it_by_a_name_in_its_certificate(
    built: Cluster,
) -> None:
    settings = built.settings()
    for name in SERVICES:
        spec = built.kind("Service")[name]["spec"]
        assert spec["clusterIP"] == "None"
        [port] = spec["ports"]
        assert settings[f"{name.upper()}_ADDRESS"] == f"dns:///{name}:{port['port']}"
        assert port["port"] == BY_NAME[name].port.number  # type: ignore[union-attr]
        assert name in built.kind("Certificate")[name]["spec"]["dnsNames"]


def test_all_run_the_image_that_compose_builds(built: Cluster) -> None:
    images = {built.container(name)["image"] for name in (*built.kind("Deployment"), "migrate")}
    [image] = images
    repository = image.rpartition(":")[0] or image
    assert repository.rpartition("/")[2] == SERVED["certs"]["image"]


@each_process
def test_every_variable_is_one_that_the_process_reads(process: Process, built: Cluster) -> None:
    container = built.container(process.name)
    assert {each["name"] for each in container["env"]} <= variables_of(process)
    # Service links would tell of GATEWAY_PORT=tcp://…
    assert built.pod(process.name)["spec"]["enableServiceLinks"] is False


def test_every_setting_is_read_by_somebody(built: Cluster) -> None:
    known = set.union(FOR_SERVE, *(variables_of(process) for process in PROCESSES))
    assert built.settings().keys() <= known
    secret = set.union(*({*each.secrets, *each.database_variables} for each in PROCESSES))
    assert not built.settings().keys() & secret


@each_process
def test_secrets_are_references_and_each_process_has_its_own(
    process: Process, built: Cluster
) -> None:
    secrets = {*process.secrets, *process.database_variables}
    assert built.secret_keys(process.name) == dict.fromkeys(secrets, process.name)
    assert {each["name"] for each in built.container(process.name)["env"]} == secrets


def test_migrations_take_the_urls_that_the_services_use(built: Cluster) -> None:
    taken = built.secret_keys("migrate")
    assert taken.keys() == MIGRATIONS
    assert taken.pop("ADMIN_DATABASE_URL") == "migrate"
    assert all(built.secret_keys(source)[name] == source for name, source in taken.items())


def test_nothing_secret_is_in_the_files_but_what_the_sandbox_makes_up() -> None:
    assert cluster("production").kind("Secret") == {}


@each_process
def test_a_certificate_says_what_ours_would(
    process: Process, built: Cluster, tmp_path: Path
) -> None:
    make_ca(tmp_path)
    uri = f"respite://service/{process.name}"
    ours = facts_of(parse_certificate(issue(tmp_path, process.name, uri).cert), process.name)
    spec = built.kind("Certificate")[process.name]["spec"]
    assert spec["uris"] == [ours.uri]
    assert set(spec["dnsNames"]) >= {*ours.dns_names, f"{process.name}.respite.svc"}
    assert {*spec["usages"]} == {"digital signature", "client auth", "server auth"}
    assert spec["issuerRef"]["name"] in built.kind("Issuer")


@each_process
def test_a_certificate_lies_where_the_process_looks_for_it(
    process: Process, built: Cluster
) -> None:
    spec = built.pod(process.name)["spec"]
    [volume] = [each["secret"] for each in spec["volumes"] if each["name"] == "certs"]
    [mount] = [
        each["mountPath"]
        for each in built.container(process.name)["volumeMounts"]
        if each["name"] == "certs"
    ]
    assert mount == IMAGE["TLS_DIR"]
    assert volume["secretName"] == built.kind("Certificate")[process.name]["spec"]["secretName"]
    files = TlsFiles.of(Path(mount), process.name)
    assert {each["key"]: Path(mount) / each["path"] for each in volume["items"]} == {
        "ca.crt": files.ca,
        "tls.crt": files.cert,
        "tls.key": files.key,
    }


@each_process
def test_a_process_has_time_to_drain_after_nobody_is_sent_to_it(
    process: Process, built: Cluster
) -> None:
    drains = {
        "worker": default(WorkerSettings, "worker_grace_seconds"),
        "gateway": default(GatewaySettings, "gateway_grace_seconds")
        + default(GatewaySettings, "gateway_drain_beat_seconds"),
        "jobs": jobs.GRACE_SECONDS + DRAIN_BEAT_SECONDS,
    }
    drain = drains.get(process.name, service.GRACE_SECONDS + DRAIN_BEAT_SECONDS)
    command = built.container(process.name)["lifecycle"]["preStop"]["exec"]["command"]
    before = float(command[-1])
    # an idle connection, a last settlement, the interpreter's own end
    spare = 10
    grace = built.pod(process.name)["spec"]["terminationGracePeriodSeconds"]
    assert grace >= before + drain + spare
    assert grace < before + drain + 3 * spare


def test_everything_runs_without_rights_and_on_a_root_that_cannot_be_written(
    built: Cluster,
) -> None:
    for name in (*built.kind("Deployment"), "migrate"):
        spec = built.pod(name)["spec"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] == 10001
        assert built.container(name)["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert built.container(name)["resources"]["limits"].keys() == {"memory"}


def test_the_network_lets_through_what_the_access_options_allow_and_nothing_else(
    built: Cluster,
) -> None:
    names = [*built.kind("Deployment"), "migrate"]
    policies = Policies(built)
    calls = {
        (caller, called)
        for caller in names
        for called in SERVICES
        if caller != called and policies.reaches(caller, called, "grpc")
    }
    assert calls == {(caller, called) for caller, called in allowed_calls() if caller in names}
    assert not any(policies.reaches(caller, "gateway", "grpc") for caller in names)


def test_who_may_call_a_service_is_who_is_told_its_address() -> None:
    told = {
        (process.name, name)
        for process in PROCESSES
        for name in SERVICES
        if f"{name.upper()}_ADDRESS" in variables_of(process)
    }
    assert told == allowed_calls()


def test_only_services_and_migrations_are_let_out_to_a_database(built: Cluster) -> None:
    policies = Policies(built)
    names = [*built.kind("Deployment"), "migrate"]
    assert {name for name in names if policies.lets_out(name, 5432)} == {*SERVICES, "migrate"}
    assert {name for name in names if policies.lets_out(name, 443)} == {"billing", "worker"}


def test_what_serves_metrics_takes_the_traces_too(built: Cluster) -> None:
    policies = Policies(built)
    names = [process.name for process in OURS]
    assert {name for name in names if policies.lets_out(name, 4318)} == set(names)
    assert "4318" in (CHECKOUT / "docs" / "tracing.md").read_text()


def test_the_proxy_hands_on_every_page_of_the_gateway_and_nothing_else() -> None:
    app = create_app(
        TwilioWebhooks("https://line.example.org", {"AC1": ["token"]}),
        StripeWebhooks(["whsec_1"], None, SystemClock()),
        _store,
        GatewayMetrics(CollectorRegistry()),
    )
    [rule] = cluster("production").kind("Ingress")["gateway"]["spec"]["rules"]
    handed_on = [(each["path"], each["pathType"]) for each in rule["http"]["paths"]]
    pages = [route.path for route in app.routes if isinstance(route, Route)]
    assert len(pages) == len(app.routes)
    assert sorted(handed_on) == sorted((page, "Exact") for page in pages)


async def _store(_job: NewJob) -> bool:
    return True


@each_process
def test_a_secret_without_which_a_process_does_not_start_is_told_to_be_needed(
    process: Process,
) -> None:
    made_up: dict[str, str] = {}
    use_sandbox(made_up, "http://sandbox", SandboxSecrets())
    needed = {
        name.upper()
        for name, field in settings_of(process).model_fields.items()
        if field.is_required()
    }
    refs = {
        each["name"]: each["valueFrom"]["secretKeyRef"]
        for each in cluster("production").container(process.name)["env"]
    }
    optional = {name for name, ref in refs.items() if ref.get("optional")}
    assert refs.keys() - optional == refs.keys() & needed - made_up.keys()
    [rows] = [
        table
        for table in Document.read(CHECKOUT / "docs" / "scaling.md").tables()
        if table[0][0] == "Secret"
    ]
    [[_, told, others]] = [row for row in rows if row[0] == process.name]
    assert set(re.findall("[A-Z_]{5,}", told)) == refs.keys() & needed
    assert set(re.findall("[A-Z_]{5,}", others)) == refs.keys() - needed


def test_workers_are_scaled_by_the_age_of_what_somebody_waits_for() -> None:
    autoscalers = cluster("production").kind("HorizontalPodAutoscaler")
    assert autoscalers.keys() == {process.name for process in OURS}
    [metric] = [
        each["external"]["metric"]["name"]
        for each in autoscalers["worker"]["spec"]["metrics"]
        if each["type"] == "External"
    ]
    adapter = yaml.safe_load((KUBERNETES / "prometheus-adapter.yaml").read_text())
    [rule] = adapter["rules"]["external"]
    assert rule["name"]["as"] == metric
    registry = CollectorRegistry()
    jobs_metrics(registry)
    assert rule["seriesQuery"] in {family.name for family in registry.collect()}
    [types] = re.findall(rf'{rule["seriesQuery"]}{{type=~"([^"]+)"}}', rule["metricsQuery"])
    assert set(types.split("|")) == {name for name, each in JOB_TYPES.items() if each.priority <= 1}
