//! Who a server is: its user and groups, its folder, its mask and its environment. Guards that what is
//! given up is given up altogether, and by the server alone.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;

use rustix::process::Signal;

use super::background::Daemon;
use super::starting::open_to_all;
use super::{serving, wait_until_ready, with_master};
use crate::harness::{Launch, Process, Server, fresh_folder, is_root};

/// Debian's nobody, and its group.
const NOBODY: &str = "65534";

/// The process that serves, alone or under a master.
fn server_of(server: &Server, options: &[&str]) -> Process {
    if options.contains(&"--master") { serving(server) } else { server.process() }
}

/// Its user or group: the real one, the effective, the saved and that of the file system.
fn is_all(process: Process, kind: &str, number: &str) -> bool {
    process.status(kind).iter().all(|one| one == number)
}

#[test]
fn a_server_becomes_the_user_it_is_told_and_its_master_stays() {
    if !is_root() {
        return;
    }
    for (who, uid, gid) in [
        (vec!["--uid", "nobody"], NOBODY, NOBODY),
        (vec!["--uid", NOBODY, "--gid", "33"], NOBODY, "33"),
        (vec!["--uid", "12345", "--gid", "www-data"], "12345", "33"),
        // The group is root's still, and its other groups are not.
        (vec!["--uid", "12345", "--gid", "0"], "12345", "0"),
    ] {
        for options in [who.clone(), with_master(&who)] {
            let folder = fresh_folder();
            open_to_all(folder.path());
            let launch = Launch::probe_in(&folder, &options).options(&["--pidfile", "pid"]);
            let server = launch.after("exec setpriv --groups 4,24 \"$0\" \"$@\";").start();
            if options.contains(&"--master") {
                wait_until_ready(&server, 1);
                assert!(is_all(server.process(), "Uid", "0"), "{options:?}");
            }
            assert_eq!(server.get("/user/1").status, 200, "{options:?}");
            let process = server_of(&server, &options);
            assert!(is_all(process, "Uid", uid), "{options:?}: {:?}", process.status("Uid"));
            assert!(is_all(process, "Gid", gid), "{options:?}: {:?}", process.status("Gid"));
            assert_eq!(process.status("Groups"), [gid], "{options:?}");
            let database = fs::metadata(server.database()).unwrap();
            assert_eq!(database.uid().to_string(), uid, "{options:?}");
            if options.contains(&"--master") {
                server.process().signal(Signal::HUP);
                wait_until_ready(&server, 2);
                assert!(is_all(serving(&server), "Uid", uid), "{options:?}");
            }
            server.stop();
        }
    }
}

#[test]
fn who_cannot_be_become_is_told() {
    let mut table = vec![
        (vec!["--uid", "no-such-user"], "there is no user no-such-user"),
        (vec!["--gid", "no-such-group"], "there is no group no-such-group"),
    ];
    if is_root() {
        table.push((vec!["--uid", "12345"], "set gid as well"));
    }
    for (who, says) in table {
        for options in [who.clone(), with_master(&who)] {
            let (code, errors) = Launch::probe(&options).run();
            assert_eq!((code, errors.lines().count()), (Some(78), 1), "{options:?}: {errors}");
            assert!(errors.contains(says), "{options:?}: {errors}");
        }
    }
}

#[test]
fn only_root_becomes_somebody_else() {
    for who in [["--uid", "root"], ["--gid", "0"], ["--uid", "www-data"]] {
        for options in [who.to_vec(), with_master(&who)] {
            let folder = fresh_folder();
            let mut launch = Launch::probe_in(&folder, &options);
            if is_root() {
                open_to_all(folder.path());
                launch.command.uid(65_534).gid(65_534);
            }
            let (code, errors) = launch.run();
            assert_eq!((code, errors.lines().count()), (Some(78), 1), "{options:?}: {errors}");
            let says = "only root may become somebody else";
            assert!(errors.contains(says) && errors.contains(who[1]), "{options:?}: {errors}");
            assert!(!folder.path().join("probe.sock").exists(), "{options:?}");
        }
    }
    // Whom one is already, anybody may become.
    let own = rustix::process::geteuid().as_raw().to_string();
    Launch::probe(&["--uid", &own]).start().stop();
}

#[test]
fn a_variable_that_is_set_is_there_however_it_starts() {
    let variable = ["--env", "ONE=first=value", "--env", "TWO=second"];
    for options in [variable.to_vec(), with_master(&variable)] {
        let server = Launch::probe(&options).variable("TWO", "replaced").start();
        assert_eq!(server.get("/variable/ONE").text(), "first=value", "{options:?}");
        assert_eq!(server.get("/variable/TWO").text(), "second", "{options:?}");
        server.stop();
        let daemon = Daemon::start(&fresh_folder(), &options);
        assert_eq!(daemon.get("/variable/ONE"), "first=value", "{options:?}");
        daemon.process.signal(Signal::TERM);
        daemon.wait_for_end();
    }
}

/// The database, the pidfile and sockets are found from the folder that it changes to; and as the
/// mask says, nobody else reads what it makes.
#[test]
fn paths_and_modes_are_those_of_its_folder_and_mask() {
    let given = ["--chdir", "inner", "--umask", "077", "--pidfile", "pid", "--socket", "own.sock"];
    let given = [&given[..], &["--database", "own.db"]].concat();
    for options in [given.clone(), with_master(&given)] {
        let folder = fresh_folder();
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let server = Launch::probe_in(&folder, &options).start();
        if options.contains(&"--master") {
            wait_until_ready(&server, 1);
            server.process().signal(Signal::HUP);
            wait_until_ready(&server, 2);
        }
        assert_eq!(server.get("/user/1").status, 200, "{options:?}");
        for (name, mode) in [("own.db", 0o600), ("pid", 0o600), ("own.sock", 0o660)] {
            let file = fs::metadata(inner.join(name)).unwrap_or_else(|error| {
                panic!("{options:?}: {name}: {error}");
            });
            assert_eq!(file.permissions().mode() & 0o777, mode, "{options:?}: {name}");
        }
        server.stop();
        for name in ["pid", "own.sock"] {
            assert!(!inner.join(name).exists(), "{options:?}: {name}");
        }
    }
}
