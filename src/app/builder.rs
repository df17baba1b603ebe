//! How an application is put together. Knows nothing of what runs it but `serve`.

use std::panic::Location;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use super::path::{Limit, Route};
use super::route::is_method;
use super::signals::Signals;
use super::{
    Application, BackgroundHandler, JobName, Next, Processor, Request, RequestHandler, Response,
    Result, Router, StateMap,
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

    /// Answers GET, and HEAD, on a path: `/users/{id}`, `/files/{*path}`; or on a
    /// [`route`](crate::route()) with a deadline of its own.
    #[must_use]
    #[track_caller]
    pub fn get<H>(self, path: impl Into<Route>, handler: H) -> Self
    where
        H: Fn(&mut Context, &Request) -> Result<Response> + Send + Sync + 'static,
    {
        self.route(Some("GET"), path.into(), handler)
    }

    /// Answers POST on a path.
    #[must_use]
    #[track_caller]
    pub fn post<H>(self, path: impl Into<Route>, handler: H) -> Self
    where
        H: Fn(&mut Context, &Request) -> Result<Response> + Send + Sync + 'static,
    {
        self.route(Some("POST"), path.into(), handler)
    }

    /// Answers PUT on a path.
    #[must_use]
    #[track_caller]
    pub fn put<H>(self, path: impl Into<Route>, handler: H) -> Self
    where
        H: Fn(&mut Context, &Request) -> Result<Response> + Send + Sync + 'static,
    {
        self.route(Some("PUT"), path.into(), handler)
    }

    /// Answers DELETE on a path.
    #[must_use]
    #[track_caller]
    pub fn delete<H>(self, path: impl Into<Route>, handler: H) -> Self
    where
        H: Fn(&mut Context, &Request) -> Result<Response> + Send + Sync + 'static,
    {
        self.route(Some("DELETE"), path.into(), handler)
    }

    /// Answers any other method by its name, in upper case.
    #[must_use]
    #[track_caller]
    pub fn method<H>(self, method: &'static str, path: impl Into<Route>, handler: H) -> Self
    where
        H: Fn(&mut Context, &Request) -> Result<Response> + Send + Sync + 'static,
    {
        self.route(Some(method), path.into(), handler)
    }

    /// Answers every method on a path that has no handler of its own.
    #[must_use]
    #[track_caller]
    pub fn any<H>(self, path: impl Into<Route>, handler: H) -> Self
    where
        H: Fn(&mut Context, &Request) -> Result<Response> + Send + Sync + 'static,
    {
        self.route(None, path.into(), handler)
    }

    #[track_caller]
    fn route<H>(mut self, method: Option<&'static str>, route: Route, handler: H) -> Self
    where
        H: Fn(&mut Context, &Request) -> Result<Response> + Send + Sync + 'static,
    {
        let Route { path, limit } = route;
        if !path.starts_with('/') {
            self.mistakes.push(format!("the path {path} doesn't begin with a slash"));
        }
        if path.split('/').any(|part| part.starts_with([':', '<'])) {
            self.mistakes
                .push(format!("the path {path} has a parameter that is not in braces: {{id}}"));
        }
        if method.is_some_and(|method| !is_method(method)) {
            self.mistakes.push(format!("the method of {path} is not in upper case"));
        }
        let name = format!("{} {path}", method.unwrap_or("*"));
        if limit == Some(Limit::Own(Duration::ZERO)) {
            let place = Location::caller();
            self.mistakes
                .push(format!("{name} at {place}: a deadline of 0 s (no_deadline is none)"));
        }
        let job = self.job(name);
        self.limits.extend(limit.map(|limit| (job, limit)));
        let handler: RequestHandler = Arc::new(handler);
        if let Err(mistake) = self.router.add(method, &path, job, handler) {
            self.mistakes.push(mistake.to_string());
        }
        self
    }

    /// Answers uwsgi packets of another kind than requests, as nginx sends them with
    /// `uwsgi_modifier1 n`. The answer is HTTP, as uWSGI's plugins give it. Packets of a kind that
    /// nobody registers are refused with 501; 100 (ping) and 110 (signal) are the server's own.
    #[must_use]
    pub fn modifier<H>(mut self, modifier1: u8, handler: H) -> Self
    where
        H: Fn(&mut Context, &Request) -> Result<Response> + Send + Sync + 'static,
    {
        let job = self.job(format!("modifier {modifier1}"));
        if let Err(mistake) = self.router.add_modifier(modifier1, job, Arc::new(handler)) {
            self.mistakes.push(mistake.to_string());
        }
        self
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{cron, every, file_monitor, route, signal};

    fn answer(_: &mut Context, _: &Request) -> Result<Response> {
        Ok(Response::empty(204))
    }

    fn tick(_: &mut Context) -> Result<()> {
        Ok(())
    }

    /// What is said of an application that is put together wrongly.
    fn check(app: App, says: &str) {
        let mistakes = app.build(Options::default()).err().unwrap_or_default();
        assert!(mistakes.iter().any(|mistake| mistake.contains(says)), "{says}: {mistakes:?}");
    }

    #[test]
    fn mistakes_are_told_and_not_served() {
        let app = || App::new("test").get("/a", answer).timer(1, every(1), tick);
        assert!(app().build(Options::default()).is_ok());
        check(app().get("/a", answer), "GET /a is already routed");
        let none = Duration::ZERO;
        check(app().get(route("/b").deadline(none), answer), "GET /b at src/app/builder.rs:");
        check(app().get("b", answer), "doesn't begin with a slash");
        check(app().get("/{", answer), "can't be routed");
        check(app().method("patch", "/a", answer), "not in upper case");
        assert!(app().method("M-SEARCH", "/a", answer).build(Options::default()).is_ok());
        check(app().timer(1, every(5), tick), "signal 1 is registered at src/app/builder.rs:");
        check(app().timer(2, every(0), tick), "its interval: 0 s is not");
        check(app().timer(2, every(f64::NAN), tick), "timer 2 at src/app/builder.rs:");
        let from_option = |options: &Options| options.parsed::<f64>("pace").map(every);
        check(app().timer(2, from_option, tick), "option pace is not set");
        check(app().cron("c", "61 * * * *", tick), "cron c at src/app/builder.rs:");
        check(app().cron("c", cron("@daily").timezone("Mars/Olympus"), tick), "Mars/Olympus");
        check(app().add_cron(1, 0, 25, -1, -1, -1), "timer 1 at");
        check(app().add_timer(7, every(1)), "signal 7 at src/app/builder.rs:");
        check(app().signal(signal(7).deadline(none), "", tick), "signal 7 at src/app/builder.rs:");
        check(app().timer(7, every(1).deadline(none), tick), "a deadline of 0 s");
        check(app().file_monitor(7, file_monitor("x").deadline(none), tick), "file monitor 7 at");
        check(app().signal(7, "mule1", tick), "there is no target mule1");
        check(app().option("threads", "1", ""), "the option threads is there already");
        check(app().option("xy", "1", "").option("xy", "2", ""), "the option xy is there already");
        check(app().option("--x", "1", ""), "can't be named");
        check(app().get("/users/:id", answer), "not in braces");
        check(app().modifier(0, answer), "modifier 0 is that of requests");
        check(app().modifier(110, answer), "modifier 110 is the server's own");
        check(app().modifier(9, answer).modifier(9, answer), "modifier 9 has two handlers");
        check(app().state(1_u8).state(2_u8), "two states of type u8");
    }
}
