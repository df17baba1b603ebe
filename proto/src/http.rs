//! HTTP/1.0 and HTTP/1.1: requests to CGI vars, and the bytes around bodies both ways. It must not
//! know how long a connection stays idle, nor what a handler answers.
//!
//! It is strict where two readers could disagree about where a request ends: lines end with CRLF,
//! a body has one length, and what is not understood is refused. In everything else a request gives
//! the vars that nginx would have sent for it. Source: RFC 9112 (messages), RFC 9110 (fields),
//! RFC 3875 (vars), and nginx's `ngx_http_parse_complex_uri`.
//!
//! | var | from |
//! |---|---|
//! | `REQUEST_METHOD`, `REQUEST_URI` | the request line, as it came |
//! | `PATH_INFO`, `QUERY_STRING` | the target: a path decoded and resolved, a query as it came |
//! | `SERVER_PROTOCOL`, `REQUEST_SCHEME` | the version; `http`, as there is no TLS here |
//! | `HTTP_HOST` | the target's host, else `Host` |
//! | `SERVER_NAME` | the same in lower case, without its port, as nginx's `$host`; or none |
//! | `CONTENT_TYPE`, `CONTENT_LENGTH` | these headers; with chunks, the length of the whole body |
//! | `HTTP_*` | every other header that the table below leaves |
//! | `REMOTE_ADDR` and the like | the driver, with [`Decoder::push_var`] |
//!
//! | met | decided |
//! |---|---|
//! | a line that ends with LF alone, a CR alone, a folded header, a NUL or another control | 400 |
//! | empty lines before a request | skipped, as RFC 9112, 2.2 asks |
//! | `//`, `/./`, `/../` in a path, also written with `%` | merged and resolved, as nginx does |
//! | a path above the root, a wrong `%`, a decoded NUL, a `#` | 400 |
//! | `http://host/path` | `host` counts, `Host` does not |
//! | `*` | 400, as nginx; nothing is routed by it |
//! | `CONNECT` | 405, as nginx |
//! | a header's name with anything but letters, digits and `-` | dropped, as nginx does |
//! | `Proxy` | dropped: as `HTTP_PROXY` it would configure clients (CVE-2016-5385) |
//! | `Host`, `Content-Length`, `Content-Type` or `Transfer-Encoding` twice | 400 |
//! | `Transfer-Encoding` beside `Content-Length`, or in HTTP/1.0 | 400 |

mod block;
mod body;
mod chunked;
mod decode;
mod encode;
mod fields;
mod head;
mod head_end;
mod target;

pub use decode::Decoder;
pub use encode::{
    BodyLength, Persistence, RequestError, encode_chunk, encode_head, encode_last_chunk,
    encode_request,
};
