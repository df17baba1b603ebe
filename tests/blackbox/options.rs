//! The command line. Guards that a slip is told before anything is served, with an exit code that
//! a service manager can tell from a crash.

use std::process::Command;

use crate::harness::{Build, binary};

#[test]
fn a_slip_is_told_and_nothing_is_served() {
    for (line, code, says) in [
        ("--sockett x", 64, "--socket"),
        ("--socket", 64, "value"),
        ("--no-such-thing", 64, "--no-such-thing"),
        ("stray", 64, "stray"),
        ("", 78, "--socket"),
        ("--socket x.sock --threads none", 78, "--threads none"),
        ("--socket x.sock --processes 0", 78, "--processes 0"),
        ("--socket x.sock --harakiri soon", 78, "--harakiri soon"),
        ("--socket x.sock --chmod-socket 999", 78, "--chmod-socket 999"),
        ("--socket x.sock --buffer-size 65536", 78, "--buffer-size 65536"),
        ("--socket x.sock --chown-socket :no-such-group", 78, "no-such-group"),
        ("--socket x.sock --tick 0", 78, "timer 1"),
        ("--socket 127.0.0.1:port", 78, "127.0.0.1:port"),
        ("--socket 8099", 78, ":port"),
        ("--socket x.sock --database /nowhere/x.db", 78, "/nowhere/x.db"),
        ("--socket x.sock --database :memory:", 78, "a database of its own"),
    ] {
        let folder = crate::harness::fresh_folder();
        let output = Command::new(binary(Build::Clean, "probe"))
            .args(line.split_whitespace())
            .current_dir(folder.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{line}: {said}");
        assert!(said.contains(says), "{line}: {said}");
        assert!(!folder.path().join("x.sock").exists(), "{line}");
    }
}

#[test]
fn help_names_every_option_and_ends_well() {
    let output = Command::new(binary(Build::Clean, "probe")).arg("--help").output().unwrap();
    let help = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success());
    for option in ["--socket", "--processes", "--harakiri", "--db-reset", "--tick-panics"] {
        assert!(help.contains(option), "{option} in {help}");
    }
}
