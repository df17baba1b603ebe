//! The limit of open files, raised to what the settings need. Knows nothing of who opens them.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::config::Settings;

/// Epolls, the log, the application's own.
const OTHERS: usize = 1_024;
/// Each thread's database, with its log and its index, and attached files.
const A_THREAD: usize = 8;

/// Every connection is a descriptor, and so are databases: the soft limit is raised to fit.
pub(super) fn raise_limit(settings: &Settings) {
    let threads = settings.workers * settings.threads;
    let wanted = (settings.connections_max + settings.queue + threads * A_THREAD + OTHERS) as u64;
    let limit = getrlimit(Resource::Nofile);
    let raised = limit.maximum.map_or(wanted, |most| most.min(wanted));
    if limit.current.is_none_or(|current| current >= wanted) {
        return;
    }
    let new = Rlimit { current: Some(raised), maximum: limit.maximum };
    if let Err(error) = setrlimit(Resource::Nofile, new) {
        tracing::warn!(%error, "the limit of open files can't be raised");
    }
    if raised < wanted {
        tracing::warn!(
            limit = raised,
            wanted,
            "fewer files may be open than max-connections needs: raise the hard limit (LimitNOFILE)"
        );
    }
}
