# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A second implementation to compare with: signs with botocore.  A JSON array of
# requests on stdin, a JSON array of signatures on stdout, in the same order.
# Every string stands for bytes, one character for one byte.  Called by
# S3O::Oracle.
#
# A request: form ("query" or "header"), access_key, secret_key, session_token,
# date (YYYYMMDDTHHMMSSZ), region, service, method, scheme, host, key, query and
# headers (arrays of [name, value]), expires, payload_hash.

import datetime
import json
import sys
import types

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.utils import percent_encode, percent_encode_sequence

FORMAT = "%Y%m%dT%H%M%SZ"


class FrozenClock(datetime.datetime):
    """What botocore.auth asks for the time, in any of its versions."""

    frozen = None

    @classmethod
    def utcnow(cls):
        return cls.frozen

    @classmethod
    def now(cls, tz=None):
        return cls.frozen


def freeze(date):
    FrozenClock.frozen = datetime.datetime.strptime(date, FORMAT)


botocore.auth.datetime = types.SimpleNamespace(
    datetime=FrozenClock, timezone=datetime.timezone
)
botocore.auth.get_current_datetime = lambda *args, **kw: FrozenClock.frozen


class Recording:
    """Keeps what is otherwise only logged."""

    def string_to_sign(self, request, canonical_request):
        text = super().string_to_sign(request, canonical_request)
        self.seen = (canonical_request, text)
        return text

    def signature(self, string_to_sign, request, *args):
        self.hex = super().signature(string_to_sign, request, *args)
        return self.hex


class QueryAuth(Recording, botocore.auth.S3SigV4QueryAuth):
    pass


class HeaderAuth(Recording, botocore.auth.S3SigV4Auth):
    payload_hash = None

    def payload(self, request):
        return self.payload_hash


def to_bytes(text):
    return text.encode("latin-1")


def to_text(text):
    """Text as botocore wants it: it encodes everything as UTF-8 itself."""

    return to_bytes(text).decode("utf-8")


def sign(r):
    freeze(r["date"])

    credentials = Credentials(
        r["access_key"], r["secret_key"], r.get("session_token")
    )

    # what its serializer does with the key of an operation

    url = "{}://{}/{}".format(
        r.get("scheme", "https"),
        r["host"],
        percent_encode(to_bytes(r.get("key") or ""), safe="/~"),
    )

    query = [
        (to_bytes(name), to_bytes(value))
        for name, value in r.get("query") or []
    ]

    request = AWSRequest(method=r["method"])

    for name, value in r.get("headers") or []:
        request.headers.add_header(name, to_text(value))

    if r["form"] == "query":
        signer = QueryAuth(
            credentials, r["service"], r["region"], r["expires"]
        )
        request.params = dict(query)

    else:
        signer = HeaderAuth(credentials, r["service"], r["region"])
        signer.payload_hash = r["payload_hash"]
        if query:
            url += "?" + percent_encode_sequence(query)

    request.url = url
    signer.add_auth(request)

    return {
        "url": request.url,
        "signature": signer.hex,
        "canonical_request": to_latin(signer.seen[0]),
        "string_to_sign": to_latin(signer.seen[1]),
        "authorization": request.headers.get("Authorization"),
    }


def to_latin(text):
    return text.encode("utf-8").decode("latin-1")


def main():
    json.dump([sign(r) for r in json.load(sys.stdin)], sys.stdout)
    print()


main()
