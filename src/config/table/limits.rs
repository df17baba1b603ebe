//! Rows: limits of requests, answers and connections. Knows nothing of what is done above them.

use super::{Group, Kind, Row};

pub(super) const GROUP: Group = Group { heading: "Limits", rows: ROWS };

const ROWS: &[Row] = &[
    Row::new("queue", Kind::Count, "Whole requests that may wait for a thread; above it 503")
        .default("1024"),
    Row::new(
        "max-connections",
        Kind::Count,
        "Connections that wait at once, for the rest of a request or to take their answer; above it 503",
    )
    .default("16384"),
    Row::new(
        "socket-timeout",
        Kind::Seconds,
        "For the whole head, then for each stall of a body or an answer; 408",
    )
    .short('z')
    .default("10"),
    Row::new(
        "keepalive",
        Kind::Seconds,
        "How long a FastCGI or HTTP connection may be idle between requests: longer than nginx keeps it (60)",
    )
    .default("75"),
    Row::new("buffer-size", Kind::Bytes, "Largest block of variables, at most 65535; above it 431")
        .short('b')
        .default("65535"),
    Row::new("max-vars", Kind::Count, "Most variables of a request; above it 431")
        .default("1000"),
    Row::new("limit-post", Kind::Bytes, "Largest body; above it 413").default("67108864"),
    Row::new(
        "post-buffering",
        Kind::Bytes,
        "How much of a body stays in memory, and of an answer written step by step; the rest goes to an unlinked file in TMPDIR",
    )
    .default("1048576"),
    Row::new(
        "response-headers-limit",
        Kind::Bytes,
        "Largest head of an answer; above it 500. nginx takes one page unless uwsgi_buffer_size is larger",
    )
    .default("65536"),
    Row::new(
        "limit-answer",
        Kind::Bytes,
        "How much of an answer written step by step waits in that file; above it the answer is cut short",
    )
    .default("1073741824"),
    Row::new(
        "harakiri",
        Kind::Seconds,
        "Deadline of a request from the moment it is whole, then 504; 0 is none; a route may have its own",
    )
    .default("60"),
];
