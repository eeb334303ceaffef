# The server with the SDK in it, in an image that has nothing else: no shell, no package manager, no root.
#
#   docker build -t placet .
#   docker run -p 8787:8787 -v placet:/data placet

# Images are pinned by digest; Dependabot proposes newer ones (.github/dependabot.yml).
FROM node:22-bookworm-slim@sha256:43ac6c60b8f89723f746e8a92ce91abd5017e627ce1ddfe4238355d3a30b772c AS node

FROM rust:1.95-bookworm@sha256:6258907abe69656e41cd992e0b705cdcfabcbbe3db374f92ed2d47121282d4a1 AS build
# Node builds the SDK; its major version is the one that package.json asks for at least.
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
WORKDIR /placet
COPY . .
RUN node scripts/build.mjs \
    && cargo build --release --locked -p placet-server \
    && mkdir -m 0700 /data

# Distroless: the C library that the server is linked with, certificates, and a user called nonroot (65532).
FROM gcr.io/distroless/cc-debian12:nonroot@sha256:9dac0a79194e45a7da0158a9c6da57b217585af0786db3845d1f0ec1a0dd182f
COPY --from=build /placet/target/release/placet-server /usr/local/bin/placet-server
COPY --from=build --chown=nonroot:nonroot /data /data
USER nonroot
VOLUME /data
EXPOSE 8787
ENV PLACET_LISTEN=0.0.0.0:8787 \
    PLACET_DATABASE_URL=sqlite:///data/placet.db \
    PLACET_LOG_FORMAT=json
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["/usr/local/bin/placet-server", "ready"]
ENTRYPOINT ["/usr/local/bin/placet-server"]
CMD ["serve"]
