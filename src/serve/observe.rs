//! Looks at the process once a second, for the ledger to tell which handlers leak. Knows nothing of how
//! it does.

use std::collections::BTreeSet;
use std::sync::Weak;
use std::time::Duration;

use crate::app::JobName;
use crate::clock::now;
use crate::context::Db;
use crate::ledger::heap;
use crate::ledger::{Descriptors, Findings, Leak, Observer, Resource, Seen};
use crate::process::threads;
use crate::worker::Pool;

/// How often it looks.
const LOOK: Duration = Duration::from_secs(1);
/// The same while something grows that nobody is blamed for.
const CLOSE: Duration = Duration::from_millis(90);
/// A look at many descriptors takes its time: of the whole it takes this part at most.
const SHARE: u32 = 100;

/// Looks until the pool is gone.
///
/// # Errors
/// The system's.
pub(super) fn observe(pool: Weak<Pool>, threads: usize) -> std::io::Result<()> {
    let life = move || {
        let mut observer = Observer::new(threads);
        let mut told = BTreeSet::new();
        let mut heap_at = now();
        while let Some(pool) = pool.upgrade() {
            let started = now();
            let mut seen = see(&pool, observer.descriptors());
            if started < heap_at {
                seen.heap = None;
            } else {
                heap_at = started + LOOK - CLOSE;
            }
            let findings = observer.look(seen);
            tell(&pool, &findings, &mut told);
            pool.ledger.publish(findings);
            drop(pool);
            let took = now().saturating_duration_since(started);
            let look = if observer.wants_closer_look() { CLOSE } else { LOOK };
            std::thread::park_timeout(look.max(took * SHARE));
        }
    };
    std::thread::Builder::new().name("observer".to_owned()).stack_size(STACK).spawn(life).map(drop)
}

/// It calls nothing that is deep.
const STACK: usize = 256 << 10;

fn see(pool: &Pool, before: &Descriptors) -> Seen {
    let runs = pool.ledger.runs();
    let heap = heap::is_counted().then(|| heap::live(runs.len()).0);
    let known = Db::descriptors(pool.surroundings.database.as_ref());
    let threads = threads().saturating_sub(pool.lost_threads());
    Seen { runs, heap, descriptors: Descriptors::now(before), known, threads }
}

/// Says of each name once what it leaks.
fn tell(pool: &Pool, findings: &Findings, told: &mut BTreeSet<(JobName, Resource)>) {
    for Leak { job, resource, per_run } in &findings.leaks {
        if !told.insert((*job, *resource)) {
            continue;
        }
        let job = pool.surroundings.application.job_name(*job);
        let per_run = (per_run * 10.0).round() / 10.0;
        let what = match resource {
            Resource::Descriptors => most(findings),
            Resource::Heap | Resource::Threads => None,
        };
        tracing::warn!(job, %resource, per_run, what, "a handler leaks; told once");
    }
}

/// What there are most descriptors of that weren't there at first.
fn most(findings: &Findings) -> Option<String> {
    let (target, count) = findings.descriptors.first()?;
    Some(format!("{target} ×{count}"))
}
