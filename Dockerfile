# syntax=docker/dockerfile:1
# One image for migrate, api, portal and worker: the command says which. The tag is pinned to a release; a build with
# --build-arg PYTHON_IMAGE=python:…@sha256:… takes exactly that image (docs/operations.md says how to get the digest).

ARG PYTHON_IMAGE=python:3.11.14-slim-bookworm
FROM ${PYTHON_IMAGE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
RUN python -m venv /opt/vestibule
# First what changes rarely: this layer is kept until the lock changes.
COPY requirements-runtime.lock ./
RUN /opt/vestibule/bin/pip install --no-deps --require-hashes -r requirements-runtime.lock
COPY pyproject.toml README.md LICENSE ./
COPY clinic clinic
COPY adapters adapters
COPY runtime runtime
COPY api api
COPY patient_portal patient_portal
RUN /opt/vestibule/bin/pip install --no-deps --no-build-isolation . \
    && /opt/vestibule/bin/pip uninstall --yes setuptools pip
# Babel knows a thousand languages and places, 33 MB; we speak English and Spanish. What all languages share stays.
RUN cd /opt/vestibule/lib/python3.11/site-packages \
    && find babel/locale-data -name '*.dat' ! -name root.dat ! -name 'en.dat' ! -name 'en_*' ! -name 'es.dat' ! -name 'es_*' -delete \
    && find wtforms/locale -mindepth 1 -maxdepth 1 ! -name en ! -name es -exec rm -r {} +

FROM ${PYTHON_IMAGE}
ENV PATH=/opt/vestibule/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# Files the product writes go to /srv/vestibule/var, which is a volume; everything else is read-only for it.
# The font for Chinese, Japanese and Korean letters in PDFs (decision 0034): 2 MB to load, 7 MB on the disk.
RUN apt-get update && apt-get install --yes --no-install-recommends fonts-droid-fallback && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /srv/vestibule --shell /usr/sbin/nologin vestibule \
    && install -d -o vestibule -g vestibule -m 0700 /srv/vestibule /srv/vestibule/var
COPY --from=build /opt/vestibule /opt/vestibule
USER 10001
WORKDIR /srv/vestibule
VOLUME ["/srv/vestibule/var"]
EXPOSE 8000 8001 8002
STOPSIGNAL SIGTERM
# API, portal or worker (VESTIBULE_WORKER_LISTEN), whichever runs here. A check that started our program would take a second
# of a processor each time, and one that asked the database would restart everything when the database is away.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["python", "-I", "-S", "-c", "import sys, urllib.request\nfor port in (8000, 8001, 8002):\n try: sys.exit(urllib.request.urlopen(f'http://127.0.0.1:{port}/healthz', timeout=3).status != 200)\n except OSError: pass\nsys.exit(1)"]
ENTRYPOINT ["vestibule"]
CMD ["--help"]
