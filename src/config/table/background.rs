//! Rows: timers, crons, signals and commands. Knows nothing of when they are due.

use super::{Group, Kind, Row};

pub(super) const GROUP: Group = Group { heading: "Background work", rows: ROWS };

const ROWS: &[Row] = &[
    Row::new(
        "background-threads",
        Kind::Count,
        "Threads that timers may use at once; all but one unless set",
    ),
    Row::new(
        "signal-queue",
        Kind::Count,
        "Raised signals that may wait for a thread; above it raising one is an error",
    )
    .default("1024"),
    Row::new(
        "allow-signals",
        Kind::Flag,
        "Whether uwsgi packets of modifier1 110 raise signals; over unix sockets only from the same user or group",
    )
    .default("false"),
    Row::new(
        "cron-timezone",
        Kind::Text("ZONE"),
        "Time zone of crons that name none: an IANA name, UTC or local",
    )
    .default("local"),
    Row::new(
        "schedule-store",
        Kind::Path,
        "SQLite file that keeps when crons, and timers of a minute or more, ran last: none is then repeated or lost by a restart",
    ),
    Row::new(
        "cron",
        Kind::Text("RULE"),
        "Runs a command at set times: minute hour day month weekday command, as uWSGI has them; -1 is any, -5 every fifth; may be repeated",
    )
    .repeated(),
    Row::new(
        "cron2",
        Kind::Text("RULE"),
        "The same with names: minute=-1,hour=3,unique=1,harakiri=30 command; what isn't named is any; may be repeated",
    )
    .repeated(),
    Row::new(
        "unique-cron",
        Kind::Text("RULE"),
        "As cron, but left out while the last run isn't over; may be repeated",
    )
    .repeated(),
    Row::new("cron-harakiri", Kind::Seconds, "Deadline of commands that have none of their own; 0 is none")
        .default("0"),
];
