//! What lines of options come to.

use std::time::Duration;

use super::*;
use crate::config::{Parsed, parse};

fn resolve(line: &str) -> Result<Settings, Mistakes> {
    let words = std::iter::once("app").chain(line.split_whitespace()).map(Into::into);
    let Parsed::Serve(options) = parse("app", &[], words) else { panic!("not taken: {line}") };
    Settings::resolve(&options, None)
}

#[test]
fn the_defaults_are_the_documented_ones() {
    let settings = resolve("--socket @x").unwrap();
    assert_eq!((settings.workers, settings.threads, settings.background_threads), (4, 2, 7));
    assert_eq!((settings.queue, settings.connections_max), (1_024, 16_384));
    assert_eq!(settings.harakiri, Some(Duration::from_secs(60)));
    assert_eq!(settings.socket_mode, 0o660);
    assert!(!settings.log.requests);
    assert_eq!((settings.log.slow, settings.log.max_size, settings.log.keep), (None, None, 10));
}

#[test]
fn what_makes_no_sense_is_refused_by_name() {
    for (line, option) in [
        ("", "socket"),
        ("--socket x --processes 0", "processes"),
        ("--socket x --threads=x", "threads"),
        ("--socket x --processes 33 --threads 2", "threads"),
        ("--socket x --background-threads 9", "background-threads"),
        ("--socket x --socket-timeout 0", "socket-timeout"),
        ("--socket x --harakiri never", "harakiri"),
        ("--socket x --buffer-size 65536", "buffer-size"),
        ("--socket x --chmod-socket 999", "chmod-socket"),
        ("--socket x --chmod-socket 6", "chmod-socket"),
        ("--socket x --chown-socket :", "chown-socket"),
        ("--socket x --db-reset never", "db-reset"),
        ("--socket x --log-level loud", "log-level"),
        ("--socket x --env NAME", "env"),
        ("--socket x --umask 9", "umask"),
        ("--socket x --master=perhaps", "master"),
        ("--socket x --log-maxsize 1t", "log-maxsize"),
        ("--socket x --reload-on-as 30M", "reload-on-as"),
        ("--socket x --cron=daily", "cron"),
        ("--socket x --capture-max 0", "capture-max"),
        ("--socket x --capture y --capture-slow soon", "capture-slow"),
    ] {
        let mistakes = resolve(line).err().map(|mistakes| mistakes.0).unwrap_or_default();
        let keys: Vec<&str> = mistakes.iter().map(|mistake| mistake.key.as_str()).collect();
        assert_eq!(keys, [option], "{line}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let mistakes = resolve("--threads none --harakiri soon --plugin x --emperor y").unwrap_err();
    assert_eq!(
        mistakes.to_string(),
        "--emperor: it is refused: let systemd start a server for each application\n\
         --threads none: give at least 1, and 64 threads in all at most\n\
         --socket is missing: give at least one address (a path, @name, host:port)\n\
         --harakiri soon: give a number of seconds, 0.5 or 60"
    );
}

#[test]
fn requests_are_captured_where_that_is_set() {
    assert!(resolve("--socket x --capture-slow 1").unwrap().capture.is_none());
    for (line, slow) in [
        ("", None),
        ("--log-slow 250", Some(250)),
        ("--log-slow 250 --capture-slow 0", None),
        ("--log-slow 250 --capture-slow 0.5", Some(500)),
    ] {
        let settings = resolve(&format!("--socket x --capture y {line}")).unwrap();
        let capture = settings.capture.unwrap();
        assert_eq!(capture.slow, slow.map(Duration::from_millis), "{line}");
        assert_eq!((capture.files_max, capture.body_max), (100, 65_536));
    }
    let line = "--socket x --capture y --capture-redact a,B --capture-redact=,c,";
    assert_eq!(resolve(line).unwrap().capture.unwrap().redact, ["a", "B", "c"]);
}

#[test]
fn zero_harakiri_is_none() {
    assert_eq!(resolve("--socket x --harakiri 0").unwrap().harakiri, None);
    let half = resolve("--socket x --harakiri 0.5").unwrap().harakiri;
    assert_eq!(half, Some(Duration::from_millis(500)));
}

#[test]
fn sockets_are_for_all_where_uwsgi_makes_them_so() {
    for (line, mode, notes) in [
        ("--chmod-socket 0660", 0o660, 0),
        ("--chmod-socket=1", 0o666, 0),
        ("--daemonize log", 0o666, 1),
        ("--daemonize log --chmod-socket 600", 0o600, 0),
    ] {
        let settings = resolve(&format!("--socket x {line}")).unwrap();
        assert_eq!((settings.socket_mode, settings.notes.len()), (mode, notes), "{line}");
    }
}

#[test]
fn a_request_has_a_line_only_if_asked_for() {
    for (line, expected) in [
        ("--log-requests", true),
        ("--log-requests --disable-logging", false),
        ("--log-requests --disable-logging=false", true),
    ] {
        assert_eq!(
            resolve(&format!("--socket x {line}")).unwrap().log.requests,
            expected,
            "{line}"
        );
    }
}
