//! What a client sends, byte for byte, and what it can't send.

use crate::{GET, Var};
use cleanslate_proto::error::Error;
use cleanslate_proto::uwsgi::{Head, encode};

#[track_caller]
fn check(vars: &[Var<'_>], expected: Result<&[u8], Error>) {
    let mut out = b"before".to_vec();
    let result = encode(&mut out, 0, 9, vars.iter().copied());
    assert_eq!(result, expected.map(|_| ()));
    assert_eq!(out, [b"before", expected.unwrap_or(b"")].concat());
}

#[test]
fn bytes() {
    check(&[], Ok(b"\0\0\0\x09"));
    check(&[GET], Ok(b"\0\x15\0\x09\x0E\0REQUEST_METHOD\x03\0GET"));
    check(&[(b"A", b""), (b"B", b"1")], Ok(b"\0\x0B\0\x09\x01\0A\0\0\x01\0B\x01\x001"));
}

#[test]
fn largest() {
    let value = vec![b'x'; 65_535 - 5];
    let expected = [&b"\0\xFF\xFF\x09\x01\0A\xFA\xFF"[..], &value].concat();
    check(&[(b"A", &value)], Ok(&expected));
    let limit = 65_535;
    check(&[(b"A", &value), (b"B", b"")], Err(Error::VarsTooLarge { size: 65_540, limit }));
    check(&[(b"AB", &value)], Err(Error::VarsTooLarge { size: 65_536, limit }));
    let large = vec![b'x'; 70_000];
    check(&[GET, (&large, b"")], Err(Error::VarsTooLarge { size: 70_025, limit }));
    check(&[GET, (b"A", &large)], Err(Error::VarsTooLarge { size: 70_026, limit }));
}

#[test]
fn empty_key() {
    check(&[(b"", b"1")], Err(Error::EmptyKey { at: 0 }));
    check(&[GET, (b"", b"1")], Err(Error::EmptyKey { at: 21 }));
}

#[test]
fn heads() {
    // The answer to a ping, as uWSGI gives it.
    let head = Head::from_bytes([0x64, 0x34, 0x12, 0x01]);
    assert_eq!((head.modifier1, head.vars_size, head.modifier2), (100, 0x1234, 1));
    assert_eq!(head.to_bytes(), [0x64, 0x34, 0x12, 0x01]);
}
