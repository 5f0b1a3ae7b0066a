# syntax=docker/dockerfile:1
# The image: node, one file, its licences. build/check-image.ts runs these stages without an engine, so they hold only what it knows:
# commands as arrays, and absolute paths.

# By tag here, so that a build takes what is patched; a release names both by digest (.github/workflows/release.yml).
ARG BUILDER=docker.io/library/node:24-bookworm-slim
ARG RUNTIME=gcr.io/distroless/nodejs24-debian12:nonroot

# The bundle is the same on every platform.
FROM --platform=$BUILDPLATFORM $BUILDER AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc tsconfig.json LICENSE /src/
# The one install script is that of a second node, which is not needed here.
RUN ["npm", "ci", "--ignore-scripts"]
COPY config /src/config
COPY crds /src/crds
COPY src /src/src
COPY build /src/build
RUN ["node", "build/main.ts"]

# Compiles the program ahead. The cache holds for this node, these flags and this user alone; without it the start takes longer, no more.
FROM $RUNTIME AS warm
COPY --from=build /src/dist/flux-migration.mjs /app/flux-migration.mjs
ENV NODE_COMPILE_CACHE=/tmp/cache
USER 65532:65532
RUN ["/nodejs/bin/node", "--max-semi-space-size=1", "--no-turbofan", "--no-maglev", "--heap-growing-percent=30", "--disallow-code-generation-from-strings", "/app/flux-migration.mjs", "--version"]

FROM $RUNTIME
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="flux-migration-operator"
LABEL org.opencontainers.image.description="Says what a cluster runs of Flux 1 and the GitOps Toolkit, the phase of each in the Flux timetable, and what to do next"
LABEL org.opencontainers.image.source="https://github.com/flux-migration/flux-migration-operator"
LABEL org.opencontainers.image.documentation="https://github.com/flux-migration/flux-migration-operator/tree/main/docs"
LABEL org.opencontainers.image.licenses="Apache-2.0"
LABEL org.opencontainers.image.version=$VERSION
LABEL org.opencontainers.image.revision=$REVISION
COPY --from=build /src/dist/flux-migration.mjs /src/dist/flux-migration.mjs.LEGAL.txt /src/dist/THIRD-PARTY-LICENSES.txt /src/dist/flux-migration.cdx.json /src/LICENSE /app/
COPY --from=warm --chown=0:0 --chmod=0755 /tmp/cache /app/cache
# One arena: glibc keeps one for each thread otherwise, and 4 MB more.
ENV NODE_COMPILE_CACHE=/app/cache MALLOC_ARENA_MAX=1
# Any other user will do: nothing is written, and all of /app can be read by all.
USER 65532:65532
# A small nursery for a process that mostly waits; no optimizing compilers, whose pages are 10 MB and whose code is no faster for what we do; a heap
# that is collected once it has grown by a third, not once it has doubled; no inspector on SIGUSR1; no child processes and no workers. Files are
# read, none is written: node reads a compile cache only where it may write it, and this one belongs to root.
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=1", "--no-turbofan", "--no-maglev", "--heap-growing-percent=30", "--disallow-code-generation-from-strings", "--disable-sigusr1", "--permission", "--allow-fs-read=*", "--allow-fs-write=/app/cache", "/app/flux-migration.mjs"]
CMD ["operator"]
