//! Handlers that are run by themselves, to see what they keep. Guards the verdict, the exit code, and that
//! it works on a copy.

use std::path::Path;
use std::process::{Command, Output};

use cleanslate::rusqlite::Connection;
use serde_json::Value;

use crate::capture;
use crate::harness::{Build, Folder, Server, binary, fresh_folder};

/// Audits a program in a folder, whose database is service.db.
fn audit(folder: &Folder, program: &str, options: &[&str]) -> Output {
    Command::new(binary(Build::Clean, program))
        .args(["audit", "--database", "service.db", "--runs", "24"])
        .args(options)
        .current_dir(folder.path())
        .output()
        .unwrap()
}

fn text(output: &Output) -> String {
    let (out, errors) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(errors))
}

/// What is told of each job, as a script reads it.
fn rows(output: &Output) -> Vec<Value> {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", text(output)))
}

fn row<'a>(rows: &'a [Value], job: &str) -> &'a Value {
    rows.iter().find(|row| row["job"] == job).unwrap_or_else(|| panic!("no {job}: {rows:?}"))
}

#[test]
fn the_connection_that_each_tick_keeps_is_found_by_one_command() {
    let folder = fresh_folder();
    let output = audit(&folder, "probe", &["--tick-keeps", "yes"]);
    let text = text(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    let told = "LEAK  timer 1 keeps 2.0 descriptors in each run: service.db ×23";
    assert!(text.contains(told), "{text}");
    assert!(text.contains("1 of "), "{text}");
}

#[test]
fn each_leak_is_told_with_its_amount_and_a_cache_is_none() {
    let folder = fresh_folder();
    let asked =
        ["/leak/heap/5000", "/leak/fd", "/cache/1000000", "/user/7", "/stream/5", "/dirty/tx"];
    let asked: Vec<String> = asked.iter().map(|path| format!("GET {path}")).collect();
    let mut options = vec!["--as-json"];
    asked.iter().for_each(|line| options.extend(["--request", line]));
    let output = audit(&folder, "probe", &options);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let rows = rows(&output);
    for (job, field, amount) in [
        ("GET /leak/heap/5000", "heap_per_run", 5_000.0),
        ("GET /leak/fd", "descriptors_per_run", 1.0),
    ] {
        assert_eq!(row(&rows, job)[field], amount, "{job}");
    }
    let leaks = rows.iter().filter(|row| row["leaks"] == true).count();
    assert_eq!(leaks, 2, "{rows:?}");
    assert_eq!(row(&rows, "GET /dirty/tx")["left_behind"], 24);
    assert_eq!(row(&rows, "GET /user/7")["failures"], 0);
}

#[test]
fn captured_requests_are_audited_as_well() {
    let server = Server::start("probe", capture::ALL);
    for uri in ["/leak/fd", "/hello", "/status/401"] {
        server.get(uri);
    }
    capture::wait_for_files(server.folder(), 3);
    let files = capture::files(server.folder());
    let kept = server.shared_folder();
    server.stop();
    let folder = fresh_folder();
    let captured = kept.path().join("captured");
    let output = audit(&folder, "probe", &["--recorded", captured.to_str().unwrap(), "--as-json"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let rows = rows(&output);
    for (file, asked, leaks, status) in [
        (&files[0], "GET /leak/fd", true, "200"),
        (&files[1], "GET /hello", false, "200"),
        (&files[2], "GET /status/401", false, "401"),
    ] {
        let name = format!("{asked} ({})", file.file_name().unwrap().to_str().unwrap());
        let row = row(&rows, &name);
        assert_eq!((&row["leaks"], &row["statuses"][status]), (&leaks.into(), &24.into()), "{row}");
    }
    let output = audit(&folder, "probe", &["--recorded", files[1].to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains(") answered 200 ×24"), "{}", text(&output));
}

fn size(folder: &Path) -> u64 {
    std::fs::metadata(folder.join("service.db")).map_or(0, |file| file.len())
}

#[test]
fn an_application_that_keeps_nothing_passes_and_its_database_is_left_alone() {
    let folder = fresh_folder();
    let live = audit(&folder, "users", &["--live"]);
    assert_eq!(live.status.code(), Some(0), "{}", text(&live));
    let before = size(folder.path());
    assert!(before > 0, "it was made");
    let options = ["--request", "GET /users/7", "--request", "POST /users name=Ada", "--as-json"];
    let output = audit(&folder, "users", &options);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let rows = rows(&output);
    assert!(rows.iter().all(|row| row["failures"] == 0), "{rows:?}");
    let users = |folder: &Path| -> i64 {
        let database = Connection::open(folder.join("service.db")).unwrap();
        database.query_row("SELECT count(*) FROM users", [], |row| row.get(0)).unwrap()
    };
    assert_eq!(users(folder.path()), 1_000, "nobody was added to it");
}

#[test]
fn what_can_not_be_audited_is_told() {
    let folder = fresh_folder();
    for (options, says) in [
        (&["--request", "GET /nowhere"][..], "--request GET /nowhere: nothing is routed there"),
        (&["--request", "hello"], "give a method and a path"),
        (&["--request", ""], "give a method and a path"),
        (&["--recorded", "nowhere"], "--recorded nowhere: No such file"),
        (&["--recorded", "."], "there is no captured request in this folder"),
    ] {
        let output = audit(&folder, "probe", options);
        assert_eq!(output.status.code(), Some(64), "{options:?}");
        assert!(text(&output).contains(says), "{}", text(&output));
    }
}
