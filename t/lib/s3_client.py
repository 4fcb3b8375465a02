# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# botocore as a client, driven line by line: a JSON array [operation,
# arguments] on stdin, a JSON object on stdout.  Started by S3O::Botocore.
#
#     s3_client.py ENDPOINT
#
# Among the arguments, "Body": {"file": path} is an open file and "Body":
# {"hex": digits} are bytes.  In the answer, "Body" is read: {"hex": digits},
# or with a last element {"body_to": path} of the request the file it is in.

import json
import shutil
import sys

import botocore
import botocore.config
import botocore.exceptions
import botocore.session


def client(endpoint):
    session = botocore.session.Session()

    # any credentials will do, as nginx signs the requests

    session.set_credentials("nobody", "nothing")

    return session.create_client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-west-2",
        config=botocore.config.Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            retries={"max_attempts": 0},
            connect_timeout=60,
            read_timeout=120,
        ),
    )


def to_send(arguments):
    body = arguments.get("Body")

    if isinstance(body, dict) and "file" in body:
        arguments["Body"] = open(body["file"], "rb")

    elif isinstance(body, dict):
        arguments["Body"] = bytes.fromhex(body["hex"])

    return arguments


def received(answer, options):
    answer.pop("ResponseMetadata", None)
    body = answer.get("Body")

    if body is None:
        return answer

    if "body_to" in options:
        with open(options["body_to"], "wb") as out:
            shutil.copyfileobj(body, out)

        answer["Body"] = {"file": options["body_to"]}

    else:
        answer["Body"] = {"hex": body.read().hex()}

    return answer


def call(s3, operation, arguments, options):
    try:
        answer = getattr(s3, operation)(**to_send(arguments))
        return {"ok": True, "answer": received(answer, options)}

    except botocore.exceptions.ClientError as e:
        meta = e.response.get("ResponseMetadata", {})
        return {
            "ok": False,
            "status": meta.get("HTTPStatusCode"),
            "code": e.response.get("Error", {}).get("Code"),
        }

    except Exception as e:
        return {"ok": False, "error": repr(e)}


def main():
    s3 = client(sys.argv[1])

    print(json.dumps({"version": botocore.__version__}), flush=True)

    for line in sys.stdin:
        operation, arguments, *options = json.loads(line)
        result = call(s3, operation, arguments, options[0] if options else {})

        print(json.dumps(result, default=str), flush=True)


main()
