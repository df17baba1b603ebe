//! What a machine may lack, or lose: room on a disk, descriptors, the folder of a socket. Guards that a
//! start without it says so in one line and an exit code, and that a server which loses it serves on.

use std::fs;

use rustix::process::Signal;

use super::{LIMIT, wait_until_ready, with_master};
use crate::harness::{Launch, Protocol, Server, fresh_folder, get, is_root, post, wait_for};

/// A process with a folder of its own called `small`, which has so much room.
fn with_room(bytes: &str, options: &[&str]) -> Launch {
    let mut launch = Launch::probe(options);
    fs::create_dir(launch.folder().join("small")).expect("a fresh folder");
    launch = launch.after(&format!("mount -t tmpfs -o size={bytes} none small &&"));
    let mut command = std::process::Command::new("unshare");
    command.arg(if is_root() { "-m" } else { "-rm" });
    command.arg(launch.command.get_program()).args(launch.command.get_args());
    let variables = launch.command.get_envs().filter_map(|(name, value)| Some((name, value?)));
    command.envs(variables).current_dir(launch.folder()).stdin(std::process::Stdio::null());
    launch.command = command;
    launch
}

/// Both ways in which a server may be started.
fn ways<'a>(options: &[&'a str]) -> [Vec<&'a str>; 2] {
    [options.to_vec(), with_master(options)]
}

/// Each start fails with that code, and one line that says so much.
fn check(launch: Launch, code: i32, says: &[&str]) {
    let (ended, errors) = launch.run();
    assert_eq!((ended, errors.lines().count()), (Some(code), 1), "{errors}");
    for says in says {
        assert!(errors.contains(says), "{says}: {errors}");
    }
}

#[test]
fn a_full_disk_is_told_at_the_start() {
    for way in ways(&["--database", "small/x.db"]) {
        // Room for a schema, but not for a thousand users.
        check(with_room("64k", &way), 70, &["a start hook failed"]);
    }
    for way in ways(&["--pidfile", "small/pid", "--schedule-store", "small/schedule.db"]) {
        check(with_room("4k", &way), 78, &["--schedule-store small/schedule.db: ", "full"]);
    }
    for way in ways(&["--pidfile", "/dev/full"]) {
        check(Launch::probe(&way), 78, &["pidfile /dev/full: "]);
    }
}

/// Who writes is told, who reads is served, and what was answered is there when there is room again.
#[test]
fn a_disk_that_fills_up_costs_only_who_writes() {
    for way in ways(&["--database", "small/x.db", "--tick", "1000"]) {
        let server = with_room("600k", &way).start();
        if way.len() > 4 {
            wait_until_ready(&server, 1);
        }
        let body = [b'x'; 8_000];
        let mut written = 0;
        while server.ask(&post("/write", &body)).status == 201 {
            written += 1;
            assert!(written < 1_000, "it never fills up");
        }
        assert_eq!(server.ask(&post("/write", &body)).status, 500);
        for _ in 0..20 {
            assert_eq!(server.get("/user/1").status, 200, "{way:?}");
        }
        let log = server.stop();
        let says = "a job failed job=\"POST /write\" error=500: database or disk is full";
        assert!(written > 0 && log.contains(says), "{written}: {log}");
    }
}

#[test]
fn too_few_descriptors_are_told_at_the_start() {
    for way in ways(&["--tick", "1000"]) {
        for most in [4, 5, 14, 16] {
            let launch = Launch::probe(&way).after(&format!("ulimit -n {most};"));
            let (code, errors) = launch.run();
            let told = (code, errors.lines().count());
            assert_eq!(told, (Some(70), 1), "{way:?} with {most}: {errors}");
            assert!(errors.contains("Too many open files"), "{way:?} with {most}: {errors}");
        }
    }
}

/// Somebody tidies up: whoever has a connection is served on, and a stop has nothing to remove.
#[test]
fn a_socket_whose_folder_is_removed_serves_those_who_have_it() {
    for way in ways(&["--fastcgi-socket", "gone/kept.sock", "--tick", "1000"]) {
        let folder = fresh_folder();
        let gone = folder.path().join("gone");
        fs::create_dir(&gone).expect("a folder");
        let server: Server = Launch::probe_in(&folder, &way).start();
        let at = crate::harness::Address::Unix(gone.join("kept.sock"));
        let mut kept =
            crate::harness::Connection::open(Protocol::FastCgi, &at).expect("a connection");
        assert_eq!(kept.get("/hello").expect("an answer").status, 200);
        fs::remove_dir_all(&gone).expect("it was there");
        assert_eq!(kept.get("/hello").expect("an answer").status, 200);
        assert_eq!(server.ask(&get("/hello")).status, 200);
        if way.contains(&"--master") {
            // The socket itself is the master's, whatever became of its file.
            server.process().signal(Signal::HUP);
            wait_until_ready(&server, 2);
            assert_eq!(server.get("/hello").status, 200);
        }
        drop(kept);
        let log = server.stop();
        assert!(!log.contains("ERROR") && !log.contains("can't be removed"), "{log}");
        // And a start without the folder names it.
        let (code, errors) = Launch::probe_in(&folder, &way).run();
        assert_eq!((code, errors.lines().count()), (Some(78), 1), "{errors}");
        assert!(errors.contains("gone/kept.sock"), "{errors}");
        wait_for("its other socket to be gone", LIMIT, || {
            (!folder.path().join("probe.sock").exists()).then_some(())
        });
    }
}
