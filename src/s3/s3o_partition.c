
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_partition.h"
#include "s3o_text.h"


static s3o_uint_t s3o_partition_cut(s3o_str_t *rest, s3o_str_t *part);


/*
 * The partitions of the S3 endpoint rule set.  Its regular expressions all
 * stand for PREFIX-WORD-NUMBER, where PREFIX is one of these and WORD has no
 * "-".
 */

static const s3o_partition_t  s3o_partitions[] = {
    { s3o_string("aws"), s3o_string("us eu ap sa ca me af il mx"),
      s3o_string("amazonaws.com") },
    { s3o_string("aws-us-gov"), s3o_string("us-gov"),
      s3o_string("amazonaws.com") },
    { s3o_string("aws-cn"), s3o_string("cn"),
      s3o_string("amazonaws.com.cn") },
    { s3o_string("aws-iso"), s3o_string("us-iso"),
      s3o_string("c2s.ic.gov") },
    { s3o_string("aws-iso-b"), s3o_string("us-isob"),
      s3o_string("sc2s.sgov.gov") },
    { s3o_string("aws-iso-e"), s3o_string("eu-isoe"),
      s3o_string("cloud.adc-e.uk") },
    { s3o_string("aws-iso-f"), s3o_string("us-isof"),
      s3o_string("csp.hci.ic.gov") },
    { s3o_string("aws-eusc"), s3o_string("eusc-de"),
      s3o_string("amazonaws.eu") },

    { { 0, NULL }, { 0, NULL }, { 0, NULL } }
};


const s3o_partition_t *
s3o_partition_find(const s3o_str_t *region)
{
    s3o_str_t               rest, number, word, list, prefix;
    const s3o_partition_t  *partition;

    rest = *region;

    if (rest.len > S3O_REGION_MAX
        || !s3o_partition_cut(&rest, &number)
        || !s3o_str_is_digits(&number)
        || !s3o_partition_cut(&rest, &word)
        || !s3o_is_lower_alnum(word.data, word.len))
    {
        return NULL;
    }

    for (partition = s3o_partitions; partition->name.len; partition++) {
        list = partition->prefixes;

        while (s3o_str_next(&list, &prefix, ' ')) {
            if (s3o_str_eq(&rest, &prefix)) {
                return partition;
            }
        }
    }

    return NULL;
}


/*
 * Moves what is after the last "-" of "rest" to "part", and takes it and the
 * "-" off "rest".  Returns 0 when there is no "-".
 */

static s3o_uint_t
s3o_partition_cut(s3o_str_t *rest, s3o_str_t *part)
{
    size_t  i;

    for (i = rest->len; i > 0; i--) {

        if (rest->data[i - 1] == '-') {
            s3o_str_set(part, rest->data + i, rest->len - i);
            rest->len = i - 1;
            return 1;
        }
    }

    return 0;
}
