# shellcheck shell=bash disable=SC2034

# The arguments of nginx.org's packages for Debian, without their user and
# their directories: read by scripts that build an nginx like theirs.

org_args='--with-compat --with-file-aio --with-threads
    --with-http_addition_module --with-http_auth_request_module
    --with-http_dav_module --with-http_flv_module --with-http_gunzip_module
    --with-http_gzip_static_module --with-http_mp4_module
    --with-http_random_index_module --with-http_realip_module
    --with-http_secure_link_module --with-http_slice_module
    --with-http_ssl_module --with-http_stub_status_module
    --with-http_sub_module --with-http_v2_module --with-mail
    --with-mail_ssl_module --with-stream --with-stream_realip_module
    --with-stream_ssl_module --with-stream_ssl_preread_module'

org_cc='-g -O2 -fstack-protector-strong -Wformat
    -Werror=format-security -Wp,-D_FORTIFY_SOURCE=2 -fPIC'
org_ld='-Wl,-z,relro -Wl,-z,now -Wl,--as-needed -pie'
