//! Commands of the system that are run at their times (`cron`, `cron2`). Guards that each keeps its deadline,
//! that one that is unique runs once, and that none outlives a stop, whatever becomes of the server that has
//! started it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rustix::process::Signal;

use crate::harness::{Folder, Launch, Process, Server, fresh_folder, let_pass, now, wait_for};

/// Generous, as machines are shared.
const LIMIT: Duration = Duration::from_secs(30);

/// A folder with a script, whose runs leave their processes' numbers in `runs`.
fn prepare(script: &str) -> Folder {
    let folder = fresh_folder();
    let text = format!("echo $$ >> {}/runs; {script}", folder.path().display());
    fs::write(folder.path().join("script"), text).expect("a file");
    folder
}

/// The ini of a command that is run once an hour, so many minutes before this one. The last was missed, and
/// is made up for at once.
fn configure(folder: &Path, before: i64, more: &str) {
    let command = format!("exec sh {}/script", folder.display());
    let store = Connection::open(folder.join("ran.db")).expect("a database");
    let minute = "SELECT (unixepoch() / 60 - ?1) % 60";
    let minute: i64 = store.query_row(minute, [before], |row| row.get(0)).expect("a number");
    let ini =
        format!("[uwsgi]\nschedule-store = ran.db\ncron2 = minute={minute},{more} {command}\n");
    fs::write(folder.join("own.ini"), ini).expect("a file");
    let table = "CREATE TABLE IF NOT EXISTS ran (job TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT";
    store.execute_batch(table).expect("a table");
    let insert = "INSERT OR REPLACE INTO ran VALUES (?1, unixepoch() - 7200)";
    store.execute(insert, [format!("command {command} #1")]).expect("a row");
}

fn start(folder: &Folder, options: &[&str]) -> Server {
    let options = [&["own.ini", "--tick", "1000"], options].concat();
    Launch::probe_in(folder, &options).start()
}

/// The processes of the runs so far.
fn runs(folder: &Folder) -> Vec<Process> {
    let text = fs::read_to_string(folder.path().join("runs")).unwrap_or_default();
    text.lines().map(|number| Process(number.parse().expect("a number"))).collect()
}

fn first_run(folder: &Folder) -> Process {
    wait_for("a command to run", LIMIT, || runs(folder).first().copied())
}

fn wait_for_line(server: &Server, what: &str, lines: usize) {
    wait_for(what, LIMIT, || (server.log().matches(what).count() >= lines).then_some(()));
}

fn serving(master: &Server) -> Process {
    let log = master.log();
    let (_, after) = log.rsplit_once("a server is ready process=").expect("one is ready");
    Process(after.split(' ').next().expect("a number").parse().expect("a number"))
}

const MASTER: [&str; 2] = ["--master", "true"];
const MISSED: &str = "a command missed its deadline";

/// How the server that has started it is replaced.
type Replace = fn(&Server);

fn replacements() -> [(&'static str, Replace); 2] {
    [
        ("a reload", |master| master.process().signal(Signal::HUP)),
        ("a crash", |master| serving(master).signal(Signal::KILL)),
    ]
}

#[test]
fn a_deadline_is_kept_when_another_server_takes_over() {
    for (what, replace) in replacements() {
        let folder = prepare("trap 'echo told > told; exit' TERM; while :; do sleep 0.1; done");
        configure(folder.path(), 5, "harakiri=6");
        let began = now();
        let master = start(&folder, &MASTER);
        let command = first_run(&folder);
        wait_for_line(&master, "a server is ready", 1);
        replace(&master);
        wait_for_line(&master, "a server is ready", 2);
        wait_for("the one before to end", LIMIT, || {
            let log = master.log();
            (log.contains("a server has ended") || log.contains("a server died")).then_some(())
        });
        assert!(command.is_alive() && began.elapsed() < Duration::from_secs(6), "{what}: too slow");
        wait_for("the command to end", LIMIT, || (!command.is_alive()).then_some(()));
        let took = began.elapsed();
        assert!((6..12).contains(&took.as_secs()), "{what}: {took:?}: {}", master.log());
        assert!(folder.path().join("told").exists(), "{what}: it is told before it is killed");
        let log = master.stop();
        assert_eq!(log.matches(MISSED).count(), 1, "{what}: {log}");
        assert_eq!(runs(&folder).len(), 1, "{what}: one made up for all that were missed");
    }
}

#[test]
fn one_that_is_unique_runs_once_though_another_server_takes_over() {
    for (what, replace) in replacements() {
        let folder = prepare("exec sleep 600");
        configure(folder.path(), 5, "unique=1");
        let master = start(&folder, &MASTER);
        let command = first_run(&folder);
        wait_for_line(&master, "a server is ready", 1);
        // For the next server it is due at once, by a rule that the last one didn't have.
        configure(folder.path(), 7, "unique=1");
        replace(&master);
        wait_for_line(&master, "a server is ready", 2);
        wait_for_line(&master, "it still runs: left out", 1);
        assert!(command.is_alive(), "{what}");
        // The stop waits for it as long as mercy lasts, and no longer.
        master.process().signal(Signal::INT);
        let ended = master.end();
        assert_eq!(ended.code, Some(70), "{what}: {ended:?}");
        assert!(ended.log.contains("a command was cut short"), "{what}: {}", ended.log);
        wait_for("the command to end", LIMIT, || (!command.is_alive()).then_some(()));
        assert_eq!(runs(&folder).len(), 1, "{what}");
    }
}

#[test]
fn a_stop_waits_for_a_command_as_long_as_mercy_lasts() {
    for with in [&[][..], &MASTER] {
        let folder = prepare("sleep 1; echo done > done");
        configure(folder.path(), 5, "unique=1");
        let server = start(&folder, with);
        first_run(&folder);
        server.stop();
        assert!(folder.path().join("done").exists(), "{with:?}: it had time");

        let folder = prepare("trap '' TERM; while :; do sleep 0.1; done");
        configure(folder.path(), 5, "unique=1");
        let server = start(&folder, &[with, &["--reload-mercy", "0.5"]].concat());
        let command = first_run(&folder);
        let stopped = now();
        server.process().signal(Signal::TERM);
        let_pass(Duration::from_millis(200));
        assert!(command.is_alive(), "{with:?}: mercy isn't over");
        let ended = server.end();
        assert_eq!(ended.code, Some(70), "{with:?}: {ended:?}");
        assert!(stopped.elapsed() < Duration::from_secs(6), "{with:?}: {:?}", stopped.elapsed());
        assert!(ended.log.contains("a command was cut short"), "{with:?}: {}", ended.log);
        let what = format!("{with:?}: what can't be told to be killed");
        wait_for(&what, LIMIT, || (!command.is_alive()).then_some(()));
    }
}
