
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Which operation a request asks for: the signed operation is allowed, and no
 * argument that selects an operation is dropped.
 */


#include "fuzz.h"
#include "s3o_policy_operation.h"


#define ARGS  8


static void check(const s3o_policy_t *policy, s3o_uint_t method,
    const s3o_arg_t *args, s3o_uint_t n, s3o_policy_error_e err,
    const s3o_verdict_t *verdict);


int
LLVMFuzzerTestOneInput(const u_char *data, size_t len)
{
    fuzz_t              f;
    s3o_arg_t           args[ARGS];
    s3o_str_t           names[2];
    s3o_uint_t          i, n, method;
    s3o_policy_t        policy;
    s3o_verdict_t       verdict;
    s3o_place_e         place;
    s3o_policy_error_e  err;

    fuzz_init(&f, data, len);
    memset(args, 0, sizeof(args));

    policy.methods = fuzz_byte(&f) & 0x1f;
    policy.operations = fuzz_byte(&f);
    policy.operations |= (s3o_uint_t) fuzz_byte(&f) << 8;
    policy.operations &= ~(s3o_uint_t) (s3o_policy_bit(S3O_OP_NONE)
                                        | s3o_policy_bit(S3O_OP_OBJECT));
    i = fuzz_byte(&f);
    method = i % 6 == 5 ? 0 : (s3o_uint_t) 1 << i % 6;
    place = fuzz_byte(&f) % 3;

    names[0] = fuzz_line(&f);
    names[1] = fuzz_line(&f);

    for (i = 0; i < 2; i++) {
        if (!s3o_policy_arg_configurable(&names[i])) {
            names[i].len = 0;
        }
    }

    policy.args = names;
    policy.nargs = 2;

    for (n = 0; n < ARGS && f.pos < f.end; n++) {
        args[n].name = fuzz_line(&f);
        args[n].value = fuzz_line(&f);
    }

    err = s3o_policy_operation(&policy, method, place, args, n, &verdict);
    check(&policy, method, args, n, err, &verdict);

    for (i = 0; i < n; i++) {
        free(args[i].name.data);
        free(args[i].value.data);
    }

    free(names[0].data);
    free(names[1].data);

    return 0;
}


static void
check(const s3o_policy_t *policy, s3o_uint_t method, const s3o_arg_t *args,
    s3o_uint_t n, s3o_policy_error_e err, const s3o_verdict_t *verdict)
{
    s3o_uint_t  i;

    for (i = 0; i < n; i++) {
        if (err != S3O_POLICY_OK) {
            fuzz_check(!args[i].sign);
            continue;
        }

        fuzz_check(args[i].type != S3O_ARG_AUTH);
        fuzz_check(args[i].type != S3O_ARG_ABSENT);
        fuzz_check(!args[i].selector || args[i].sign);
    }

    if (err != S3O_POLICY_OK) {
        fuzz_check(verdict->op == S3O_OP_NONE);
        return;
    }

    if (verdict->op == S3O_OP_OBJECT) {
        fuzz_check(policy->methods & method);
        return;
    }

    fuzz_check(policy->operations & s3o_policy_bit(verdict->op));
    fuzz_check(s3o_policy_operation_method(verdict->op) == method);
}
