//! A server under test: a process with a folder, a socket and a database of its own. Knows nothing
//! of what it is asked.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;
use tempfile::TempDir;

use super::{Address, Answer, Build, Client, Launch, Process, get, wait_for};

/// A folder that is gone when the last who uses it is.
pub(crate) type Folder = Arc<TempDir>;

/// A server that runs. It is killed when dropped.
pub(crate) struct Server {
    child: Child,
    folder: Folder,
    log: PathBuf,
    /// The unix socket that every server has, whatever else it listens on.
    pub(crate) address: Address,
}

/// How a server ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The exit code; none if a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) signal: Option<i32>,
    pub(crate) log: String,
}

/// Generous, as machines are shared: nothing waits so long when all is well.
pub(super) const LIMIT: Duration = Duration::from_secs(30);

impl Server {
    /// Starts a program with these options in a folder of its own.
    pub(crate) fn start(program: &str, options: &[&str]) -> Self {
        Self::start_in(&fresh_folder(), Build::Clean, program, options)
    }

    /// The same with any build and folder, which may have been another server's.
    pub(crate) fn start_in(folder: &Folder, build: Build, program: &str, options: &[&str]) -> Self {
        Self::try_start(folder, build, program, options)
            .unwrap_or_else(|ended| panic!("{program} doesn't start: {ended:?}"))
    }

    /// The same for a server that may refuse to start.
    pub(crate) fn try_start(
        folder: &Folder,
        build: Build,
        program: &str,
        options: &[&str],
    ) -> Result<Self, Ended> {
        Launch::new(folder, build, program).options(options).try_start()
    }

    /// A process that was started, and where it logs.
    pub(super) fn of(child: Child, folder: Folder, log: PathBuf, address: Address) -> Self {
        Self { child, folder, log, address }
    }

    /// Waits until it serves or ends.
    pub(super) fn serving(mut self) -> Result<Self, Ended> {
        let is_serving = wait_for("a server to listen or to give up", LIMIT, || {
            let ended = self.child.try_wait().expect("a child can be waited for").is_some();
            (ended || self.log().contains("serving ")).then_some(!ended)
        });
        if is_serving { Ok(self) } else { Err(self.end()) }
    }

    pub(crate) fn process(&self) -> Process {
        Process(self.child.id())
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its folder, for whoever is to be in it as long.
    pub(crate) fn shared_folder(&self) -> Folder {
        Arc::clone(&self.folder)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("service.db")
    }

    /// What the server has logged so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The same, to be read when it is gone and others may log there still.
    pub(crate) fn logs(&self) -> impl Fn() -> String + use<> {
        let log = self.log.clone();
        move || fs::read_to_string(&log).unwrap_or_default()
    }

    /// How many descriptors the server has open once all its threads have started.
    pub(crate) fn idle_descriptors(&self) -> usize {
        let mut last = (0, 0);
        wait_for("descriptors to stay as they are", LIMIT, || {
            let count = self.process().descriptors();
            last = if count == last.0 { (count, last.1 + 1) } else { (count, 0) };
            // 50 looks, 2 ms apart.
            (last.1 == 50).then_some(count)
        })
    }

    /// The TCP address that it was given with `--socket 127.0.0.1:0`: the log tells the port.
    pub(crate) fn tcp(&self) -> Address {
        let port = wait_for("a TCP socket to be logged", LIMIT, || {
            let log = self.log();
            let (_, after) = log.split_once("127.0.0.1:")?;
            let port: String = after.chars().take_while(char::is_ascii_digit).collect();
            after.contains('\n').then_some(port)
        });
        Address::Tcp(format!("127.0.0.1:{port}").parse().expect("an address"))
    }

    pub(crate) fn connect(&self) -> Client {
        Client::connect(&self.address).expect("the server takes connections")
    }

    /// Sends a request; its connection.
    pub(crate) fn send(&self, packet: &[u8]) -> Client {
        let client = self.connect();
        client.send(packet).expect("the server takes a request");
        client
    }

    /// Sends a request and waits for the answer, which must come.
    pub(crate) fn ask(&self, packet: &[u8]) -> Answer {
        let answer = self.send(packet).answer().unwrap_or_else(|error| panic!("{error}"));
        answer.expect("an answer and not only an end")
    }

    pub(crate) fn get(&self, uri: &str) -> Answer {
        self.ask(&get(uri))
    }

    /// Asks the server to stop, which it must do in good order; what it logged.
    pub(crate) fn stop(self) -> String {
        self.process().signal(Signal::TERM);
        let ended = self.end();
        assert_eq!(ended.code, Some(0), "exit code after TERM: {ended:?}");
        ended.log
    }

    /// Stops it, which it must do in good order, and starts another in its place.
    pub(crate) fn restart(&mut self, start: impl FnOnce(&Folder) -> Self) {
        self.process().signal(Signal::TERM);
        let status = wait_for("a server to end", LIMIT, || {
            self.child.try_wait().expect("a child can be waited for")
        });
        assert_eq!(status.code(), Some(0), "{}", self.log());
        *self = start(&Arc::clone(&self.folder));
    }

    /// Ends the server as a crash would.
    pub(crate) fn kill(self) -> Ended {
        self.process().signal(Signal::KILL);
        self.end()
    }

    /// Waits for the server's end, which must be near.
    pub(crate) fn end(mut self) -> Ended {
        let status = wait_for("a server to end", LIMIT, || {
            self.child.try_wait().expect("a child can be waited for")
        });
        Ended { code: status.code(), signal: status.signal(), log: self.log() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already gone if it ended by itself, which is as good.
        self.child.kill().ok();
        self.child.wait().ok();
        if std::thread::panicking() {
            let log = self.log();
            let tail = log.len().saturating_sub(4_000);
            let tail = (tail..log.len()).find(|at| log.is_char_boundary(*at)).unwrap_or(0);
            println!("--- the end of the server's log\n{}", &log[tail..]);
        }
    }
}

pub(crate) fn fresh_folder() -> Folder {
    let folder = tempfile::Builder::new().prefix("cleanslate-test-").tempdir();
    Arc::new(folder.expect("a temporary folder"))
}
