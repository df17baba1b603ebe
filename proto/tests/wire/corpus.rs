//! The stored corpus of each fuzz target, replayed: the harness can't rot between fuzz runs.

use crate::fuzz_every_way;
use cleanslate_proto::fuzzing;
use std::path::Path;

/// Calls `fuzz` with every file of the target's corpus, and with its first bytes.
#[track_caller]
fn check(target: &str, fuzz: fn(&[u8])) {
    let files = files(target);
    assert!(files.len() >= 5, "{target} has a corpus of {}", files.len());
    for bytes in files {
        for end in (0..bytes.len().min(64)).chain([bytes.len()]) {
            fuzz(&bytes[..end]);
        }
    }
}

/// As [`check`], and with every plan instead of the three bytes each file starts with.
#[track_caller]
fn check_plans(target: &str, fuzz: fn(&[u8])) {
    check(target, fuzz);
    for bytes in files(target) {
        fuzz_every_way(bytes.get(3..).unwrap_or(&[]), fuzz);
    }
}

fn files(target: &str) -> Vec<Vec<u8>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
    let entries = corpus.read_dir().expect("each target has a corpus");
    entries.map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect()
}

#[test]
fn uwsgi_decode() {
    check_plans("uwsgi_decode", fuzzing::fuzz_uwsgi_decode);
}

#[test]
fn uwsgi_encode() {
    check("uwsgi_encode", fuzzing::fuzz_uwsgi_encode);
}

#[test]
fn response_decode() {
    check_plans("response_decode", fuzzing::fuzz_response_decode);
}

#[test]
fn response_encode() {
    check("response_encode", fuzzing::fuzz_response_encode);
}

#[test]
fn scgi_decode() {
    check_plans("scgi_decode", fuzzing::fuzz_scgi_decode);
}

#[test]
fn scgi_encode() {
    check("scgi_encode", fuzzing::fuzz_scgi_encode);
}

#[test]
fn fastcgi_decode() {
    check_plans("fastcgi_decode", fuzzing::fuzz_fastcgi_decode);
}

#[test]
fn fastcgi_encode() {
    check("fastcgi_encode", fuzzing::fuzz_fastcgi_encode);
}

#[test]
fn fastcgi_answer() {
    check_plans("fastcgi_answer", fuzzing::fuzz_fastcgi_answer);
}

#[test]
fn http_decode() {
    check_plans("http_decode", fuzzing::fuzz_http_decode);
}

#[test]
fn http_encode() {
    check("http_encode", fuzzing::fuzz_http_encode);
}
