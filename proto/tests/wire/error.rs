//! Every cause with its status and what a log says about it.

use cleanslate_proto::error::Error;

#[track_caller]
fn check(error: Error, status: u16, text: &str) {
    assert_eq!(error.status(), status, "{error}");
    assert_eq!(error.to_string(), text);
}

#[test]
fn statuses_and_texts() {
    let (at, size, left) = (7, 9, 3);
    check(Error::NoVars, 400, "the packet has no vars");
    let error = Error::VarsTooLarge { size: 5_000, limit: 4_096 };
    check(error, 431, "the vars are 5000 bytes, buffer-size is 4096");
    check(Error::TooManyVars { limit: 8 }, 431, "more vars than max-vars, 8");
    check(Error::EmptyKey { at }, 400, "the var at byte 7 has an empty key");
    let error = Error::KeyOverrun { at, size, left };
    check(error, 400, "the var at byte 7 has a key of 9 bytes, 3 are left");
    check(Error::NoValueSize { at }, 400, "the vars end before the var at byte 7 has a value");
    let error = Error::ValueOverrun { at, size, left };
    check(error, 400, "the var at byte 7 has a value of 9 bytes, 3 are left");
    let error = Error::TrailingBytes { at, count: 2 };
    check(error, 400, "after the last var, at byte 7, 2 bytes remain");
    check(Error::NoMethod, 400, "REQUEST_METHOD is missing or empty");
    let error = Error::ContentLengthByte { byte: b'\n' };
    check(error, 400, r#"CONTENT_LENGTH has "\n" in it, only digits may be"#);
    let error = Error::ContentLengthOverflow { digits: 20 };
    check(error, 400, "CONTENT_LENGTH, of 20 digits, is above 64 bits");
    let error = Error::ContentLengthsDiffer { first: 1, other: 2 };
    check(error, 400, "CONTENT_LENGTH is given as 1 and as 2");
    let error = Error::NulInPath { var: "PATH_INFO", at };
    check(error, 400, "PATH_INFO has a NUL at byte 7");
    let error = Error::BodyTooLarge { size: 11, limit: 10 };
    check(error, 413, "the body is 11 bytes, limit-post is 10");
    check(Error::BeginSize { size: 9 }, 400, "BEGIN_REQUEST has 9 bytes, not 8");
    let error = Error::UnexpectedRecord { kind: 5 };
    check(error, 400, "a record of kind 5 comes where none may");
    let error = Error::StrayRecords { limit: 4 };
    check(error, 400, "more than 4 records that are none of the request's");
    let error = Error::BodyDiffers { announced: 5, size: 4 };
    check(error, 400, "CONTENT_LENGTH is 5, the body has 4 bytes");
    let error = Error::Short { received: 3, wanted: None };
    check(error, 400, "the peer left after 3 bytes");
    let error = Error::Short { received: 9, wanted: Some(12) };
    check(error, 400, "the peer left after 9 of 12 bytes");
}

#[test]
fn a_modifier_tells_who_speaks() {
    let plain = |head: [u8; 4]| {
        let text = format!("modifier1 is {}, which is not served", head[0]);
        check(Error::Modifier { head }, 501, &text);
    };
    plain([100, 0, 0, 0]);
    plain([1, 0, 0, 0]);
    let tail = "to a uwsgi socket (it starts with";
    let other = |head, name, start| {
        let text = Error::Modifier { head }.to_string();
        let says = format!("which is not served: the peer speaks {name} {tail} \"{start}\")");
        assert!(text.ends_with(&says), "{text}");
    };
    other(*b"GET ", "HTTP", "GET ");
    other(*b"POST", "HTTP", "POST");
    other(*b"DELE", "HTTP", "DELE");
    other(*b"PRI ", "HTTP/2", "PRI ");
    other(*b"PROX", "the PROXY protocol", "PROX");
    other([0x16, 3, 1, 2], "TLS", r"\x16\x03\x01\x02");
    other([1, 1, 0, 1], "FastCGI", r"\x01\x01\x00\x01");
}

#[test]
fn a_version_tells_who_speaks() {
    let plain = Error::RecordVersion { head: [2, 1, 0, 1] };
    check(plain, 400, "a record's version is 2, only 1 is known");
    let uwsgi = Error::RecordVersion { head: [0, 21, 0, 0] };
    let text = "a record's version is 0, only 1 is known: the peer speaks uwsgi to a FastCGI \
        socket (it starts with \"\\x00\\x15\\x00\\x00\")";
    check(uwsgi, 400, text);
    let http = Error::RecordVersion { head: *b"GET " }.to_string();
    assert!(http.contains("the peer speaks HTTP to a FastCGI socket"), "{http}");
}
