//! From a status, headers and a body to the bytes of an answer, by each protocol. Knows nothing of who
//! does so.

use cleanslate::proto::http::{self, BodyLength, Persistence};
use cleanslate::proto::response::{Length, encode_cgi_head, encode_head};
use cleanslate::proto::{fastcgi, fastcgi::ProtocolStatus};
use divan::{Bencher, black_box};

const BODY: &[u8] = b"{\"id\":1729,\"name\":\"Ada Lovelace\",\"email\":\"ada@example.com\"}";

fn headers() -> [(&'static str, &'static [u8]); 3] {
    [
        ("Content-Type", b"application/json"),
        ("Cache-Control", b"no-store"),
        ("X-Request-Id", b"0192f2c1b7d04a6e"),
    ]
}

/// A bench that writes an answer again and again into the same memory.
fn encode(bencher: Bencher<'_, '_>, mut write: impl FnMut(&mut Vec<u8>)) {
    let mut out = Vec::new();
    bencher.bench_local(move || {
        out.clear();
        write(black_box(&mut out));
        out.len()
    });
}

#[divan::bench(sample_size = 100)]
fn encode_uwsgi(bencher: Bencher<'_, '_>) {
    encode(bencher, |out| {
        let length = Length::Known(BODY.len() as u64);
        encode_head(out, 200, headers(), length).expect("the headers are right");
        out.extend_from_slice(BODY);
    });
}

#[divan::bench(sample_size = 100)]
fn encode_fastcgi(bencher: Bencher<'_, '_>) {
    let mut head = Vec::new();
    encode(bencher, |out| {
        head.clear();
        let length = Length::Known(BODY.len() as u64);
        encode_cgi_head(&mut head, 200, headers(), length).expect("the headers are right");
        head.extend_from_slice(BODY);
        fastcgi::encode_stdout(out, 1, &head);
        fastcgi::encode_end(out, 1, 0, ProtocolStatus::RequestComplete);
    });
}

#[divan::bench(sample_size = 100)]
fn encode_http(bencher: Bencher<'_, '_>) {
    encode(bencher, |out| {
        let length = BodyLength::Known(BODY.len() as u64);
        http::encode_head(out, 200, headers(), length, Persistence::Unsaid)
            .expect("the headers are right");
        out.extend_from_slice(BODY);
    });
}
