# syntax=docker/dockerfile:1
# The last stage is the image of the orchestrator; `--target devnet` has the sources too, and what local networks need.

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# The image's own Node is new enough, so the ones that npm brings stay out.
RUN npm ci --no-audit --no-fund --omit=dev && rm -rf node_modules/node-linux-* node_modules/node-bin-*

FROM build AS devnet
ENV NODE_ENV=development
USER node
CMD ["node", "--no-warnings", "scripts/local-network.ts"]

FROM node:24-slim AS orchestrator
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/* \
    && install --directory --owner=node --group=node /data
ENV NODE_ENV=production \
    MADARA_ORCHESTRATOR_DATA_DIR=/data \
    MADARA_ORCHESTRATOR_HEALTH_FILE=/tmp/orchestrator-health.json
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE ./
COPY bin bin
COPY contracts contracts
USER node
VOLUME /data
# The program drains on SIGTERM; tini passes it on and collects what is left of others.
STOPSIGNAL SIGTERM
ENTRYPOINT ["tini", "--", "node", "/app/bin/orchestrator.js"]
CMD ["--help"]
# Looks at a file that `run` writes every ten seconds, outside /data, which containers may share. Asks no system.
HEALTHCHECK --interval=30s --timeout=15s --start-period=60s --retries=3 \
    CMD ["node", "/app/bin/orchestrator.js", "healthy"]
