#!/usr/bin/python3

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Which credentials the SDK for Python takes: reads JSON, a list of
# environments, and writes a list of {method, access_key, token}, of {error}, or
# of {none}.  Nothing is fetched for roles; agents and metadata are asked.

import json
import os
import sys

import botocore.session


def judge(env):
    os.environ.clear()
    os.environ.update(env)

    try:
        found = botocore.session.Session().get_credentials()

        if found is None:
            return {'none': True}

        answer = {'method': found.method}

        if 'assume-role' not in found.method and found.method != 'sso':
            keys = found.get_frozen_credentials()
            answer['access_key'] = keys.access_key
            answer['token'] = keys.token

        return answer

    except Exception as e:
        return {'error': type(e).__name__}


json.dump([judge(env) for env in json.load(sys.stdin)], sys.stdout)
