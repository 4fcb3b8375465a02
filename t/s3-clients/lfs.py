# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A batch server of git-lfs, of the kind that sites have behind nginx:
#
#     lfs.py PORT NGINX
#
# At /json/ it asks nginx for URLs (s3o_presign json), at /redirect/ it sends
# clients to a location of nginx that redirects them.

import base64
import json
import sys
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

port, nginx = int(sys.argv[1]), sys.argv[2]
password = 'Basic ' + base64.b64encode(b'alice:secret').decode()


def by_json(method, key):
    query = urllib.parse.urlencode({'method': method, 'key': key})
    r = urllib.request.Request('%s/presign?%s' % (nginx, query),
                               headers={'Authorization': password})
    with urllib.request.urlopen(r) as answer:
        got = json.load(answer)
    return {'href': got['url'], 'header': got['headers']}


def by_redirect(method, key):
    return {'href': '%s/%s/%s' % (nginx, 'files' if method == 'PUT'
                                  else 'downloads', key)}


class Batch(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_POST(self):
        length = int(self.headers['Content-Length'])
        asked = json.loads(self.rfile.read(length))
        action = by_json if self.path.startswith('/json/') else by_redirect
        name = asked['operation']
        method = {'upload': 'PUT', 'download': 'GET'}[name]

        self.answer({
            'transfer': 'basic',
            'objects': [{
                'oid': o['oid'], 'size': o['size'], 'authenticated': True,
                'actions': {name: action(method, 'lfs/' + o['oid'])},
            } for o in asked['objects']],
        })

    def answer(self, what):
        body = json.dumps(what).encode()
        self.send_response(200)
        self.send_header('Content-Type', 'application/vnd.git-lfs+json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


ThreadingHTTPServer(('127.0.0.1', port), Batch).serve_forever()
