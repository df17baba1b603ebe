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
    /// Of one thread, at most.
    pub(super) connections: u64,
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
/// A thread that keeps up has to wait once all of its connections have sent a request. One that had
/// a turn of so many requests on each of them never caught up.
const TURNS_MAX: u64 = 2;

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
        let most = waits.saturating_mul(TURNS_MAX * self.connections);
        self.busy() > BUSY_MAX || self.tally.answered() > most
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What is known of 1,000 requests in 2 s by two threads, one of which did all.
    fn figures(cpu_millis: u64, waits: u64) -> Result {
        let now = crate::tool::clock::now();
        let mut tally = Tally::new();
        for _ in 0..1_000 {
            tally.count_answer(Duration::from_micros(300), now);
        }
        let wall = Duration::from_secs(2);
        let used = [Duration::from_millis(cpu_millis), Duration::ZERO];
        let used = used.map(|cpu| Used { wall, cpu, waits: waits / 2 }).to_vec();
        Result { tally, time: wall, used, connections: 8, server: None }
    }

    #[test]
    fn figures_are_for_each_request() {
        let server = ServerUsed {
            cpu: Cpu { user: 3, system: 7 },
            ticks_per_second: 100,
            switches: 2_500,
            memory: None,
        };
        let figures = figures(500, 400);
        let close = |one: f64, other: f64| (one - other).abs() < 1e-6;
        assert!(close(figures.per_second(), 500.0));
        assert!(close(figures.busy(), 0.25));
        assert!(close(figures.micros_per_request(figures.generator_cpu()), 500.0));
        let (user, system) = figures.server_micros(&server);
        assert!(close(user, 30.0) && close(system, 70.0), "{user} {system}");
        assert!(close(figures.switches_per_request(&server), 2.5));
    }

    #[test]
    fn a_load_that_has_no_time_left_is_the_bottleneck() {
        for (cpu_millis, waits, expected) in
            [(500, 400, false), (1_790, 400, false), (1_810, 400, true), (500, 10, true)]
        {
            let found = figures(cpu_millis, waits).is_bottleneck();
            assert_eq!(found, expected, "{cpu_millis} ms, {waits} waits");
        }
    }
}
