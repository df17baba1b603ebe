//! Rows: when another server takes over. Knows nothing of how it does.

use super::{Group, Kind, Row};

pub(super) const GROUP: Group = Group { heading: "Recycling", rows: ROWS };

const ROWS: &[Row] = &[
    Row::new(
        "reload-on-as",
        Kind::Megabytes,
        "Another server takes over when the address space has grown by so much; 0 is never",
    )
    .also(&["evil-reload-on-as"])
    .default("0"),
    Row::new(
        "reload-on-rss",
        Kind::Megabytes,
        "Another server takes over when so much memory is resident; 0 is never",
    )
    .also(&["evil-reload-on-rss"])
    .default("0"),
    Row::new(
        "max-requests",
        Kind::Count,
        "Another server takes over after so many requests; 0 is never",
    )
    .short('R')
    .default("0"),
    Row::new(
        "max-lost-threads",
        Kind::Count,
        "Another server takes over when so many threads are lost to handlers that don't return; half of them unless set",
    ),
    Row::new("min-worker-lifetime", Kind::Seconds, "None is replaced before it is so old")
        .default("1"),
    Row::new(
        "max-worker-lifetime",
        Kind::Seconds,
        "Another server takes over when one is so old; 0 is never",
    )
    .default("0"),
];
