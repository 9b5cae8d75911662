# The image of docker-compose.yml: one for Dagster's servers and the API alike.
FROM python:3.13-slim

WORKDIR /app
COPY constraints.txt pyproject.toml README.md LICENSE ./
COPY rushes ./rushes
COPY orchestration ./orchestration
COPY assets ./assets
COPY resources ./resources
COPY sensors ./sensors
COPY quickwit ./quickwit
COPY migrations ./migrations
COPY docker ./docker
# Editable, since the templates and migrations are read from beside the packages.
RUN pip install --no-cache-dir --constraint constraints.txt --editable '.[offline]' \
    && useradd --uid 10001 --create-home rushes \
    && mkdir --parents /data/dagster \
    && chown --recursive rushes /data
USER rushes
ENV RUSHES_DATA_DIR=/data DAGSTER_HOME=/data/dagster PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8470 3470 4000
CMD ["python", "-m", "orchestration.api_server", "0.0.0.0", "8470"]
