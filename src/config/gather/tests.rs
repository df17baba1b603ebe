//! Files, lines and variables, and what they come to together.

use std::ffi::OsString;
use std::fs;

use super::*;
use crate::config::command_line::{Parsed, parse_in};
use crate::config::surroundings::Machine;

/// What files, given by name and text, come to with a command line.
fn gathered(files: &[(&str, &str)], line: &str) -> Options {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let machine = Machine::seen_from(folder.path());
    let words = std::iter::once("app").chain(line.split_whitespace()).map(OsString::from);
    let own = [AppOption::new("colour", "blue", "")];
    match parse_in(&machine, "app", &own, words) {
        Parsed::Serve(options) => options,
        Parsed::Wrong(text) | Parsed::Print(text) => panic!("{text}"),
        Parsed::Check(_) | Parsed::Simulate(..) | Parsed::Audit(..) => {
            panic!("it was to serve")
        }
    }
}

fn told(options: &Options) -> Vec<String> {
    options.mistakes.iter().map(ToString::to_string).collect()
}

#[test]
fn files_count_at_their_place() {
    let file = ("a.ini", "[uwsgi]\nthreads = 3\nsocket = @a\ncolour = red\nmaster\n");
    for (line, threads) in
        [("--threads 5 a.ini", "3"), ("--ini a.ini --threads 5", "5"), ("a.ini", "3")]
    {
        let options = gathered(&[file], line);
        assert_eq!(options.text("threads"), Some(threads), "{line}");
        assert_eq!(options.text("colour"), Some("red"), "{line}");
        assert_eq!(options.text("master"), Some("true"), "{line}");
        assert_eq!(told(&options), [""; 0], "{line}");
    }
    let options = gathered(&[file], "--socket @x a.ini --socket @y");
    assert_eq!(options.all("socket"), ["@x", "@a", "@y"]);
    assert_eq!(options.place("threads").to_string(), "a.ini:2");
}

#[test]
fn toml_has_the_same_keys() {
    let text = "threads = 0x3\ncolour = \"red\"\n[uwsgi]\nmaster = true\nharakiri = 0.5\nsocket = [\n\"@a\",\n\"@%(colour)\"]\n[other]\nx = 1\n";
    let options = gathered(&[("a.toml", text)], "a.toml");
    assert_eq!(options.text("threads"), Some("3"));
    assert_eq!(options.text("master"), Some("true"));
    assert_eq!(options.text("harakiri"), Some("0.5"));
    assert_eq!(options.all("socket"), ["@a", "@red"]);
    assert_eq!(options.place("socket").to_string(), "a.toml:8");
    let expected = "a.toml:9: other: give a text, a number, true or false, or an array of such";
    assert_eq!(told(&options), [expected]);
    let broken = gathered(&[("a.toml", "a = 1\nb = = 2\n")], "a.toml");
    assert!(told(&broken)[0].starts_with("a.toml:2: toml: "), "{:?}", told(&broken));
}

#[test]
fn a_key_is_a_placeholder_only_if_something_uses_it() {
    let text = "[uwsgi]\nused = 1\nunused = 2\nsum = 4\nstatic-root = /s\nlogto = %(static-root)\nasked = 1\nthreads = %(used + sum)\nif-opt = asked\nmaster\nend =\n";
    let options = gathered(&[("a.ini", text)], "a.ini");
    assert_eq!(options.text("threads"), Some("5"));
    assert_eq!(options.text("master"), Some("true"));
    assert_eq!(told(&options).len(), 1, "{:?}", told(&options));
    assert!(told(&options)[0].starts_with("a.ini:3: unused: there is no such option"));
}

#[test]
fn a_placeholder_without_a_value_is_wrong_where_it_is_used() {
    let text = "[uwsgi]\nbase = /x\nlogto = %(bsae)/log\nlog-format = %(uri)\ncron = 1 2 3 4 5 date +%%(x) $(y)\nplugin = %(none)\n";
    let options = gathered(&[("a.ini", text)], "a.ini");
    assert_eq!(told(&options), ["a.ini:3: logto: %(bsae) has no value; did you mean base?"]);
}

#[test]
fn sockets_of_a_daemon_are_everybodys_unless_it_is_said_whose_they_are() {
    for (more, mode, place) in [
        ("", "666", "a.ini:3"),
        ("chmod-socket = 600", "600", "a.ini:4"),
        ("chmod-socket", "666", "a.ini:4"),
        ("chown-socket = :www-data", "660", "default"),
    ] {
        let text = format!("[uwsgi]\nsocket = @a\ndaemonize = log\n{more}\n");
        let options = gathered(&[("a.ini", &text)], "a.ini");
        assert_eq!(options.text("chmod-socket"), Some(mode), "{more}");
        assert_eq!(options.place("chmod-socket").to_string(), place, "{more}");
        assert_eq!(options.notes.len(), usize::from(place == "a.ini:3"), "{more}");
    }
}
