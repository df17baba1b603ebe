//! What processes use of the machine, and what all others used of it meanwhile. It must not know who
//! they are beyond the number of their process group.

use std::time::Instant;

use procfs::process::{Process, all_processes};
use procfs::{CurrentSI, KernelStats, ProcResult};

/// The machine's counters at one moment, in the kernel's ticks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    at: Instant,
    /// All processors together, not idle.
    busy: u64,
    peer: u64,
    nginx: u64,
    /// This process, and those of its children that have ended: the load generator.
    own: u64,
}

/// What was used between two moments.
#[derive(Clone, Copy, Debug)]
pub(super) struct Used {
    /// Of the whole machine, by processes that have no part in it.
    pub(super) others_percent: f64,
    pub(super) nginx_seconds: f64,
    /// Between the two moments.
    pub(super) seconds: f64,
}

impl Moment {
    /// Looks now, at the process groups of a peer and of its nginx.
    pub(super) fn now([peer, nginx]: [u32; 2]) -> Result<Self, String> {
        let read = || -> ProcResult<Self> {
            let cpu = KernelStats::current()?.total;
            let interrupts = cpu.irq.unwrap_or(0) + cpu.softirq.unwrap_or(0);
            let own = Process::myself()?.stat()?;
            let children = u64::try_from(own.cutime + own.cstime).unwrap_or(0);
            Ok(Self {
                at: Instant::now(),
                busy: cpu.user + cpu.nice + cpu.system + interrupts,
                peer: ticks(peer)?,
                nginx: ticks(nginx)?,
                own: own.utime + own.stime + children,
            })
        };
        read().map_err(|e| format!("cannot read /proc: {e}"))
    }

    pub(super) fn used_since(&self, before: &Self) -> Result<Used, String> {
        let processors =
            KernelStats::current().map_err(|e| format!("/proc/stat: {e}"))?.cpu_time.len();
        let per_second = procfs::ticks_per_second() as f64;
        let seconds = self.at.duration_since(before.at).as_secs_f64();
        let capacity = seconds * per_second * processors as f64;
        let nginx_seconds = self.nginx.saturating_sub(before.nginx) as f64 / per_second;
        let others_percent = 100.0 * self.others_since(before) as f64 / capacity;
        Ok(Used { others_percent, nginx_seconds, seconds })
    }

    /// Ticks of whoever is not known.
    fn others_since(&self, before: &Self) -> u64 {
        let known = |moment: &Self| moment.peer + moment.nginx + moment.own;
        (self.busy - before.busy).saturating_sub(known(self).saturating_sub(known(before)))
    }
}

/// The living processes of a group.
pub(super) fn pids(group: u32) -> Result<Vec<i32>, String> {
    let found = processes(group).map_err(|e| format!("cannot read /proc: {e}"))?;
    Ok(found.into_iter().map(|process| process.pid).collect())
}

/// Bytes of memory of a group: what its processes share counts once.
pub(super) fn proportional_set(group: u32) -> Result<u64, String> {
    let read = || -> ProcResult<u64> {
        let of_one = |process: Process| -> ProcResult<u64> {
            let rollup = process.smaps_rollup()?.memory_map_rollup;
            Ok(rollup.iter().filter_map(|map| map.extension.map.get("Pss")).sum())
        };
        processes(group)?.into_iter().map(of_one).sum()
    };
    read().map_err(|e| format!("cannot read how much memory is used: {e}"))
}

fn ticks(group: u32) -> ProcResult<u64> {
    let of_one = |process: Process| process.stat().map_or(0, |stat| stat.utime + stat.stime);
    Ok(processes(group)?.into_iter().map(of_one).sum())
}

fn processes(group: u32) -> ProcResult<Vec<Process>> {
    // Who ends meanwhile is none of them.
    let in_group = |process: &Process| {
        process.stat().is_ok_and(|stat| u32::try_from(stat.pgrp) == Ok(group) && stat.state != 'Z')
    };
    Ok(all_processes()?.filter_map(Result::ok).filter(in_group).collect())
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn others_are_whoever_is_not_known() {
        let at = Instant::now();
        let before = Moment { at, busy: 1_000, peer: 100, nginx: 200, own: 50 };
        let after = Moment { at, busy: 1_500, peer: 300, nginx: 350, own: 100 };
        assert_eq!(after.others_since(&before), 100);
        // A process that has ended takes its time with it.
        let ended = Moment { peer: 0, ..after };
        assert_eq!(ended.others_since(&before), 400);
        // The counters aren't read at one instant.
        let late = Moment { own: 400, ..after };
        assert_eq!(late.others_since(&before), 0);
    }

    #[test]
    fn a_group_is_all_its_processes_and_no_other() {
        use std::os::unix::process::CommandExt;

        let mut command = Command::new("sh");
        command.args(["-c", "sleep 600 & echo $!; wait"]).stdout(Stdio::piped()).process_group(0);
        let mut shell = command.spawn().unwrap();
        let mut line = String::new();
        let output = shell.stdout.as_mut().unwrap();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(output), &mut line).unwrap();
        let mut found = pids(shell.id()).unwrap();
        found.sort_unstable();
        let mut expected = [i32::try_from(shell.id()).unwrap(), line.trim().parse().unwrap()];
        expected.sort_unstable();
        let memory = proportional_set(shell.id()).unwrap();
        let group = rustix::process::Pid::from_child(&shell);
        rustix::process::kill_process_group(group, rustix::process::Signal::KILL).unwrap();
        shell.wait().unwrap();
        assert_eq!(found, expected);
        assert!((10_000..100_000_000).contains(&memory), "{memory}");
    }
}
