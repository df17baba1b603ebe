//! Reads what the kernel tells of processes. It must not know what is made of it.

use std::collections::HashMap;

use procfs::process::{Process as Entry, all_processes};

use super::error::BenchError;
use super::watch::{Cpu, Process, Tree};

/// A process and all that it starts, from now on.
#[derive(Debug)]
pub(super) struct Processes {
    tree: Tree,
}

/// The memory of some processes together, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Memory {
    /// Proportional: pages that several share are shared out.
    pub(super) pss: u64,
    /// Resident: pages that several share count for each.
    pub(super) rss: u64,
}

impl Processes {
    pub(super) fn watch(pids: &[u32]) -> Result<Self, BenchError> {
        let mut roots = Vec::new();
        for &pid in pids {
            let number = i32::try_from(pid).unwrap_or(i32::MAX);
            let wrong = |source| BenchError::Process { pid, source };
            Entry::new(number).and_then(|entry| entry.stat()).map_err(wrong)?;
            roots.push(number);
        }
        Ok(Self { tree: Tree::new(roots) })
    }

    /// Takes note of what they have used so far. One that ends before it was seen is lost if
    /// nobody waits for it.
    pub(super) fn look(&mut self) {
        // A process that ends while it is read is one that ended before.
        let entries = all_processes().into_iter().flatten().flatten();
        let entries: HashMap<i32, Entry> = entries.map(|entry| (entry.pid, entry)).collect();
        let all: HashMap<i32, Process> = entries
            .values()
            .filter_map(|entry| read(entry).map(|process| (process.pid, process)))
            .collect();
        let mut seen = Vec::new();
        for pid in self.tree.members(&all) {
            let threads = entries.get(&pid).map(threads).unwrap_or_default();
            seen.extend(all.get(&pid).cloned().map(|process| Process { threads, ..process }));
        }
        self.tree.look(seen);
    }

    pub(super) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The memory of those that are there; `None` if they are another user's.
    pub(super) fn memory(&self) -> Option<Memory> {
        let mut memory = Memory::default();
        for pid in self.tree.pids() {
            let Ok(rollup) = Entry::new(pid).and_then(|entry| entry.smaps_rollup()) else {
                continue;
            };
            for map in &rollup.memory_map_rollup {
                let value = |name| map.extension.map.get(name).copied().unwrap_or(0);
                memory.pss += value("Pss");
                memory.rss += value("Rss");
            }
        }
        (memory.rss > 0).then_some(memory)
    }
}

fn read(entry: &Entry) -> Option<Process> {
    let stat = entry.stat().ok()?;
    let time = |ticks: i64| u64::try_from(ticks).unwrap_or(0);
    Some(Process {
        pid: stat.pid,
        parent: stat.ppid,
        started: stat.starttime,
        own: Cpu { user: stat.utime, system: stat.stime },
        children: Cpu { user: time(stat.cutime), system: time(stat.cstime) },
        threads: Vec::new(),
    })
}

/// How often each of its threads was switched, because it waited or because it had to.
fn threads(entry: &Entry) -> Vec<(i32, u64)> {
    let tasks = entry.tasks().into_iter().flatten().flatten();
    let switches = |task: procfs::process::Task| {
        let status = task.status().ok()?;
        Some((task.tid, status.voluntary_ctxt_switches? + status.nonvoluntary_ctxt_switches?))
    };
    tasks.filter_map(switches).collect()
}
