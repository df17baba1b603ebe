//! What a server tells of itself while it runs: uWSGI's JSON with its names and units, the same over
//! HTTP, and OpenMetrics. Knows the pool from outside, and changes nothing in it.
//!
//! [`Snapshot`] is taken once for each who asks, by a thread of its own, so that neither a slow reader
//! nor a stuck pool is in the other's way.

mod backlog;
mod http;
mod json;
mod metrics;
mod own;
mod page;
mod running;
mod server;
mod snapshot;
mod usage;
mod uwsgi;

pub(crate) use self::server::serve;
use self::snapshot::Snapshot;
pub(crate) use self::usage::Limits;
