//! Rows: the log. Knows nothing of how lines are written.

use super::{Group, Kind, Row};

pub(super) const GROUP: Group = Group { heading: "The log", rows: ROWS };

const ROWS: &[Row] = &[
    Row::new("logto", Kind::Path, "Log to this file").also(&["logto2"]),
    Row::new("log-level", Kind::Text("LEVEL"), "What is logged: error, warn, info, debug or trace")
        .default("info"),
    Row::new("log-maxsize", Kind::Bytes, "Size at which the log file is put aside; 0 is never")
        .default("0"),
    Row::new("log-keep", Kind::Count, "How many log files that were put aside are kept").default("10"),
    Row::new(
        "log-backupname",
        Kind::Path,
        "The one name under which the log file is put aside; the next replaces it",
    ),
    Row::new("log-truncate", Kind::Flag, "Whether the log file is emptied at the start")
        .default("false"),
    Row::new(
        "log-requests",
        Kind::Flag,
        "Whether each request has a line in the log; uWSGI does it unless told otherwise, here nginx's log has them already",
    )
    .default("false"),
    Row::new("disable-logging", Kind::Flag, "No line for each request, whatever log-requests says")
        .short('L')
        .default("false"),
    Row::new(
        "log-format",
        Kind::Text("FORMAT"),
        "How a request's line looks, with uWSGI's names: %(method) %(uri) %(status) %(msecs)",
    )
    .also(&["logformat"]),
    Row::new("log-json", Kind::Flag, "Whether lines are JSON").default("false"),
    Row::new("log-slow", Kind::Milliseconds, "Log requests that take so long, even if others are not; 0 is none")
        .default("0"),
];
