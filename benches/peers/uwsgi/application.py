"""The same application for uWSGI with Python, by WSGI and the standard library alone."""

import json
import os
import sqlite3
import threading

DATABASE = os.environ["DATABASE"]
OF_THIS_THREAD = threading.local()


def user(number):
    """The row as JSON, or None."""
    if not hasattr(OF_THIS_THREAD, "connection"):
        OF_THIS_THREAD.connection = sqlite3.connect(DATABASE)
    query = "SELECT id, name, email FROM users WHERE id = ?"
    row = OF_THIS_THREAD.connection.execute(query, (number,)).fetchone()
    return row and json.dumps(dict(zip(("id", "name", "email"), row))).encode()


def application(environ, start_response):
    path = environ["PATH_INFO"]
    kind = "text/plain"
    if path == "/hello":
        body = b"hello, world\n"
    elif path == "/user":
        kind, body = "application/json", user(int(environ["QUERY_STRING"].removeprefix("id=")))
    elif path.startswith("/user/"):
        kind, body = "application/json", user(int(path.removeprefix("/user/")))
    else:
        body = None
    status = "404 Not Found" if body is None else "200 OK"
    body = body or b""
    start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]
