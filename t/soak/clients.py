# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A client of "make soak", until it is told to end (SIGTERM):
#
#     clients.py KIND NAME PORT LOG SEED
#
# KIND is "boto3" (uploads, downloads, lists, copies and parts through proxy
# mode), "links" (redirects and JSON, followed to the storage) or "curl" (the
# same by the program).  It knows what it has stored under its NAME, and
# compares it.  Each operation is a line of LOG: when it began, how long it
# took, its name, what was wrong, the ports of its connections to nginx and how
# often a connection that was kept had ended, in JSON.

import hashlib
import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

KIND, NAME, PORT, LOG, SEED = sys.argv[1:]
PORT = int(PORT)

dice = random.Random(SEED)
stopped = False


def stop(number, frame):
    global stopped
    stopped = True


signal.signal(signal.SIGTERM, stop)


# names below "localhost" are addresses of this machine


def lookup(name, *more, _real=socket.getaddrinfo, **named):
    if isinstance(name, str) and name.endswith(".localhost"):
        name = "127.0.0.1"

    return _real(name, *more, **named)


socket.getaddrinfo = lookup


class Wrong(Exception):
    """An answer that is not the right one."""


def expect(got, wanted, what):
    if got != wanted:
        raise Wrong("%s: %s instead of %s" % (what, got, wanted))


def content():
    size = dice.choice((0, 1, 100, 5000, 70000, 300000))

    return dice.randbytes(size) if size else b""


def digest(body):
    return "%d bytes, %s" % (len(body), hashlib.sha256(body).hexdigest()[:12])


def same(got, wanted, what):
    if got != wanted:
        raise Wrong("%s: %s instead of %s" % (what, digest(got), digest(wanted)))


class Client:
    """What is stored, and what was asked for."""

    def __init__(self):
        self.stored = {}
        self.ports = []
        self.calls = 0
        self.retries = 0
        self.log = open(LOG, "a", buffering=1)

    # returns a key whose content is known; stores one first if there is none

    def known(self):
        if not self.stored:
            self.put()

        return dice.choice(sorted(self.stored))

    def new_key(self):
        return "%s/%s key+%d" % (
            NAME,
            dice.choice(("a", "b/c", "\u00e9")),
            dice.randrange(8),
        )

    # until the operation has worked, the content of the key is unknown

    def write(self, key, body, store):
        self.stored.pop(key, None)
        store()
        self.stored[key] = body

    def run(self):
        while not stopped:
            name = dice.choice(self.operations)
            began = time.time()
            self.ports, self.calls, self.retries, wrong = [], 0, 0, None

            try:
                getattr(self, name)()

            except Wrong as error:
                wrong = "wrong: %s" % error

            except Exception as error:
                wrong = "failed: %r" % error

            self.log.write(
                json.dumps(
                    {
                        "at": began,
                        "took": time.time() - began,
                        "op": "%s %s" % (KIND, name),
                        "wrong": wrong,
                        "ports": self.ports,
                        "retries": self.retries,
                    }
                )
                + "\n"
            )

            time.sleep(0.03)


class Boto3(Client):
    operations = (
        "put put get get get head list list_v1 copy delete ranged".split()
        + ["parts"]
    )

    def __init__(self):
        super().__init__()

        import boto3
        import botocore.awsrequest
        from boto3.s3.transfer import TransferConfig
        from botocore.config import Config

        client = self
        real = botocore.awsrequest.AWSHTTPConnection.request

        # notes the port of each connection that sends a request

        def request(connection, *args, **named):
            if connection.sock is None:
                connection.connect()

            client.ports.append(connection.sock.getsockname()[1])
            client.retries = len(client.ports) - client.calls

            return real(connection, *args, **named)

        botocore.awsrequest.AWSHTTPConnection.request = request

        self.transfer = TransferConfig(
            multipart_threshold=5 << 20,
            multipart_chunksize=5 << 20,
            use_threads=False,
        )
        self.s3 = boto3.client(
            "s3",
            endpoint_url="http://127.0.0.1:%d" % PORT,
            region_name="us-west-2",
            aws_access_key_id="anything",
            aws_secret_access_key="anything",
            config=Config(
                s3={"addressing_style": "path"},
                retries={"mode": "standard", "total_max_attempts": 2},
            ),
        )
        self.s3.meta.events.register("before-call.s3", self.called)

    def called(self, **named):
        self.calls += 1

    def bucket(self):
        return dice.choice(("proxy", "signed", "streaming"))

    def put(self):
        key, body = self.new_key(), content()
        self.write(
            key,
            body,
            lambda: self.s3.put_object(
                Bucket=self.bucket(), Key=key, Body=body
            ),
        )

    def get(self):
        key = self.known()
        got = self.s3.get_object(Bucket=self.bucket(), Key=key)
        same(got["Body"].read(), self.stored[key], "get")

    def ranged(self):
        key = self.known()

        if self.stored[key]:
            got = self.s3.get_object(
                Bucket=self.bucket(), Key=key, Range="bytes=0-99"
            )
            same(got["Body"].read(), self.stored[key][:100], "ranged")

    def head(self):
        key = self.known()
        got = self.s3.head_object(Bucket=self.bucket(), Key=key)
        expect(got["ContentLength"], len(self.stored[key]), "head")

    # all keys whose content is known are listed; other keys may be

    def listed(self, found):
        lost = sorted(set(self.stored) - {o["Key"] for o in found})
        wrong = [
            o["Key"]
            for o in found
            if o["Key"] in self.stored
            and o["Size"] != len(self.stored[o["Key"]])
        ]
        expect((lost, wrong), ([], []), "list")

    def list(self):
        got = self.s3.list_objects_v2(Bucket="proxy", Prefix=NAME + "/")
        self.listed(got.get("Contents", []))

    def list_v1(self):
        got = self.s3.list_objects(Bucket="proxy", Prefix=NAME + "/")
        self.listed(got.get("Contents", []))

    def copy(self):
        key, source = self.new_key(), self.known()

        if key != source:
            self.write(
                key,
                self.stored[source],
                lambda: self.s3.copy_object(
                    Bucket="proxy",
                    Key=key,
                    CopySource={"Bucket": "proxy", "Key": source},
                ),
            )

    def delete(self):
        key = self.known()
        self.stored.pop(key)
        self.s3.delete_object(Bucket=self.bucket(), Key=key)

    def parts(self):
        if dice.random() < 0.8:
            return self.get()

        body = dice.randbytes(1 << 10) * (6 << 10)
        key = "%s/parts" % NAME

        with tempfile.TemporaryFile() as file:
            file.write(body)
            file.seek(0)

            self.write(
                key,
                body,
                lambda: self.s3.upload_fileobj(
                    file, self.bucket(), key, Config=self.transfer
                ),
            )

        got = self.s3.get_object(Bucket="proxy", Key=key)
        same(got["Body"].read(), body, "parts")
        self.delete_key(key)

    def delete_key(self, key):
        self.stored.pop(key)
        self.s3.delete_object(Bucket="proxy", Key=key)


class Links(Client):
    operations = "put put get get get get list json_put json_get head".split()

    def __init__(self):
        super().__init__()
        self.kept = None

    # keeps the first headers of a stream

    def nginx(self, method, uri, body=None):
        for attempt in (0, 1):
            fresh = self.kept is None
            connection = self.kept or http.client.HTTPConnection(
                "127.0.0.1", PORT, timeout=60
            )
            self.kept = None

            try:
                if fresh:
                    connection.connect()

                self.ports.append(connection.sock.getsockname()[1])
                connection.request(method, uri, body=body)
                response = connection.getresponse()
                answer = response.status, response.headers, response.read()

            except (http.client.RemoteDisconnected, ConnectionError):
                connection.close()

                if fresh:
                    raise

                self.retries += 1
                continue

            if not response.will_close and dice.random() < 0.7:
                self.kept = connection

            else:
                connection.close()

            return answer

    # no kill interrupts the storage itself

    def storage(self, method, url, body=None, headers=None):
        parts = urllib.parse.urlsplit(url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=60)

        try:
            connection.request(
                method, "%s?%s" % (parts.path, parts.query), body, headers or {}
            )
            response = connection.getresponse()
            got = response.read()

        finally:
            connection.close()

        if response.status != 200:
            raise Wrong(
                "the storage answers %d to %s %s: %s"
                % (response.status, method, url, got[:300])
            )

        return got, response.headers

    def redirected(self, method, uri, body=None):
        status, headers, _ = self.nginx(method, uri, body)
        expect(status, 307, "%s %s" % (method, uri))

        return self.storage(method, headers["Location"], body)

    def said(self, method, key):
        uri = "/json/?" + urllib.parse.urlencode(
            {"key": key, "method": method}
        )
        status, _, body = self.nginx("GET", uri)
        expect(status, 200, uri)
        answer = json.loads(body)
        expect(answer["method"], method, uri)

        return answer

    def uri(self, key):
        return "/redirect/" + urllib.parse.quote(key)

    def put(self):
        key, body = self.new_key(), content()[:60000]
        self.write(
            key, body, lambda: self.redirected("PUT", self.uri(key), body)
        )

    def get(self):
        key = self.known()
        same(self.redirected("GET", self.uri(key))[0], self.stored[key], "get")

    def head(self):
        key = self.known()
        headers = self.redirected("HEAD", self.uri(key))[1]
        expect(int(headers["Content-Length"]), len(self.stored[key]), "head")

    def list(self):
        self.known()
        got = self.redirected(
            "GET", "/redirect/?list-type=2&prefix=%s/" % NAME
        )[0]
        keys = re.findall(r"<Key>(.*?)</Key>", got.decode())
        expect(sorted(set(self.stored) - set(keys)), [], "list")

    def json_put(self):
        key, body = self.new_key(), content()
        answer = self.said("PUT", key)
        self.write(
            key,
            body,
            lambda: self.storage("PUT", answer["url"], body, answer["headers"]),
        )

    def json_get(self):
        key = self.known()
        answer = self.said("GET", key)
        same(
            self.storage("GET", answer["url"])[0], self.stored[key], "json_get"
        )


class Curl(Client):
    operations = "put get get get proxy_put proxy_get slow_put".split()

    def curl(self, *args):
        with tempfile.NamedTemporaryFile() as out:
            done = subprocess.run(
                ["curl", "-sS", "-g", "--max-time", "60", "-o", out.name]
                + ["-w", "%{http_code} %{local_port} %{redirect_url}"]
                + list(args),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**os.environ, "no_proxy": "*"},
                check=False,
            )
            status, port, url = done.stdout.decode().split(" ", 2)
            body = open(out.name, "rb").read()

        return int(status), int(port), url, body, done.stderr.decode()

    # in two steps, because curl tells only the last port of a run

    def nginx(self, uri, wanted, *args):
        status, port, url, body, error = self.curl(
            "http://127.0.0.1:%d%s" % (PORT, uri), *args
        )
        self.ports.append(port)

        if status == 0 or error:
            raise ConnectionError(error)

        expect(status, wanted, uri)

        return url, body

    def storage(self, url, *args):
        status, _, _, body, error = self.curl(url, *args)
        expect((status, error), (200, ""), url)

        return body

    def upload(self, store, body=None):
        key = self.new_key()
        body = content() if body is None else body

        with tempfile.NamedTemporaryFile() as file:
            file.write(body)
            file.flush()
            self.write(key, body, lambda: store(key, ("-T", file.name)))

    def put(self):
        def store(key, args):
            uri = "/redirect/" + urllib.parse.quote(key)
            url, _ = self.nginx(uri, 307, *args)
            self.storage(url, *args)

        self.upload(store)

    def get(self):
        key = self.known()
        url, _ = self.nginx("/redirect/" + urllib.parse.quote(key), 307)
        same(self.storage(url), self.stored[key], "get")

    def proxy_put(self):
        where = dice.choice(("proxy", "signed", "streaming"))

        self.upload(
            lambda key, args: self.nginx(
                "/%s/%s" % (where, urllib.parse.quote(key)), 200, *args
            )
        )

    # uploads last two seconds, so that a kill can interrupt one

    def slow_put(self):
        self.upload(
            lambda key, args: self.nginx(
                "/proxy/" + urllib.parse.quote(key),
                200,
                "--limit-rate",
                "100k",
                *args
            ),
            dice.randbytes(200000),
        )

    def proxy_get(self):
        key = self.known()
        _, body = self.nginx("/proxy/" + urllib.parse.quote(key), 200)
        same(body, self.stored[key], "proxy_get")


{"boto3": Boto3, "links": Links, "curl": Curl}[KIND]().run()
