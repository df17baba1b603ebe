//! Requests of all kinds, as browsers and others send them. Knows no protocol and no answer.

/// A request.
pub(super) struct Ask {
    pub(super) method: &'static str,
    pub(super) uri: String,
    /// Lines of the head, each with its end.
    pub(super) headers: String,
    pub(super) body: Vec<u8>,
}

pub(super) fn ask(method: &'static str, uri: &str, headers: &str, body: &[u8]) -> Ask {
    Ask { method, uri: uri.to_owned(), headers: headers.to_owned(), body: body.to_vec() }
}

/// Paths and queries, well formed or not, and every kind of answer.
const GETS: &str = "
    /hello /nowhere / /user/7 /user/1001 /user/x /len
    /user?id=7 /user?id=%37 /user?x=&id=7 /user? /user?id=7&id=8 /user/7?a=b;c=d /user/7?a=/../b?c=d
    /us%65r/7 /user/%37 /user%2F7 /user/%20 /user/+7 /user/7%3Fid=8 /user/7%00 /user/%C3
    /user/7/ //user/7 /user//7 /user/../user/7 /./user/./7 /user/%2e%2e/user/7 /../user/7
    /nowhere/%C3%BC /nowhere/ü /% /user/%zz
    /bytes/0 /bytes/1 /bytes/100000 /stream/0 /stream/1 /stream/500
    /panic /status/100 /status/99999 /heads/100 /heads/10000 /heads/70000 /dirty/tx /sleep/5";

const HEADS: &str =
    "/hello /bytes/1000 /stream/5 /panic /nowhere /status/204 /status/304 /status/404 /heads/70000";

const METHODS: [&str; 6] = ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"];

/// Headers that are passed on, and some that nginx acts on.
fn with_headers() -> Vec<Ask> {
    let pad = format!("X-Pad: {}\r\n", "x".repeat(7_000));
    let conditions = "If-None-Match: \"x\"\r\nIf-Modified-Since: Mon, 23 Nov 2026 22:00:00 GMT\r\n";
    let cookies = "Cookie: a=b; c=\"d e\"\r\nCookie: f=g\r\n";
    [
        ("/len", pad.as_str()),
        ("/len", "X-Pad: gr\u{fc}n\r\n"),
        ("/len", "X-Pad:\r\nX_Pad: underscored\r\n"),
        ("/len", cookies),
        ("/hello", "Accept-Encoding: gzip\r\nRange: bytes=0-3\r\n"),
        ("/hello", conditions),
        ("/hello", "Connection: upgrade\r\nUpgrade: other\r\n"),
    ]
    .map(|(uri, headers)| ask("GET", uri, headers, b""))
    .into()
}

/// Bodies, with every method that may have one.
fn with_bodies() -> Vec<Ask> {
    let json = "Content-Type: application/json\r\n";
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let text = "Content-Type: text/plain; charset=utf-8\r\n";
    let mut table = vec![
        ask("GET", "/echo", json, b"a GET with a body"),
        ask("POST", "/echo", "", b""),
        ask("POST", "/body", "Expect: 100-continue\r\n", b"12345"),
        ask("POST", "/write", "", b"a row"),
    ];
    for method in METHODS {
        table.push(ask(method, "/echo", json, b"{\"a\": \"b\"}"));
        table.push(ask(method, "/hello", form, b"a=b&c=%20"));
        table.push(ask(method, "/echo", text, "grün\0".as_bytes()));
    }
    table
}

/// All of them, and every status.
pub(super) fn table() -> Vec<Ask> {
    let plain = |method, uris: &str| -> Vec<Ask> {
        uris.split_whitespace().map(|uri| ask(method, uri, "", b"")).collect()
    };
    let statuses = (200..=599).map(|status| ask("GET", &format!("/status/{status}"), "", b""));
    let all = [plain("GET", GETS), plain("HEAD", HEADS), with_headers(), with_bodies()];
    all.into_iter().flatten().chain(statuses).collect()
}
