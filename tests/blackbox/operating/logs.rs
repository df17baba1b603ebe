//! Log files. Guards that no line is lost or torn while they are put aside, and that no state of a
//! file or disk keeps a server from serving.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::{LIMIT, wait_until_ready, with_master};
use crate::harness::{Client, Launch, Server, crowd, fresh_folder, get, wait_for};

const REQUESTS: usize = 3_000;

/// The files that a log was put aside as.
fn put_aside(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("server.log."))
        .collect()
}

/// The numbers of the requests that have lines, each of which must be whole.
fn logged(files: &[PathBuf]) -> Vec<usize> {
    let mut numbers = Vec::new();
    for file in files {
        let text = fs::read_to_string(file).expect("a log");
        assert!(text.ends_with('\n'), "{}: it ends inside a line", file.display());
        for line in text.lines().filter(|line| line.contains("/hello?")) {
            assert!(line.starts_with("a line: ") && line.ends_with(" :its end"), "{line}");
            let (_, after) = line.split_once("/hello?").unwrap();
            let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
            numbers.push(digits.parse().expect("a number"));
        }
    }
    numbers
}

/// A server that has logged so many requests and stopped.
fn log_requests(options: &[&str]) -> crate::harness::Folder {
    let folder = fresh_folder();
    let format = ["--log-requests", "true", "--log-format", "a line: %(uri) :its end"];
    let launch = Launch::probe_in(&folder, options).options(&format);
    let server = launch.logging_to("--logto", "server.log").start();
    let request = |number| get(&format!("/hello?{number}"));
    crowd(&server.address, 16, REQUESTS, request, |_, answer| answer.status == 200).unwrap();
    server.stop();
    folder
}

#[test]
fn no_line_is_lost_or_torn_when_the_log_is_put_aside() {
    let options = ["--log-maxsize", "4k", "--log-keep", "1000"];
    for options in [options.to_vec(), with_master(&options)] {
        let folder = log_requests(&options);
        let mut files = put_aside(folder.path());
        assert!(files.len() >= 10, "{} files", files.len());
        files.push(folder.path().join("server.log"));
        let numbers = logged(&files);
        let distinct: HashSet<usize> = numbers.iter().copied().collect();
        assert_eq!((numbers.len(), distinct.len()), (REQUESTS, REQUESTS), "{options:?}");
        for file in &files {
            // As large as it may be, and what a line and its neighbours are beyond it.
            assert!(fs::metadata(file).unwrap().len() < 5_000, "{}", file.display());
        }
    }
}

#[test]
fn only_so_many_are_kept() {
    let folder = log_requests(&["--log-maxsize", "4k", "--log-keep", "3"]);
    let aside = put_aside(folder.path());
    assert_eq!(aside.len(), 3);
    assert!(!logged(&aside).is_empty());
    let folder = log_requests(&["--log-maxsize", "4k", "--log-backupname", "the-one"]);
    assert_eq!(put_aside(folder.path()).len(), 0);
    assert!(!logged(&[folder.path().join("the-one")]).is_empty());
}

/// The log says of a request that it was there.
fn wait_for_line(server: &Server, file: &Path) {
    wait_for("a line in the log", LIMIT, || {
        assert_eq!(server.ask(&get("/hello?1")).status, 200);
        let text = fs::read_to_string(file).unwrap_or_default();
        text.contains("/hello?1").then_some(())
    });
}

#[test]
fn a_log_that_is_taken_away_is_made_anew() {
    let folder = fresh_folder();
    let file = folder.path().join("server.log");
    let launch = Launch::probe_in(&folder, &["--log-requests", "true"]);
    let server = launch.logging_to("--logto", "server.log").start();
    fs::remove_file(&file).unwrap();
    wait_for_line(&server, &file);
    // With its folder as well: nothing can be written until there is one again.
    fs::rename(&file, folder.path().join("elsewhere")).unwrap();
    wait_for_line(&server, &file);
    server.stop();
}

#[test]
fn a_server_with_a_full_disk_serves_on() {
    for options in [vec![], with_master(&[])] {
        let folder = fresh_folder();
        let file = folder.path().join("full.log");
        symlink("/dev/full", &file).unwrap();
        let launch = Launch::probe_in(&folder, &options).options(&["--log-requests", "true"]);
        let server = launch.logging_to("--logto", "full.log").start_unheard();
        let ask = || {
            let client = Client::connect(&server.address).ok()?;
            client.send(&get("/hello?1")).ok()?;
            client.answer().ok()?.map(|answer| answer.status)
        };
        // It can't say that it serves.
        wait_for("a server with a full disk", LIMIT, || ask().filter(|status| *status == 200));
        for _ in 0..100 {
            assert_eq!(ask(), Some(200), "{options:?}");
        }
        // There is room again.
        fs::remove_file(&file).unwrap();
        let told = wait_for("a line about what is lost", LIMIT, || {
            assert_eq!(ask(), Some(200), "{options:?}");
            let text = fs::read_to_string(&file).unwrap_or_default();
            text.contains("/hello?1").then_some(text)
        });
        assert!(told.contains("bytes of the log are lost: No space left"), "{told}");
        server.stop();
    }
}

#[test]
fn a_log_is_emptied_when_that_is_asked_for() {
    for (options, is_kept) in [(vec![], true), (vec!["--log-truncate", "true"], false)] {
        for options in [options.clone(), with_master(&options)] {
            let folder = fresh_folder();
            fs::write(folder.path().join("server.log"), "of yesterday\n").unwrap();
            let launch = Launch::probe_in(&folder, &options);
            let server = launch.logging_to("--logto", "server.log").start();
            if options.contains(&"--master") {
                wait_until_ready(&server, 1);
            }
            // Neither of them has emptied what the other has written.
            let log = server.stop();
            assert_eq!(log.contains("of yesterday"), is_kept, "{options:?}");
            assert!(log.contains("serving probe") && log.contains("stopped"), "{log}");
        }
    }
}

/// A second start by mistake: it fails, as what it needs is taken.
#[test]
fn a_log_that_is_a_living_server_s_is_not_emptied() {
    for (options, taken) in
        [(vec![], "probe.sock"), (with_master(&[]), "probe.sock"), (vec![], "pid")]
    {
        let folder = fresh_folder();
        let options = [&options[..], &["--log-truncate", "true", "--pidfile", "pid"]].concat();
        let launch =
            |folder| Launch::probe_in(folder, &options).logging_to("--logto", "server.log");
        let server = launch(&folder).start();
        if taken == "pid" {
            fs::remove_file(folder.path().join("probe.sock")).unwrap();
        } else {
            fs::remove_file(folder.path().join("pid")).unwrap();
        }
        let (code, errors) = launch(&folder).run();
        assert_eq!(code, Some(78), "{errors}");
        assert!(errors.contains(taken), "{errors}");
        assert!(server.log().contains("serving probe"), "{taken}: {}", server.log());
    }
}
