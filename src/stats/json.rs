//! The whole answer as JSON: uWSGI's fields, and ours under one name. Knows nothing of sockets.

use serde::Serialize;

use super::Snapshot;
use super::own::Own;
use super::uwsgi::Uwsgi;

/// uWSGI's object, so that what was made for it works unchanged, with one field more.
#[derive(Serialize)]
struct Stats<'s> {
    #[serde(flatten)]
    uwsgi: Uwsgi<'s>,
    cleanslate: Own<'s>,
}

pub(super) fn encode(snapshot: &Snapshot<'_>) -> serde_json::Result<Vec<u8>> {
    let stats = Stats { uwsgi: Uwsgi::of(snapshot), cleanslate: Own::of(snapshot) };
    serde_json::to_vec(&stats)
}
