//! Rows: where the server listens, and with how many threads it serves. Knows nothing of how.

use super::{Group, Kind, Row};

pub(super) const GROUP: Group = Group { heading: "Listening and serving", rows: ROWS };

const ROWS: &[Row] = &[
    Row::new(
        "socket",
        Kind::Address,
        "Where to listen for uwsgi: a path, @name (abstract), host:port or :port; may be repeated",
    )
    .also(&["uwsgi-socket"])
    .short('s')
    .repeated(),
    Row::new(
        "fastcgi-socket",
        Kind::Address,
        "Where to listen for FastCGI, whose connections nginx keeps (fastcgi_keep_conn); may be repeated",
    )
    .also(&["fastcgi-nph-socket"])
    .repeated(),
    Row::new("scgi-socket", Kind::Address, "Where to listen for SCGI; may be repeated")
        .also(&["scgi-nph-socket"])
        .repeated(),
    Row::new(
        "http-socket",
        Kind::Address,
        "Where to listen for HTTP/1.1: for proxy_pass with keepalive, or to try an application without nginx; may be repeated",
    )
    .also(&["http11-socket"])
    .repeated(),
    Row::new("processes", Kind::Count, "Workers; each has an event loop and its own threads")
        .also(&["workers"])
        .short('p')
        .default("4"),
    Row::new("threads", Kind::Count, "Threads of each worker").default("2"),
    Row::new("listen", Kind::Count, "Connections that the kernel keeps waiting for each socket")
        .short('l')
        .default("1024"),
    Row::new(
        "chmod-socket",
        Kind::Mode,
        "Access mode of unix sockets, octal; 666 without a value, and in the background unless it or chown-socket is set",
    )
    .also(&["chmod"])
    .short('C')
    .default("660"),
    Row::new(
        "chown-socket",
        Kind::Text("USER[:GROUP]"),
        "Owner of unix sockets: user, user:group or :group",
    ),
    Row::new("database", Kind::Path, "The SQLite file of the application"),
    Row::new(
        "db-reset",
        Kind::Text("HOW"),
        "After each job: recycle keeps a clean connection, close closes it",
    )
    .default("recycle"),
];
