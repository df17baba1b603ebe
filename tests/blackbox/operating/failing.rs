//! Servers that can't start where one has served before. Guards that the old one serves on, that a
//! master tries again without haste, and that whoever waits is answered once it is mended.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use rustix::fs::{CWD, Mode, mkfifoat};
use rustix::process::Signal;

use super::{LIMIT, serving, wait_until_ready, with_master};
use crate::harness::{Launch, Server, fresh_folder, get, let_pass, wait_for};

/// Puts something in the database's place that is none, with which no server starts.
fn spoil(database: &Path) {
    fs::rename(database, database.with_extension("good")).expect("it is there");
    fs::write(database, [b'x'; 8_192]).expect("a file");
}

fn mend(database: &Path) {
    fs::rename(database.with_extension("good"), database).expect("it was put aside");
}

fn start() -> Server {
    let options = with_master(&["--database", "own.db", "--tick", "1000"]);
    let master = Launch::probe(&options).start();
    wait_until_ready(&master, 1);
    master
}

/// The database that `start` gives it: its files are the old server's while it runs, whatever their name.
fn database(master: &Server) -> std::path::PathBuf {
    master.folder().join("own.db")
}

fn count(master: &Server, what: &str) -> usize {
    master.log().matches(what).count()
}

fn wait_for_lines(master: &Server, what: &str, lines: usize) {
    wait_for(what, LIMIT, || (count(master, what) >= lines).then_some(()));
}

#[test]
fn when_a_new_server_fails_the_old_one_serves_on() {
    let master = start();
    let old = serving(&master);
    spoil(&database(&master));
    for failures in 1..=2 {
        master.process().signal(Signal::HUP);
        wait_for_lines(&master, "the old one serves on", failures);
        assert_eq!(master.get("/hello").status, 200);
        assert!(old.is_alive());
    }
    let log = master.log();
    assert!(log.contains("own.db: "), "it says why: {log}");
    mend(&database(&master));
    master.process().signal(Signal::HUP);
    wait_until_ready(&master, 2);
    assert_eq!(master.get("/user/1").status, 200);
    assert_ne!(serving(&master).0, old.0);
    master.stop();
}

const INI: &str = "[uwsgi]\nthreads = 1\n";

/// A server that reads it waits until somebody writes, or nobody can any more.
fn have_starts_hang(ini: &Path) -> File {
    let pipe = ini.with_extension("pipe");
    mkfifoat(CWD, &pipe, Mode::RUSR | Mode::WUSR).expect("a pipe");
    let writer = File::options().read(true).write(true).open(&pipe).expect("it is there");
    fs::rename(&pipe, ini).expect("it takes its place");
    writer
}

fn mend_ini(ini: &Path) {
    let mended = ini.with_extension("mended");
    fs::write(&mended, INI).expect("a file");
    fs::rename(&mended, ini).expect("it takes its place");
}

/// A file that `probe` reads in a start hook, where it is there.
const START: &str = "probe.start";

/// A master that serves, whose next server hangs in a start hook.
fn start_and_hang(options: &[&str]) -> (Server, File) {
    let master = Launch::probe(&with_master(options)).start();
    wait_until_ready(&master, 1);
    let writer = have_starts_hang(&master.folder().join(START));
    master.process().signal(Signal::HUP);
    wait_for_lines(&master, "a start hook reads", 1);
    (master, writer)
}

#[test]
fn a_server_that_hangs_at_its_start_is_killed_and_the_old_one_serves_on() {
    let (master, _writer) = start_and_hang(&["--start-timeout", "1"]);
    let old = serving(&master);
    assert_eq!(master.get("/hello").status, 200);
    wait_for_lines(&master, "the old one serves on", 1);
    assert_eq!(master.process().children().len(), 1);
    assert!(old.is_alive());
    assert_eq!(master.get("/hello").status, 200);
    fs::remove_file(master.folder().join(START)).expect("it is there");
    master.process().signal(Signal::HUP);
    wait_until_ready(&master, 2);
    let log = master.stop();
    let told: Vec<&str> = log.lines().filter(|line| line.contains(" ERROR ")).collect();
    assert!(told.len() == 1 && told[0].contains("start-timeout"), "{told:?}");
    assert!(told[0].contains(" limit=1"), "{told:?}");
}

/// It hears of nothing, and must not hold up the end.
#[test]
fn a_server_that_hangs_at_its_start_ends_with_its_master() {
    let (master, _writer) = start_and_hang(&["--start-timeout", "0", "--reload-mercy", "0.5"]);
    master.stop();
}

/// Asked for while a server starts that will fail: what was mended meanwhile is taken up.
#[test]
fn a_reload_that_is_asked_for_during_one_that_fails_is_not_lost() {
    let folder = fresh_folder();
    let ini = folder.path().join("own.ini");
    fs::write(&ini, INI).expect("a file");
    let master = Launch::probe_in(&folder, &with_master(&["--ini", "own.ini"])).start();
    wait_until_ready(&master, 1);
    let old = serving(&master);
    let mut writer = have_starts_hang(&ini);
    master.process().signal(Signal::HUP);
    wait_for_lines(&master, "a server starts", 2);
    master.process().signal(Signal::HUP);
    // The master reads its signals in turn: when it has opened no log, it has seen HUP as well.
    master.process().signal(Signal::USR1);
    wait_for_lines(&master, "there is no log file to open anew", 1);
    let children = master.process().children();
    let starting = children.iter().find(|process| process.0 != old.0).expect("it still starts");
    starting.signal(Signal::KILL);
    wait_for_lines(&master, "a server starts", 3);
    // For who has the pipe, and for who doesn't have it yet.
    mend_ini(&ini);
    writer.write_all(INI.as_bytes()).expect("it has room");
    drop(writer);
    wait_until_ready(&master, 2);
    master.stop();
}

/// A server that dies, and none that starts after it: the master tries again, each time later, and who
/// connects meanwhile is answered in the end.
#[test]
fn servers_that_die_at_each_start_are_tried_without_haste() {
    let master = start();
    spoil(&database(&master));
    serving(&master).signal(Signal::KILL);
    wait_for_lines(&master, "a server died", 3);
    let waiting: Vec<_> = (0..20).map(|_| master.send(&get("/hello"))).collect();
    let (before, cpu) = (count(&master, "a server starts"), master.process().cpu());
    let_pass(Duration::from_millis(1_000));
    let starts = count(&master, "a server starts") - before;
    assert!((1..=5).contains(&starts), "{starts} starts in a second: {}", master.log());
    let cpu = master.process().cpu().saturating_sub(cpu);
    assert!(cpu < Duration::from_millis(200), "{cpu:?}");
    mend(&database(&master));
    // It isn't waited for the next try.
    master.process().signal(Signal::HUP);
    for client in waiting {
        assert_eq!(client.answer().unwrap().map(|answer| answer.status), Some(200));
    }
    assert_eq!(master.get("/user/1").status, 200);
    master.stop();
}

/// Nobody asks: the master itself finds what is mended.
#[test]
fn what_is_mended_is_found_without_a_reload() {
    let master = start();
    spoil(&database(&master));
    serving(&master).signal(Signal::KILL);
    wait_for_lines(&master, "a server died", 2);
    let waiting = master.send(&get("/hello"));
    mend(&database(&master));
    assert_eq!(waiting.answer().unwrap().map(|answer| answer.status), Some(200));
    wait_until_ready(&master, 2);
    master.stop();
}
