//! `--daemonize`. Guards that whoever starts a server in the background gets it serving or a reason,
//! and that it depends on nothing of theirs from then on.

use std::fs;
use std::path::Path;

use rustix::process::Signal;

use super::{LIMIT, with_master};
use crate::harness::{Address, Client, Folder, Launch, Process, fresh_folder, get, wait_for};

/// A daemon. It is killed when dropped, with the servers that it has.
pub(super) struct Daemon {
    pub(super) process: Process,
    folder: Folder,
}

impl Daemon {
    /// Starts `probe` in the background.
    pub(super) fn start(folder: &Folder, options: &[&str]) -> Self {
        let launch = Launch::probe_in(folder, options)
            .options(&["--pidfile", "pid"])
            .logging_to("--daemonize", "server.log");
        let (code, errors) = launch.run();
        assert_eq!((code, errors.as_str()), (Some(0), ""));
        let number = fs::read_to_string(folder.path().join("pid")).expect("a pidfile");
        let process = Process(number.trim().parse().expect("a number"));
        Self { process, folder: folder.clone() }
    }

    fn address(&self) -> Address {
        Address::Unix(self.folder.path().join("probe.sock"))
    }

    /// The body of an answer.
    pub(super) fn get(&self, uri: &str) -> String {
        let client = Client::connect(&self.address()).expect("it takes connections");
        client.send(&get(uri)).expect("it takes a request");
        client.answer().expect("an answer").expect("an answer and not only an end").text()
    }

    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("server.log")).unwrap_or_default()
    }

    pub(super) fn wait_for_end(&self) {
        wait_for("a daemon to end", LIMIT, || (!self.process.is_alive()).then_some(()));
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if self.process.is_alive() {
            let servers = self.process.children();
            self.process.signal(Signal::KILL);
            servers
                .into_iter()
                .filter(|one| one.is_alive())
                .for_each(|one| one.signal(Signal::KILL));
        }
    }
}

#[test]
fn it_serves_when_the_command_returns_and_is_on_its_own() {
    for options in [vec![], with_master(&[])] {
        let folder = fresh_folder();
        let daemon = Daemon::start(&folder, &options);
        assert_eq!(daemon.get("/hello"), "hello, world\n");
        let process = daemon.process;
        assert_eq!(process.session(), process.0, "{options:?}");
        let servers = process.children();
        assert_eq!(servers.len(), usize::from(!options.is_empty()), "{options:?}");
        for one in servers.iter().chain([&process]) {
            assert_eq!(one.session(), process.0, "{options:?}");
            assert_eq!(one.link(0), Path::new("/dev/null"), "{options:?}");
            for descriptor in [1, 2] {
                let link = one.link(descriptor).display().to_string();
                assert!(link.starts_with("pipe:"), "{options:?}: {descriptor} is {link}");
            }
        }
        assert_eq!(daemon.get("/print/by-itself"), "printed\n");
        process.signal(Signal::TERM);
        daemon.wait_for_end();
        let log = daemon.log();
        assert!(log.contains("serving probe"), "{log}");
        assert!(log.lines().any(|line| line == "by-itself"), "{log}");
        assert!(log.contains("stopped requests=2"), "the last lines are there too: {log}");
        for name in ["pid", "probe.sock"] {
            assert!(!folder.path().join(name).exists(), "{options:?}: {name} is left");
        }
    }
}

#[test]
fn what_goes_wrong_at_its_end_is_in_its_log() {
    for options in [vec!["--reload-mercy", "0.1"], with_master(&["--reload-mercy", "0.1"])] {
        let daemon = Daemon::start(&fresh_folder(), &options);
        let client = Client::connect(&daemon.address()).unwrap();
        client.send(&get("/sleep/60000")).unwrap();
        wait_for("the request to be taken", LIMIT, || {
            // So many bytes wait to be read as long as nobody has accepted it.
            (daemon.get("/hello") == "hello, world\n").then_some(())
        });
        daemon.process.signal(Signal::TERM);
        daemon.wait_for_end();
        let log = daemon.log();
        let last = "1 threads were inside jobs when they had to end";
        assert!(log.contains(last), "{options:?}: {log}");
    }
}
