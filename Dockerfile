FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    API_HOST=0.0.0.0 \
    DATA_DIR=/app/data

WORKDIR /app
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes --no-deps -r requirements.lock \
    && python -m compileall -q /usr/local/lib/python3.12/site-packages

COPY alembic.ini ./
COPY migrations ./migrations
COPY static ./static
COPY rag ./rag
COPY agents ./agents
COPY app ./app

RUN useradd --system --uid 10001 genai && mkdir -p /app/data && chown genai /app/data
USER genai
VOLUME /app/data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=90s --retries=5 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/live', timeout=4)"]
CMD ["python", "-m", "app.cli", "serve"]
