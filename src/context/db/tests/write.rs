//! That `write` commits all of its work or nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::{Error, ErrorCode};

use super::super::Db;
use super::{INSERT, Scene, outcome};

/// Runs `work` in a transaction, however it ends; then this many new rows must be there and no lock.
fn check(work: impl FnOnce(&Db) -> Result<(), Error>, new_rows: u32) {
    let scene = Scene::new();
    let db = scene.open();
    let _ended = catch_unwind(AssertUnwindSafe(|| db.write(work)));
    assert!(db.is_autocommit());
    assert_eq!(scene.visits(), 2 + new_rows);
    scene.rival.execute(INSERT, []).unwrap();
    assert_eq!(outcome(db.reset()).0, "clean");
}

#[test]
fn all_or_nothing() {
    let insert = |db: &Db| db.execute(INSERT, []).map(drop);
    check(insert, 1);
    check(|db| insert(db).and_then(|()| Err(Error::InvalidQuery)), 0);
    check(|db| insert(db).map(|()| panic!("a handler's panic, part of this test")), 0);
    check(|db| insert(db).and_then(|()| db.execute_batch("SELECT nonsense")), 0);
    // Transactions don't nest.
    check(|db| insert(db).and_then(|()| db.write(insert)), 0);
    // Whoever ends the transaction from inside has what was done so far, and an error.
    check(|db| insert(db).and_then(|()| db.execute_batch("COMMIT")), 1);
    check(|db| insert(db).and_then(|()| db.execute_batch("ROLLBACK")), 0);
    // SQLite rolls back by itself here.
    check(
        |db| {
            insert(db)?;
            db.execute_batch("INSERT OR ROLLBACK INTO visits(id) VALUES (1)")
        },
        0,
    );
}

#[test]
fn a_read_sees_one_state_and_hinders_nobody() {
    let scene = Scene::new();
    let db = scene.open();
    let count =
        |db: &Db| db.query_row("SELECT count(*) FROM visits", [], |row| row.get::<_, u32>(0));
    let (before, after) = db
        .read(|db| {
            let before = count(db)?;
            scene.rival.execute(INSERT, [])?;
            Ok::<_, Error>((before, count(db)?))
        })
        .unwrap();
    assert_eq!((before, after), (2, 2));
    assert_eq!(count(&db), Ok(3));
    assert!(db.is_autocommit());
}

#[test]
fn the_write_lock_is_taken_at_once() {
    let scene = Scene::new();
    let db = scene.open();
    let refused = db.write(|_| scene.rival.execute(INSERT, []).map(drop)).unwrap_err();
    assert_eq!(refused.sqlite_error_code(), Some(ErrorCode::DatabaseBusy));
}

#[test]
fn the_value_and_the_error_come_out() {
    let scene = Scene::new();
    let db = scene.open();
    let id = db.write(|db| db.execute(INSERT, []).map(|_| db.last_insert_rowid()));
    assert_eq!(id, Ok(3));
    let page: Option<String> =
        db.query_optional("SELECT page FROM visits WHERE id = ?1", [9], |row| row.get(0)).unwrap();
    assert_eq!(page, None);
    let pages: Vec<String> =
        db.query_all("SELECT page FROM visits ORDER BY id", [], |row| row.get(0)).unwrap();
    assert_eq!(pages, ["first", "second", "new"]);
    let error: Result<(), Error> = db.write(|_| Err(Error::InvalidQuery));
    assert_eq!(error, Err(Error::InvalidQuery));
}
