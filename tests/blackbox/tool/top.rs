//! `cleanslate top` against `probe`, as plain text and in a terminal. Guards that it shows what the server
//! does, that keys are heard, and that the terminal is left as it was.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::{text, tool};
use crate::harness::{Process, Server, crowd, get, now, wait_for};

/// Generous, as machines are shared.
const LIMIT: Duration = Duration::from_secs(60);

fn start() -> (Server, String) {
    let server = Server::start("probe", &["--stats", "stats", "--tick", "3600"]);
    let address = server.folder().join("stats").to_str().unwrap().to_owned();
    (server, address)
}

/// The fields of the line that begins like this.
fn line(screen: &str, start: &str) -> Option<Vec<String>> {
    let line = screen.lines().find(|line| line.starts_with(start))?;
    Some(line.split_whitespace().map(str::to_owned).collect())
}

#[test]
fn one_screen_shows_what_the_server_does_under_load() {
    let (server, address) = start();
    let busy = server.send(&get("/sleep/60000"));
    let screen = wait_for("a screen with a rate", LIMIT, || {
        let once = std::thread::spawn({
            let address = address.clone();
            move || tool(&["top", &address, "--once", "--interval", "0.5"], b"")
        });
        while !once.is_finished() {
            crowd(&server.address, 2, 50, |_| get("/hello"), |_, answer| answer.status == 200)
                .unwrap();
        }
        let output = once.join().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let screen = text(&output.stdout);
        let hello = line(&screen, "GET /hello")?;
        (hello[3].parse::<f64>().unwrap() > 0.0).then_some(screen)
    });
    assert!(screen.starts_with("probe "), "{screen}");
    let process = format!("  process {}  up ", server.process().0);
    assert!(screen.lines().next().unwrap().contains(&process), "{screen}");
    assert!(screen.contains("\nthreads 8: "), "{screen}");
    let sleeping = screen.lines().find(|line| line.ends_with("GET /sleep/{ms}"));
    assert!(sleeping.is_some_and(|line| line.contains(" busy ")), "{screen}");
    let (_, timers) = screen.split_once("\nTIMER").expect("the timers are there");
    let timer = line(timers, "timer 1 ").expect("the timer is there");
    assert!(timer[2].starts_with("59m"), "its next run: {timer:?}");
    assert!(!screen.contains('\u{1b}'), "plain text");
    drop(busy);
}

#[test]
fn without_a_server_it_ends_with_a_code() {
    let folder = crate::harness::fresh_folder();
    let path = folder.path().join("nobody");
    for (address, code) in [(path.to_str().unwrap(), 7), ("scgi://a:1", 3)] {
        let output = tool(&["top", address], b"");
        assert_eq!(output.status.code(), Some(code), "{}", text(&output.stderr));
    }
}

/// It in a terminal, whose screen is what it has written.
struct Terminal {
    child: Child,
    written: Receiver<Vec<u8>>,
    all: String,
}

impl Terminal {
    /// `script` has it in a terminal of its own; before and after it the terminal's settings are told.
    fn open(address: &str) -> Self {
        let program = env!("CARGO_BIN_EXE_cleanslate");
        let commands = format!(
            "stty rows 24 cols 80; stty -g; '{program}' top '{address}' --interval 0.2; echo code $?; stty -g"
        );
        let mut child = Command::new("script")
            .args(["-q", "-e", "-c", &commands, "/dev/null"])
            .env("TERM", "xterm")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("script, of util-linux, is there");
        let mut output = child.stdout.take().unwrap();
        let (tell, written) = channel();
        std::thread::spawn(move || {
            let mut piece = [0; 4_096];
            while let Ok(count @ 1..) = output.read(&mut piece) {
                if tell.send(piece[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { child, written, all: String::new() }
    }

    fn press(&mut self, keys: &str) {
        self.child.stdin.as_mut().unwrap().write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until this was written, after all that was waited for before; what came with it.
    #[track_caller]
    fn wait(&mut self, expected: &str) -> String {
        let started = now();
        loop {
            if let Some(at) = self.all.find(expected) {
                let rest = self.all.split_off(at + expected.len());
                return std::mem::replace(&mut self.all, rest);
            }
            let left = LIMIT.saturating_sub(started.elapsed());
            match self.written.recv_timeout(left) {
                Ok(piece) => self.all.push_str(&text(&piece)),
                Err(_) => panic!("no {expected:?} in {:?}", self.all),
            }
        }
    }

    /// After its end: that code, and the terminal as it was.
    fn expect_restored(mut self, before: &str) {
        self.wait(LEAVES);
        let _ = self.wait("code 0\r\n");
        let after = self.wait("\r\n");
        assert_eq!(after, before, "the terminal's settings");
    }
}

impl Drop for Terminal {
    /// What runs in it ends with it.
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// What takes a terminal's other screen, and what gives it back.
const ENTERS: &str = "\u{1b}[?1049h";
const LEAVES: &str = "\u{1b}[?1049l";

#[test]
fn in_a_terminal_keys_are_heard_and_all_is_put_back() {
    let (server, address) = start();
    let mut terminal = Terminal::open(&address);
    let before = terminal.wait("\r\n");
    terminal.wait(ENTERS);
    terminal.wait("probe");
    terminal.press("j");
    // Only what changes is written: a word that was nowhere before.
    terminal.wait("RUNS");
    terminal.press("?");
    terminal.wait("allocated");
    terminal.press("q");
    terminal.expect_restored(&before);
    // The same for one that is told to end by a signal.
    let mut terminal = Terminal::open(&address);
    let before = terminal.wait("\r\n");
    terminal.wait("probe");
    server.stop();
    terminal.wait("gone");
    process_of(&address).signal(rustix::process::Signal::TERM);
    terminal.expect_restored(&before);
}

/// A terminal that is closed reads as its end for ever.
#[test]
fn it_ends_with_its_terminal() {
    let (server, address) = start();
    let mut terminal = Terminal::open(&address);
    terminal.wait("probe");
    assert!(found(&address).is_some());
    drop(terminal);
    wait_for("it to end", LIMIT, || found(&address).is_none().then_some(()));
    server.stop();
}

/// The process that was started to look at this address.
fn process_of(address: &str) -> Process {
    found(address).expect("it runs")
}

fn found(address: &str) -> Option<Process> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let mut numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let found = numbers.find(|number| {
        let line = std::fs::read(format!("/proc/{number}/cmdline")).unwrap_or_default();
        let words: Vec<&[u8]> = line.split(|byte| *byte == 0).collect();
        words.get(1) == Some(&&b"top"[..]) && words.get(2) == Some(&address.as_bytes())
    });
    found.map(Process)
}
