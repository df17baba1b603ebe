//! Requests that were slow or failed, kept in files. Guards that they are kept whole and without their
//! secrets, that there are never too many, and that keeping them is in nobody's way.

mod bodies;
mod bounds;
mod secrets;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::harness::{Address, Build, Client, Server, fresh_folder, packet, wait_for};

/// Generous, as machines are shared.
const LIMIT: Duration = Duration::from_secs(30);
/// Where the tests have them kept, and every request is slow enough for that.
pub(crate) const ALL: &[&str] =
    &["--capture", "captured", "--capture-slow", "0.000001", "--tick", "3600"];

/// The files that are kept, the oldest first.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.join("captured")).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    files.sort_unstable();
    files
}

/// What is in a file.
pub(crate) fn read(path: &Path) -> Value {
    let text = fs::read(path).unwrap();
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Waits until so many are kept: they are written after their answers are out.
pub(crate) fn wait_for_files(folder: &Path, count: usize) -> Vec<Value> {
    let files = wait_for("requests to be kept", LIMIT, || {
        let files = files(folder);
        (files.len() >= count).then_some(files)
    });
    assert_eq!(files.len(), count, "{files:?}");
    files.iter().map(|file| read(file)).collect()
}

/// What the statistics tell of a server with `--stats stats`.
fn counts(server: &Server) -> Value {
    let stats = Address::Unix(server.folder().join("stats"));
    let bytes = Client::connect(&stats).unwrap().read_to_end(LIMIT).unwrap();
    let stats: Value = serde_json::from_slice(&bytes).unwrap();
    stats["cleanslate"]["capture"].clone()
}

#[test]
fn what_is_slow_or_fails_is_kept_and_says_why() {
    let options = ["--capture", "captured", "--capture-slow", "0.25", "--harakiri", "1"];
    let server = Server::start("probe", &[&options[..], &["--stats", "stats"]].concat());
    let mut seen = Vec::new();
    for (uri, status, why, job) in [
        ("/hello", 200, "", ""),
        ("/status/500", 500, "failed", "GET /status/{code}"),
        ("/status/404", 404, "", ""),
        ("/nowhere", 404, "", ""),
        ("/panic", 500, "panicked", "GET /panic"),
        ("/sleep/300", 200, "slow", "GET /sleep/{ms}"),
        ("/sleep/1300", 504, "deadline", "GET /sleep/{ms}"),
        ("/slow-query", 504, "deadline", "GET /slow-query"),
        ("/sleep/10", 200, "", ""),
    ] {
        assert_eq!(server.get(uri).status, status, "{uri}");
        if !why.is_empty() {
            seen.push((uri, status, why, job));
            wait_for_files(server.folder(), seen.len());
        }
    }
    let found = files(server.folder());
    for ((uri, status, why, job), file) in seen.iter().zip(&found) {
        let kept = read(file);
        assert_eq!((&kept["format"], &kept["application"]), (&1.into(), &"probe".into()));
        assert_eq!((&kept["why"], &kept["status"]), (&(*why).into(), &(*status).into()), "{uri}");
        assert_eq!((&kept["job"], &kept["protocol"]), (&(*job).into(), &"uwsgi".into()), "{uri}");
        let vars = kept["vars"].as_array().unwrap();
        assert!(vars.contains(&serde_json::json!(["REQUEST_URI", uri])), "{uri}: {vars:?}");
        let name = file.file_name().unwrap().to_str().unwrap();
        let id = kept["request_id"].as_str().unwrap();
        assert!(id.len() == 32 && name.contains(&format!("Z-{id}-GET-")), "{name}");
        let mode = fs::metadata(file).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name}");
    }
    let folder = fs::metadata(server.folder().join("captured")).unwrap();
    assert_eq!(folder.permissions().mode() & 0o777, 0o700);
    let slept = &read(&found[2])["micros"]["handled"];
    assert!((290_000..1_000_000).contains(&slept.as_u64().unwrap()), "{slept}");
    let queried = &read(&found[4])["micros"]["database"];
    assert!(queried.as_u64().unwrap() > 500_000, "{queried}");
    let counts = counts(&server);
    assert_eq!((&counts["written"], &counts["left_out"]), (&5.into(), &0.into()), "{counts}");
    let log = server.stop();
    assert!(log.contains("captured written=5 left_out=0 dropped=0 lost=0"), "{log}");
}

#[test]
fn what_log_slow_logs_is_kept_unless_told_otherwise() {
    for (more, expected) in [
        (&["--log-slow", "100"][..], 1),
        (&[], 0),
        (&["--log-slow", "100", "--capture-slow", "0"], 0),
        (&["--log-slow", "100", "--capture-slow", "30"], 0),
    ] {
        let server = Server::start("probe", &[&["--capture", "captured"], more].concat());
        let folder = server.shared_folder();
        assert_eq!(server.get("/sleep/150").status, 200);
        // A stop waits for what is to be written.
        server.stop();
        assert_eq!(files(folder.path()).len(), expected, "{more:?}");
    }
}

#[test]
fn nothing_is_kept_unless_it_is_asked_for() {
    let server = Server::start("probe", &["--stats", "stats"]);
    assert_eq!(server.get("/panic").status, 500);
    assert!(counts(&server).is_null());
    let folder = server.shared_folder();
    server.stop();
    assert!(!folder.path().join("captured").exists());
}

#[test]
fn a_client_has_no_say_in_where_a_file_is() {
    let server = Server::start("probe", ALL);
    let vars = [
        ("REQUEST_METHOD", "GET"),
        ("REQUEST_URI", "/../../x"),
        ("PATH_INFO", "/status/500"),
        ("HTTP_X_REQUEST_ID", "../../../tmp/x"),
    ];
    assert_eq!(server.ask(&packet(&vars, b"")).status, 500);
    let kept = wait_for_files(server.folder(), 1);
    assert_eq!(kept[0]["request_id"], "../../../tmp/x");
    let name = files(server.folder())[0].file_name().unwrap().to_str().unwrap().to_owned();
    assert!(name.ends_with("Z-tmp-x-GET-status-code.json"), "{name}");
    server.stop();
}

#[test]
fn a_folder_that_can_not_be_made_is_told_at_the_start() {
    let folder = fresh_folder();
    let options = ["--capture", "no/such/folder"];
    let ended = Server::try_start(&folder, Build::Clean, "probe", &options).err().unwrap();
    assert_eq!(ended.code, Some(78));
    assert!(ended.log.contains("--capture no/such/folder: No such file"), "{}", ended.log);
}
