# SPDX-License-Identifier: Apache-2.0
# docker build --build-arg VERSION="$(git describe --tags --always --dirty)" -t promtap .
#
# The container starts as root, without any capability but those that docs/kubernetes.md lists: the tracer loads BPF programs
# and looks at the files of other users' processes. What reads traffic does not stay root: the other three roles become
# nobody (65534) with no capability and a seccomp filter before they read the first byte. Hence no USER here.
ARG DEBIAN=bookworm-slim

FROM debian:${DEBIAN} AS build
WORKDIR /src
RUN apt-get update && apt-get install -y --no-install-recommends make
COPY Makefile ./
COPY tests/deps.sh tests/
# The packages to build with, in a layer that changes with them alone.
RUN make deps PACKAGES_TEST= && rm -rf /var/lib/apt/lists/*
COPY . .
ARG VERSION=unknown
RUN make -j"$(nproc)" VERSION="${VERSION}" && strip build/promtap && helm/image/packages.sh build/promtap >build/packages

FROM debian:${DEBIAN}
COPY --from=build /src/build/packages /tmp/packages
RUN apt-get update && \
    apt-get install -y --no-install-recommends ca-certificates $(cat /tmp/packages) && \
    apt-get clean && rm -rf /tmp/packages /var/lib/apt/lists/* /var/log/*.log /var/log/apt
COPY helm/image/promtap-reload /usr/sbin/promtap-reload
COPY --from=build /src/build/promtap /usr/sbin/promtap
ARG VERSION=unknown
LABEL org.opencontainers.image.title="promtap" \
      org.opencontainers.image.description="The LLM calls of every process on a machine, by eBPF" \
      org.opencontainers.image.licenses="Apache-2.0 AND (GPL-2.0-only OR BSD-2-Clause)" \
      org.opencontainers.image.version="${VERSION}"
ENTRYPOINT ["/usr/sbin/promtap"]
CMD ["run"]
