//! That a deadline ends what runs or waits, and that nothing is committed after it was enforced.

use std::thread;
use std::time::Duration;

use rusqlite::{Error, ErrorCode};

use super::super::is_interrupted;
use super::{ENDLESS, INSERT, SHORT, SOON, Scene, now, outcome};

#[test]
fn an_endless_query_ends_with_its_job() {
    let scene = Scene::new();
    let db = scene.open();
    let start = now();
    scene.start_for(SHORT);
    let error = db.query_row(ENDLESS, [], |_| Ok(())).unwrap_err();
    assert!(is_interrupted(&error), "{error}");
    assert!((SHORT..SOON).contains(&start.elapsed()));

    // The next job on this connection is not hit by it.
    let db = outcome(db.reset()).1.unwrap();
    scene.deadline.start(None);
    db.execute(INSERT, []).unwrap();
}

#[test]
fn an_endless_query_ends_when_another_thread_says_so() {
    let scene = Scene::new();
    let db = scene.open();
    let run = scene.deadline.start(None);
    thread::scope(|scope| {
        scope.spawn(|| scene.deadline.expire(run));
        let error = db.query_row(ENDLESS, [], |_| Ok(())).unwrap_err();
        assert!(is_interrupted(&error), "{error}");
    });
    let error = db.query_row("SELECT 1", [], |_| Ok(())).unwrap_err();
    assert!(is_interrupted(&error), "an expired job gets nothing more: {error}");
}

#[test]
fn an_interrupted_transaction_leaves_nothing() {
    let scene = Scene::new();
    let db = scene.open();
    scene.start_for(SHORT);
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    db.execute(INSERT, []).unwrap();
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
        INSERT INTO visits(page) SELECT i FROM n WHERE i < 0";
    assert!(is_interrupted(&db.execute(endless, []).unwrap_err()));
    assert!(outcome(db.reset()).1.is_some());
    assert_eq!(scene.visits(), 2);
}

#[test]
fn a_wait_for_a_lock_ends_with_its_job() {
    let scene = Scene::new();
    let db = scene.open();
    scene.rival.execute_batch("BEGIN IMMEDIATE").unwrap();
    let start = now();
    scene.start_for(SHORT);
    let error = db.write(|db| db.execute(INSERT, [])).unwrap_err();
    assert!(is_interrupted(&error), "{error}");
    assert!((SHORT..SOON).contains(&start.elapsed()));

    scene.rival.execute_batch("COMMIT").unwrap();
    scene.deadline.start(None);
    db.write(|db| db.execute(INSERT, [])).unwrap();
}

#[test]
fn a_wait_for_a_lock_ends_with_the_busy_timeout() {
    let mut scene = Scene::new();
    scene.settings.busy_timeout = SHORT;
    let db = scene.open();
    scene.rival.execute_batch("BEGIN IMMEDIATE").unwrap();
    // What another job's deadline did is no excuse for this one.
    scene.start_for(Duration::ZERO);
    assert!(is_interrupted(&db.execute(INSERT, []).unwrap_err()));
    for job_time in [None, Some(now() + SOON)] {
        let start = now();
        scene.deadline.start(job_time);
        let error = db.execute(INSERT, []).unwrap_err();
        assert_eq!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy));
        assert!(!is_interrupted(&error));
        assert!((SHORT..SOON).contains(&start.elapsed()));
    }
}

#[test]
fn a_lock_that_becomes_free_is_taken() {
    let scene = Scene::new();
    let db = scene.open();
    scene.rival.execute_batch("BEGIN IMMEDIATE").unwrap();
    let rival = scene.rival;
    thread::scope(|scope| {
        scope.spawn(move || rival.execute_batch("COMMIT").unwrap());
        db.write(|db| db.execute(INSERT, [])).unwrap();
    });
}

#[test]
fn nothing_is_committed_after_the_deadline_has_answered() {
    let scene = Scene::new();
    let db = scene.open();

    let run = scene.deadline.start(None);
    let refused: Result<(), Error> = db.write(|db| {
        db.execute(INSERT, [])?;
        assert!(scene.deadline.expire(run));
        Ok(())
    });
    assert!(is_interrupted(&refused.unwrap_err()));
    assert!(db.is_autocommit());
    let refused = db.execute(INSERT, []).unwrap_err();
    assert!(is_interrupted(&refused), "{refused}");

    // Statements prepared in time don't come by us again: SQLite's commit hook refuses them.
    let run = scene.deadline.start(None);
    let refused = db.with_statement(INSERT, |insert| {
        assert!(scene.deadline.expire(run));
        let refused = insert.execute([]).unwrap_err();
        assert!(is_interrupted(&refused), "{refused}");
        Err::<(), _>(refused)
    });
    assert!(is_interrupted(&refused.unwrap_err()));

    let run = scene.deadline.start(None);
    db.execute_batch("BEGIN").unwrap();
    db.execute(INSERT, []).unwrap();
    let refused = db.with_statement("COMMIT", |commit| {
        assert!(scene.deadline.expire(run));
        commit.execute([])
    });
    assert!(is_interrupted(&refused.unwrap_err()));

    assert!(outcome(db.reset()).1.is_some());
    assert_eq!(scene.visits(), 2);
}

/// The connection is used and waits on another thread than the one that opened it, beside others.
#[test]
fn waits_belong_to_the_job_wherever_it_runs() {
    let scene = Scene::new();
    let db = scene.open();
    let other = Scene::new();
    scene.rival.execute_batch("BEGIN IMMEDIATE").unwrap();
    scene.start_for(SHORT);
    thread::scope(|scope| {
        scope.spawn(move || {
            let _other = other.open();
            let start = now();
            assert!(is_interrupted(&db.execute(INSERT, []).unwrap_err()));
            assert!(start.elapsed() < SOON);
        });
    });
}
