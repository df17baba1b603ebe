//! Configuration from files. Guards that a uWSGI user's ini is taken as it is, that all its mistakes are
//! told at once with their lines, and that what is in effect can be seen.

use std::fmt::Write;
use std::fs;
use std::process::{Command, Output};

use crate::harness::{Build, Folder, Server, binary, fresh_folder, team_ini};

fn run(folder: &Folder, program: &str, words: &[&str]) -> Output {
    Command::new(binary(Build::Clean, program))
        .args(words)
        .current_dir(folder.path())
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_ini_of_a_uwsgi_user_is_right_as_it_is() {
    let folder = fresh_folder();
    fs::write(folder.path().join("app.ini"), team_ini(folder.path())).unwrap();
    for words in
        [["check", "--ini", "app.ini"], ["-t", "--ini", "app.ini"], ["check", "app.ini", "-M"]]
    {
        let output = run(&folder, "users", &words);
        let said = text(&output.stdout) + &text(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{said}");
        for says in ["app.ini:13: plugin: does not apply", "app.ini:14: module: does not apply"] {
            assert!(said.contains(says), "{said}");
        }
    }
    assert!(!folder.path().join("uwsgi.sock").exists(), "it was only a check");
}

#[test]
fn what_is_in_effect_is_shown_with_its_place() {
    let folder = fresh_folder();
    fs::write(folder.path().join("app.ini"), team_ini(folder.path())).unwrap();
    let shown = Command::new(binary(Build::Clean, "users"))
        .args(["--ini", "app.ini", "--show-config", "--threads", "3", "--users-interval", "5"])
        .current_dir(folder.path())
        .env("UWSGI_HARAKIRI", "20")
        .env("CLEANSLATE_PROCESSES", "2")
        .output()
        .unwrap();
    let shown = text(&shown.stdout);
    let place = folder.path().display();
    for (line, from) in [
        (format!("socket = {place}/uwsgi.sock"), "app.ini:11"),
        (format!("pidfile = {place}/uwsgi.pid"), "app.ini:10"),
        (format!("chdir = {place}/app"), "app.ini:12"),
        ("master = true".to_owned(), "app.ini:6"),
        ("processes = 4".to_owned(), "app.ini:7"),
        ("threads = 3".to_owned(), "command line"),
        ("users-interval = 5".to_owned(), "command line"),
        ("harakiri = 20".to_owned(), "environment UWSGI_HARAKIRI"),
        ("log-maxsize = 1000000".to_owned(), "app.ini:17"),
        ("reload-on-as = 30".to_owned(), "app.ini:21"),
        // What daemonize makes of it.
        ("chmod-socket = 666".to_owned(), "app.ini:16"),
        ("listen = 1024".to_owned(), "default"),
    ] {
        let is_shown = |shown: &str| {
            let (value, comment) = shown.split_once("   # ").unwrap_or((shown, ""));
            value.trim_end() == line && comment == from
        };
        assert!(shown.lines().any(is_shown), "{line}   # {from}\n{shown}");
    }
}

#[test]
fn all_mistakes_of_a_long_file_are_told_at_once() {
    let folder = fresh_folder();
    let mut ini = String::from("[uwsgi]\nsocket = app.sock\n");
    let mistakes = [
        ("sokcet = b.sock", "sokcet: there is no such option; did you mean socket?"),
        ("proceses = 4", "proceses: there is no such option; did you mean processes?"),
        ("threads = two", "threads: give at least 1, and 64 threads in all at most, not two"),
        ("master = maybe", "master: give true or false, not maybe"),
        ("log_maxsize = 1000", "log_maxsize: there is no such option; did you mean log-maxsize?"),
        ("pidfile = %(tmp_dri)/pid", "pidfile: %(tmp_dri) has no value; did you mean tmp_dir?"),
        ("static-map = /static=/srv", "static-map: it is refused: let nginx serve files"),
        ("env = NAME", "env: give NAME=VALUE, not NAME"),
        ("daemonise = /dev/null", "daemonise: there is no such option; did you mean daemonize?"),
        ("log-format = %(urri)", "log-format: there is no token %(urri)"),
    ];
    let mut expected = Vec::new();
    for number in 0..100 {
        match mistakes.get(number / 10).filter(|_| number % 10 == 5) {
            Some((line, says)) => {
                let _ = writeln!(ini, "{line}");
                expected.push(format!("app.ini:{}: {says}", number + 3));
            }
            None if number == 99 => ini.push_str("tmp_dir = /tmp\n"),
            None if number == 98 => ini.push_str("logto2 = %(tmp_dir)/log\n"),
            None => {
                let _ = writeln!(ini, "env = NAME_{number}=%(tmp_dir)");
            }
        }
    }
    let ini_options = ini.lines().count() - 2;
    fs::write(folder.path().join("app.ini"), ini).unwrap();
    let output = run(&folder, "probe", &["check", "--ini", "app.ini"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(78), "{said}");
    assert_eq!((ini_options, expected.len()), (100, 10));
    for expected in &expected {
        assert!(said.lines().any(|line| line.starts_with(expected.as_str())), "{expected}\n{said}");
    }
    assert_eq!(said.lines().count(), 10, "and nothing else: {said}");
    // A mistake that only the application finds is told with them, without a line.
    let output = run(&folder, "probe", &["check", "--ini", "app.ini", "--tick", "0"]);
    let said = text(&output.stderr);
    assert!(said.lines().count() == 11 && said.contains("timer 1 at "), "{said}");
    assert!(!folder.path().join("app.sock").exists(), "it was only a check");
}

/// Those that are found only when the value itself is read.
#[test]
fn mistakes_inside_values_are_told_with_their_lines() {
    let folder = fresh_folder();
    let ini = "[uwsgi]\nsocket = app.sock\nlogto = %(logto)\nlog-format = %(uri\n\
               cron = 0 25 -1 -1 -1 true\ncron2 = minute=0,noon=1 true\nunique-cron = 1 2 3 true\n\
               cron2 = minute=61 true\ncron = 0 0 31 -1 -1 true\n";
    fs::write(folder.path().join("app.ini"), ini).unwrap();
    let output = run(&folder, "probe", &["check", "app.ini"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(78), "{said}");
    for expected in [
        "app.ini:3: logto: it refers to itself: logto > logto",
        "app.ini:4: log-format: a token has no end: %(uri",
        "app.ini:5: cron: give a time that there is (the hour 25",
        "app.ini:6: cron2: give minute=, hour=",
        "app.ini:7: unique-cron: give five numbers and a command",
        "app.ini:8: cron2: give a time that there is (the minute 61",
    ] {
        assert!(said.contains(expected), "{expected}\n{said}");
    }
    assert_eq!(said.lines().count(), 6, "{said}");
}

#[test]
fn a_server_is_configured_by_files_of_both_kinds() {
    let folder = fresh_folder();
    let ini = "[uwsgi]\nplugin = python\nprocesses = 2\ninclude = %dmore.toml\ntick = 3600\n";
    fs::write(folder.path().join("app.ini"), ini).unwrap();
    fs::write(folder.path().join("more.toml"), "[uwsgi]\nthreads = 1\nallow-signals = true\n")
        .unwrap();
    let server = Server::start_in(&folder, Build::Clean, "probe", &["app.ini"]);
    assert_eq!(server.get("/hello").status, 200);
    let log = server.stop();
    assert!(log.contains("plugin: does not apply: there are no plugins"), "{log}");
}

#[test]
fn texts_are_printed_and_nothing_is_served() {
    let folder = fresh_folder();
    for (words, says) in [
        (&["man"] as &[&str], ".TH probe"),
        (&["completions", "bash"], "_probe"),
        (&["completions", "zsh"], "#compdef probe"),
        (&["options"], "| `socket`, `-s`, `uwsgi-socket` |"),
        (&["--help"], "Options of this application"),
    ] {
        let output = run(&folder, "probe", words);
        let said = text(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{words:?}");
        assert!(said.contains(says), "{words:?}: {said}");
    }
    assert_eq!(run(&folder, "probe", &["completions", "cmd"]).status.code(), Some(64));
    // A package may have to give it another name.
    let other = folder.path().join("other");
    std::os::unix::fs::symlink(binary(Build::Clean, "probe"), &other).unwrap();
    for (words, says) in
        [(&["man"] as &[&str], ".TH other"), (&["completions", "zsh"], "#compdef other")]
    {
        let said = text(&Command::new(&other).args(words).output().unwrap().stdout);
        assert!(said.contains(says), "{words:?}: {said}");
    }
}
