//! uWSGI's statistics: its names, its units (core/master_utils.c of uWSGI 2.0). Knows nothing of what we
//! tell beside them.

use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use serde::Serialize;

use super::snapshot::{Thread, Worker as Seen};
use super::{Snapshot, running};
use crate::worker::RunningJob;

/// What tools made for uWSGI read. All workers are threads of one process, whose memory is shared out
/// over them, so that sums stay right.
#[derive(Serialize)]
pub(super) struct Uwsgi<'s> {
    version: &'static str,
    /// What waits for a thread: connections in the kernel's backlogs, and whole requests behind them.
    listen_queue: u64,
    listen_queue_errors: u64,
    signal_queue: usize,
    /// As uWSGI has it, the length of the longest queue.
    load: u64,
    pid: u32,
    uid: u32,
    gid: u32,
    cwd: PathBuf,
    locks: [(); 0],
    sockets: Vec<Socket<'s>>,
    workers: Vec<Worker>,
}

#[derive(Serialize)]
struct Socket<'s> {
    name: &'s str,
    proto: &'s str,
    /// Connections in its backlog, and how many may be there.
    queue: u32,
    max_queue: u32,
    shared: u8,
    can_offload: u8,
}

#[derive(Serialize)]
struct Worker {
    id: usize,
    pid: u32,
    accepting: u8,
    requests: u64,
    delta_requests: u64,
    exceptions: u64,
    harakiri_count: u64,
    signals: u64,
    signal_queue: u64,
    status: &'static str,
    /// Bytes, as `vsz`.
    rss: u64,
    vsz: u64,
    /// Microseconds inside jobs.
    running_time: u128,
    /// Seconds since 1970.
    last_spawn: u64,
    respawn_count: u64,
    /// Bytes.
    tx: u64,
    /// Microseconds.
    avg_rt: u128,
    apps: [App; 1],
    cores: Vec<Core>,
}

#[derive(Serialize)]
struct App {
    id: usize,
    modifier1: u8,
    mountpoint: &'static str,
    startup_time: u64,
    requests: u64,
    exceptions: u64,
    chdir: &'static str,
}

#[derive(Serialize)]
struct Core {
    id: usize,
    requests: u64,
    static_requests: u64,
    routed_requests: u64,
    offloaded_requests: u64,
    write_errors: u64,
    read_errors: u64,
    in_request: u8,
    /// The name of a running job, and the variables of a request without what is secret or private.
    vars: Vec<String>,
    req_info: RequestInfo,
}

#[derive(Serialize)]
struct RequestInfo {
    /// Seconds since 1970; left out when nothing runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_start: Option<u64>,
}

impl<'s> Uwsgi<'s> {
    pub(super) fn of(snapshot: &'s Snapshot<'_>) -> Self {
        let unaccepted = snapshot.sockets.iter().map(|socket| u64::from(socket.backlog.waiting));
        let waiting = snapshot.queue.requests as u64 + unaccepted.sum::<u64>();
        let sockets = snapshot.sockets.iter().map(|socket| Socket {
            name: socket.name,
            proto: &socket.protocol,
            queue: socket.backlog.waiting,
            max_queue: socket.backlog.most,
            shared: 0,
            can_offload: 0,
        });
        let workers = snapshot.workers.iter().enumerate();
        Self {
            version: env!("CARGO_PKG_VERSION"),
            listen_queue: waiting,
            listen_queue_errors: snapshot.traffic.shed,
            signal_queue: snapshot.queue.signals,
            load: waiting,
            pid: std::process::id(),
            uid: rustix::process::getuid().as_raw(),
            gid: rustix::process::getgid().as_raw(),
            cwd: std::env::current_dir().unwrap_or_default(),
            locks: [],
            sockets: sockets.collect(),
            workers: workers.map(|(number, worker)| Worker::of(snapshot, number, worker)).collect(),
        }
    }
}

impl Worker {
    fn of(snapshot: &Snapshot<'_>, number: usize, seen: &Seen<'_>) -> Self {
        let share = snapshot.workers.len().max(1) as u64;
        let Seen { sum, requests, ticks, failures, expired, threads } = seen;
        let is_busy = threads.iter().any(|thread| thread.job.is_some());
        let runs = u128::from(sum.runs.max(1));
        Self {
            id: number + 1,
            pid: std::process::id(),
            accepting: 1,
            requests: *requests,
            delta_requests: *requests,
            exceptions: *failures,
            harakiri_count: *expired,
            signals: *ticks,
            signal_queue: 0,
            status: if is_busy { "busy" } else { "idle" },
            rss: snapshot.memory.resident / share,
            vsz: snapshot.memory.address_space / share,
            running_time: sum.inside.as_micros(),
            last_spawn: since_1970(
                snapshot.started_at.duration_since(UNIX_EPOCH).unwrap_or_default(),
            ),
            respawn_count: 1,
            tx: sum.bytes_out,
            avg_rt: sum.inside.as_micros() / runs,
            apps: [App {
                id: 0,
                modifier1: 0,
                mountpoint: "",
                startup_time: 0,
                requests: *requests,
                exceptions: *failures,
                chdir: "",
            }],
            cores: threads
                .iter()
                .enumerate()
                .map(|(id, thread)| Core::of(snapshot, id, thread))
                .collect(),
        }
    }
}

impl Core {
    fn of(snapshot: &Snapshot<'_>, id: usize, thread: &Thread<'_>) -> Self {
        let now =
            snapshot.started_at.duration_since(UNIX_EPOCH).unwrap_or_default() + snapshot.uptime;
        let job = thread.job.as_ref();
        Self {
            id,
            requests: thread.requests,
            static_requests: 0,
            routed_requests: 0,
            offloaded_requests: 0,
            write_errors: 0,
            read_errors: 0,
            in_request: u8::from(job.is_some()),
            vars: job.map(vars).unwrap_or_default(),
            req_info: RequestInfo {
                request_start: job.map(|job| since_1970(now.saturating_sub(job.took))),
            },
        }
    }
}

fn vars(job: &RunningJob<'_>) -> Vec<String> {
    let mut vars = vec![format!("JOB={}", job.name)];
    vars.extend(job.packet.iter().flat_map(|packet| running::told(packet.vars())));
    vars
}

fn since_1970(time: Duration) -> u64 {
    time.as_secs()
}
