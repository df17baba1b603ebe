//! A thread's context and handlers to run on it. Knows nothing of how they are measured.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use crate::app::App;
use crate::config::Options;
use crate::context::{
    Call, Context, DbSettings, Deadline, Ended, Keeper, LeftBehind, Surroundings,
};
use crate::worker::NoAnswer;

/// Handlers that are run one after the other, each on a context that was proved clean before.
pub struct Handlers {
    keeper: Keeper,
    surroundings: Arc<Surroundings>,
}

impl Handlers {
    /// The start hooks of `app` are what is run, by their places.
    ///
    /// # Errors
    /// What is wrong with the application.
    pub fn new(app: App, database: Option<&Path>) -> Result<Self, Vec<String>> {
        let surroundings = Arc::new(Surroundings {
            application: app.build(Options::default())?,
            database: database.map(DbSettings::new),
            left_behind: LeftBehind::default(),
            control: OnceLock::new(),
        });
        let keeper = Keeper::new(Arc::new(Deadline::new()), Arc::clone(&surroundings));
        Ok(Self { keeper, surroundings })
    }

    /// Runs one, and resets its context; whether it did what it should.
    pub fn run(&mut self, place: usize) -> bool {
        let Some((job, handler)) = self.surroundings.application.start_hooks.get(place) else {
            return false;
        };
        let call = Call::Background { job: *job, handler };
        Context::run(&mut self.keeper, &call, &mut NoAnswer).ended == Ended::Done
    }
}
