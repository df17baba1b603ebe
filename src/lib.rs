//! Cleanslate, an application server for nginx: requests and timers are jobs in one fixed pool of
//! workers and threads, on contexts that are proved clean before the next job gets them.
//!
//! An application is handlers and an [`App`]:
//!
//! ```no_run
//! use cleanslate::{App, Context, Request, Response, Result, every};
//!
//! fn main() -> std::process::ExitCode {
//!     App::new("hello")
//!         .database("hello.db")
//!         .on_start(create_table)
//!         .get("/hello", hello)
//!         .timer(1, every(60), tick)
//!         .run()
//! }
//!
//! fn create_table(ctx: &mut Context) -> Result<()> {
//!     ctx.db()?.execute_batch("CREATE TABLE IF NOT EXISTS visits (at INTEGER NOT NULL)")?;
//!     Ok(())
//! }
//!
//! fn hello(_ctx: &mut Context, _request: &Request) -> Result<Response> {
//!     Ok(Response::text("hello, world\n"))
//! }
//!
//! fn tick(ctx: &mut Context) -> Result<()> {
//!     ctx.write(|db| Ok(db.execute("DELETE FROM visits WHERE at < unixepoch() - 3600", [])?))?;
//!     Ok(())
//! }
//! ```
//!
//! Handlers return [`Result`]; any other error becomes a 500 by `?`, whose text goes to the log alone.
//! They log with `tracing`; `--log-level` says how much is shown, unless the program sets a subscriber
//! of its own before [`App::run`]. A panic must unwind: don't set `panic = "abort"`.
//!
//! # The map
//!
//! Data flows one way: `net` and `schedule` make jobs, which are `pool`'s; `worker` runs them on
//! `context`, which knows `app`. None looks back.
//!
//! | module | what |
//! |---|---|
//! | `app` | what an application is written with: App, routes, Request, Response, errors |
//! | `config` | the option table, the command line, uWSGI's ini dialect, what the options come to |
//! | `context` | what a job holds, the one door to handlers, the proof that it is clean |
//! | `commands` | commands of the system that crons of the options run: their deadlines and their end |
//! | `ledger` | what each job name has done, how long it took, what it holds and leaks |
//! | `pool` | what a job is and where it waits |
//! | `net` | listeners, event loops, connections that wait |
//! | `schedule` | when timers, crons and file monitors are due |
//! | `worker` | a pool thread's life, who attends which loop, the warden; README.md beside it |
//! | `capture` | requests that were slow or failed, kept in files to be replayed |
//! | `serve` | from the command line to a running process and its end |
//! | `master` | the process that owns the sockets, and starts and replaces servers; the background |
//! | `stats` | what a server tells of itself while it runs: uWSGI's JSON, OpenMetrics |
//! | `log` | where log lines go |
//! | `clock`, `throttle`, `process`, `sock_diag`, `systemd` | where time comes from; how a flood of events stays a few log lines; what the kernel and the system's manager know of this process and its sockets |
//!
//! Handlers never see by which protocol a request came: uwsgi, FastCGI, SCGI or HTTP. Beside the
//! library is the command line tool: `main.rs` and `tool`, which know `proto` alone.
//!
//! The wire formats are a crate of their own, `cleanslate-proto`, which knows no sockets, clocks
//! or threads.

mod app;
mod capture;
mod clock;
mod commands;
mod config;
mod context;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals;
mod ledger;
mod log;
mod master;
mod net;
mod pool;
mod process;
mod schedule;
mod serve;
mod sock_diag;
mod stats;
mod systemd;
mod throttle;
mod worker;

pub use app::{
    App, Cron, Error, FileMonitor, Form, Interval, IntoInterval, IntoName, Misfire, Next, Overlap,
    Request, RequestBody, Response, Result, Route, Signal, Writer, cron, every, file_monitor,
    never, route, signal,
};
pub use cleanslate_proto as proto;
pub use config::Options;
pub use context::{Context, Db, TimerId, is_interrupted};
pub use ledger::heap::CountingAllocator;
pub use rusqlite;

/// The README's program compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
