//! Every bound on what a peer may send. It must not know what is done when one is passed (that is
//! `error`) nor where an operator sets one.

/// How much one request may be. Every value is valid; a smaller one refuses more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// The vars of a request together, in bytes as they lie on the wire; above it: 431.
    ///
    /// 65,535 is the most that a uwsgi packet can say. nginx's own limit on a request's head
    /// (`large_client_header_buffers`, 4 of 8 KiB) plus its params stays below, so that what nginx
    /// took is never refused here; a lower default is the most frequent complaint about uWSGI.
    pub buffer_size: usize,

    /// The vars of a request, counted, repeated ones too; above it: 431.
    ///
    /// 1,000 is far above what browsers and nginx send together (about 40) and above what fits in
    /// nginx's header buffers as real headers, and keeps the index of the vars at 8 KB.
    pub max_vars: usize,

    /// The body of a request in bytes, as `CONTENT_LENGTH` announces it; above it: 413.
    ///
    /// 64 MiB is above nginx's own default (`client_max_body_size`, 1 MiB), so nginx decides for
    /// those who never thought of it, and still bounds what one peer can make us hold.
    pub limit_post: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { buffer_size: 65_535, max_vars: 1_000, limit_post: 64 * 1024 * 1024 }
    }
}
