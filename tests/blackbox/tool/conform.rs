//! The conformance suite against `probe`, and against servers that do otherwise. Guards that every
//! case passes however it is cut, that none passes whatever a server does, and what is told.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::{PROTOCOLS, start, target, text, tool};
use crate::harness::fresh_folder;

#[test]
fn the_suite_passes_in_all_cuts() {
    let (server, folder) = start(&[]);
    for (protocol, _) in PROTOCOLS {
        let target = target(&folder, protocol);
        // Less than the server's own time-out, so that nothing passes by waiting for that.
        let options = ["--cuts", "all", "--strict", "--max-time", "8", "--jobs", "16"];
        let output = tool(&[&["conform", &target][..], &options].concat(), b"");
        let said = text(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{said}{}", text(&output.stderr));
        assert!(said.contains(" 0 failed"), "{said}");
    }
    server.stop();
}

#[test]
fn slow_cases_pass_too() {
    let (server, folder) = start(&["--socket-timeout", "1"]);
    for (protocol, _) in PROTOCOLS {
        let target = target(&folder, protocol);
        let options = ["--slow", "1", "--filter", "stall", "--strict"];
        let output = tool(&[&["conform", &target][..], &options].concat(), b"");
        let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{protocol}: {said}");
        assert!(said.contains(" 0 skipped"), "{protocol}: {said}");
    }
    server.stop();
}

#[test]
fn no_case_passes_whatever_a_server_does() {
    let folder = fresh_folder();
    let hello = "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\nhello, world\n";
    for (protocol, _) in PROTOCOLS {
        let hello = if protocol == "fastcgi" { in_records(hello) } else { hello.to_owned() };
        let passed = |name: &str, answer: &[u8]| {
            let path = folder.path().join(format!("{protocol}-{name}"));
            always(&path, answer.to_vec());
            let target = format!("{protocol}://{}", path.display());
            // Longer than that server waits for more, or it would count as silent.
            let options = ["--cuts", "none", "--settle", "0.5", "--strict", "--tap"];
            let output = tool(&[&["conform", &target][..], &options].concat(), b"");
            let all: BTreeSet<String> =
                text(&output.stdout).lines().filter(|line| is_passed(line)).map(id).collect();
            all
        };
        let (closing, greeting) = (passed("closing", b""), passed("greeting", hello.as_bytes()));
        assert!(!closing.is_empty() && !greeting.is_empty(), "{protocol}: both do something right");
        let both: Vec<_> = closing.intersection(&greeting).collect();
        assert!(both.is_empty(), "{both:?}");
    }
}

/// An answer to the request 1 of a FastCGI connection.
fn in_records(answer: &str) -> String {
    let size = char::from(u8::try_from(answer.len()).unwrap());
    let end = "\x01\x03\0\x01\0\x08\0\0\0\0\0\0\0\0\0\0";
    format!("\x01\x06\0\x01\0{size}\0\0{answer}{end}")
}

/// Whether a line of TAP tells that a case was run and passed.
fn is_passed(line: &str) -> bool {
    line.starts_with("ok ") && !line.contains(" # SKIP ")
}

/// The case of a line of TAP.
fn id(line: &str) -> String {
    line.rsplit(' ').next().unwrap().to_owned()
}

/// A server that says the same to everyone and closes, as long as the test lives.
fn always(path: &Path, answer: Vec<u8>) {
    let listener = UnixListener::bind(path).unwrap();
    thread::spawn(move || {
        for client in listener.incoming() {
            let (mut client, answer) = (client.unwrap(), answer.clone());
            thread::spawn(move || {
                client.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
                let mut room = [0; 65_536];
                while client.read(&mut room).is_ok_and(|count| count > 0) {}
                // Some have left by then.
                client.write_all(&answer).and_then(|()| client.shutdown(Shutdown::Write)).ok();
                while client.read(&mut room).is_ok_and(|count| count > 0) {}
            });
        }
    });
}

#[test]
fn a_server_that_does_otherwise_is_reported() {
    let (server, folder) = start(&[]);
    let cases = folder.path().join("cases");
    std::fs::create_dir(&cases).unwrap();
    let case = |id: &str, rest: &str| {
        format!("[[case]]\nid = '{id}'\nchecks = 'x'\nsource = 'x'\nneeds = ['{id}']\n{rest}\n")
    };
    let hello = "steps = [{ request = { path = '/hello' } }]";
    let right = case("right", &format!("{hello}\nexpect = [{{ answer = {{ status = '2xx' }} }}]"));
    let wrong = case("wrong", &format!("{hello}\nexpect = [{{ answer = {{ status = 404 }} }}]"));
    let write = |text: &str| std::fs::write(cases.join("x.toml"), text).unwrap();
    write(&format!("protocol = 'uwsgi'\n{right}{wrong}"));
    let target = target(&folder, "uwsgi");
    let conform = |options: &[&str]| {
        let all = [&["conform", &target, "--cases", cases.to_str().unwrap()][..], options].concat();
        let output = tool(&all, b"");
        (output.status.code(), text(&output.stdout) + &text(&output.stderr))
    };
    for (options, code, expected) in [
        (&[][..], 1, "FAILED  x/wrong"),
        (&["--tap"], 1, "1..2\nok 1 - x/right\nnot ok 2 - x/wrong\n"),
        (&["--tap", "--without", "wrong"], 0, "ok 2 - x/wrong # SKIP needs wrong\n"),
        (&["--json"], 1, "\"result\":\"failed\""),
        (&["--observe"], 0, "x/wrong\t200\n"),
        (&["--filter", "right"], 0, "1 passed, 0 failed, 0 skipped"),
        (&["--list"], 0, "x/right [needs right]: x\n"),
        (&["--table", "none"], 2, "--table `none`: expected NAME=FILE"),
        (&["--table", "x=/nowhere"], 2, "/nowhere: No such file"),
        (&["--without", "rihgt"], 2, "--without rihgt: no case needs that"),
    ] {
        let (found, said) = conform(options);
        assert_eq!(found, Some(code), "{options:?}: {said}");
        assert!(said.contains(expected), "{options:?}: {said}");
    }
    let saved = folder.path().join("saved");
    std::fs::write(&saved, conform(&["--json", "--without", "right"]).1).unwrap();
    let (code, table) = conform(&["--table", &format!("A=B={}", saved.display())]);
    assert_eq!(code, Some(2), "{table}");
    let (code, table) = conform(&["--table", &format!("Ours={}", saved.display())]);
    let expected = "### uwsgi\n\n| case | what it checks | Ours |\n|---|---|---|\n\
                    | `x/right` | x | – |\n| `x/wrong` | x | **200** |\n";
    assert!(code == Some(0) && table.contains(expected), "{code:?}: {table}");
    let either = wrong + "or = [{ answer = { status = 200 } }]";
    write(&format!("protocol = 'uwsgi'\n{either}"));
    assert_eq!((conform(&[]).0, conform(&["--strict"]).0), (Some(0), Some(1)), "either is right");
    write("protocol = 'uwsgi'\n[[case]]\nid = 'a'\nstep = []");
    let (code, said) = conform(&[]);
    assert_eq!(
        (code, said.contains("x.toml: case a: steps: is missing")),
        (Some(2), true),
        "{said}"
    );
    server.stop();
}
