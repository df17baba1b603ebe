//! Answers whoever asks for the statistics, one after the other, on a thread of its own. Knows nothing
//! of what the answers say.

use std::io;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant, SystemTime};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{getpriority_process, setpriority_process};

use super::http::{self, Asked};
use super::snapshot::Known;
use super::{Limits, Snapshot, json};
use crate::clock::now;
use crate::net::Shared;
use crate::pool::Stream;
use crate::process::Memory;
use crate::worker::{Phase, Pool};

/// How long a client may take: it is here for a moment, and others wait.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often it is looked at whether the server still serves.
const LOOK: Duration = Duration::from_millis(500);
/// So long after its start each thread has reserved its addresses.
const SETTLED: Duration = Duration::from_secs(1);
const STACK: usize = 512 << 10;
/// Above the process's own niceness: where jobs want all of the processors they get nine tenths of them,
/// as who looks on must not slow down what is looked at. Locks that jobs take as well are held for next to
/// nothing, since whoever holds one here may have to wait for a processor.
const NICER: i32 = 10;

struct Server {
    pool: Weak<Pool>,
    net: Arc<Shared>,
    speaks_http: bool,
    known: Known,
}

/// Serves until the pool does so no more: who takes over has the sockets as well.
///
/// # Errors
/// The system's.
pub(crate) fn serve(pool: &Arc<Pool>, speaks_http: bool, limits: Limits) -> io::Result<()> {
    let known = Known { started: now(), started_at: SystemTime::now(), limits, settled: 0 };
    let (pool, net) = (Arc::downgrade(pool), Arc::clone(&pool.net));
    let mut server = Server { pool, net, speaks_http, known };
    let life = move || server.live();
    std::thread::Builder::new().name("stats".to_owned()).stack_size(STACK).spawn(life).map(drop)
}

impl Server {
    fn live(&mut self) {
        step_back();
        while self.pool.upgrade().is_some_and(|pool| pool.phase() == Phase::Serving) {
            self.settle();
            if let Err(error) = self.turn() {
                tracing::warn!(%error, "the statistics can't be asked for");
                // Nothing gets better by trying at once again, as without descriptors.
                std::thread::park_timeout(LOOK);
            }
        }
    }

    /// Each thread reserves its addresses when it starts, which is no growth.
    fn settle(&mut self) {
        let Known { started, settled, .. } = &mut self.known;
        if *settled == 0 || now().saturating_duration_since(*started) < SETTLED {
            *settled = Memory::now().address_space.max(*settled);
        }
    }

    fn turn(&self) -> io::Result<()> {
        let listeners = &self.net.for_stats;
        let mut sockets: Vec<PollFd<'_>> =
            listeners.iter().map(|listener| PollFd::new(listener, PollFlags::IN)).collect();
        wait(&mut sockets, LOOK)?;
        let asked: Vec<bool> =
            sockets.iter().map(|socket| socket.revents().contains(PollFlags::IN)).collect();
        for (listener, _) in listeners.iter().zip(asked).filter(|(_, asked)| *asked) {
            match listener.accept() {
                // A client that leaves early, or is too slow, has lost its answer and nobody else's.
                Ok(stream) => self.answer(&stream).unwrap_or_else(|error| {
                    tracing::debug!(%error, "statistics were not taken");
                }),
                // Another process that has the socket as well was faster, or it was given up.
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::WouldBlock | io::ErrorKind::InvalidInput
                    ) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn answer(&self, stream: &Stream) -> io::Result<()> {
        let until = now() + PATIENCE;
        let asked = if self.speaks_http { Some(read(stream, until)?) } else { None };
        let Some(pool) = self.pool.upgrade() else { return Ok(()) };
        let snapshot = Snapshot::of(&pool, &self.known);
        let answer = match asked {
            Some((asked, head_only)) => http::answer(asked, head_only, &snapshot),
            None => json::encode(&snapshot).map_err(io::Error::other)?,
        };
        drop(snapshot);
        drop(pool);
        write(stream, &answer, until)
    }
}

/// Lets other threads of the process go first. Linux has a niceness for each thread, and without a number it is
/// that of the calling one.
fn step_back() {
    let nicer = getpriority_process(None).and_then(|own| setpriority_process(None, own + NICER));
    if let Err(error) = nicer {
        tracing::debug!(%error, "the statistics are made beside jobs, not behind them");
    }
}

/// Reads until it is clear what is asked for.
fn read(stream: &Stream, until: Instant) -> io::Result<(Asked, bool)> {
    let mut head = Vec::with_capacity(1_024);
    loop {
        let mut piece = [0; 1_024];
        match stream.read(&mut piece) {
            Ok(0) => return Ok((Asked::Bad, false)),
            Ok(count) => head.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                wait_for(stream, PollFlags::IN, until)?;
                continue;
            }
            Err(error) => return Err(error),
        }
        let asked = http::read(&head);
        if asked.0 != Asked::Unfinished {
            return Ok(asked);
        }
    }
}

fn write(stream: &Stream, mut bytes: &[u8], until: Instant) -> io::Result<()> {
    while !bytes.is_empty() {
        match stream.write(bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                wait_for(stream, PollFlags::OUT, until)?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn wait_for(stream: &Stream, what: PollFlags, until: Instant) -> io::Result<()> {
    let left = until.saturating_duration_since(now());
    let count = wait(&mut [PollFd::new(stream, what)], left)?;
    if count == 0 { Err(io::ErrorKind::TimedOut.into()) } else { Ok(()) }
}

/// How many of them have something; none when the time is over.
fn wait(sockets: &mut [PollFd<'_>], time: Duration) -> io::Result<usize> {
    let time = Timespec::try_from(time).map_err(io::Error::other)?;
    match poll(sockets, Some(&time)) {
        Err(rustix::io::Errno::INTR) => Ok(0),
        other => other.map_err(io::Error::from),
    }
}
