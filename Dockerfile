# The packages are installed, hash by hash, in a stage that is thrown away.
FROM python:3.12.12-slim-bookworm AS packages
RUN python -m venv --without-pip /opt/venv
COPY requirements.lock ./
RUN pip --python /opt/venv/bin/python install --no-cache-dir --disable-pip-version-check \
        --require-hashes --no-deps --only-binary :all: -r requirements.lock \
    && python -m compileall -q /opt/venv/lib

FROM python:3.12.12-slim-bookworm
LABEL org.opencontainers.image.title="GenAI Auto" org.opencontainers.image.licenses="MIT"
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    API_HOST=0.0.0.0 \
    DATA_DIR=/app/data

# The root file system may be read-only: only /app/data and /tmp are written to.
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin genai \
    && install -d -o genai -g genai -m 700 /app/data
WORKDIR /app
COPY --from=packages /opt/venv /opt/venv
COPY alembic.ini ./
COPY migrations ./migrations
COPY static ./static
COPY rag ./rag
COPY agents ./agents
COPY app ./app

USER genai
VOLUME /app/data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=90s --retries=5 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/live', timeout=4)"]
CMD ["python", "-m", "app.cli", "serve"]
