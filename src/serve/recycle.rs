//! When a server has outgrown its limits and another should take its place. Knows nothing of how one
//! takes it.

use std::sync::Weak;
use std::time::Duration;

use crossbeam_channel::Sender;

use super::supervisor::Told;
use crate::clock::now;
use crate::config::RecycleSettings;
use crate::worker::Pool;

/// How often memory is looked at: a leak is noticed soon, and nobody pays for the look.
const LOOK: Duration = Duration::from_millis(100);

/// So long after its start each thread has reserved its addresses.
const SETTLED: Duration = Duration::from_secs(1);

/// What a process has of memory, in bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Memory {
    address_space: u64,
    resident: u64,
}

/// Watches until the pool is gone or a limit is reached, which is told once.
///
/// # Errors
/// The system's.
pub(super) fn watch(
    settings: RecycleSettings,
    pool: Weak<Pool>,
    told: Sender<Told>,
) -> std::io::Result<()> {
    if settings.is_empty() {
        return Ok(());
    }
    let life = move || {
        let (start, mut at_start) = (now(), Memory::now());
        warn_if_hopeless(&settings, at_start);
        while let Some(pool) = pool.upgrade() {
            let age = now().saturating_duration_since(start);
            let requests = pool.totals().requests;
            drop(pool);
            if age < SETTLED {
                at_start.address_space = at_start.address_space.max(Memory::now().address_space);
            }
            if age >= settings.min_lifetime
                && let Some(reason) = outgrown(&settings, at_start, Memory::now(), requests, age)
            {
                // Nobody hears it when the server has ended.
                let _ = told.send(Told::Outgrown(reason));
                return;
            }
            std::thread::park_timeout(LOOK);
        }
    };
    std::thread::Builder::new().name("recycle".to_owned()).spawn(life).map(drop)
}

/// Another should take over as well when many threads are lost: each may use a core.
pub(super) fn when_lost(pool: &Pool, most: usize, told: Sender<Told>) {
    let on_lost = move |lost: usize| {
        if lost >= most {
            let reason = format!("max-lost-threads {most}: {lost} handlers don't return");
            // Nobody hears it when the server has ended.
            let _ = told.send(Told::Outgrown(reason));
        }
    };
    // Nobody else sets it.
    let _ = pool.on_lost.set(Box::new(on_lost));
}

/// The limit that is reached, and what of it.
fn outgrown(
    settings: &RecycleSettings,
    at_start: Memory,
    memory: Memory,
    requests: u64,
    age: Duration,
) -> Option<String> {
    const MEBIBYTE: u64 = 1 << 20;
    let megabytes = |bytes: u64| bytes / MEBIBYTE;
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

impl Memory {
    /// As the kernel counts it; nothing where it doesn't tell.
    fn now() -> Self {
        let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
        let page = rustix::param::page_size() as u64;
        let mut pages = text.split(' ').map(|number| number.parse::<u64>().unwrap_or(0) * page);
        let mut next = || pages.next().unwrap_or(0);
        Self { address_space: next(), resident: next() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_is_reached_by_what_it_counts() {
        let limit = |set: fn(&mut RecycleSettings)| {
            let mut settings = RecycleSettings::default();
            set(&mut settings);
            settings
        };
        let at_start = Memory { address_space: 800 << 20, resident: 10 << 20 };
        let grown = Memory { address_space: 831 << 20, resident: 31 << 20 };
        let hour = Duration::from_secs(3_600);
        let reason = |settings: &RecycleSettings, memory, requests, age| {
            outgrown(settings, at_start, memory, requests, age)
        };
        for (settings, name) in [
            (limit(|all| all.address_space = Some(30 << 20)), "reload-on-as 30"),
            (limit(|all| all.resident = Some(30 << 20)), "reload-on-rss 30"),
            (limit(|all| all.max_requests = Some(7)), "max-requests 7"),
            (
                limit(|all| all.max_lifetime = Some(Duration::from_secs(3_600))),
                "max-worker-lifetime",
            ),
        ] {
            assert_eq!(reason(&settings, at_start, 6, hour / 2), None, "{name}");
            let told = reason(&settings, grown, 7, hour).unwrap();
            assert!(told.starts_with(name), "{told}");
        }
        assert_eq!(reason(&RecycleSettings::default(), grown, u64::MAX, hour * 1_000), None);
    }
}
