//! What a handler holds during its job, and the one door to handlers. Knows the application and
//! its database; nothing of sockets, queues or schedules.
//!
//! [`Context::run`] leases a thread's context to a job, runs the handler, has the answer delivered
//! and gives the context back only if it is proved clean.

mod control;
mod db;
mod deadline;
mod lease;
mod left_behind;
mod panics;
mod run;

use std::cell::OnceCell;
use std::sync::{Arc, OnceLock, Weak};
use std::time::{Duration, Instant};

pub use control::TimerId;
pub(crate) use control::{Control, NotRaised, Raiser};
pub use db::{Db, is_interrupted};
pub(crate) use db::{DbReset, DbSettings, Reason};
pub(crate) use deadline::{Deadline, Run};
pub(crate) use lease::Keeper;
pub(crate) use left_behind::LeftBehind;
pub(crate) use panics::install_hook;
pub(crate) use run::{Begun, Call, Deliver, Ended, Ran};

use crate::app::{Application, Error, JobName, Result};
use crate::config::Options;
use db::{Reasons, Verdict};

/// What a job holds: its database connection, the application's state and options, its deadline.
///
/// A context belongs to one thread of the pool and serves one job after another. Whatever a job
/// leaves on it is gone before the next job: a transaction is rolled back, and a connection that
/// can't be proved clean is closed and opened afresh.
pub struct Context {
    db: OnceCell<Db>,
    job: JobName,
    deadline: Arc<Deadline>,
    surroundings: Arc<Surroundings>,
}

/// What all contexts share.
pub(crate) struct Surroundings {
    pub(crate) application: Application,
    pub(crate) database: Option<DbSettings>,
    pub(crate) left_behind: LeftBehind,
    /// Whoever raises signals and keeps timers, once the server serves.
    pub(crate) control: OnceLock<Weak<dyn Control>>,
}

impl Context {
    fn new(job: JobName, deadline: Arc<Deadline>, surroundings: Arc<Surroundings>) -> Self {
        Self { db: OnceCell::new(), job, deadline, surroundings }
    }

    /// The database, opened on first use and kept warm from job to job as long as it is clean.
    ///
    /// # Errors
    /// 500 when it can't be opened, or when no database is set.
    pub fn db(&self) -> Result<&Db> {
        if let Some(db) = self.db.get() {
            return Ok(db);
        }
        let settings = self.surroundings.database.as_ref();
        let settings = settings.ok_or_else(|| {
            Error::internal("no database: call App::database, or give --database FILE")
        })?;
        let db = Db::open(settings, Arc::clone(&self.deadline))?;
        Ok(self.db.get_or_init(|| db))
    }

    /// Runs `work` in a transaction that may write from its start (BEGIN IMMEDIATE): committed when
    /// it returns Ok, rolled back when it returns an error or panics, and never committed after the
    /// job's deadline has answered in its place.
    ///
    /// # Errors
    /// Those of `work`, and 500 when the transaction can't begin or be committed.
    pub fn write<T>(&self, work: impl FnOnce(&Db) -> Result<T>) -> Result<T> {
        self.db()?.write(work)
    }

    /// The value of this type that the application shares with [`App::state`](crate::App::state).
    ///
    /// # Errors
    /// 500 with the type's name when there is none.
    pub fn state<T: 'static>(&self) -> Result<&T> {
        self.surroundings.application.state.find().ok_or_else(|| {
            Error::internal(format!("no state of type {}", std::any::type_name::<T>()))
        })
    }

    /// The value of an option, the server's or the application's own; empty if it isn't set.
    pub fn option(&self, name: &str) -> &str {
        self.options().text(name).unwrap_or_default()
    }

    /// All options.
    pub fn options(&self) -> &Options {
        &self.surroundings.application.options
    }

    /// How long this job may still take; none without a deadline. Zero: it was answered without it.
    #[allow(clippy::disallowed_methods, reason = "a handler asks at a moment nobody else knows")]
    pub fn time_left(&self) -> Option<Duration> {
        if self.deadline.expired() {
            return Some(Duration::ZERO);
        }
        self.deadline.left(Instant::now())
    }

    /// The name that this job is logged and counted under: `GET /users/{id}`, `timer 99`.
    pub fn job_name(&self) -> &str {
        self.surroundings.application.job_name(self.job)
    }

    fn interrupted_sql(&self) -> Option<String> {
        self.db.get().and_then(Db::take_interrupted)
    }

    fn time_in_database(&self) -> Option<Duration> {
        self.db.get().map(Db::take_time).filter(|time| !time.is_zero())
    }

    /// Looks before the answer goes out: an open transaction is rolled back, so that no answer
    /// tells of writes that are not there.
    fn look(&self) {
        if let Some(reason) = self.db.get().and_then(Db::inspect) {
            self.surroundings.note(self.job, reason);
        }
    }

    /// Ends a job: everything it held is proved clean or thrown away.
    fn reset(self, also: Reasons) -> Self {
        // No `..`: a new field that says nothing here does not compile.
        let Self { db, job, deadline, surroundings } = self;
        let db = db.into_inner().and_then(|db| {
            let verdict = if also.is_empty() { db.reset() } else { db.discard(also) };
            surroundings.judge(job, verdict)
        });
        // The deadline belongs to the thread, which starts it anew for each job.
        Self { db: db.map_or_else(OnceCell::new, OnceCell::from), job, deadline, surroundings }
    }
}

impl Surroundings {
    /// Counts what was found, and gives back a connection only if it is clean.
    fn judge(&self, job: JobName, verdict: Verdict) -> Option<Db> {
        match verdict {
            Verdict::Clean(db) => Some(db),
            Verdict::RolledBack(db) => {
                self.note(job, Reason::Transaction);
                Some(db)
            }
            Verdict::Closed(reasons) => {
                reasons.iter().for_each(|reason| self.note(job, reason));
                None
            }
            Verdict::Lost(reasons, error) => {
                let job_name = self.application.job_name(job);
                tracing::error!(job = job_name, %error, "a connection is lost: it can't be closed");
                reasons.iter().for_each(|reason| self.note(job, reason));
                None
            }
        }
    }

    fn note(&self, job: JobName, reason: Reason) {
        if self.left_behind.note(job, reason) {
            let job = self.application.job_name(job);
            tracing::error!(job, %reason, "a job left its context dirty; it is clean again, and told once");
        }
    }
}
