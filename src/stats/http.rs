//! The statistics over HTTP: what is asked for, and in which form. Knows nothing of sockets.

use super::{Snapshot, json, metrics, page};

/// What an HTTP client may ask for, as far as its first bytes tell.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Asked {
    /// More bytes are to come.
    Unfinished,
    Page,
    Json,
    Metrics,
    /// A file of the page.
    File(&'static page::File),
    NotFound,
    NotAllowed,
    Bad,
}

/// More than any client sends that only reads.
pub(super) const HEAD_MAX: usize = 16 * 1024;

/// Reads the head of a request; with it, whether only the head of the answer is wanted.
pub(super) fn read(head: &[u8]) -> (Asked, bool) {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(head) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) if head.len() < HEAD_MAX => {
            return (Asked::Unfinished, false);
        }
        Ok(httparse::Status::Partial) | Err(_) => return (Asked::Bad, false),
    }
    let is_head = request.method == Some("HEAD");
    if !is_head && request.method != Some("GET") {
        return (Asked::NotAllowed, false);
    }
    let accept = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case("accept"));
    let wants_page =
        accept.is_some_and(|header| header.value.windows(9).any(|part| part == b"text/html"));
    let path = request.path.unwrap_or_default();
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    let asked = match path {
        // uWSGI answers with JSON whatever is asked for; a browser gets the page.
        "/" if wants_page => Asked::Page,
        "/" | "/stats" | "/stats.json" => Asked::Json,
        "/metrics" => Asked::Metrics,
        _ => page::FILES.iter().find(|file| file.path == path).map_or(Asked::NotFound, Asked::File),
    };
    (asked, is_head)
}

/// The whole answer.
pub(super) fn answer(asked: Asked, head_only: bool, snapshot: &Snapshot<'_>) -> Vec<u8> {
    let text = |text: &str| ("text/plain; charset=utf-8", text.as_bytes().to_vec());
    let failed = || ("500 Internal Server Error", text("the statistics can't be written\n"));
    let (status, (media_type, body)) = match asked {
        Asked::Page => ("200 OK", ("text/html; charset=utf-8", page::INDEX.as_bytes().to_vec())),
        Asked::File(file) => ("200 OK", (file.media_type, file.content.as_bytes().to_vec())),
        Asked::Json => json::encode(snapshot)
            .map_or_else(|_| failed(), |body| ("200 OK", ("application/json", body))),
        Asked::Metrics => metrics::encode(snapshot)
            .map_or_else(|_| failed(), |body| ("200 OK", (metrics::MEDIA_TYPE, body.into_bytes()))),
        Asked::NotFound => ("404 Not Found", text("/, /stats or /metrics\n")),
        Asked::NotAllowed => ("405 Method Not Allowed", text("GET or HEAD\n")),
        Asked::Bad | Asked::Unfinished => ("400 Bad Request", text("that is no HTTP request\n")),
    };
    let length = body.len();
    // The page asks nobody but this server, and nobody may put it into another page.
    let mut answer = format!(
        "HTTP/1.1 {status}\r\n\
         Content-Type: {media_type}\r\n\
         Content-Length: {length}\r\n\
         Cache-Control: no-store\r\n\
         X-Content-Type-Options: nosniff\r\n\
         Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
         img-src data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'\r\n\
         Connection: close\r\n\r\n"
    )
    .into_bytes();
    if !head_only {
        answer.extend(body);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_has_its_own() {
        for (head, expected) in [
            ("GET / HTTP/1.1\r\nAccept: text/html,*/*\r\n\r\n", (Asked::Page, false)),
            ("GET / HTTP/1.1\r\nAccept: */*\r\n\r\n", (Asked::Json, false)),
            ("GET / HTTP/1.0\r\n\r\n", (Asked::Json, false)),
            ("GET /stats?x=/metrics HTTP/1.1\r\n\r\n", (Asked::Json, false)),
            ("HEAD /metrics HTTP/1.1\r\n\r\n", (Asked::Metrics, true)),
            ("GET /metrics/ HTTP/1.1\r\n\r\n", (Asked::NotFound, false)),
            ("POST /metrics HTTP/1.1\r\n\r\n", (Asked::NotAllowed, false)),
            ("GET / HTTP/1.1\r\n", (Asked::Unfinished, false)),
            ("", (Asked::Unfinished, false)),
            ("\u{1}\r\n\r\n", (Asked::Bad, false)),
        ] {
            assert_eq!(read(head.as_bytes()), expected, "{head:?}");
        }
        let long = format!("GET /{} HTTP/1.1\r\n", "x".repeat(HEAD_MAX));
        assert_eq!(read(long.as_bytes()), (Asked::Bad, false));
    }
}
