//! Rows: requests that are kept to be replayed. Knows nothing of how they are kept.

use super::{Group, Kind, Row};

pub(super) const GROUP: Group = Group { heading: "Capturing requests", rows: ROWS };

const ROWS: &[Row] = &[
    Row::new(
        "capture",
        Kind::Text("FOLDER"),
        "Keep requests that were slow or failed in this folder, one file each, to be replayed; without what the names of capture-redact hold",
    ),
    Row::new("capture-max", Kind::Count, "How many files are kept there; the oldest go")
        .default("100"),
    Row::new(
        "capture-slow",
        Kind::Seconds,
        "Keep requests that take so long; as log-slow unless set; 0 is none, so that only those are kept that fail",
    ),
    Row::new(
        "capture-size",
        Kind::Bytes,
        "How much of a body is kept; the rest is cut off, and the file says so; 0 keeps no body",
    )
    .default("65536"),
    Row::new(
        "capture-redact",
        Kind::Text("NAME[,NAME]"),
        "More variables, headers, parameters and fields whose values are not kept, beside those with names as cookie, token or password; may be repeated",
    )
    .repeated(),
];
