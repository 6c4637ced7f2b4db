# The release image, from a clean checkout:
#
#   docker build --build-arg CONVI_COMMIT="$(git describe --always --dirty --exclude='*' --abbrev=12)" -t convi-integrations .
#
# docs/operating.md says how to run it.

FROM node:22-bookworm-slim AS node

FROM rust:1.95.0-bookworm AS build
# The image's own toolchain, and not the newest stable that rust-toolchain.toml asks for.
ENV RUSTUP_TOOLCHAIN=1.95.0
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
WORKDIR /src
COPY . .
# There is no .git in here: without this, `--version` names no commit.
ARG CONVI_COMMIT=""
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo xtask build --release && cp -r target/dist /dist

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/convi-integrations --shell /usr/sbin/nologin convi \
    && install -d -m 0700 -o convi -g convi /var/lib/convi-integrations
COPY --from=build /dist /opt/convi-integrations
COPY docker/health.sh /opt/convi-integrations/health.sh
ENV CONVI_LISTEN=0.0.0.0:3000 \
    CONVI_DATABASE_URL=sqlite:///var/lib/convi-integrations/convi.db \
    CONVI_SMTP_URL=file:///var/lib/convi-integrations/outbox
# By number, so that an orchestrator sees that it is not root.
USER 10001:10001
WORKDIR /var/lib/convi-integrations
# The database with transcripts and sealed keys, and master.key, which opens them. Back it up: docs/operating.md.
VOLUME /var/lib/convi-integrations
EXPOSE 3000
# It finishes what is in flight within 40 s: run it with a stop timeout of 45 s.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["/opt/convi-integrations/health.sh"]
ENTRYPOINT ["/opt/convi-integrations/convi-integrations"]
CMD ["serve"]
