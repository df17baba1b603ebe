//! Start and stop hooks: jobs as well, which pass the one door. Knows nothing of what they do.

use std::sync::Arc;

use crate::app::{BackgroundHandler, JobName};
use crate::context::{Call, Context, Deadline, Ended, Keeper, Surroundings};
use crate::worker::NoAnswer;

/// Runs all hooks of a kind; false when one failed.
pub(super) fn run(
    surroundings: &Arc<Surroundings>,
    hooks: &[(JobName, BackgroundHandler)],
) -> bool {
    let mut keeper = Keeper::new(Arc::new(Deadline::new()), Arc::clone(surroundings));
    let ended = hooks.iter().map(|(job, handler)| {
        let call = Call::Background { job: *job, handler };
        Context::run(&mut keeper, &call, &mut NoAnswer).ended
    });
    // All of them run, whatever becomes of one.
    ended.filter(|ended| *ended != Ended::Done).count() == 0
}
