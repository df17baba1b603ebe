//! The table of the server's own options, the only list there is: help and the command line come
//! from it. Knows nothing of what an option does.

/// One option.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// How the value is called in help.
    pub(crate) value: &'static str,
    pub(crate) default: Option<&'static str>,
    pub(crate) repeated: bool,
    pub(crate) help: &'static str,
}

const fn row(
    name: &'static str,
    value: &'static str,
    default: &'static str,
    help: &'static str,
) -> Row {
    Row { name, value, default: Some(default), repeated: false, help }
}

const fn unset(name: &'static str, value: &'static str, help: &'static str) -> Row {
    Row { name, value, default: None, repeated: false, help }
}

/// Every option of the server. An application adds its own with `App::option`.
pub(crate) const TABLE: &[Row] = &[
    Row {
        name: "socket",
        value: "ADDRESS",
        default: None,
        repeated: true,
        help: "Where to listen for uwsgi: a path, @name (abstract), host:port or :port; may be repeated",
    },
    Row {
        name: "fastcgi-socket",
        value: "ADDRESS",
        default: None,
        repeated: true,
        help: "Where to listen for FastCGI, whose connections nginx keeps (fastcgi_keep_conn); may be repeated",
    },
    Row {
        name: "scgi-socket",
        value: "ADDRESS",
        default: None,
        repeated: true,
        help: "Where to listen for SCGI; may be repeated",
    },
    Row {
        name: "http-socket",
        value: "ADDRESS",
        default: None,
        repeated: true,
        help: "Where to listen for HTTP/1.1: for proxy_pass with keepalive, or to try an application without nginx; may be repeated",
    },
    row("processes", "N", "4", "Workers; each has an event loop and its own threads"),
    row("threads", "N", "2", "Threads of each worker"),
    row("listen", "N", "1024", "Connections that the kernel keeps waiting for each socket"),
    row("chmod-socket", "MODE", "660", "Access mode of unix sockets, octal"),
    unset("chown-socket", "USER[:GROUP]", "Owner of unix sockets: user, user:group or :group"),
    row("queue", "N", "1024", "Whole requests that may wait for a thread; above it 503"),
    row(
        "max-connections",
        "N",
        "16384",
        "Connections that wait at once, for the rest of a request or to take their answer; above it 503",
    ),
    row(
        "socket-timeout",
        "SECONDS",
        "10",
        "For the whole head, then for each stall of a body or an answer; 408",
    ),
    row(
        "keepalive",
        "SECONDS",
        "75",
        "How long a FastCGI or HTTP connection may be idle between requests: longer than nginx keeps it (60)",
    ),
    row("buffer-size", "BYTES", "65535", "Largest block of variables, at most 65535; above it 431"),
    row("max-vars", "N", "1000", "Most variables of a request; above it 431"),
    row("limit-post", "BYTES", "67108864", "Largest body; above it 413"),
    row(
        "post-buffering",
        "BYTES",
        "1048576",
        "How much of a body stays in memory, and of an answer written step by step; the rest goes to an unlinked file in TMPDIR",
    ),
    row(
        "response-headers-limit",
        "BYTES",
        "65536",
        "Largest head of an answer; above it 500. nginx takes one page unless uwsgi_buffer_size is larger",
    ),
    row(
        "limit-answer",
        "BYTES",
        "1073741824",
        "How much of an answer written step by step waits in that file; above it the answer is cut short",
    ),
    row(
        "harakiri",
        "SECONDS",
        "60",
        "Deadline of a request from the moment it is whole, then 504; 0 is none",
    ),
    row(
        "allow-signals",
        "BOOL",
        "false",
        "Whether uwsgi packets of modifier1 110 raise signals (true or false); over unix sockets only from the same user or group",
    ),
    unset("background-threads", "N", "Threads that timers may use at once; all but one unless set"),
    row(
        "signal-queue",
        "N",
        "1024",
        "Raised signals that may wait for a thread; above it raising one is an error",
    ),
    row(
        "cron-timezone",
        "ZONE",
        "local",
        "Time zone of crons that name none: an IANA name, UTC or local",
    ),
    unset(
        "schedule-store",
        "FILE",
        "SQLite file that keeps when crons, and timers of a minute or more, ran last: none is then repeated or lost by a restart",
    ),
    unset("database", "FILE", "The SQLite file of the application"),
    row(
        "db-reset",
        "HOW",
        "recycle",
        "After each job: recycle keeps a clean connection, close closes it",
    ),
    row(
        "reload-mercy",
        "SECONDS",
        "75",
        "How long a stop, or a reload, waits for jobs and answers that are under way",
    ),
    row(
        "master",
        "BOOL",
        "false",
        "Whether a master keeps the sockets, and starts and replaces the server",
    ),
    unset("daemonize", "FILE", "Go on in the background once it serves, and log to this file"),
    unset("pidfile", "FILE", "Where the process (the master, if there is one) writes its number"),
    unset("uid", "USER", "Become this user, by name or number, after the sockets are bound"),
    unset("gid", "GROUP", "Become this group"),
    unset("chdir", "FOLDER", "Working folder, for the paths of other options too"),
    unset("umask", "MASK", "Mask of the access modes of new files, octal"),
    Row {
        name: "touch-reload",
        value: "FILE",
        default: None,
        repeated: true,
        help: "Reload when this file changes; may be repeated",
    },
    Row {
        name: "env",
        value: "NAME=VALUE",
        default: None,
        repeated: true,
        help: "Sets a variable of the environment; may be repeated",
    },
    unset("logto", "FILE", "Log to this file"),
    row("log-maxsize", "BYTES", "0", "Size at which the log file is put aside; 0 is never"),
    row("log-keep", "N", "10", "How many log files that were put aside are kept"),
    unset(
        "log-backupname",
        "FILE",
        "The one name under which the log file is put aside; the next replaces it",
    ),
    row("log-truncate", "BOOL", "false", "Whether the log file is emptied at the start"),
    row("log-requests", "BOOL", "false", "Whether each request is logged"),
    unset(
        "log-format",
        "FORMAT",
        "How requests are logged, with uWSGI's tokens: %(method) %(uri)…",
    ),
    row("log-json", "BOOL", "false", "Whether everything is logged as JSON"),
    row(
        "log-slow",
        "MILLISECONDS",
        "0",
        "Requests that take so long are logged in any case; 0 is none",
    ),
    row(
        "reload-on-as",
        "MB",
        "0",
        "Another server takes over when the address space has grown by so much; 0 is never",
    ),
    row(
        "reload-on-rss",
        "MB",
        "0",
        "Another server takes over when so much memory is resident; 0 is never",
    ),
    row("max-requests", "N", "0", "Another server takes over after so many requests; 0 is never"),
    row("min-worker-lifetime", "SECONDS", "1", "None is replaced before it is so old"),
    row(
        "max-worker-lifetime",
        "SECONDS",
        "0",
        "Another server takes over when one is so old; 0 is never",
    ),
    row("log-level", "LEVEL", "info", "What is logged: error, warn, info, debug or trace"),
];

/// Whether the server has an option of this name, or the command line a meaning for it.
pub(crate) fn is_taken(name: &str) -> bool {
    matches!(name, "help" | "version") || TABLE.iter().any(|row| row.name == name)
}
