//! Where a thread stands, as far as the kernel knows: whether it runs, or what it waits in. Knows nothing
//! of jobs.

use std::fs;

use nix::libc;

/// The kernel's number of this thread.
pub(super) fn own_number() -> u32 {
    rustix::thread::gettid().as_raw_nonzero().get().unsigned_abs()
}

/// In words; none where the kernel doesn't tell.
pub(super) fn of(thread: u32) -> Option<String> {
    let read = |what: &str| fs::read_to_string(format!("/proc/self/task/{thread}/{what}")).ok();
    let stat = read("stat")?;
    // The name before it is in brackets, and may have anything in it.
    let (_, after) = stat.rsplit_once(") ")?;
    let state = after.chars().next()?;
    let call =
        || {
            let number: i64 = read("syscall")?.split(' ').next()?.parse().ok()?;
            let known = CALLS.iter().find(|(call, _)| *call == number);
            Some(known.map_or_else(
                || format!("in system call {number}"),
                |(_, name)| format!("in {name}"),
            ))
        };
    Some(match state {
        'R' => "running".to_owned(),
        'D' => format!(
            "waiting for a device{}",
            call().map_or_else(String::new, |call| format!(" {call}"))
        ),
        'S' => call().unwrap_or_else(|| "sleeping".to_owned()),
        other => format!("in state {other}"),
    })
}

/// What handlers wait in, as a rule.
const CALLS: [(i64, &str); 18] = [
    (libc::SYS_futex, "futex: a lock, or another thread"),
    (libc::SYS_clock_nanosleep, "clock_nanosleep: it sleeps"),
    (libc::SYS_nanosleep, "nanosleep: it sleeps"),
    (libc::SYS_read, "read"),
    (libc::SYS_pread64, "pread"),
    (libc::SYS_readv, "readv"),
    (libc::SYS_write, "write"),
    (libc::SYS_pwrite64, "pwrite"),
    (libc::SYS_fsync, "fsync: a disk"),
    (libc::SYS_fdatasync, "fdatasync: a disk"),
    (libc::SYS_connect, "connect: a server elsewhere"),
    (libc::SYS_recvfrom, "recvfrom: a peer"),
    (libc::SYS_recvmsg, "recvmsg: a peer"),
    (libc::SYS_sendto, "sendto: a peer"),
    (libc::SYS_ppoll, "ppoll"),
    (libc::SYS_epoll_pwait, "epoll_pwait"),
    (libc::SYS_wait4, "wait4: another process"),
    (libc::SYS_fcntl, "fcntl: a file's lock"),
];

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    #[test]
    fn who_waits_is_told_from_who_runs() {
        assert_eq!(of(own_number()).as_deref(), Some("running"));
        let (told, number) = mpsc::channel();
        let (end, wait) = mpsc::channel::<()>();
        let waiting = std::thread::spawn(move || {
            told.send(own_number()).unwrap();
            let _ = wait.recv_timeout(Duration::from_secs(60));
        });
        let number = number.recv().unwrap();
        let is_told = (0..10_000).any(|_| {
            std::thread::park_timeout(Duration::from_millis(1));
            of(number).is_some_and(|told| told.starts_with("in futex"))
        });
        assert!(is_told, "{:?}", of(number));
        drop(end);
        waiting.join().unwrap();
        assert_eq!(of(number), None);
    }
}
