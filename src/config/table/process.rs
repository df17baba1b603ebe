//! Rows: the process itself. Knows nothing of how it becomes what they say.

use super::{Group, Kind, Row};

pub(super) const GROUP: Group = Group { heading: "The process", rows: ROWS };

const ROWS: &[Row] = &[
    Row::new(
        "master",
        Kind::Flag,
        "Whether a master keeps the sockets, and starts and replaces the server",
    )
    .short('M')
    .default("false"),
    Row::new(
        "daemonize",
        Kind::Path,
        "Go on in the background once it serves, and log to this file",
    )
    .also(&["daemonize2"])
    .short('d'),
    Row::new(
        "pidfile",
        Kind::Path,
        "Where the process (the master, if there is one) writes its number",
    ),
    Row::new("safe-pidfile", Kind::Path, "The same, but only once it serves")
        .also(&["pidfile2", "safe-pidfile2"]),
    Row::new(
        "uid",
        Kind::Text("USER"),
        "Become this user, by name or number, after the sockets are bound",
    ),
    Row::new("gid", Kind::Text("GROUP"), "Become this group"),
    Row::new("chdir", Kind::Text("FOLDER"), "Working folder, for the paths of other options too"),
    Row::new("umask", Kind::Mode, "Mask of the access modes of new files, octal"),
    Row::new(
        "env",
        Kind::Text("NAME=VALUE"),
        "Sets a variable of the environment; may be repeated",
    )
    .repeated(),
    Row::new("touch-reload", Kind::Path, "Reload when this file changes; may be repeated")
        .also(&["touch-workers-reload", "touch-chain-reload"])
        .repeated(),
    Row::new(
        "reload-mercy",
        Kind::Seconds,
        "How long a stop, or a reload, waits for jobs and answers that are under way",
    )
    .also(&["worker-reload-mercy"])
    .default("75"),
    Row::new(
        "start-timeout",
        Kind::Seconds,
        "How long a server that is to take over may take to start, its start hooks included; then the old one serves on; 0 is for ever",
    )
    .default("60"),
];
