//! When a server has outgrown its limits and another should take its place. Knows nothing of how one
//! takes it.

use std::sync::Weak;
use std::time::Duration;

use crossbeam_channel::Sender;

use super::supervisor::Told;
use crate::clock::now;
use crate::config::RecycleSettings;
use crate::ledger::heap;
use crate::process::Memory;
use crate::worker::Pool;

/// How often memory is looked at: a leak is noticed soon, and nobody pays for the look.
const LOOK: Duration = Duration::from_millis(100);
/// The same where only threads that are lost are counted.
const LOOK_AT_LOST: Duration = Duration::from_secs(1);
/// A limit that is still passed is told again: whoever was to take over may not have started.
const AGAIN: Duration = Duration::from_secs(30);
/// So long after its start each thread has reserved its addresses.
const SETTLED: Duration = Duration::from_secs(1);

/// What a server has, or has done, that may be too much.
#[derive(Clone, Copy, Debug)]
struct Usage {
    memory: Memory,
    requests: u64,
    lost_threads: usize,
    age: Duration,
}

/// A server's limits, and what has been told.
struct Watch {
    settings: RecycleSettings,
    lost_threads_max: usize,
    at_start: Memory,
    /// At which age it is told again.
    again: Duration,
}

/// Watches until the pool is gone, and tells of each limit that is passed.
///
/// # Errors
/// The system's.
pub(super) fn watch(
    settings: RecycleSettings,
    lost_threads_max: usize,
    pool: Weak<Pool>,
    told: Sender<Told>,
) -> std::io::Result<()> {
    let life = move || {
        let start = now();
        let look = if settings.is_empty() { LOOK_AT_LOST } else { LOOK };
        let mut watch = Watch::new(settings, lost_threads_max, Memory::now());
        while let Some(pool) = pool.upgrade() {
            let (requests, lost_threads) = (pool.totals().requests, pool.lost_threads());
            let age = now().saturating_duration_since(start);
            let usage = Usage { memory: Memory::now(), requests, lost_threads, age };
            let outgrown = watch.look(usage);
            let outgrown =
                outgrown.map(|reason| Told::Outgrown { reason, holders: holders(&pool) });
            drop(pool);
            // Nobody hears it when the server has ended.
            if outgrown.is_some_and(|outgrown| told.send(outgrown).is_err()) {
                return;
            }
            std::thread::park_timeout(look);
        }
    };
    std::thread::Builder::new().name("recycle".to_owned()).spawn(life).map(drop)
}

/// The names of the jobs that hold most of the heap, if that is known and worth a word.
fn holders(pool: &Pool) -> Option<String> {
    const LEAST: i64 = 100_000;
    const NAMES: usize = 3;
    let application = &pool.surroundings.application;
    let runs = pool.ledger.runs();
    let (held, server) = heap::is_counted().then(|| heap::live(runs.len()))?;
    let mut all: Vec<_> = application.job_names.iter().zip(held.into_iter().zip(runs)).collect();
    all.sort_by_key(|(_, (held, _))| std::cmp::Reverse(*held));
    let most = all.iter().take(NAMES).filter(|(_, (held, _))| *held >= LEAST);
    let most =
        most.map(|(name, (held, runs))| format!("{name} {} in {runs} runs", megabytes(*held)));
    let own = std::iter::once(format!("the server itself {}", megabytes(server)));
    Some(most.chain(own).collect::<Vec<_>>().join(", "))
}

/// With one digit behind the point.
fn megabytes(bytes: i64) -> String {
    let tenths = bytes.max(0) / 100_000;
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

impl Watch {
    fn new(settings: RecycleSettings, lost_threads_max: usize, at_start: Memory) -> Self {
        warn_if_hopeless(&settings, at_start);
        Self { settings, lost_threads_max, at_start, again: Duration::ZERO }
    }

    /// Why another server should take over, if that is to be told now.
    fn look(&mut self, usage: Usage) -> Option<String> {
        if usage.age < SETTLED {
            let reserved = &mut self.at_start.address_space;
            *reserved = (*reserved).max(usage.memory.address_space);
        }
        if usage.age < self.settings.min_lifetime.max(self.again) {
            return None;
        }
        let reason = outgrown(&self.settings, self.lost_threads_max, self.at_start, usage)?;
        self.again = usage.age + AGAIN;
        Some(reason)
    }
}

/// The limit that is reached, and what of it.
fn outgrown(
    settings: &RecycleSettings,
    lost_threads_max: usize,
    at_start: Memory,
    Usage { memory, requests, lost_threads, age }: Usage,
) -> Option<String> {
    const MEBIBYTE: u64 = 1 << 20;
    let megabytes = |bytes: u64| bytes / MEBIBYTE;
    // Each may use a core.
    if lost_threads >= lost_threads_max {
        let lost = lost_threads;
        return Some(format!("max-lost-threads {lost_threads_max}: {lost} handlers don't return"));
    }
    // A dozen idle threads have reserved more addresses than any limit allows.
    let grown = memory.address_space.saturating_sub(at_start.address_space);
    if let Some(limit) = settings.address_space.filter(|limit| grown > *limit) {
        let (grown, limit) = (megabytes(grown), megabytes(limit));
        return Some(format!("reload-on-as {limit}: its address space grew by {grown} MB"));
    }
    let resident = memory.resident;
    let is_reached = |limit: &u64| resident > *limit && at_start.resident < *limit;
    if let Some(limit) = settings.resident.filter(is_reached) {
        let (resident, limit) = (megabytes(resident), megabytes(limit));
        return Some(format!("reload-on-rss {limit}: it has {resident} MB"));
    }
    if let Some(limit) = settings.max_requests.filter(|limit| requests >= *limit) {
        return Some(format!("max-requests {limit}: it has served {requests}"));
    }
    let limit = settings.max_lifetime.filter(|limit| age >= *limit)?.as_secs_f64();
    Some(format!("max-worker-lifetime {limit}: it is {} s old", age.as_secs_f64()))
}

/// A limit that every new server reaches at once would have them replaced for ever.
fn warn_if_hopeless(settings: &RecycleSettings, at_start: Memory) {
    let resident = at_start.resident;
    if let Some(limit) = settings.resident.filter(|limit| resident >= *limit) {
        tracing::warn!(
            resident,
            limit,
            "reload-on-rss is below what a server has at its start: it is not kept"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT_START: Memory = Memory { address_space: 800 << 20, resident: 10 << 20 };
    const GROWN: Memory = Memory { address_space: 831 << 20, resident: 31 << 20 };
    const HOUR: Duration = Duration::from_secs(3_600);

    fn limit(set: fn(&mut RecycleSettings)) -> RecycleSettings {
        let mut settings = RecycleSettings::default();
        set(&mut settings);
        settings
    }

    #[test]
    fn each_limit_is_reached_by_what_it_counts() {
        let small = Usage { memory: AT_START, requests: 6, lost_threads: 3, age: HOUR / 2 };
        let large = Usage { memory: GROWN, requests: 7, lost_threads: 4, age: HOUR };
        let max_lifetime = limit(|all| all.max_lifetime = Some(HOUR));
        for (settings, lost_max, name) in [
            (limit(|all| all.address_space = Some(30 << 20)), 5, "reload-on-as 30"),
            (limit(|all| all.resident = Some(30 << 20)), 5, "reload-on-rss 30"),
            (limit(|all| all.max_requests = Some(7)), 5, "max-requests 7"),
            (max_lifetime, 5, "max-worker-lifetime"),
            (RecycleSettings::default(), 4, "max-lost-threads 4: 4"),
        ] {
            assert_eq!(outgrown(&settings, lost_max, AT_START, small), None, "{name}");
            let told = outgrown(&settings, lost_max, AT_START, large).unwrap();
            assert!(told.starts_with(name), "{told}");
        }
        let large = Usage { requests: u64::MAX, age: HOUR * 1_000, ..large };
        assert_eq!(outgrown(&RecycleSettings::default(), 5, AT_START, large), None);
    }

    #[test]
    fn what_is_still_passed_is_told_again_and_nothing_before_its_time() {
        let settings = limit(|all| {
            all.min_lifetime = Duration::from_secs(5);
            all.resident = Some(30 << 20);
        });
        let mut watch = Watch::new(settings, 4, AT_START);
        let mut told = Vec::new();
        for second in 0..100 {
            let age = Duration::from_secs(second);
            // It is above from second 10 to 75, and its threads are lost from the first.
            let memory = if (10..75).contains(&second) { GROWN } else { AT_START };
            let lost_threads = if second < 7 { 4 } else { 0 };
            let usage = Usage { memory, requests: 0, lost_threads, age };
            told.extend(watch.look(usage).map(|reason| (second, reason)));
        }
        let times: Vec<u64> = told.iter().map(|(second, _)| *second).collect();
        assert_eq!(times, [5, 35, 65], "{told:?}");
        assert!(told[0].1.starts_with("max-lost-threads"), "{told:?}");
    }
}
