//! From counts to figures. It must not know how they are shown.

use std::time::Duration;

use super::generator::Used;
use super::processes::Memory;
use super::tally::Tally;
use super::watch::Cpu;

/// All that is known at the end.
#[derive(Debug)]
pub(super) struct Result {
    pub(super) tally: Tally,
    /// From the start to the end of the last request.
    pub(super) time: Duration,
    /// Each thread's.
    pub(super) used: Vec<Used>,
    pub(super) server: Option<ServerUsed>,
}

/// What the processes that were watched used.
#[derive(Clone, Copy, Debug)]
pub(super) struct ServerUsed {
    /// In ticks.
    pub(super) cpu: Cpu,
    pub(super) ticks_per_second: u64,
    pub(super) switches: u64,
    pub(super) memory: Option<Memory>,
}

/// A thread that is busy for more than this share of the time may have been what was measured.
const BUSY_MAX: f64 = 0.9;
/// So many requests for each time that a thread had to wait: it never caught up.
const REQUESTS_PER_WAIT_MAX: f64 = 1_000.0;

impl Result {
    pub(super) fn per_second(&self) -> f64 {
        ratio(self.tally.answers, self.time.as_secs_f64())
    }

    /// Microseconds of a time that all requests together took.
    pub(super) fn micros_per_request(&self, time: Duration) -> f64 {
        let answered = self.tally.answered().max(1);
        ratio_of(time.as_secs_f64() * 1e6, answered)
    }

    /// Microseconds for each request, by the server: in user mode, in the kernel.
    pub(super) fn server_micros(&self, server: &ServerUsed) -> (f64, f64) {
        let micros = |ticks: u64| {
            let time = ratio(ticks, to_float(server.ticks_per_second));
            ratio_of(time * 1e6, self.tally.answered().max(1))
        };
        (micros(server.cpu.user), micros(server.cpu.system))
    }

    pub(super) fn switches_per_request(&self, server: &ServerUsed) -> f64 {
        ratio_of(to_float(server.switches), self.tally.answered().max(1))
    }

    pub(super) fn generator_cpu(&self) -> Duration {
        self.used.iter().map(|used| used.cpu).sum()
    }

    /// The share of its time that the busiest thread was at work.
    pub(super) fn busy(&self) -> f64 {
        let share = |used: &Used| used.cpu.as_secs_f64() / used.wall.as_secs_f64().max(1e-9);
        self.used.iter().map(share).fold(0.0, f64::max).min(1.0)
    }

    /// Whether the load, and not the server, said how fast it went.
    pub(super) fn is_bottleneck(&self) -> bool {
        let waits = self.used.iter().map(|used| used.waits).sum::<u64>().max(1);
        let per_wait = ratio_of(to_float(self.tally.answered()), waits);
        self.busy() > BUSY_MAX || per_wait > REQUESTS_PER_WAIT_MAX
    }

    /// Microseconds within which that share of the requests was answered.
    pub(super) fn latency_micros(&self, quantile: f64) -> f64 {
        to_float(self.tally.latency.value_at_quantile(quantile)) / 1e3
    }

    pub(super) fn mean_micros(&self) -> f64 {
        self.tally.latency.mean() / 1e3
    }
}

fn ratio(count: u64, by: f64) -> f64 {
    if by > 0.0 { to_float(count) / by } else { 0.0 }
}

fn ratio_of(value: f64, count: u64) -> f64 {
    value / to_float(count)
}

#[expect(clippy::cast_precision_loss, reason = "figures for people and scripts")]
pub(super) fn to_float(count: u64) -> f64 {
    count as f64
}
