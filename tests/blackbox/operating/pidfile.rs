//! Pidfiles, and two that want the same. Guards that the second is refused by name, and that the first
//! doesn't feel it.

use std::fs;

use super::{wait_until_ready, with_master};
use crate::harness::{Launch, fresh_folder};

/// The options of a server alone, and of one with a master.
fn ways<'a>(options: &[&'a str]) -> [Vec<&'a str>; 2] {
    [options.to_vec(), with_master(options)]
}

#[test]
fn a_pidfile_names_who_holds_it_and_goes_with_it() {
    for options in ways(&["--pidfile", "pid"]) {
        let folder = fresh_folder();
        let file = folder.path().join("pid");
        // Left by one that is dead: its number may be another's by now.
        fs::write(&file, format!("{}\n", std::process::id())).unwrap();
        let server = Launch::probe_in(&folder, &options).start();
        let number = format!("{}\n", server.process().0);
        assert_eq!(fs::read_to_string(&file).unwrap(), number, "{options:?}");
        for second in ways(&["--socket", "other.sock", "--pidfile"]) {
            let second = Launch::probe(&second).options(&[file.to_str().unwrap()]);
            let (code, errors) = second.run();
            assert_eq!(code, Some(78), "{errors}");
            let says = format!("process {} runs and holds it", server.process().0);
            assert!(errors.contains(&says), "{errors}");
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), number, "{options:?}");
        server.stop();
        assert!(!file.exists(), "{options:?}");
    }
}

/// Whoever starts the same twice by mistake doesn't harm the first, whose sockets, pidfile and log
/// stay as they were.
#[test]
fn a_second_start_is_refused_and_the_first_goes_on() {
    for options in ways(&[]) {
        let folder = fresh_folder();
        let first = Launch::probe_in(&folder, &options).start();
        if !options.is_empty() {
            wait_until_ready(&first, 1);
        }
        for second in ways(&[]) {
            let (code, errors) = Launch::probe_in(&folder, &second).run();
            assert_eq!((code, errors.lines().count()), (Some(78), 1), "{errors}");
            assert!(errors.contains("a server answers on it already"), "{errors}");
        }
        assert_eq!(first.get("/hello").status, 200, "{options:?}");
        assert!(folder.path().join("probe.sock").exists());
        first.stop();
    }
}

/// A pidfile that was taken away, and is another's now, is left alone.
#[test]
fn a_pidfile_that_is_anothers_now_stays() {
    let folder = fresh_folder();
    let file = folder.path().join("pid");
    let server = Launch::probe_in(&folder, &["--pidfile", "pid"]).start();
    fs::remove_file(&file).unwrap();
    fs::write(&file, "another's\n").unwrap();
    server.stop();
    assert_eq!(fs::read_to_string(&file).unwrap(), "another's\n");
}
