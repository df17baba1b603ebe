//! The configuration that this project began with: nothing in it is changed but its paths. Guards that it
//! starts in the background, behind nginx, with its files where they were, and that it recycles.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::Signal;

use super::LIMIT;
use crate::harness::{
    Address, Build, Client, Folder, Front, Process, alone, binary, fresh_folder, get, now,
    team_ini, wait_for, wrk,
};

/// A master in the background; it is stopped when dropped.
struct Daemon {
    folder: Folder,
    master: Process,
}

impl Daemon {
    fn start(folder: &Folder, program: &str) -> Self {
        let path = folder.path();
        for name in ["app", "log"] {
            fs::create_dir(path.join(name)).unwrap();
        }
        fs::write(path.join("log/uwsgi.log"), "what an earlier one has logged\n").unwrap();
        fs::write(path.join("app.ini"), team_ini(path)).unwrap();
        let started = Command::new(binary(Build::Clean, program))
            .arg("app.ini")
            .current_dir(path)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
        let number = fs::read_to_string(path.join("uwsgi.pid")).unwrap();
        Self { folder: Folder::clone(folder), master: Process(number.trim().parse().unwrap()) }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log/uwsgi.log")).unwrap()
    }

    fn address(&self) -> Address {
        Address::Unix(self.folder.path().join("uwsgi.sock"))
    }

    fn has_ended(&self) -> bool {
        !Path::new("/proc").join(self.master.0.to_string()).exists()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if !self.has_ended() {
            self.master.signal(Signal::TERM);
        }
    }
}

#[test]
fn it_starts_users_in_the_background() {
    let folder = fresh_folder();
    let daemon = Daemon::start(&folder, "users");
    let client = Client::connect(&daemon.address()).unwrap();
    client.send(&get("/hello")).unwrap();
    assert_eq!(client.answer().unwrap().unwrap().text(), "hello, world\n");
    assert!(folder.path().join("app/service.db").exists(), "chdir is where its database is");
    let mode = fs::metadata(folder.path().join("uwsgi.sock")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o666, "nginx may be another user");
    wait_for("what doesn't apply to be told", LIMIT, || {
        let log = daemon.log();
        ["plugin", "module", "chmod-socket"].iter().all(|key| log.contains(key)).then_some(())
    });
    assert!(!daemon.log().contains("an earlier one"), "log-truncate empties it");
    daemon.master.signal(Signal::TERM);
    wait_for("it to end", LIMIT, || daemon.has_ended().then_some(()));
    for name in ["uwsgi.pid", "uwsgi.sock"] {
        assert!(!folder.path().join(name).exists(), "{name} is left behind");
    }
}

#[test]
fn its_limits_recycle_a_server_that_leaks_and_nobody_notices() {
    let _alone = alone();
    let folder = Front::folder();
    let daemon = Daemon::start(&folder, "probe");
    let nginx = Front::of(&folder, "uwsgi.sock");
    let started = now();
    while daemon.log().matches("a server is ready").count() < 4 && started.elapsed() < LIMIT {
        wrk(&nginx.url("/leak/heap/10000"), 1).unwrap();
    }
    let log = daemon.log();
    assert!(log.matches("a server is ready").count() >= 4, "{log}");
    let is_told = |limit: &str| log.contains(&format!("reloading reason=\"{limit} 30: it"));
    assert!(is_told("reload-on-rss") || is_told("reload-on-as"), "{log}");
    assert_eq!(nginx.log(), "");
}
