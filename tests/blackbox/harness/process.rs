//! What the kernel tells of a process: its files, memory and time. Knows nothing of servers.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};

/// A process that runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Process(pub(crate) u32);

impl Process {
    /// How often a file is open, by its very name: a database's -wal and -shm don't count.
    pub(crate) fn opened(self, file: &Path) -> usize {
        self.links().iter().filter(|link| link.as_path() == file).count()
    }

    /// All open descriptors.
    pub(crate) fn descriptors(self) -> usize {
        self.links().len()
    }

    /// What its open descriptors are.
    pub(crate) fn links(self) -> Vec<std::path::PathBuf> {
        let entries = fs::read_dir(format!("/proc/{}/fd", self.0)).expect("the process runs");
        entries.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok()).collect()
    }

    /// The descriptors that each of its epoll instances watches; one that is open twice is told once.
    pub(crate) fn watched(self) -> BTreeSet<BTreeSet<u32>> {
        let entries = fs::read_dir(format!("/proc/{}/fdinfo", self.0)).expect("the process runs");
        // A descriptor may be closed between two looks.
        let texts = entries.filter_map(|entry| fs::read_to_string(entry.ok()?.path()).ok());
        // proc(5): "tfd:" and the number come first in the line of each that is watched.
        let watched = |text: String| {
            let lines = text.lines().filter_map(|line| line.strip_prefix("tfd:"));
            let number = |line: &str| line.split_whitespace().next()?.parse().ok();
            lines.filter_map(number).collect::<BTreeSet<u32>>()
        };
        texts.map(watched).filter(|watched| !watched.is_empty()).collect()
    }

    /// Memory that is the process's own, in KiB: neither its program nor files it has mapped.
    pub(crate) fn memory_kib(self) -> u64 {
        let text =
            fs::read_to_string(format!("/proc/{}/smaps_rollup", self.0)).expect("the process runs");
        let line = text.lines().find_map(|line| line.strip_prefix("Anonymous:"));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        number.expect("smaps_rollup has a line Anonymous")
    }

    /// How many threads it has.
    pub(crate) fn threads(self) -> usize {
        fs::read_dir(format!("/proc/{}/task", self.0)).expect("the process runs").count()
    }

    /// How often its threads have gone to sleep and were woken, all together.
    pub(crate) fn sleeps(self) -> u64 {
        let of = |thread: &Self| thread.status("voluntary_ctxt_switches")[0].parse::<u64>();
        self.tasks().iter().map(|thread| of(thread).expect("proc(5): status")).sum()
    }

    /// How nice the thread of this name is.
    pub(crate) fn niceness(self, name: &str) -> i32 {
        let is_named = |thread: &Self| {
            let comm = fs::read_to_string(format!("/proc/{}/comm", thread.0));
            comm.is_ok_and(|comm| comm.trim_end() == name)
        };
        let thread = self.tasks().into_iter().find(is_named).expect("a thread of that name");
        let stat = thread.stat().expect("the thread runs");
        stat[16].parse().expect("proc(5): stat")
    }

    /// Its threads, each of which the kernel tells of as of a process.
    fn tasks(self) -> Vec<Self> {
        let entries = fs::read_dir(format!("/proc/{}/task", self.0)).expect("the process runs");
        let number = |entry: std::io::Result<fs::DirEntry>| {
            entry.ok()?.file_name().to_str()?.parse().ok().map(Self)
        };
        entries.filter_map(number).collect()
    }

    /// Time that it has used of any core, in steps of 10 ms.
    pub(crate) fn cpu(self) -> Duration {
        let stat = self.stat().expect("the process runs");
        let field = |number: usize| stat[number].parse::<u64>().expect("proc(5): stat");
        // Fields 14 and 15, utime and stime, in hundredths of a second.
        Duration::from_millis((field(11) + field(12)) * 10)
    }

    /// What stands in its `stat` behind its name: the state is the first.
    fn stat(self) -> Option<Vec<String>> {
        let text = fs::read_to_string(format!("/proc/{}/stat", self.0)).ok()?;
        let (_, after_name) = text.rsplit_once(')')?;
        Some(after_name.split_whitespace().map(str::to_owned).collect())
    }

    /// Whether it runs; one that has ended, and that nobody has waited for yet, doesn't.
    pub(crate) fn is_alive(self) -> bool {
        self.stat().is_some_and(|stat| !matches!(stat[0].as_str(), "Z" | "X"))
    }

    /// The number of its session.
    pub(crate) fn session(self) -> u32 {
        self.stat().expect("the process runs")[3].parse().expect("proc(5): stat")
    }

    /// The processes that it has started and that run.
    pub(crate) fn children(self) -> Vec<Self> {
        let numbers = fs::read_dir("/proc")
            .expect("Linux has it")
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().map(Self).ok());
        let own = self.0.to_string();
        let is_own = |process: &Self| process.stat().is_some_and(|stat| stat[1] == own);
        numbers.filter(|process| process.is_alive() && is_own(process)).collect()
    }

    /// The values of a line of its `status`.
    pub(crate) fn status(self, name: &str) -> Vec<String> {
        let text = fs::read_to_string(format!("/proc/{}/status", self.0)).expect("it runs");
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.expect("proc(5): status").split_whitespace().map(str::to_owned).collect()
    }

    /// What one of its descriptors is.
    pub(crate) fn link(self, descriptor: u32) -> std::path::PathBuf {
        fs::read_link(format!("/proc/{}/fd/{descriptor}", self.0)).expect("it is open")
    }

    pub(crate) fn signal(self, signal: Signal) {
        let pid = i32::try_from(self.0).ok().and_then(Pid::from_raw).expect("a process id");
        kill_process(pid, signal).expect("the process can be signalled");
    }
}

/// The inodes of connections that a server has accepted on a unix socket and that are open.
pub(crate) fn unix_connections(path: &Path) -> Vec<u64> {
    let text = fs::read_to_string("/proc/net/unix").expect("Linux has this file");
    let name = path.to_str().expect("a path that is text");
    let mut inodes: Vec<u64> = text
        .lines()
        .filter_map(|line| {
            // Num RefCount Protocol Flags Type St Inode Path; state 03 is connected.
            let fields: Vec<&str> = line.split_whitespace().collect();
            let [_, _, _, _, _, "03", inode, path] = fields[..] else { return None };
            if path == name { inode.parse().ok() } else { None }
        })
        .collect();
    inodes.sort_unstable();
    inodes
}

/// Lets this test process open as many files as it ever may; fails if that is fewer than `wanted`.
pub(crate) fn raise_descriptor_limit(wanted: u64) {
    let maximum = getrlimit(Resource::Nofile).maximum;
    let enough = maximum.is_none_or(|most| most >= wanted);
    assert!(enough, "{wanted} open files needed, {maximum:?} allowed: raise `ulimit -Hn`");
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })
        .expect("the soft limit can be raised to the hard one");
}
