/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * A signer of presigned URLs in njs, as good as we can make it, to measure the
 * module against.  Nothing that a request computes is there for the next one
 * in this version of njs, so the key of the day and all constant text are
 * in an object that is loaded with the configuration.
 */

import crypto from 'crypto';

function escape(s) {
    return encodeURIComponent(s).replace(/[!'()*]/g, (c) =>
        '%' + c.charCodeAt(0).toString(16).toUpperCase());
}

function key_of(day) {
    var key = 'AWS4' + conf.secret_key;

    [day, conf.region, 's3-outposts', 'aws4_request'].forEach((part) => {
        key = crypto.createHmac('sha256', key).update(part).digest();
    });

    return key;
}

function redirect(r) {
    var date = new Date().toISOString();

    date = date.slice(0, 4) + date.slice(5, 7) + date.slice(8, 13)
           + date.slice(14, 16) + date.slice(17, 19) + 'Z';

    var day = date.slice(0, 8);
    var signing_key = day == conf.day ? Buffer.from(conf.key, 'hex')
                                      : key_of(day);

    var uri = r.uri.slice(conf.prefix);
    var key = /^[\w\-.~/]*$/.test(uri)
              ? uri : uri.split('/').map(escape).join('/');

    var query = conf.query_credential + day + conf.query_date + date
                + conf.query_tail;

    var hash = crypto.createHash('sha256')
                     .update('GET\n/' + key + '\n' + query + conf.tail)
                     .digest('hex');

    var signature = crypto.createHmac('sha256', signing_key)
        .update('AWS4-HMAC-SHA256\n' + date + '\n' + day + conf.scope + '\n'
                + hash)
        .digest('hex');

    r.headersOut['Location'] = conf.location + key + '?' + query
                               + '&X-Amz-Signature=' + signature;
    r.headersOut['Cache-Control'] = 'no-store';
    r.headersOut['Content-Length'] = '0';
    r.status = 307;
    r.sendHeader();
    r.finish();
}

export default { redirect };
