//! How a connection is opened: together with others, on files that aren't there, in what state.

use std::sync::{Arc, Barrier};
use std::thread;

use rusqlite::{Connection, Error};
use tempfile::TempDir;

use super::super::{Db, DbSettings, is_interrupted};
use super::{SHORT, SOON, Scene, now, outcome};
use crate::context::deadline::Deadline;

fn open(settings: &DbSettings) -> Result<Db, Error> {
    Db::open(settings, Arc::new(Deadline::new()))
}

#[test]
fn many_threads_open_a_new_file_at_once() {
    for _ in 0..20 {
        let folder = TempDir::new().unwrap();
        let settings = DbSettings::new(folder.path().join("new.db"));
        let start = Barrier::new(8);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    start.wait();
                    let db = open(&settings).unwrap();
                    let mode: String =
                        db.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
                    assert_eq!(mode, "wal");
                    assert_eq!(outcome(db.reset()).0, "clean", "our own pragmas leave no marks");
                });
            }
        });
    }
}

/// A file that isn't in WAL mode yet can't be switched to it while anyone reads or writes it.
#[test]
fn a_file_in_use_is_waited_for() {
    for transaction in ["BEGIN; SELECT * FROM t", "BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"] {
        wait_for(transaction);
    }
}

fn wait_for(transaction: &str) {
    let folder = TempDir::new().unwrap();
    let settings = DbSettings::new(folder.path().join("old.db"));
    let rival = Connection::open(&settings.path).unwrap();
    rival.execute_batch("CREATE TABLE t(x)").unwrap();
    rival.execute_batch(transaction).unwrap();
    let deadline = Arc::new(Deadline::new());
    let start = now();
    deadline.start(Some(start + SHORT));
    let refused = Db::open(&settings, Arc::clone(&deadline)).map(drop).unwrap_err();
    assert!(is_interrupted(&refused), "{transaction}: {refused}");
    assert!((SHORT..SOON).contains(&start.elapsed()), "{transaction}");

    deadline.start(None);
    thread::scope(|scope| {
        scope.spawn(move || rival.execute_batch("COMMIT").unwrap());
        Db::open(&settings, deadline).unwrap().close().unwrap();
    });
}

#[test]
fn files_that_cannot_be_opened() {
    let folder = TempDir::new().unwrap();
    assert!(open(&DbSettings::new(folder.path().join("no/such/folder.db"))).is_err());
    std::fs::write(folder.path().join("text"), "no database at all".repeat(100)).unwrap();
    assert!(open(&DbSettings::new(folder.path().join("text"))).is_err());
}

#[test]
fn an_expired_job_opens_nothing() {
    let scene = Scene::new();
    let run = scene.deadline.start(None);
    scene.deadline.expire(run);
    let refused = Db::open(&scene.settings, Arc::clone(&scene.deadline)).map(drop).unwrap_err();
    assert!(is_interrupted(&refused));
}

#[test]
fn a_database_in_memory_lives_as_long_as_its_connection() {
    let db = open(&DbSettings::new(":memory:")).unwrap();
    db.execute_batch("CREATE TABLE t(x)").unwrap();
    let db = outcome(db.reset()).1.unwrap();
    db.execute("INSERT INTO t VALUES (1)", []).unwrap();
}

#[test]
fn sql_cannot_load_code_or_damage_the_file() {
    let scene = Scene::new();
    let db = scene.open();
    for sql in [
        "SELECT load_extension('libm.so')",
        "PRAGMA writable_schema = 1; DELETE FROM sqlite_schema",
        "PRAGMA journal_mode = OFF; DELETE FROM sqlite_schema",
    ] {
        db.execute_batch(sql).unwrap_err();
    }
    assert_eq!(scene.visits(), 2);
}

#[test]
fn what_is_read_is_held_and_counted() {
    let folder = TempDir::new().unwrap();
    let db = open(&DbSettings::new(folder.path().join("new.db"))).unwrap();
    db.execute_batch(
        "CREATE TABLE pages (content);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
         INSERT INTO pages SELECT zeroblob(4000) FROM n",
    )
    .unwrap();
    let before = db.memory();
    let read: i64 =
        db.query_row("SELECT sum(length(content)) FROM pages", [], |r| r.get(0)).unwrap();
    assert_eq!(read, 400_000);
    assert!(db.memory() >= 400_000 && before > 0, "{before}, then {}", db.memory());
}
