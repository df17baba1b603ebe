//! `cleanslate replay`: captured requests, sent again. Guards that they are the same byte for byte by
//! every protocol, and the exit codes.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{PROTOCOLS, start, target, text, tool};
use crate::capture::{ALL, files, read, wait_for_files};
use crate::harness::{Server, get, post, request};

/// The exit code, and all that is said.
fn replay(paths: &[&Path], options: &[&str]) -> (i32, String) {
    let paths: Vec<&str> = paths.iter().map(|path| path.to_str().unwrap()).collect();
    let output = tool(&[&["replay"], &paths[..], options].concat(), b"");
    let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
    (output.status.code().unwrap(), said)
}

/// A server, and the files of what it was asked.
fn captured(options: &[&str], asked: &[Vec<u8>]) -> (Server, Vec<PathBuf>) {
    let server = Server::start("probe", &[ALL, options].concat());
    for (number, packet) in asked.iter().enumerate() {
        assert!(server.ask(packet).status > 0);
        wait_for_files(server.folder(), number + 1);
    }
    let files = files(server.folder());
    (server, files)
}

fn vars(file: &Value) -> Vec<Value> {
    file["vars"].as_array().unwrap().clone()
}

#[test]
fn a_request_is_the_same_again_by_every_protocol() {
    let body: Vec<u8> = (0..60_000_u32).map(|at| u8::try_from(at % 253).unwrap()).collect();
    let more = [
        ("HTTP_X_TWO", "one"),
        ("CONTENT_TYPE", "x/y"),
        ("HTTP_X_TWO", "t\u{e9}"),
        ("HTTP_HOST", "h"),
    ];
    let asked = request("POST", "/body?a=%20b&c", &more, &body);
    let (first, files) = captured(&[], &[asked]);
    let file = &files[0];
    let before = read(file);
    for (protocol, _) in PROTOCOLS {
        let (server, folder) = start(ALL);
        let target = target(&folder, protocol);
        let (code, said) = replay(&[file], &["--against", &target, "--all-methods"]);
        assert_eq!(code, 0, "{protocol}: {said}");
        assert!(said.contains("POST /body?a=%20b&c"), "{said}");
        assert!(said.contains("200 ×1") && said.contains("none of 1 failed"), "{said}");
        let after = &wait_for_files(server.folder(), 1)[0];
        assert_eq!(after["protocol"], protocol);
        assert!(after["body"] == before["body"] && after["body_size"] == 60_000, "{protocol}");
        match protocol {
            "uwsgi" | "fastcgi" => assert_eq!(vars(after), vars(&before), "{protocol}"),
            "scgi" => {
                // It begins with two of its own.
                let is_own =
                    |var: &Value| ["CONTENT_LENGTH", "SCGI"].contains(&var[0].as_str().unwrap());
                let others =
                    |file| vars(file).into_iter().filter(|var| !is_own(var)).collect::<Vec<_>>();
                assert_eq!(others(after), others(&before));
            }
            _ => {
                // This server makes one var of a header that comes twice.
                for var in [
                    json!(["HTTP_X_TWO", "one, t\u{c3}\u{a9}"]),
                    json!(["HTTP_HOST", "h"]),
                    json!(["CONTENT_TYPE", "x/y"]),
                    json!(["CONTENT_LENGTH", "60000"]),
                    json!(["REQUEST_URI", "/body?a=%20b&c"]),
                ] {
                    assert!(vars(after).contains(&var), "{var}: {after}");
                }
            }
        }
        server.stop();
    }
    first.stop();
}

#[test]
fn what_was_redacted_can_be_set_again() {
    let cookie = [("HTTP_COOKIE", "a=b")];
    let (first, files) = captured(&[], &[request("GET", "/len?token=x", &cookie, b"")]);
    // Those keep what they get.
    let (server, folder) = start(ALL);
    let uwsgi = target(&folder, "uwsgi");
    let (code, said) = replay(&[&files[0]], &["--against", &uwsgi]);
    assert!(code == 0 && said.contains("what was redacted: ?token, HTTP_COOKIE"), "{said}");
    let options = ["--against", &uwsgi, "--var", "HTTP_COOKIE=a=b", "--var", "HTTP_X_PAD=12345"];
    let (code, said) = replay(&[&files[0]], &options);
    assert!(code == 0 && said.contains("what was redacted: ?token\n"), "{said}");
    let kept = wait_for_files(server.folder(), 2);
    assert!(!vars(&kept[0]).contains(&json!(["HTTP_X_PAD", "12345"])));
    assert!(vars(&kept[1]).contains(&json!(["HTTP_X_PAD", "12345"])));
    server.stop();
    first.stop();
}

#[test]
fn the_exit_code_says_how_it_went() {
    let asked = [get("/hello"), get("/status/500"), post("/echo", b"a body\x1b[31m")];
    let (first, files) = captured(&[], &asked);
    let [hello, failing, echo] = &files[..] else { panic!("{files:?}") };
    let folder = first.folder().join("captured");
    let (server, folder_of_server) = start(&[]);
    let uwsgi = target(&folder_of_server, "uwsgi");
    let slash = format!("http://{}", "127.0.0.1:1/x");
    let nothing = first.folder().join("nothing");
    std::fs::write(&nothing, "{\"format\":2,\"vars\":[]}").unwrap();
    for (paths, options, code, says) in [
        (&[hello.as_path()][..], &["--against", &uwsgi][..], 0, "200 ×1"),
        (&[hello], &["--against", &uwsgi, "-n", "9", "-c", "3"], 0, "200 ×9"),
        (&[hello], &["--against", &uwsgi, "-n", "9"], 0, "all the same"),
        (&[hello, failing], &["--against", &uwsgi], 1, "1 of 2 failed"),
        (&[failing], &["--against", &uwsgi, "--json"], 1, "\"statuses\":{\"500\":1}"),
        (&[echo], &["--against", &uwsgi], 2, "a POST does its work again when it is replayed"),
        (&[&folder], &["--against", &uwsgi], 2, "--all-methods replays it"),
        (&[&folder], &["--against", &uwsgi, "--only-safe"], 1, "1 of 2 failed"),
        (&[&folder], &["--against", &uwsgi, "--all-methods"], 1, "1 of 3 failed"),
        (&[hello], &["--against", "uwsgi:///nowhere"], 7, "no connection"),
        (&[hello], &["--against", &slash], 3, "each request has its own path"),
        (&[hello], &["--against", "nowhere"], 3, "no scheme"),
        (&[hello], &[], 2, "--against"),
        (&[hello], &["--against", &uwsgi, "--var", "X"], 2, "expected NAME=VALUE"),
        (&[&nothing], &["--against", &uwsgi], 26, "format 2 is not known"),
        (&[Path::new("/nowhere")], &["--against", &uwsgi], 26, "No such file"),
        (&[Path::new("/proc/self/fdinfo")], &["--against", &uwsgi], 26, "no captured request"),
        (&[failing], &["--show"], 0, "answered  500 (failed)"),
        // What a client sent does nothing to a terminal.
        (&[echo], &["--show"], 0, "body, 11 of 11 bytes:\na body\\u{1b}[31m"),
    ] {
        let (found, said) = replay(paths, options);
        assert_eq!(found, code, "{options:?}: {said}");
        assert!(said.contains(says), "{options:?}: {said}");
    }
    server.stop();
    first.stop();
}

#[test]
fn a_request_that_is_too_slow_is_given_up() {
    let (first, files) = captured(&[], &[get("/sleep/20")]);
    let text = std::fs::read_to_string(&files[0]).unwrap().replace("/sleep/20", "/sleep/20000");
    let slow = first.folder().join("slow.json");
    std::fs::write(&slow, text).unwrap();
    let (server, folder) = start(&[]);
    let uwsgi = target(&folder, "uwsgi");
    let (code, said) = replay(&[&slow, &files[0]], &["--against", &uwsgi, "-m", "0.3"]);
    assert_eq!(code, 28, "{said}");
    assert!(said.contains("the time is over") && said.contains("1 of 2 failed"), "{said}");
    drop(server);
    first.stop();
}
