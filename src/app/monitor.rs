//! A file that is watched, and what its changes lead to, as an application says it. Knows no clock and
//! no file.

use std::path::PathBuf;
use std::time::Duration;

use super::policy::{Overlap, Policy, policy_methods};

/// A file, or a folder, whose changes run a handler: [`file_monitor`].
#[derive(Clone, Debug)]
pub struct FileMonitor {
    pub(super) path: PathBuf,
    pub(super) policy: Policy,
}

/// A file monitor whose runs have a deadline, or overlap in another way. Where it needs neither, a path
/// alone will do.
///
/// ```
/// use std::time::Duration;
/// use cleanslate::{App, Context, Result, file_monitor};
///
/// fn read(_: &mut Context) -> Result<()> {
///     Ok(())
/// }
///
/// let rules = file_monitor("rules.toml").deadline(Duration::from_secs(5));
/// let app = App::new("rules").file_monitor("rules", rules, read).file_monitor("in", "inbox/", read);
/// # let _ = app;
/// ```
pub fn file_monitor(path: impl Into<PathBuf>) -> FileMonitor {
    // A change that comes while the last is worked on must be worked on after it.
    let policy = Policy { overlap: Overlap::QueueOne, ..Policy::default() };
    FileMonitor { path: path.into(), policy }
}

impl FileMonitor {
    policy_methods!(deadline);

    /// What happens to a change that finds a run of the same monitor still running;
    /// [`Overlap::QueueOne`] unless set, so that the last change is always seen.
    #[must_use]
    pub fn overlap(mut self, overlap: Overlap) -> Self {
        self.policy.overlap = overlap;
        self
    }
}

impl<T: Into<PathBuf>> From<T> for FileMonitor {
    fn from(path: T) -> Self {
        file_monitor(path)
    }
}
