"""The routes of conform/README.md as a WSGI application. It must not know which server runs it.

    mkdir -p /tmp/peer && pip install uwsgi==2.0.31
    uwsgi --master --processes 16 --need-app --wsgi-file conform/apps/app.py \
        --harakiri 10 --die-on-term \
        --socket /tmp/peer/uwsgi --fastcgi-socket /tmp/peer/fastcgi \
        --scgi-socket /tmp/peer/scgi --http-socket 127.0.0.1:8081

TERM ends it. 16 processes, since each of them serves one connection at a time.
"""

import hashlib
import json


def hello(environ, start, _):
    return answer(start, b"hello, world\n", "text/plain")


def env(environ, start, _):
    texts = {name: value for name, value in environ.items() if isinstance(value, str)}
    return answer(start, json.dumps(texts, separators=(",", ":")).encode(), "application/json")


def echo(environ, start, _):
    media_type = environ.get("CONTENT_TYPE") or "application/octet-stream"
    return answer(start, read(environ), media_type)


def body(environ, start, _):
    sent = read(environ)
    line = f"{len(sent)} {hashlib.sha256(sent).hexdigest()}\n"
    return answer(start, line.encode(), "text/plain")


def status(environ, start, code):
    start(f"{code} Status", [])
    return []


def stream(environ, start, count):
    start("200 OK", [("Content-Type", "application/octet-stream")])
    return (b"s" * 1000 for _ in range(int(count)))


def sized(environ, start, count):
    return answer(start, b"b" * int(count), "application/octet-stream")


ANY = {"GET", "HEAD"}
ROUTES = {
    "hello": (hello, ANY),
    "env": (env, ANY),
    "echo": (echo, None),
    "body": (body, None),
    "status": (status, ANY),
    "stream": (stream, ANY),
    "bytes": (sized, ANY),
}


def read(environ):
    """All of the body: what comes beyond its length is the server's to keep away."""
    return environ["wsgi.input"].read()


def answer(start, content, media_type, code="200 OK"):
    start(code, [("Content-Type", media_type), ("Content-Length", str(len(content)))])
    return [content]


def application(environ, start):
    _, name, *rest = (environ.get("PATH_INFO", "") + "//").split("/")
    handler, methods = ROUTES.get(name, (None, None))
    if handler is None:
        return answer(start, b"not found\n", "text/plain", "404 Not Found")
    if methods is not None and environ.get("REQUEST_METHOD") not in methods:
        return answer(start, b"not allowed\n", "text/plain", "405 Method Not Allowed")
    result = handler(environ, start, rest[0])
    return [] if environ.get("REQUEST_METHOD") == "HEAD" else result
