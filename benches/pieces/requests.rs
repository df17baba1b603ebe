//! From the bytes of a request to its vars, by each protocol. Knows nothing of who does so.

use cleanslate::proto::limits::Limits;
use cleanslate::proto::step::Step;
use cleanslate::proto::{fastcgi, http, request, scgi, uwsgi};
use divan::{Bencher, black_box};

/// What nginx tells of a browser's request.
const VARS: [(&str, &str); 22] = [
    ("QUERY_STRING", ""),
    ("REQUEST_METHOD", "GET"),
    ("CONTENT_TYPE", ""),
    ("CONTENT_LENGTH", ""),
    ("REQUEST_URI", "/users/1729"),
    ("PATH_INFO", "/users/1729"),
    ("DOCUMENT_ROOT", "/usr/share/nginx/html"),
    ("SERVER_PROTOCOL", "HTTP/1.1"),
    ("REQUEST_SCHEME", "http"),
    ("REMOTE_ADDR", "203.0.113.7"),
    ("REMOTE_PORT", "50724"),
    ("SERVER_PORT", "80"),
    ("SERVER_NAME", "users.example.com"),
    ("HTTP_HOST", "users.example.com"),
    ("HTTP_USER_AGENT", AGENT),
    ("HTTP_ACCEPT", ACCEPT),
    ("HTTP_ACCEPT_LANGUAGE", "en-US,en;q=0.5"),
    ("HTTP_ACCEPT_ENCODING", "gzip, deflate, br"),
    ("HTTP_REFERER", "http://users.example.com/"),
    ("HTTP_COOKIE", "session=4f2a91c07d5e"),
    ("HTTP_CONNECTION", "keep-alive"),
    ("HTTP_UPGRADE_INSECURE_REQUESTS", "1"),
];

const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
const ACCEPT: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

fn vars() -> impl Iterator<Item = (&'static [u8], &'static [u8])> {
    VARS.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()))
}

/// A bench that decodes this request again and again with the same decoder, and reads its path.
macro_rules! decode {
    ($bencher:expr, $decoder:expr, $sent:expr, |$of:ident, $received:ident| $vars:expr) => {{
        let (mut decoder, limits, sent) = ($decoder, Limits::default(), $sent);
        // FastCGI's and HTTP's decoders move bytes: each takes a copy, as from a socket.
        let mut buffer = sent.clone();
        $bencher.counter(divan::counter::BytesCount::of_slice(&sent)).bench_local(move || {
            buffer.copy_from_slice(&sent);
            decoder.reset();
            let step = decoder.handle_input(black_box(&mut buffer), &limits);
            assert_eq!(step, Ok(Step::Ready));
            let ($of, $received) = (&decoder, &buffer);
            request::path($vars).len()
        });
    }};
}

#[divan::bench(sample_size = 100)]
fn decode_uwsgi(bencher: Bencher<'_, '_>) {
    let mut sent = Vec::new();
    uwsgi::encode(&mut sent, 0, 0, vars()).expect("the vars are right");
    decode!(bencher, uwsgi::Decoder::new(), sent, |decoder, received| decoder.vars(received));
}

#[divan::bench(sample_size = 100)]
fn decode_scgi(bencher: Bencher<'_, '_>) {
    let mut sent = Vec::new();
    let vars = vars().filter(|(name, _)| *name != b"CONTENT_LENGTH");
    scgi::encode(&mut sent, vars, 0).expect("the vars are right");
    decode!(bencher, scgi::Decoder::new(), sent, |decoder, received| decoder.vars(received));
}

#[divan::bench(sample_size = 100)]
fn decode_fastcgi(bencher: Bencher<'_, '_>) {
    let mut sent = Vec::new();
    let cut = fastcgi::Cut { size_max: 65_528, padding: 4 };
    fastcgi::encode_request(&mut sent, 1, true, vars(), b"", cut).expect("the vars are right");
    decode!(bencher, fastcgi::Decoder::new(), sent, |decoder, received| decoder.vars(received));
}

#[divan::bench(sample_size = 100)]
fn decode_http(bencher: Bencher<'_, '_>) {
    let sent = format!(
        "GET /users/1729 HTTP/1.1\r\nHost: users.example.com\r\nX-Real-IP: 203.0.113.7\r\n\
         User-Agent: {AGENT}\r\nAccept: {ACCEPT}\r\nAccept-Language: en-US,en;q=0.5\r\n\
         Accept-Encoding: gzip, deflate, br\r\nReferer: http://users.example.com/\r\n\
         Cookie: session=4f2a91c07d5e\r\nUpgrade-Insecure-Requests: 1\r\n\r\n"
    );
    let sent = sent.into_bytes();
    decode!(bencher, http::Decoder::new(), sent, |decoder, _received| decoder.vars());
}
