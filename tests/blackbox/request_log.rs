//! The request log: a line for each request, in uWSGI's words, in others, or as JSON. Guards that it
//! says what was sent, and that no client can write into it.

use crate::harness::{Server, packet, post};

/// The lines of a log that are about requests: those of the server itself begin with the year.
fn lines(log: &str) -> Vec<&str> {
    log.lines().filter(|line| !line.starts_with("20")).collect()
}

/// What a server logs of some requests.
fn logged(options: &[&str], ask: impl FnOnce(&Server)) -> String {
    let server = Server::start("probe", &[options, &["--tick", "3600"]].concat());
    ask(&server);
    server.stop()
}

#[test]
fn a_request_is_a_line_in_uwsgis_words() {
    let log = logged(&["--log-requests", "true"], |server| {
        assert_eq!(server.get("/hello").status, 200);
        assert_eq!(server.get("/nowhere").status, 404);
    });
    let lines = lines(&log);
    assert_eq!(lines.len(), 2, "{log}");
    let (before, after) = lines[0].split_once(" [").unwrap();
    assert!(before.starts_with("[pid: ") && before.contains("|app: 0|req: 1/1] "), "{before}");
    assert!(before.contains(" vars in ") && before.ends_with(" bytes}"), "{before}");
    let (_, after) = after.split_once("] ").unwrap();
    assert!(after.starts_with("GET /hello => generated 13 bytes in 0 msecs ("), "{after}");
    assert!(after.contains(" 200) "), "{after}");
    assert!(after.contains(" headers in ") && after.contains(" bytes (0 switches on core "));
    assert!(lines[1].contains("GET /nowhere => generated ") && lines[1].contains(" 404) "));
}

#[test]
fn the_format_is_the_operators_and_values_are_escaped() {
    let format = "%(method) \"%(uri)\" %(status) %(rsize) %(cl) %(var.HTTP_X) %(job) %(id) %(wid)";
    let log = logged(&["--log-requests", "true", "--log-format", format], |server| {
        let mut vars =
            vec![("REQUEST_METHOD", "POST"), ("REQUEST_URI", "/echo?a=\"\n[pid: 1]\x1b")];
        vars.extend([("PATH_INFO", "/echo"), ("CONTENT_LENGTH", "3"), ("HTTP_X", "")]);
        vars.push(("HTTP_X_REQUEST_ID", "abc-1"));
        assert_eq!(server.ask(&packet(&vars, b"xyz")).status, 200);
        assert_eq!(server.ask(&post("/stream/3", b"")).status, 405);
        assert_eq!(server.get("/stream/3").body.len(), 3_000);
    });
    let lines = lines(&log);
    let expected = "POST \"/echo?a=\\x22\\x0A[pid: 1]\\x1B\" 200 3 3 - * /echo abc-1 ";
    assert!(lines[0].starts_with(expected), "{}", lines[0]);
    assert!(lines[1].contains(" 405 "), "{}", lines[1]);
    assert!(
        lines[2].starts_with("GET \"/stream/3\" 200 3000 - - GET /stream/{n} "),
        "{}",
        lines[2]
    );
    // Nobody sent an id: each has one of its own, of 32 digits.
    let id = |line: &str| line.split(' ').rev().nth(1).unwrap().to_owned();
    assert!(id(lines[1]).len() == 32 && id(lines[1]) != id(lines[2]), "{lines:?}");
}

#[test]
fn json_is_json_whatever_was_sent() {
    let log = logged(&["--log-requests", "true", "--log-json", "true"], |server| {
        let uri = "/hello?\"},{\\\u{1}";
        let vars = [("REQUEST_METHOD", "GET"), ("REQUEST_URI", uri), ("PATH_INFO", "/hello")];
        assert_eq!(server.ask(&packet(&vars, &[])).status, 200);
    });
    let objects: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let request = objects.iter().find(|object| object.get("uri").is_some()).unwrap();
    assert_eq!(request["uri"], "/hello?\"},{\\\u{1}");
    assert_eq!((&request["status"], &request["body_bytes"]), (&200.into(), &13.into()));
    assert_eq!(request["job"], "GET /hello");
    assert!(objects.iter().any(|object| object["message"] == "stopped"), "{log}");
}

#[test]
fn a_slow_request_is_logged_in_any_case() {
    let options = ["--log-slow", "200", "--harakiri", "1", "--log-format", "%(uri) %(status)"];
    let log = logged(&options, |server| {
        assert_eq!(server.get("/hello").status, 200);
        assert_eq!(server.get("/sleep/300").status, 200);
        assert_eq!(server.get("/sleep/1300").status, 504);
    });
    assert_eq!(lines(&log), ["/sleep/300 200", "/sleep/1300 504"]);
}

#[test]
fn a_format_that_makes_no_sense_is_refused() {
    let folder = crate::harness::fresh_folder();
    let options = ["--log-format", "%(method) %(nonsense)"];
    let build = crate::harness::Build::Clean;
    let ended = Server::try_start(&folder, build, "probe", &options).err().unwrap();
    assert_eq!(ended.code, Some(78));
    assert!(ended.log.contains("log-format: there is no token %(nonsense)"), "{}", ended.log);
}
