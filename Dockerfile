# `apus serve` in a container. docs/deployment.md has the rest.
#
#   docker build -t apus .
#   docker run --rm -p 127.0.0.1:8080:8080 -v "$PWD/models:/models:ro" apus /models/pets.safetensors

FROM swift:6.2-bookworm AS build
ENV APUS_HOME=/opt/apus
RUN apt-get update \
    && apt-get install -y --no-install-recommends make python3 python3-pip \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# The libraries first: they stay in Docker's cache while the sources change.
COPY scripts/setup.sh scripts/fetch_libtorch.py scripts/fetch_arrow.py scripts/fetch_lightgbm.py scripts/wheels.py scripts/
RUN scripts/setup.sh
COPY . .
RUN for program in apus apus-web; do swift build -c release --product "$program" || exit 1; done \
    && mkdir -p /out/bin /out/opt/apus \
    && cp "$(swift build -c release --show-bin-path)/apus" "$(swift build -c release --show-bin-path)/apus-web" /out/bin/ \
    && strip /out/bin/* \
    && for library in "$APUS_HOME"/libtorch-* "$APUS_HOME"/arrow-*; do \
        mkdir "/out$library" && cp -a "$library/lib" "$library"/LICENSE* "/out$library/"; \
    done

# The libraries of Swift, and nothing that compiles.
FROM swift:6.2-bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libarchive13 libcairo2 libcurl4 libfontconfig1 libglib2.0-0 libicu72 libjpeg62-turbo libpng16-16 libpq5 \
        libsentencepiece0 libsqlite3-0 libvips42 libxml2 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin apus \
    && mkdir /models /feedback && chown apus /feedback
COPY --from=build /out/opt/apus /opt/apus
COPY --from=build /out/bin /usr/local/bin
USER apus
WORKDIR /models
EXPOSE 8080
# Neither curl nor wget is in the image: bash opens the connection.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${PORT:-8080} && printf 'GET /ready HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
STOPSIGNAL SIGTERM
# Container platforms say the port in PORT. What follows the image's name are models and options of `apus serve`.
ENTRYPOINT ["sh", "-c", "exec apus serve --host 0.0.0.0 --port \"${PORT:-8080}\" --log - \"$@\"", "serve"]
CMD ["model.safetensors"]
