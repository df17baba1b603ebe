//! The stored corpus of each fuzz target, replayed: the harness can't rot between fuzz runs.

use cleanslate_proto::fuzzing;
use std::path::Path;

/// Calls `fuzz` with every file of the target's corpus, and with its first bytes.
#[track_caller]
fn check(target: &str, fuzz: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
    let mut count = 0;
    for entry in corpus.read_dir().expect("each target has a corpus") {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for end in (0..bytes.len().min(64)).chain([bytes.len()]) {
            fuzz(&bytes[..end]);
        }
        count += 1;
    }
    assert!(count >= 5, "{target} has a corpus of {count}");
}

#[test]
fn uwsgi_decode() {
    check("uwsgi_decode", fuzzing::fuzz_uwsgi_decode);
}

#[test]
fn uwsgi_encode() {
    check("uwsgi_encode", fuzzing::fuzz_uwsgi_encode);
}

#[test]
fn response_decode() {
    check("response_decode", fuzzing::fuzz_response_decode);
}

#[test]
fn response_encode() {
    check("response_encode", fuzzing::fuzz_response_encode);
}

#[test]
fn scgi_decode() {
    check("scgi_decode", fuzzing::fuzz_scgi_decode);
}

#[test]
fn scgi_encode() {
    check("scgi_encode", fuzzing::fuzz_scgi_encode);
}

#[test]
fn fastcgi_decode() {
    check("fastcgi_decode", fuzzing::fuzz_fastcgi_decode);
}

#[test]
fn fastcgi_encode() {
    check("fastcgi_encode", fuzzing::fuzz_fastcgi_encode);
}

#[test]
fn fastcgi_answer() {
    check("fastcgi_answer", fuzzing::fuzz_fastcgi_answer);
}

#[test]
fn http_decode() {
    check("http_decode", fuzzing::fuzz_http_decode);
}

#[test]
fn http_encode() {
    check("http_encode", fuzzing::fuzz_http_encode);
}
