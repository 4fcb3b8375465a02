# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Checks manifests by the models that the clients of their services have, and
# prints them as JSON:
#
#     python3 manifest.py kubernetes FILE.yaml
#     python3 manifest.py ecs FILE.json
#
# prints {"documents": [...], "faults": ["path: what is wrong", ...]}.  The
# models are those of python3-kubernetes and of botocore: they know the names
# and types of all fields, which are required, and which words a field takes.

import datetime
import json
import re
import sys

SCALARS = {'str': str, 'int': int, 'bool': bool, 'float': (int, float),
           'datetime': (str, datetime.datetime)}


def kubernetes(path):
    import yaml

    documents = [d for d in yaml.safe_load_all(open(path)) if d is not None]
    faults = []

    for d in documents:
        version, kind = d.get('apiVersion', ''), d.get('kind', '')
        name = version.split('/')[-1].capitalize() + kind
        kubernetes_value(faults, kind, name, d)

    return documents, faults


def kubernetes_value(faults, path, kind, value):
    from kubernetes.client import models

    listed = re.fullmatch(r'list\[(.*)\]', kind)
    mapped = re.fullmatch(r'dict\(str, (.*)\)', kind)

    if kind == 'object':
        return

    if kind in SCALARS:
        if not isinstance(value, SCALARS[kind]) \
                or (kind == 'int' and isinstance(value, bool)):
            faults.append('%s: not %s: %r' % (path, kind, value))

    elif listed:
        if not isinstance(value, list):
            faults.append('%s: not a list' % path)
        else:
            for i, item in enumerate(value):
                kubernetes_value(faults, '%s[%d]' % (path, i),
                                 listed.group(1), item)

    elif mapped:
        if not isinstance(value, dict):
            faults.append('%s: not a mapping' % path)
        else:
            for key, item in value.items():
                kubernetes_value(faults, '%s.%s' % (path, key),
                                 mapped.group(1), item)

    elif not hasattr(models, kind):
        faults.append('%s: nothing is called %s' % (path, kind))

    elif not isinstance(value, dict):
        faults.append('%s: not a mapping' % path)

    else:
        kubernetes_object(faults, path, getattr(models, kind), value)


def kubernetes_object(faults, path, model, value):
    names = {theirs: ours for ours, theirs in model.attribute_map.items()}
    known = {}

    for key, item in value.items():
        if key not in names:
            faults.append('%s.%s: unknown field' % (path, key))
            continue

        known[names[key]] = item
        kubernetes_value(faults, '%s.%s' % (path, key),
                         model.openapi_types[names[key]], item)

    # what is required, and words that a field takes

    try:
        model(**known)
    except ValueError as e:
        faults.append('%s: %s' % (path, e))


def ecs(path):
    from botocore.session import Session
    from botocore.validate import ParamValidator

    document = json.load(open(path))
    shape = Session().get_service_model('ecs') \
        .operation_model('RegisterTaskDefinition').input_shape

    report = ParamValidator().validate(document, shape)
    faults = report.generate_report().split('\n') if report.has_errors() else []

    if not faults:
        ecs_words(faults, shape.name, shape, document)

    return [document], faults


# the words of a field, which botocore leaves to the service

def ecs_words(faults, path, shape, value):
    if shape.type_name == 'structure':
        for key, item in value.items():
            ecs_words(faults, path + '.' + key, shape.members[key], item)

    elif shape.type_name == 'list':
        for item in value:
            ecs_words(faults, path, shape.member, item)

    elif shape.type_name == 'string':
        if shape.enum and value not in shape.enum:
            faults.append('%s: "%s" is none of %s' % (path, value, shape.enum))


def main():
    documents, faults = {'kubernetes': kubernetes, 'ecs': ecs}[sys.argv[1]](
        sys.argv[2])
    json.dump({'documents': documents, 'faults': faults}, sys.stdout,
              default=str)


main()
