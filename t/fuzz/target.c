
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * An access point, a region and an endpoint: the result is a host name.
 */


#include "fuzz.h"
#include "s3o_target.h"


int
LLVMFuzzerTestOneInput(const u_char *data, size_t len)
{
    size_t               i;
    fuzz_t               f;
    s3o_str_t            ap, region, endpoint, host, account, suffix;
    s3o_target_t         t;
    s3o_target_conf_t    conf;
    s3o_target_error_e   err;

    fuzz_init(&f, data, len);

    ap = fuzz_line(&f);
    region = fuzz_line(&f);
    endpoint = fuzz_line(&f);

    conf.access_point = ap;
    conf.region = region;
    conf.endpoint = endpoint;

    err = s3o_target_resolve(&t, &conf);

    (void) s3o_target_check_region(&region);
    (void) s3o_target_check_endpoint(&endpoint);
    (void) s3o_target_suffix(&region, &suffix);
    (void) s3o_target_fault(err);

    if (err != S3O_TARGET_OK) {
        fuzz_check(s3o_target_strerror(err));

    } else {
        fuzz_check(t.host_len > 0 && t.host_len <= S3O_HOST_MAX);
        fuzz_check(t.region_len > 0 && t.region_len <= S3O_REGION_MAX);

        for (i = 0; i < t.host_len; i++) {
            fuzz_check((t.host[i] >= 'a' && t.host[i] <= 'z')
                       || (t.host[i] >= '0' && t.host[i] <= '9')
                       || memchr("-.:", t.host[i], 3));
        }

        s3o_str_set(&host, t.host, t.host_len);
        s3o_target_account(&host, &account);
        fuzz_check(fuzz_inside(&account, &host));
    }

    free(ap.data);
    free(region.data);
    free(endpoint.data);

    return 0;
}
