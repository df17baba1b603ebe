//! How an application is put together. Knows nothing of what runs it but `serve`.

mod routes;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use super::path::Limit;
use super::signals::Signals;
use super::{
    Application, BackgroundHandler, JobName, Next, Processor, Request, Response, Result, Router,
    StateMap,
};
use crate::config::{AppOption, Options, is_taken};
use crate::context::Context;

/// An application: routes, timers, hooks and options. [`App::run`] gives it its command line.
///
/// Mistakes (a path routed twice, a signal used twice) are kept and reported together by
/// [`App::run`], which then doesn't start.
pub struct App {
    name: &'static str,
    database: Option<PathBuf>,
    app_options: Vec<AppOption>,
    pub(super) signals: Signals,
    router: Router,
    limits: Vec<(JobName, Limit)>,
    processors: Vec<Processor>,
    start_hooks: Vec<(JobName, BackgroundHandler)>,
    stop_hooks: Vec<(JobName, BackgroundHandler)>,
    job_names: Vec<String>,
    state: StateMap,
    pub(super) mistakes: Vec<String>,
}

impl App {
    /// An application of this name; it is the program's name in help and logs.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            database: None,
            app_options: Vec::new(),
            signals: Signals::default(),
            router: Router::default(),
            limits: Vec::new(),
            processors: Vec::new(),
            start_hooks: Vec::new(),
            stop_hooks: Vec::new(),
            job_names: Vec::new(),
            state: StateMap::default(),
            mistakes: Vec::new(),
        }
    }

    /// Wraps every request handler, in the order in which processors are added: the first is
    /// outermost.
    #[must_use]
    pub fn processor<P>(mut self, processor: P) -> Self
    where
        P: Fn(&mut Context, &Request, Next<'_>) -> Result<Response> + Send + Sync + 'static,
    {
        self.processors.push(Arc::new(processor));
        self
    }

    /// Runs once before the server answers; any error keeps it from starting.
    #[must_use]
    pub fn on_start<H>(mut self, hook: H) -> Self
    where
        H: Fn(&mut Context) -> Result<()> + Send + Sync + 'static,
    {
        let job = self.job("start hook".to_owned());
        self.start_hooks.push((job, Arc::new(hook)));
        self
    }

    /// Runs once after the last job, when the server stops in good order.
    #[must_use]
    pub fn on_stop<H>(mut self, hook: H) -> Self
    where
        H: Fn(&mut Context) -> Result<()> + Send + Sync + 'static,
    {
        let job = self.job("stop hook".to_owned());
        self.stop_hooks.push((job, Arc::new(hook)));
        self
    }

    /// The SQLite file that [`Context::db`] opens unless `--database` names another.
    #[must_use]
    pub fn database(mut self, path: impl Into<PathBuf>) -> Self {
        self.database = Some(path.into());
        self
    }

    /// Adds an option of the application's own: `--name VALUE`, read by [`Context::option`] and
    /// by intervals that are computed at the start.
    #[must_use]
    pub fn option(mut self, name: &'static str, default: &str, help: &str) -> Self {
        let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.len() < 2 || name.starts_with('-') || !name.bytes().all(letters) {
            self.mistakes.push(format!("an option can't be named {name:?}"));
        } else if is_taken(name) || self.app_options.iter().any(|option| option.name == name) {
            self.mistakes.push(format!("the option {name} is there already"));
        } else {
            self.app_options.push(AppOption::new(name, default, help));
        }
        self
    }

    /// Shares a value with all jobs: one of each type, read by [`Context::state`].
    #[must_use]
    pub fn state<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        if !self.state.insert(value) {
            self.mistakes.push(format!("two states of type {}", std::any::type_name::<T>()));
        }
        self
    }

    /// Reads the command line and serves until it is told to stop.
    ///
    /// Exit codes: 0 after a stop in good order, 64 for a command line that makes no sense, 70
    /// when something inside fails, 78 for settings that can't be used.
    pub fn run(self) -> ExitCode {
        crate::serve::main(self)
    }

    pub(super) fn job(&mut self, name: String) -> JobName {
        let known = self.job_names.iter().position(|known| *known == name);
        JobName(known.unwrap_or_else(|| {
            self.job_names.push(name);
            self.job_names.len() - 1
        }))
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn app_options(&self) -> &[AppOption] {
        &self.app_options
    }

    /// What is wrong with it so far.
    pub(crate) fn mistakes(&self) -> &[String] {
        &self.mistakes
    }

    pub(crate) fn default_database(&self) -> Option<PathBuf> {
        self.database.clone()
    }

    /// Settles everything; all mistakes at once if there are any.
    pub(crate) fn build(self, options: Options) -> Result<Application, Vec<String>> {
        let mut mistakes = self.mistakes;
        let name_of = |job: JobName| self.job_names[job.0].clone();
        let (signals, triggers) = self.signals.resolve(&options, name_of, &mut mistakes);
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        Ok(Application {
            name: self.name,
            router: self.router,
            limits: self.limits,
            processors: self.processors,
            signals,
            triggers,
            start_hooks: self.start_hooks,
            stop_hooks: self.stop_hooks,
            job_names: self.job_names,
            state: self.state,
            options,
        })
    }
}
