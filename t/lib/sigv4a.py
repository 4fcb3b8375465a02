# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Verifies signatures of AWS SigV4A with the cryptography package: a JSON array
# on stdin, a JSON array of verdicts on stdout, "" for a signature that is
# right; with the path of a socket, the same for each line of all who connect
# there.  Called by S3O::SigV4A and S3O::SigV4A::Verifier.
#
# Each is an object with access_key, secret_key, string_to_sign, of which every
# character stands for a byte, signature in hex digits, and public_key, x and y
# in hex digits, where it has to be a certain one.  The key is derived here,
# with whole numbers, by the rules of SigV4A.

import binascii
import hashlib
import hmac
import json
import os
import socketserver
import sys
import threading
import time

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

keys = {}


def derive(access_key, secret_key):
    label = b"AWS4-ECDSA-P256-SHA256"

    for counter in range(1, 255):
        text = b"".join(
            (
                (1).to_bytes(4, "big"),
                label,
                b"\0",
                access_key,
                bytes((counter,)),
                (256).to_bytes(4, "big"),
            )
        )
        mac = hmac.new(b"AWS4A" + secret_key, text, hashlib.sha256)
        candidate = int.from_bytes(mac.digest(), "big")

        if candidate <= ORDER - 2:
            return candidate + 1

    raise ValueError("no private key")


def public_key(access_key, secret_key):
    pair = (access_key, secret_key)

    if pair not in keys:
        private = ec.derive_private_key(derive(*pair), ec.SECP256R1())
        keys[pair] = private.public_key()

    return keys[pair]


def verdict(item):
    key = public_key(
        item["access_key"].encode("latin-1"),
        item["secret_key"].encode("latin-1"),
    )

    if item.get("public_key"):
        numbers = key.public_numbers()
        text = "%064x%064x" % (numbers.x, numbers.y)

        if text != item["public_key"]:
            return "python: the public key is %s" % text

    try:
        key.verify(
            binascii.unhexlify(item["signature"]),
            item["string_to_sign"].encode("latin-1"),
            ec.ECDSA(hashes.SHA256()),
        )

    except (InvalidSignature, ValueError) as error:
        return "python: %s" % type(error).__name__

    return ""


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            verdicts = [verdict(item) for item in json.loads(line)]
            self.wfile.write(json.dumps(verdicts).encode() + b"\n")


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 128


# a test that was killed cannot stop this process


def watch(parent):
    while os.getppid() == parent:
        time.sleep(0.5)

    os._exit(0)


if len(sys.argv) > 1:
    threading.Thread(target=watch, args=(os.getppid(),), daemon=True).start()
    Server(sys.argv[1], Handler).serve_forever()

json.dump([verdict(item) for item in json.load(sys.stdin)], sys.stdout)
print()
