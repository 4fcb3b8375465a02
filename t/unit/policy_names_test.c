
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * All names of operations of S3: an argument whose name is not known would be
 * dropped, and another operation signed.  The operations that S3 on Outposts
 * has are told apart from the others.
 */


#include "tap.h"
#include "s3o_policy.h"


static const char  present[] =
    " delete list-type partNumber tagging uploadId uploads versionId versions ";

static const char  names[] =
    "abac accelerate acl analytics append attributes cors delete encryption "
    "intelligent-tiering inventory legal-hold lifecycle list-type location "
    "logging metadataConfiguration metadataInventoryTable "
    "metadataJournalTable metadataTable metrics notification object-lock "
    "ownershipControls partNumber policy policyStatus publicAccessBlock "
    "renameObject replication requestPayment restore retention select "
    "select-type session tagging torrent uploadId uploads versionId "
    "versioning versions website ";


static s3o_arg_class_e
class_of(const char *text)
{
    s3o_str_t  name;

    name = tap_guard_text(text);

    return s3o_policy_arg(&name);
}


int
main(void)
{
    int    known, absent, others;
    char  *p, *end, text[sizeof(names)], word[sizeof(names) + 2];

    known = 0;
    absent = 0;
    others = 0;
    memcpy(text, names, sizeof(names));

    for (p = text; *p; p = end + 1) {
        end = strchr(p, ' ');
        *end = '\0';

        sprintf(word, " %s ", p);

        if (strstr(present, word)) {
            known += class_of(p) == S3O_ARG_OPERATION;

        } else {
            absent += class_of(p) == S3O_ARG_ABSENT;
        }

        end[-1]++;
        others += class_of(p) != S3O_ARG_PLAIN;

        p[0] -= 'a' - 'A';
        others += class_of(p) != S3O_ARG_PLAIN;
    }

    is_int(known, 8, "the names of operations are known");
    is_int(absent, 36, "and those of what S3 on Outposts does not have");
    is_int(others, 0, "names that are nearly the same are no operations");

    tap_free();

    return done();
}
