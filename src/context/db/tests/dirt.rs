//! What jobs leave on a connection, what is found of it, and that nothing of it reaches the next
//! job, another connection or the process.

use std::mem;

use rusqlite::{Connection, Result};

use super::super::reason::{Reason, Reasons};
use super::super::{Db, DbReset, ffi};
use super::{INSERT, Scene, count, outcome};

/// Runs a job 200 times on one context, looking after each as the next job, another connection and
/// the process would.
fn check(name: &str, job: impl Fn(&Db) -> Result<()>, expected: &str) {
    let scene = Scene::new();
    let mut db = scene.open();
    let descriptors = scene.descriptors();
    for _ in 0..200 {
        scene.deadline.start(None);
        // How the job itself ended makes no difference.
        let _ended = job(&db);
        let (found, kept) = outcome(db.reset());
        assert_eq!(found, expected, "{name}");

        // Nothing holds the write lock or a view of the database.
        scene.rival.execute("UPDATE visits SET page = 'x' WHERE id = 1", []).expect(name);
        let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
        let hindered: u32 = scene.rival.query_row(checkpoint, [], |row| row.get(0)).unwrap();
        assert_eq!(hindered, 0, "{name}");

        db = kept.unwrap_or_else(|| scene.open());
        assert_as_new(name, &db);
        assert_eq!(scene.descriptors(), descriptors, "{name}");
        let (again, kept) = outcome(db.reset());
        assert_eq!(again, "clean", "{name}");
        db = kept.unwrap();
    }
    db.close().unwrap();
    assert_all_closed(name, scene);
}

/// With the last connection everything that a process has of a database goes.
fn assert_all_closed(name: &str, mut scene: Scene) {
    scene.rival = Connection::open_in_memory().unwrap();
    assert_eq!(scene.descriptors(), 0, "{name}");
}

fn assert_as_new(name: &str, db: &Db) {
    let text = |sql: &str| -> String {
        let cells = db.query_all(sql, [], |row| row.get::<_, rusqlite::types::Value>(0)).unwrap();
        format!("{cells:?}")
    };
    assert!(db.is_autocommit(), "{name}");
    assert_eq!(db.last_insert_rowid(), 0, "{name}");
    assert_eq!(db.changes(), 0, "{name}");
    assert_eq!(text("PRAGMA foreign_keys"), "[Integer(1)]", "{name}");
    assert_eq!(text("PRAGMA synchronous"), "[Integer(1)]", "{name}");
    assert_eq!(text("PRAGMA cache_size"), "[Integer(-2000)]", "{name}");
    assert_eq!(text("PRAGMA trusted_schema"), "[Integer(0)]", "{name}");
    let attached = "SELECT name FROM pragma_database_list WHERE name NOT IN ('main', 'temp')";
    assert_eq!(text(attached), "[]", "{name}");
    assert_eq!(text("SELECT name FROM sqlite_temp_master"), "[]", "{name}");
    assert!(!db.connection.is_busy(), "{name}");
}

#[test]
fn dirt_is_found() {
    for (expected, batches) in DIRT {
        for batch in batches {
            check(batch, |db| db.execute_batch(batch), expected);
        }
    }
}

const DIRT: [(&str, &[&str]); 6] = [
    (
        "rolled back",
        &[
            "BEGIN",
            "BEGIN; SELECT * FROM visits",
            "BEGIN IMMEDIATE; UPDATE visits SET page = 'y'",
            "BEGIN IMMEDIATE; SELECT nonsense",
            "SAVEPOINT s; SELECT * FROM visits",
            "BEGIN EXCLUSIVE; CREATE TABLE t(x)",
        ],
    ),
    (
        "closed {TempObject}",
        &[
            "CREATE TEMP TABLE t(x)",
            "CREATE TEMP TABLE t(x); DROP TABLE t",
            "CREATE TEMP TABLE t AS SELECT * FROM nonsense",
            "CREATE TABLE temp.t(x)",
            "CREATE TABLE temp.t(x); CREATE INDEX temp.i ON t(x)",
            "CREATE TEMP VIEW v AS SELECT 1",
            "CREATE VIEW temp.v AS SELECT 1",
            "CREATE TEMP TRIGGER t AFTER INSERT ON visits BEGIN SELECT 1; END",
            "CREATE TRIGGER temp.t AFTER INSERT ON main.visits BEGIN SELECT 1; END",
            "CREATE VIRTUAL TABLE temp.v USING fts5(x)",
        ],
    ),
    (
        "closed {Attached}",
        &[
            "ATTACH ':memory:' AS a",
            "ATTACH ':mem' || 'ory:' AS a",
            "ATTACH '' AS a; DETACH a",
            "DETACH nonsense",
            // Here SQLite attaches a file itself, which can't be told from an application's.
            "VACUUM",
        ],
    ),
    (
        "closed {Pragma}",
        &[
            "PRAGMA foreign_keys = off",
            "pragma main.Synchronous(0)",
            "PRAGMA cache_size = -10",
            "PRAGMA case_sensitive_like = 1; SELECT nonsense",
            "EXPLAIN PRAGMA trusted_schema = 1",
            "BEGIN; PRAGMA defer_foreign_keys = on; COMMIT",
        ],
    ),
    ("closed {TempObject, Pragma}", &["CREATE TEMP TABLE t(x); PRAGMA busy_timeout = 1"]),
    ("closed {Transaction, Attached}", &["ATTACH '' AS a; BEGIN; CREATE TABLE a.t(x)"]),
];

#[test]
fn what_leaves_nothing_costs_no_connection() {
    for batch in CLEAN {
        check(batch, |db| db.execute_batch(batch), "clean");
    }
}

const CLEAN: [&str; 16] = [
    "",
    "SELECT * FROM visits",
    "SELECT nonsense",
    "INSERT INTO visits(page) VALUES ('new')",
    "BEGIN; SAVEPOINT s; RELEASE s; DELETE FROM visits WHERE id > 2; COMMIT",
    "CREATE TABLE t(x); CREATE INDEX i ON t(x); DROP TABLE t",
    "CREATE TABLE t(x); ALTER TABLE t RENAME TO u; ALTER TABLE u ADD y; DROP TABLE u",
    "CREATE VIEW v AS SELECT 1; DROP VIEW v",
    "CREATE TRIGGER t AFTER INSERT ON visits BEGIN SELECT 1; END; DROP TRIGGER t",
    "CREATE VIRTUAL TABLE v USING fts5(x); INSERT INTO v VALUES ('x'); DROP TABLE v",
    "ANALYZE; REINDEX",
    "PRAGMA table_info(visits); PRAGMA INDEX_LIST('visits'); SELECT * FROM pragma_table_info('t')",
    "PRAGMA integrity_check(1); PRAGMA quick_check; PRAGMA foreign_key_check(visits)",
    "PRAGMA journal_mode; PRAGMA foreign_keys; PRAGMA synchronous; PRAGMA cache_size",
    "PRAGMA optimize(-1); PRAGMA wal_checkpoint(PASSIVE); PRAGMA incremental_vacuum(1)",
    "PRAGMA user_version = 7; PRAGMA user_version",
];

#[test]
fn leaked_rows_are_found() {
    check("rows", leak_rows, "closed {BusyStatement}");
    check(
        "rows in a transaction",
        |db| {
            db.execute_batch("BEGIN IMMEDIATE")?;
            leak_rows(db)
        },
        "closed {Transaction, BusyStatement}",
    );
    let of_search = |db: &Db| {
        db.execute_batch(&format!("{SEARCH_TABLE}; INSERT INTO search VALUES ('some words')"))?;
        leak(db, "SELECT * FROM search WHERE search MATCH 'words'")
    };
    check("rows of a virtual table", of_search, "closed {BusyStatement}");
}

#[test]
fn a_file_attached_by_parameter_is_found() {
    // SQLite tells the authorizer no file name here.
    let attach = |db: &Db| db.execute("ATTACH ?1 AS other", [":memory:"]).map(drop);
    check("attach by parameter", attach, "closed {Attached}");
}

/// Virtual tables have statements of their own on the connection, which must be let alone.
#[test]
fn virtual_tables_are_no_dirt_and_no_hindrance() {
    let search = format!(
        "{SEARCH_TABLE}; CREATE VIRTUAL TABLE IF NOT EXISTS old USING fts4(x);
        CREATE VIRTUAL TABLE IF NOT EXISTS area USING rtree(id, low, high);
        INSERT INTO search VALUES ('some words'); INSERT INTO old VALUES ('words');
        INSERT INTO area(low, high) VALUES (1, 2);
        SELECT * FROM search WHERE search MATCH 'word*'; SELECT * FROM old WHERE old MATCH 'words';
        SELECT * FROM area WHERE low > 0; DELETE FROM search; DELETE FROM old; DELETE FROM area"
    );
    check("search", |db| db.execute_batch(&search), "clean");
    let and_dirt = format!("{search}; PRAGMA cache_size = 10");
    check("search and dirt", |db| db.execute_batch(&and_dirt), "closed {Pragma}");
}

#[test]
fn an_open_transaction_is_told_before_the_answer() {
    let scene = Scene::new();
    let db = scene.open();
    assert_eq!(db.inspect(), None);
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    db.execute(INSERT, []).unwrap();
    assert_eq!(db.inspect(), Some(Reason::Transaction));
    assert_eq!(scene.visits(), 2);
    assert_eq!(outcome(db.reset()).0, "clean");
}

#[test]
fn nothing_of_a_job_shows_to_the_next() {
    let scene = Scene::new();
    let db = scene.open();
    db.execute(INSERT, []).unwrap();
    assert_eq!((db.last_insert_rowid(), db.changes()), (3, 1));
    let bound = "SELECT ?1 IS NULL";
    db.with_statement(bound, |statement| statement.raw_bind_parameter(1, "secret")).unwrap();

    let db = outcome(db.reset()).1.unwrap();
    assert_eq!((db.last_insert_rowid(), db.changes()), (0, 0));
    let rowid = db.query_row("SELECT last_insert_rowid()", [], |row| row.get::<_, i64>(0));
    assert_eq!(rowid, Ok(0));
    let is_null = db.with_statement(bound, |statement| {
        statement.raw_query().next()?.expect("a row").get::<_, bool>(0)
    });
    assert_eq!(is_null, Ok(true));
    db.execute("UPDATE visits SET page = 'z'", []).unwrap();
    assert_eq!(db.changes(), 3);
}

#[test]
fn a_connection_can_be_closed_after_each_job() {
    let mut scene = Scene::new();
    scene.settings.reset = "close".parse().unwrap();
    for _ in 0..20 {
        let db = scene.open();
        assert_eq!(count(&db), 2);
        assert_eq!(outcome(db.reset()).0, "closed {}");
    }
    assert_all_closed("close", scene);
    assert_eq!("recycle".parse(), Ok(DbReset::Recycle));
    assert!("maybe".parse::<DbReset>().unwrap_err().to_string().contains("`maybe`"));
}

#[test]
fn a_panic_costs_the_connection() {
    let scene = Scene::new();
    let db = scene.open();
    db.execute_batch("BEGIN").unwrap();
    let (found, kept) = outcome(db.discard(Reasons::of(Reason::Panic)));
    assert_eq!(found, "closed {Transaction, Panic}");
    assert!(kept.is_none());
}

#[test]
fn a_connection_that_is_only_dropped_is_closed_too() {
    let scene = Scene::new();
    let db = scene.open();
    leak_rows(&db).unwrap();
    drop(db);
    assert_all_closed("drop", scene);
}

/// SQLite refuses to close a connection only when something is left that no statement shows.
#[test]
fn a_connection_that_cannot_be_closed_is_told() {
    let scene = Scene::new();
    let db = scene.open();
    db.execute_batch("PRAGMA cache_size = 1").unwrap();
    ffi::tests::hinder_close(&db.connection);
    let (found, kept) = outcome(db.reset());
    assert!(found.starts_with("lost {Pragma}: the connection to /"), "{found}");
    assert!(found.contains("scene.db could not be closed"), "{found}");
    assert!(kept.is_none());
}

fn leak_rows(db: &Db) -> Result<()> {
    leak(db, "SELECT * FROM visits")
}

/// The rows are leaked in the middle, and their statement goes back to the cache as it is.
#[allow(clippy::mem_forget, reason = "what a handler could do in safe code")]
fn leak(db: &Db, query: &str) -> Result<()> {
    db.with_statement(query, |statement| {
        let mut rows = statement.query([])?;
        rows.next()?.expect("a row");
        mem::forget(rows);
        Ok(())
    })
}

const SEARCH_TABLE: &str = "CREATE VIRTUAL TABLE IF NOT EXISTS search USING fts5(x)";
