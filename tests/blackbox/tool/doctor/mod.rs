//! `cleanslate doctor` against `probe`, well and ill. Guards that what was done to a server is found, by
//! its id and with its name, and that nothing is found where nothing was done; and that the tool reads
//! what the server writes.

mod limits;

use std::io::{Read, Write};
use std::time::Duration;

use serde_json::Value;

use super::{text, tool};
use crate::harness::{Dice, Server, alone, crowd, get, now, request, wait_for};

/// Generous, as machines are shared.
const LIMIT: Duration = Duration::from_secs(60);
/// A server with nothing wrong: supervised, and with ticks that nothing makes late.
const WELL: &[&str] = &["--stats", "stats", "--master", "true", "--tick", "3600"];
/// Looks no longer than it has to.
const SOON: &[&str] = &["--watch", "0.1"];

fn address(server: &Server) -> String {
    server.folder().join("stats").to_str().unwrap().to_owned()
}

/// Its exit code, and what it says in JSON.
fn examine(server: &Server, options: &[&str]) -> (i32, Value) {
    let address = address(server);
    let output = tool(&[&["doctor", &address, "--json"], SOON, options].concat(), b"");
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {} {}", text(&output.stdout), text(&output.stderr))
    });
    (output.status.code().unwrap(), report)
}

/// The details of a finding, if there is one.
fn details(report: &Value, id: &str) -> Option<String> {
    let findings = report["findings"].as_array().unwrap();
    let found = findings.iter().find(|found| found["id"] == id)?;
    let details = found["details"].as_array().unwrap().iter();
    Some(details.map(|detail| detail.as_str().unwrap()).collect::<Vec<_>>().join("\n"))
}

/// Waits for a finding that says this.
#[track_caller]
fn expect(server: &Server, id: &str, says: &str) {
    wait_for(&format!("{id}: {says}"), LIMIT, || {
        let (code, report) = examine(server, &[]);
        let found = details(&report, id).filter(|found| found.contains(says))?;
        assert_eq!(code, 1, "{found}");
        Some(())
    });
}

/// A request with all that nginx sends.
fn whole(uri: &str) -> Vec<u8> {
    let more = [
        ("CONTENT_TYPE", ""),
        ("DOCUMENT_URI", uri),
        ("SERVER_PROTOCOL", "HTTP/1.1"),
        ("REQUEST_SCHEME", "http"),
        ("REMOTE_ADDR", "127.0.0.1"),
        ("SERVER_PORT", "80"),
        ("SERVER_NAME", "localhost"),
    ];
    request("GET", uri, &more, &[])
}

#[test]
fn nothing_is_found_in_a_server_that_is_well() {
    let _alone = alone();
    let server = Server::start("probe", WELL);
    for uri in ["/hello", "/user/7", "/status/404"] {
        server.ask(&whole(uri));
    }
    let (code, report) = examine(&server, &[]);
    assert_eq!((code, &report["findings"]), (0, &serde_json::json!([])), "{report}");
    assert_eq!(report["server"]["application"], "probe");
    let address = address(&server);
    let output = tool(&[&["doctor", &address], SOON].concat(), b"");
    let said = text(&output.stdout);
    assert!(output.status.code() == Some(0) && said.ends_with(": nothing found\n"), "{said}");
    server.stop();
}

#[test]
fn what_is_missing_is_told_and_can_be_left_out() {
    let options = ["--stats", "127.0.0.1:0", "--stats-http", "true", "--harakiri", "0"];
    let server = Server::start("probe", &[&options[..], &["--tick", "3600"]].concat());
    let address = server.tcp().to_string();
    for address in [address.clone(), format!("http://{address}"), format!("http://{address}/")] {
        let output = tool(&[&["doctor", &address], SOON].concat(), b"");
        let said = text(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{address}: {said} {}", text(&output.stderr));
        for id in ["CS031 no-master", "CS032 no-deadline"] {
            assert!(said.contains(&format!("notice   {id}")), "{address}: {said}");
        }
    }
    for ignored in
        [&["--ignore", "CS031", "--ignore", "no-deadline"][..], &["--severity", "warning"]]
    {
        let output = tool(&[&["doctor", &address], SOON, ignored].concat(), b"");
        assert_eq!(output.status.code(), Some(0), "{ignored:?}: {}", text(&output.stdout));
    }
    server.stop();
}

#[test]
fn an_abstract_name_is_an_address() {
    let name = format!("@cleanslate-doctor-{}", std::process::id());
    let server = Server::start("probe", &["--stats", &name, "--tick", "3600"]);
    let output = tool(&[&["doctor", &name], SOON].concat(), b"");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    server.stop();
}

#[test]
fn leaks_are_found_with_their_names() {
    let _alone = alone();
    let server = Server::start("probe", WELL);
    let asked = |number: usize| match Dice(number as u64).roll(20) {
        0 => get("/leak/heap/1000"),
        10 => get("/leak/fd"),
        _ => get("/hello"),
    };
    let started = now();
    let mut round = 0;
    let found = loop {
        crowd(
            &server.address,
            4,
            2_000,
            |number| asked(round * 2_000 + number),
            |_, answer| answer.status == 200,
        )
        .unwrap();
        round += 1;
        let (_, report) = examine(&server, &[]);
        if let Some(found) = details(&report, "CS001").filter(|found| found.lines().count() == 2) {
            break found;
        }
        assert!(started.elapsed() < LIMIT, "not named: {report}");
    };
    assert!(found.contains("GET /leak/heap/{bytes} keeps "), "{found}");
    assert!(
        found.contains("GET /leak/fd keeps 1.0 descriptors in each run; there are "),
        "{found}"
    );
    server.stop();
}

#[test]
fn what_jobs_do_wrong_is_found() {
    let server = Server::start("probe", &[WELL, &["--harakiri", "1"]].concat());
    for uri in ["/panic", "/status/500", "/dirty/tx", "/dirty/pragma"] {
        server.get(uri);
    }
    let lost = server.send(&get("/spin/60000"));
    expect(&server, "CS006", "1 thread is lost, inside GET /spin/{ms} for ");
    expect(&server, "CS004", "GET /spin/{ms} met its deadline");
    expect(&server, "CS002", "GET /panic panicked: 1 of 1 (100.00 %)");
    expect(&server, "CS005", "GET /dirty/{how} left: a pragma set (×1)");
    expect(&server, "CS005", "GET /dirty/{how} left: a transaction left open");
    // What the tests send lacks most of it.
    expect(&server, "CS029", "REMOTE_ADDR is missing in ");
    drop(lost);
}

#[test]
fn requests_that_are_shed_are_found() {
    let options = ["--processes", "1", "--threads", "1", "--queue", "2"];
    let server = Server::start("probe", &[WELL, &options].concat());
    let waiting: Vec<_> = (0..8).map(|_| server.send(&get("/sleep/60000"))).collect();
    expect(&server, "CS011", "requests shed with 503: ");
    expect(&server, "CS012", "2 requests wait; queue is 2");
    expect(&server, "CS009", "all 1 threads are busy, and 2 requests wait");
    drop(waiting);
}

#[test]
fn a_large_log_of_the_database_is_found() {
    let server = Server::start("probe", WELL);
    server.get("/user/7");
    let (_, report) = examine(&server, &[]);
    assert_eq!(details(&report, "CS023"), None);
    let log = std::fs::File::options()
        .append(true)
        .open(server.folder().join("service.db-wal"))
        .expect("the database has one");
    // It is looked at by its size alone; what is behind its last frame is never read.
    log.set_len(65 << 20).unwrap();
    expect(&server, "CS023", "the write-ahead log has 65.0 MiB beside a database of ");
}

/// uWSGI says its statistics before it is asked, over HTTP as well; others say nothing, or nonsense.
#[test]
fn both_forms_are_told_apart_and_what_is_neither_has_a_code() {
    const JSON: &str =
        r#"{"version": "2.0.31", "workers": [{"id": 1, "unheard": [1]}], "locks": [{"a": 0}]}"#;
    let http = format!("HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{JSON}");
    for (answer, is_asked, code) in [
        (JSON, false, 0),
        (&http, false, 0),
        (&http, true, 0),
        (JSON, true, 0),
        ("", false, 52),
        ("HTTP/1.0 404 Not Found\r\n\r\n", true, 22),
        ("HTTP/1.0 200", true, 56),
        ("hello", false, 56),
        ("{", false, 56),
        ("[]", false, 56),
    ] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let own = answer.to_owned();
        std::thread::spawn(move || {
            for _ in 0..2 {
                // It asks no second time where the first answer was none.
                let Ok((mut stream, _)) = listener.accept() else { return };
                if is_asked {
                    let mut request = [0; 1_024];
                    let count = stream.read(&mut request).unwrap();
                    assert!(request[..count].starts_with(b"GET /stats HTTP/1.0\r\n"));
                }
                stream.write_all(own.as_bytes()).unwrap();
            }
        });
        let output = tool(&[&["doctor", &address], SOON].concat(), b"");
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{answer:?} {is_asked}: {said}");
        if code == 0 {
            assert!(text(&output.stdout).starts_with("uWSGI 2.0.31 at "));
        } else {
            // Its end is not waited for by whoever has had enough.
            std::net::TcpStream::connect(&address).ok();
        }
    }
}

#[test]
fn a_server_that_is_not_there_has_a_code() {
    let folder = crate::harness::fresh_folder();
    let path = folder.path().join("nobody");
    let path = path.to_str().unwrap();
    for (arguments, code) in [
        (&[path][..], 7),
        (&["uwsgi://a:1"], 3),
        (&["a:x"], 3),
        (&[], 2),
        (&[path, "--ignore", "CS999"], 2),
        (&["--explain", "nothing"], 2),
        (&["--explain", "shed-requests"], 0),
        (&["--list"], 0),
    ] {
        let output = tool(&[&["doctor"][..], arguments].concat(), b"");
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output.stderr));
    }
    let _mute = std::os::unix::net::UnixListener::bind(path).unwrap();
    let output = tool(&["doctor", path, "-m", "0.3"], b"");
    assert_eq!(output.status.code(), Some(28), "{}", text(&output.stderr));
}
