# The official image of nginx with the module, nginx as a user without rights:
#
#     docker build -t s3o-presign .
#     docker build -t s3o-presign --build-arg NGINX_IMAGE=nginx:1.30.4 .
#
# docs/packages.md says how it is run, and what was tried.

ARG NGINX_IMAGE=nginx:stable


# the module, for exactly the nginx of the image, which has its version in
# NGINX_VERSION and knows its configure arguments

FROM ${NGINX_IMAGE} AS build

ARG NGINX_DOWNLOAD=https://nginx.org/download
ARG NGINX_SHA256

RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        gcc libc6-dev libexpat1-dev libjansson-dev libpcre2-dev libssl-dev \
        make zlib1g-dev

RUN curl -fsSL -o /tmp/nginx.tar.gz \
        "$NGINX_DOWNLOAD/nginx-$NGINX_VERSION.tar.gz" \
    && if [ -n "$NGINX_SHA256" ]; then \
        echo "$NGINX_SHA256  /tmp/nginx.tar.gz" | sha256sum -c -; \
    fi \
    && mkdir /nginx \
    && tar -xzf /tmp/nginx.tar.gz -C /nginx --strip-components=1

COPY config ngx_http_s3o_presign_module.c /module/
COPY src /module/src/
COPY t/tools/build.sh /module/t/tools/

RUN NGINX_SRC=/nginx NGINX_BIN=/usr/sbin/nginx OUT=/out \
    bash /module/t/tools/build.sh


# the image: the module, its two libraries and a configuration for a user
# without rights

FROM ${NGINX_IMAGE}

RUN apt-get update \
    && apt-get install -y --no-install-recommends libexpat1 libjansson4 \
    && rm -rf /var/lib/apt/lists/* \
    && rm -f /etc/nginx/conf.d/*

COPY --from=build /out/ngx_http_s3o_presign_module.so /usr/lib/nginx/modules/
COPY docs/examples/image/nginx.conf /etc/nginx/

EXPOSE 8080

# nginx of the official image; a number, as Kubernetes wants one

USER 101:101

HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD curl -fsS http://127.0.0.1:8081/ready || exit 1
