#!/usr/bin/env python3
"""How late fifty one-second timers are while all threads serve requests: Cleanslate's and uWSGI's.

    cargo build --release --package probe
    pip install uwsgi
    benches/schedule/lateness.py --probe target/release/probe --uwsgi uwsgi

Needs nginx and wrk. Each server has 4 x 2 threads behind the same nginx, by uwsgi_pass. In turns each is
started, left alone for a while, which shows when its timers tick, and loaded. A tick is late by how much
later it comes than it should go by then; one that doesn't come is missing.
"""

import argparse
import collections
import math
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
TIMERS = 50
QUIET = 6
EARLY = 0.005
PORT = 18431
NGINX = """
worker_processes 2; daemon off; pid nginx.pid; error_log error.log;
events { worker_connections 1024; }
http {
    access_log off;
    server {
        listen 127.0.0.1:%d backlog=4096;
        location / {
            uwsgi_pass unix:app.sock;
            uwsgi_param REQUEST_METHOD $request_method; uwsgi_param REQUEST_URI $request_uri;
            uwsgi_param PATH_INFO $document_uri; uwsgi_param QUERY_STRING $query_string;
            uwsgi_param CONTENT_LENGTH $content_length; uwsgi_param REMOTE_ADDR $remote_addr;
            uwsgi_param SERVER_NAME $server_name; uwsgi_param SERVER_PORT $server_port;
            uwsgi_param SERVER_PROTOCOL $server_protocol;
        }
    }
}
"""


def command(peer, options, folder):
    common = ["--socket", "app.sock", "--processes", "4", "--threads", "2", "--listen", "1024"]
    if peer == "cleanslate":
        own = ["--chmod-socket", "666", "--tick", "3600"]
        own += ["--timers", "1", "--timers-file", str(folder / "ticks")]
        return [os.path.abspath(options.probe), *common, *own]
    own = ["--chmod-socket=666", "--master", "--disable-logging", "--enable-threads"]
    own += ["--need-app", "--wsgi-file", str(HERE / "uwsgi_timers.py")]
    return [os.path.abspath(options.uwsgi), *common, *own]


def ticks(folder):
    """The times of each timer, in seconds."""
    found = collections.defaultdict(list)
    for line in (folder / "ticks").read_text().splitlines():
        number, nanoseconds = line.split()
        found[int(number)].append(int(nanoseconds) / 1e9)
    return found


def measure(peer, path, options):
    """How late each tick was, how many are missing, how many were due, and requests a second."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        (folder / "nginx.conf").write_text(NGINX % PORT)
        environment = dict(os.environ, TIMERS_FILE=str(folder / "ticks"))
        log = open(folder / "log", "w")
        server = subprocess.Popen(command(peer, options, folder), cwd=folder, env=environment,
                                  stdout=log, stderr=log)
        nginx = subprocess.Popen(["nginx", "-p", name, "-c", str(folder / "nginx.conf")], cwd=folder)
        try:
            time.sleep(QUIET)
            began = time.monotonic()
            load = ["wrk", "-t1", "-c64", f"-d{options.seconds}s", f"http://127.0.0.1:{PORT}{path}"]
            said = subprocess.run(load, capture_output=True, text=True, check=True).stdout
            ended = time.monotonic()
            time.sleep(2)
            found = ticks(folder)
        finally:
            for process in (nginx, server):
                # uWSGI reloads at TERM.
                process.send_signal(signal.SIGINT)
                process.wait(20)
    if "Non-2xx" in said:
        sys.exit(f"{peer}: not all were answered well: {said}")
    late, missing, due = [], 0, 0
    for times in found.values():
        calm = [at for at in times if at < began]
        # By the ticks that nothing held up, but for the first: at its start a server does other things.
        phase = min(at - number for number, at in enumerate(calm) if number > 0)
        numbers = range(math.ceil(began - phase), math.floor(ended - phase) + 1)
        came = [at for at in times if at > phase + numbers[0] - EARLY][:len(numbers)]
        due += len(numbers)
        missing += len(numbers) - len(came)
        for number, at in zip(numbers, came):
            # One after the other; where some are missing, from the last that was due.
            number = number if len(came) == len(numbers) else math.floor(at - phase + EARLY)
            late.append(max(0.0, at - phase - number))
    requests = next(line.split()[1] for line in said.splitlines() if "Requests/sec" in line)
    return late, missing, due, float(requests)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--probe", default="target/release/probe")
    parser.add_argument("--uwsgi", default="uwsgi")
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    print("load, server: ticks missing of those due, p50, p99, most (ms), requests/s")
    for path in ("/hello", "/sleep/20"):
        all_of = collections.defaultdict(lambda: ([], [], [], []))
        for _ in range(options.rounds):
            for peer in ("cleanslate", "uwsgi"):
                late, missing, due, requests = measure(peer, path, options)
                for total, value in zip(all_of[peer], (late, [missing], [due], [requests])):
                    total.extend(value)
        for peer, (late, missing, due, requests) in all_of.items():
            late.sort()
            at = [late[int(len(late) * part)] * 1e3 for part in (0.5, 0.99)] + [late[-1] * 1e3]
            print(f"{path}, {peer}: {sum(missing)} of {sum(due)}, "
                  f"{at[0]:.2f}, {at[1]:.2f}, {at[2]:.2f}, {statistics.median(requests):.0f}")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
