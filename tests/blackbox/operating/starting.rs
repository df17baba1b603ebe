//! Starts that fail. Guards that whoever starts a server sees why in one line and an exit code, in
//! whatever way it was to run, and that nothing is left behind.

use std::net::TcpListener;

use super::with_master;
use crate::harness::{Launch, fresh_folder, is_root};

/// How a server may run. Each log file has a name of its own.
const WAYS: [(&str, bool, bool); 4] = [
    ("alone", false, false),
    ("under a master", true, false),
    ("in the background", false, true),
    ("in the background under a master", true, true),
];

/// A start in that way, with these options.
fn launch(master: bool, background: bool, options: &[&str]) -> Launch {
    let options = if master { with_master(options) } else { options.to_vec() };
    let launch = Launch::probe_in(&fresh_folder(), &options);
    if background { launch.logging_to("--daemonize", "server.log") } else { launch }
}

/// Each start fails in each way with that code, and one line that says so much.
fn check(options: &[&str], code: i32, says: &str) {
    for (way, master, background) in WAYS {
        let launch = launch(master, background, options);
        let socket = launch.folder().join("probe.sock");
        let (ended, errors) = launch.run();
        assert_eq!(ended, Some(code), "{options:?} {way}: {errors}");
        // To a mistake in the command line belongs how it is used.
        let lines = errors.lines().filter(|_| code != 64).count();
        assert_eq!(lines, usize::from(code != 64), "{options:?} {way}: {errors}");
        assert!(errors.contains(says), "{options:?} {way}: {errors}");
        assert!(!socket.exists(), "{options:?} {way}");
    }
}

#[test]
fn a_wrong_option_is_told_however_it_starts() {
    check(&["--no-such-option"], 64, "--no-such-option");
    check(&["--threads", "none"], 78, "--threads none");
}

#[test]
fn a_database_that_cannot_be_is_told_however_it_starts() {
    check(&["--database", "/nowhere/x.db"], 78, "/nowhere/x.db");
}

#[test]
fn what_only_the_application_finds_wrong_is_told_however_it_starts() {
    check(&["--tick", "0"], 78, "timer 1");
}

#[test]
fn a_socket_that_cannot_be_is_told_however_it_starts() {
    check(&["--socket", "/nowhere/x.sock"], 78, "/nowhere/x.sock");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    check(&["--socket", &address], 78, &address);
}

#[test]
fn a_folder_that_is_not_there_is_told_however_it_starts() {
    check(&["--chdir", "/nowhere/at/all"], 78, "/nowhere/at/all");
    check(&["--pidfile", "/nowhere/pid"], 78, "/nowhere/pid");
}

/// A folder that may not be written to: root may write everywhere, so it is somebody else's start.
#[test]
fn what_is_not_permitted_is_told_however_it_starts() {
    use std::os::unix::process::CommandExt;

    for (way, master, background) in WAYS {
        let socket = if is_root() { "/root/x.sock" } else { "/proc/x.sock" };
        let mut launch = launch(master, false, &["--socket", socket]);
        if background {
            // A log that it may write, as it would be told of that one otherwise.
            launch = launch.options(&["--daemonize", "/dev/null"]);
        }
        if is_root() {
            open_to_all(launch.folder());
            launch.command.uid(65_534).gid(65_534);
        }
        let (code, errors) = launch.run();
        assert_eq!(code, Some(78), "{way}: {errors}");
        assert_eq!(errors.lines().count(), 1, "{way}: {errors}");
        assert!(errors.contains(socket), "{way}: {errors}");
    }
}

/// Lets anybody make files there.
pub(super) fn open_to_all(folder: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::Permissions::from_mode(0o777);
    std::fs::set_permissions(folder, mode).expect("it is this test's folder");
}

/// A socket that whoever starts it says it has given.
#[test]
fn sockets_that_were_promised_and_are_none_are_told() {
    let launch = Launch::probe(&[]).variable("LISTEN_FDS", "1");
    let (code, errors) = launch.after("exec 3</dev/null; LISTEN_PID=$$; export LISTEN_PID;").run();
    assert_eq!((code, errors.lines().count()), (Some(70), 1), "{errors}");
    assert!(errors.contains("not a socket"), "{errors}");
}
