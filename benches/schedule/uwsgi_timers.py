"""What `probe --timers 1` does, for uWSGI's Python: fifty timers that say when they ticked."""

import os
import time

import uwsgi

FILE = os.open(os.environ["TIMERS_FILE"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def record(signal):
    os.write(FILE, b"%d %d\n" % (signal, time.monotonic_ns()))


for number in range(100, 150):
    uwsgi.register_signal(number, "", record)
    uwsgi.add_timer(number, 1)


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path.startswith("/sleep/"):
        time.sleep(int(path[7:]) / 1000)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello, world\n"]
