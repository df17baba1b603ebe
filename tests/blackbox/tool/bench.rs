//! `cleanslate bench` against `probe`, and against servers that break off. Guards that it counts
//! what happened, and that a server that stalls can't hide it.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;

use rustix::net::{
    AddressFamily, RecvFlags, SocketAddrUnix, SocketType, bind, listen, recv, socket,
};
use serde_json::{Value, json};

use super::{PROTOCOLS, start, target, text, tool};
use crate::harness::{alone, fresh_folder};

/// The exit code, the result and what is said beside it.
fn bench(target: &str, options: &[&str]) -> (i32, Value, String) {
    let output = tool(&[&["bench", "--json", target][..], options].concat(), b"");
    let result = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code().unwrap(), result, text(&output.stderr))
}

#[test]
fn every_request_is_counted_by_every_protocol() {
    let (server, folder) = start(&[]);
    for (protocol, _) in PROTOCOLS {
        let target = target(&folder, protocol);
        let can_keep = ["fastcgi", "http"].contains(&protocol);
        for keep in [false, true] {
            let options = ["/bytes/1000", "-n", "500", "-c", "7", "-t", "2", "--keep"];
            let options = if keep { &options[..] } else { &options[..7] };
            let (code, result, error) = bench(&target, options);
            if keep && !can_keep {
                assert_eq!(code, 2, "{protocol}: {error}");
                assert!(error.contains("--keep is of no use with"), "{protocol}: {error}");
                continue;
            }
            assert_eq!(code, 0, "{protocol}: {error} {result}");
            for (name, expected) in [
                ("requests", json!(500)),
                ("errors", json!({})),
                ("protocol", json!(protocol)),
                ("keep", json!(keep)),
                ("connections", json!(7)),
                ("threads", json!(2)),
                ("rate", Value::Null),
                ("server", Value::Null),
                ("reconnects", json!(0)),
            ] {
                assert_eq!(result[name], expected, "{protocol}, {name}: {result}");
            }
            let number = |value: &Value| value.as_f64().unwrap();
            let bytes = result["bytes_received"].as_u64().unwrap();
            assert!(bytes > 500 * 1_000 && bytes % 500 == 0, "{protocol}: whole answers: {bytes}");
            let latency = &result["latency_micros"];
            let all = ["p50", "p90", "p99", "p999", "max"].map(|name| number(&latency[name]));
            assert!(all.is_sorted() && all[0] > 0.0, "{protocol}: {latency}");
            let product = number(&result["per_second"]) * number(&result["seconds"]);
            assert!((product - 500.0).abs() < 1.0, "{protocol}: {result}");
            let own = number(&result["generator"]["cpu_micros_per_request"]);
            assert!(own > 0.0, "{protocol}: {result}");
        }
    }
    server.stop();
}

#[test]
fn large_requests_go_out_whole_by_tcp_as_well() {
    let (server, folder) = start(&["--socket", "127.0.0.1:0"]);
    let file = folder.path().join("large");
    std::fs::write(&file, vec![b'x'; 5_000_000]).unwrap();
    let file = format!("@{}", file.display());
    for target in [target(&folder, "uwsgi"), format!("uwsgi://{}", server.tcp())] {
        for data in [&["/hello"][..], &["/body", "--data-binary", &file]] {
            let (code, result, error) = bench(&target, &[data, &["-n", "50", "-c", "5"]].concat());
            assert_eq!((code, &result["requests"]), (0, &json!(50)), "{error} {result}");
        }
    }
    server.stop();
}

#[test]
fn large_answers_come_whole_to_many_at_once() {
    let (server, folder) = start(&[]);
    for (protocol, _) in PROTOCOLS {
        let target = target(&folder, protocol);
        for (path, size, requests) in [("/bytes/300000", 300_000, 400), ("/hello", 13, 4_000)] {
            let count = requests.to_string();
            let (code, result, error) = bench(&target, &[path, "-n", &count, "-c", "100"]);
            assert_eq!((code, &result["errors"]), (0, &json!({})), "{protocol}{path}: {error}");
            let bytes = result["bytes_received"].as_u64().unwrap();
            assert!(bytes > size * requests && bytes % requests == 0, "{protocol}{path}: {bytes}");
        }
        // Where its end is not said by a length.
        let (code, result, error) = bench(&target, &["/stream/100", "-n", "200", "-c", "20"]);
        assert_eq!((code, &result["requests"]), (0, &json!(200)), "{protocol}: {error} {result}");
        assert!(result["bytes_received"].as_u64().unwrap() > 200 * 100_000, "{protocol}: {result}");
    }
    server.stop();
}

#[test]
fn a_request_is_what_the_options_say() {
    let (server, folder) = start(&[]);
    let file = folder.path().join("captured");
    let captured = json!({
        "vars": [["REQUEST_METHOD", "POST"], ["REQUEST_URI", "/echo"], ["PATH_INFO", "/echo"],
                 ["CONTENT_LENGTH", "5"], ["HTTP_HOST", "x"]],
        "body": "aGVsbG8=", "whatever": 7,
    });
    std::fs::write(&file, captured.to_string()).unwrap();
    let file = file.to_str().unwrap();
    for (protocol, _) in PROTOCOLS {
        let target = target(&folder, protocol);
        let ends_with = |more: &[&str], expected: &[&str]| {
            let few = ["-n", "10", "-c", "1"];
            let (code, one, error) = bench(&target, &[more, &few].concat());
            assert_eq!(code, 0, "{protocol} {more:?}: {error} {one}");
            let (_, other, _) = bench(&target, &[expected, &few].concat());
            let (one, other) = (&one["bytes_received"], &other["bytes_received"]);
            assert_eq!(one, other, "{protocol} {more:?} {expected:?}");
        };
        let form = "content-type: application/x-www-form-urlencoded";
        let five = ["/echo", "-H", form, "--data-binary", "HELLO"];
        ends_with(&["/echo", "--data", "a", "--data", "b-c"], &five);
        let plain = ["/echo", "-X", "PUT", "-H", "content-type: ", "--data-binary", "hello"];
        ends_with(&["--captured", file], &plain);
        let status = ["/status/404", "--expect", "404", "-n", "3"];
        assert_eq!(bench(&target, &status).0, 0, "{protocol}");
        let head = ["/bytes/100000", "-X", "HEAD", "-n", "3"];
        let (code, result, error) = bench(&target, &head);
        let bytes = result["bytes_received"].as_u64().unwrap();
        assert!(code == 0 && bytes < 3_000, "{protocol}: {code} {bytes} {error}");
    }
    let target = target(&folder, "uwsgi");
    for (options, code, expected) in [
        (&["--captured", "/nowhere"][..], 26, "/nowhere: No such file"),
        (&["--var", "x"], 2, "expected NAME=VALUE"),
        (&["-c", "1", "-t", "2"], 2, "--threads is above --connections"),
        (&["--pid", "999999999"], 2, "--pid 999999999: "),
        (&["--captured", folder.path().to_str().unwrap()], 26, "Is a directory"),
    ] {
        let (found, _, error) = bench(&target, options);
        assert_eq!(found, code, "{options:?}: {error}");
        assert!(error.contains(expected), "{options:?}: {error}");
    }
    server.stop();
}

/// A server that does this with each connection.
fn serve(path: &Path, each: impl Fn(UnixStream) + Send + Sync + 'static) {
    let (listener, each) = (UnixListener::bind(path).unwrap(), Arc::new(each));
    thread::spawn(move || {
        for client in listener.incoming() {
            let (client, each) = (client.unwrap(), Arc::clone(&each));
            thread::spawn(move || each(client));
        }
    });
}

#[test]
fn errors_are_told_by_kind() {
    let folder = fresh_folder();
    let at = |name: &str| folder.path().join(name);
    let answers = |name: &str, answer: &'static [u8]| {
        serve(&at(name), move |mut client| {
            if client.read(&mut [0; 65_536]).is_ok_and(|count| count > 0) {
                // A client that knows enough has left.
                client.write_all(answer).ok();
            }
        });
    };
    answers("closing", b"");
    answers("half", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
    answers("garbage", b"\0\x01\x02 nothing\r\n\r\n");
    answers("failing", b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
    serve(&at("resetting"), |client| {
        // It leaves when a request is there, and leaves that unread.
        recv(&client, &mut [0; 1], RecvFlags::PEEK).ok();
    });
    serve(&at("silent"), |mut client| {
        client.read_to_end(&mut Vec::new()).ok();
    });
    let full = socket(AddressFamily::UNIX, SocketType::STREAM, None).unwrap();
    bind(&full, &SocketAddrUnix::new(at("full")).unwrap()).unwrap();
    listen(&full, 0).unwrap();
    let leaving = UnixListener::bind(at("leaving")).unwrap();
    // One is accepted, and no other.
    thread::spawn(move || leaving.accept().unwrap());
    for (name, kind, code) in [
        ("closing", "cut_short", 56),
        ("half", "cut_short", 56),
        ("garbage", "broken", 56),
        ("failing", "status", 22),
        ("resetting", "reset", 56),
        ("silent", "timed_out", 28),
        ("full", "backlog_full", 7),
        ("leaving", "connect_refused", 7),
    ] {
        let target = format!("uwsgi://{}", at(name).display());
        let options = ["-n", "20", "-c", "4", "--max-time", "0.3"];
        let (found, result, error) = bench(&target, &options);
        assert_eq!(found, code, "{name}: {error} {result}");
        let errors = result["errors"].as_object().unwrap();
        let count = |kind: &str| errors.get(kind).and_then(Value::as_u64).unwrap_or(0);
        let all: u64 = errors.values().map(|count| count.as_u64().unwrap()).sum();
        assert_eq!((all, &result["requests"]), (20, &json!(0)), "{name}: {result}");
        // Those who wait when a listener leaves are reset.
        let least = if name == "leaving" { 12 } else { 20 };
        assert!(count(kind) >= least, "{name}: {result}");
        assert!(result["error_examples"][kind].is_string(), "{name}: {result}");
    }
    let (code, result, error) = bench(&format!("uwsgi://{}", at("nobody").display()), &[]);
    assert_eq!((code, result), (7, Value::Null), "{error}");
    assert!(error.contains("no connection: No such file"), "{error}");
}

#[test]
fn a_kept_connection_that_is_closed_in_order_is_opened_anew() {
    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    const LAST: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi";
    let folder = fresh_folder();
    for (name, last) in [("silently", ANSWER), ("with a word", LAST)] {
        let path = folder.path().join(name);
        serve(&path, move |mut client| {
            for answer in [ANSWER, ANSWER, ANSWER, ANSWER, last] {
                if !client.read(&mut [0; 65_536]).is_ok_and(|count| count > 0) {
                    return;
                }
                client.write_all(answer).unwrap();
            }
        });
        let options = ["--keep", "-n", "100", "-c", "1"];
        let (code, result, error) = bench(&format!("http://{}", path.display()), &options);
        assert_eq!(code, 0, "{name}: {error} {result}");
        assert_eq!(result["requests"], json!(100), "{name}: {result}");
        assert_eq!(result["errors"], json!({}), "{name}: {result}");
        // Of 20 connections the first is no other's successor.
        assert_eq!(result["reconnects"], json!(19), "{name}: {result}");
    }
}

#[test]
fn a_stall_is_not_forgiven_at_a_fixed_rate() {
    let _alone = alone();
    let latency = |options: &[&str]| {
        let (server, folder) = start(&["--processes", "1", "--threads", "1"]);
        let target = target(&folder, "uwsgi");
        let (code, result, error) = thread::scope(|scope| {
            let load = scope.spawn(|| {
                bench(&target, &[&["/hello", "-d", "5", "--warm-up", "0"][..], options].concat())
            });
            // The only thread is asleep for a while, before or after the load has begun.
            assert_eq!(server.get("/sleep/2000").status, 200);
            load.join().unwrap()
        });
        assert_eq!((code, &result["errors"]), (0, &json!({})), "{error}");
        server.stop();
        result
    };
    let quantile = |result: &Value, name: &str| result["latency_micros"][name].as_f64().unwrap();
    let fixed = latency(&["--rate", "200", "-c", "16"]);
    assert_eq!((&fixed["requests"], &fixed["unsent"]), (&json!(1_000), &json!(0)), "{fixed}");
    assert!(quantile(&fixed, "p90") > 500_000.0, "a tenth waited for long: {fixed}");
    assert!(quantile(&fixed, "p50") < 500_000.0, "half did not: {fixed}");
    // Without it, the stall is a single request among many.
    let closed = latency(&["-c", "1"]);
    assert!(quantile(&closed, "p99") < 500_000.0, "{closed}");
    assert!(quantile(&closed, "max") > 500_000.0, "{closed}");
}

#[test]
fn a_rate_is_kept_or_it_is_told() {
    let _alone = alone();
    let (server, folder) = start(&[]);
    let target = target(&folder, "fastcgi");
    for keep in [&[][..], &["--keep"]] {
        let options = ["/hello", "--rate", "150", "-d", "2", "--warm-up", "0", "-t", "3"];
        let (code, result, error) = bench(&target, &[&options, keep].concat());
        assert_eq!((code, &result["unsent"]), (0, &json!(0)), "{error} {result}");
        assert_eq!(result["requests"], json!(300), "{result}");
        let per_second = result["per_second"].as_f64().unwrap();
        assert!((145.0..=155.0).contains(&per_second), "{result}");
    }
    let options = ["/sleep/200", "--rate", "100", "-d", "1", "-c", "3", "--warm-up", "0"];
    let (_, result, _) = bench(&target, &options);
    let (sent, unsent) = (&result["requests"], &result["unsent"]);
    let (sent, unsent) = (sent.as_u64().unwrap(), unsent.as_u64().unwrap());
    assert!(sent <= 33 && sent + unsent == 100, "{result}");
    let said = text(&tool(&[&["bench", &target][..], &options].concat(), b"").stdout);
    assert!(said.contains("the rate of 100 was not kept"), "{said}");
    server.stop();
}

#[test]
fn the_cpu_of_a_process_and_its_children_is_told() {
    let (server, folder) = start(&["--master", "true"]);
    let pid = server.process().0.to_string();
    let target = target(&folder, "http");
    let options = ["/spin/20", "-n", "50", "-c", "2", "--pid", &pid];
    let (code, result, error) = bench(&target, &options);
    assert_eq!(code, 0, "{error}");
    let figure = |name: &str| result["server"][name].as_f64().unwrap();
    // The master itself uses nothing; on a busy machine the clock runs on while others have the CPU.
    let (user, system) = (figure("user_micros_per_request"), figure("system_micros_per_request"));
    assert!((1_000.0..40_000.0).contains(&user), "{result}");
    assert!((user + system - figure("cpu_micros_per_request")).abs() < 1.0, "{result}");
    assert!(figure("switches_per_request") > 0.1, "{result}");
    let (pss, rss) = (figure("pss_bytes"), figure("rss_bytes"));
    assert!(1_000_000.0 < pss && pss <= rss, "{result}");
    let said = text(&tool(&[&["bench", &target][..], &options].concat(), b"").stdout);
    for expected in ["requests    50, ", "of CPU a request (", "of memory (PSS)", ", p99.9 "] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    server.stop();
}
