//! Rows: how the server is watched. Knows nothing of what it tells.

use super::{Group, Kind, Row};

pub(super) const GROUP: Group = Group { heading: "Watching it", rows: ROWS };

const ROWS: &[Row] = &[
    Row::new(
        "stats",
        Kind::Address,
        "Where to serve statistics: uWSGI's JSON, with ours beside it; may be repeated",
    )
    .also(&["stats-server"])
    .repeated(),
    Row::new(
        "stats-http",
        Kind::Flag,
        "Whether the stats sockets speak HTTP: the status page, /stats, and /metrics for Prometheus",
    )
    .default("false"),
];
