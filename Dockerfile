FROM python:3.13-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app

# production, or demo for the sample relying parties too
ARG LIBRARIES=production
COPY requirements requirements
RUN pip install --require-hashes --only-binary :all: -r requirements/$LIBRARIES.txt

COPY pyproject.toml README.md LICENSE ./
COPY idp idp
COPY migrations migrations
COPY clients clients
RUN pip install --no-deps --no-build-isolation --editable . \
    && python -m compileall -q idp \
    && useradd --system --home-dir /data --create-home idp

USER idp
ENV IDP_DATA_DIR=/data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["idp", "healthcheck"]
CMD ["idp", "serve", "--host", "0.0.0.0", "--workers", "2"]
