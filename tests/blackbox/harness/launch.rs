//! How a program is started: with which options, variables and wrapping, and where it logs. Knows
//! nothing of what becomes of it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Address, Build, Ended, Folder, Server, binary, fresh_folder};

/// A program that is about to be started in a folder, with a socket and a database there.
pub(crate) struct Launch {
    pub(crate) command: Command,
    folder: Folder,
    /// What it writes goes here.
    output: PathBuf,
    log: PathBuf,
    socket: PathBuf,
}

impl Launch {
    pub(crate) fn new(folder: &Folder, build: Build, program: &str) -> Self {
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let output = folder.path().join(format!("log.{number}"));
        let socket = folder.path().join(format!("{program}.sock"));
        let mut command = Command::new(binary(build, program));
        command
            .arg("--socket")
            .arg(&socket)
            .arg("--database")
            .arg(folder.path().join("service.db"))
            .current_dir(folder.path())
            .env("NO_COLOR", "1")
            .stdin(Stdio::null());
        Self { command, folder: Arc::clone(folder), log: output.clone(), output, socket }
    }

    /// `probe` with these options in a folder of its own.
    pub(crate) fn probe(options: &[&str]) -> Self {
        Self::probe_in(&fresh_folder(), options)
    }

    pub(crate) fn probe_in(folder: &Folder, options: &[&str]) -> Self {
        Self::new(folder, Build::Clean, "probe").options(options)
    }

    pub(crate) fn options(mut self, options: &[&str]) -> Self {
        self.command.args(options);
        self
    }

    pub(crate) fn variable(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// By a shell that does something first.
    pub(crate) fn after(mut self, first: &str) -> Self {
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("{first} exec \"$0\" \"$@\""));
        command.arg(self.command.get_program()).args(self.command.get_args());
        let variables = self.command.get_envs().filter_map(|(name, value)| Some((name, value?)));
        command.envs(variables).current_dir(self.folder.path()).stdin(Stdio::null());
        self.command = command;
        self
    }

    /// With its log in a file of this name in its folder.
    pub(crate) fn logging_to(mut self, option: &str, name: &str) -> Self {
        self.log = self.folder.path().join(name);
        self.command.arg(option).arg(&self.log);
        self
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn start(self) -> Server {
        self.try_start().unwrap_or_else(|ended| panic!("the program doesn't start: {ended:?}"))
    }

    /// The same for a server that may refuse to start.
    pub(crate) fn try_start(self) -> Result<Server, Ended> {
        self.start_unheard().serving()
    }

    /// Starts a server whose log may be of no use.
    pub(crate) fn start_unheard(mut self) -> Server {
        let output = File::create(&self.output).expect("a log file");
        let child = self
            .command
            .stdout(output.try_clone().expect("a descriptor"))
            .stderr(output)
            .spawn()
            .expect("the program can be run");
        let address = Address::Unix(self.socket);
        Server::of(child, self.folder, self.log, address)
    }

    /// Runs it to its end, which must be near: its code, and what it wrote to standard error. A
    /// process that it leaves behind isn't waited for.
    pub(crate) fn run(mut self) -> (Option<i32>, String) {
        let output = File::create(&self.output).expect("a log file");
        let errors = self.output.with_extension("errors");
        self.command.stdout(output).stderr(File::create(&errors).expect("a file"));
        let child = self.command.spawn().expect("the program can be run");
        // One that doesn't end is killed, as every server is, and takes its folder along.
        let folder = Arc::clone(&self.folder);
        let ended = Server::of(child, folder, self.log, Address::Unix(self.socket)).end();
        (ended.code, fs::read_to_string(errors).expect("it was made"))
    }
}
