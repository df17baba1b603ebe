//! FastCGI both ways: what a server and a client send, byte for byte, what a client makes of an
//! answer, and requests that come back however they were cut.

use crate::fuzz_every_way;
use crate::{GET, Var};
use cleanslate_proto::error::Error;
use cleanslate_proto::fastcgi::{
    Answer, AnswerError, CONTENT_SIZE_MAX, Cut, Decoder, EndRequest, Header, Kind, ProtocolStatus,
    encode_end, encode_request, encode_stdout, encode_stream, record_header,
};
use cleanslate_proto::fuzzing;
use cleanslate_proto::limits::Limits;
use cleanslate_proto::step::Step;
use proptest::collection::vec;
use proptest::prelude::*;

#[test]
fn headers() {
    let bytes = record_header(Kind::STDOUT, 0x1234, 0x5678, 9);
    assert_eq!(bytes, [0x01, 0x06, 0x12, 0x34, 0x56, 0x78, 9, 0]);
    let header = Header::from_bytes(bytes);
    assert_eq!((header.kind, header.id, header.size), (Kind::STDOUT, 0x1234, 0x5678));
    assert_eq!(header.to_bytes(), bytes);
}

#[test]
fn answers() {
    let mut out = b"before".to_vec();
    encode_stdout(&mut out, 0x0102, b"");
    assert_eq!(out, b"before", "an empty record would end the stream");
    encode_stdout(&mut out, 0x0102, b"hi");
    encode_end(&mut out, 0x0102, 0x0A0B_0C0D, ProtocolStatus::Overloaded);
    let expected = b"before\x01\x06\x01\x02\0\x02\0\0hi\x01\x06\x01\x02\0\0\0\0\
        \x01\x03\x01\x02\0\x08\0\0\x0A\x0B\x0C\x0D\x02\0\0\0";
    assert_eq!(out.escape_ascii().to_string(), expected.escape_ascii().to_string());
}

#[test]
fn large_answers_are_cut_at_multiples_of_eight() {
    let sizes = |size: usize| {
        let mut out = Vec::new();
        encode_stdout(&mut out, 1, &vec![b'x'; size]);
        let (mut sizes, mut rest) = (Vec::new(), &out[..]);
        while let Some((&header, after)) = rest.split_first_chunk() {
            let header = Header::from_bytes(header);
            assert_eq!((header.kind, header.id, header.padding), (Kind::STDOUT, 1, 0));
            sizes.push(header.size);
            rest = &after[usize::from(header.size)..];
        }
        sizes
    };
    assert_eq!(CONTENT_SIZE_MAX % 8, 0);
    assert_eq!(sizes(65_528), [65_528]);
    assert_eq!(sizes(65_529), [65_528, 1]);
    assert_eq!(sizes(200_000), [65_528, 65_528, 65_528, 3_416]);
}

#[track_caller]
fn check_request(vars: &[Var<'_>], body: &[u8], cut: Cut, expected: Result<&[u8], Error>) {
    let mut out = b"before".to_vec();
    let result = encode_request(&mut out, 1, true, vars.iter().copied(), body, cut);
    assert_eq!(result, expected.map(|_| ()));
    let expected = [b"before", expected.unwrap_or(b"")].concat();
    assert_eq!(out.escape_ascii().to_string(), expected.escape_ascii().to_string());
}

#[test]
fn requests() {
    let begin = b"\x01\x01\0\x01\0\x08\0\0\0\x01\x01\0\0\0\0\0";
    let rest = b"\x01\x04\0\x01\0\x13\0\0\x0E\x03REQUEST_METHODGET\x01\x04\0\x01\0\0\0\0\
        \x01\x05\0\x01\0\x02\0\0hi\x01\x05\0\x01\0\0\0\0";
    check_request(&[GET], b"hi", Cut::default(), Ok(&[&begin[..], rest].concat()));
    let rest = b"\x01\x04\0\x01\0\x02\x01\0\x01\x01\0\x01\x04\0\x01\0\x02\x01\0A1\0\
        \x01\x04\0\x01\0\0\x01\0\0\x01\x05\0\x01\0\x01\x01\0x\0\x01\x05\0\x01\0\0\x01\0\0";
    let cut = Cut { size_max: 2, padding: 1 };
    check_request(&[(b"A", b"1")], b"x", cut, Ok(&[&begin[..], rest].concat()));
    check_request(&[GET, (b"", b"1")], b"", cut, Err(Error::EmptyKey { at: 19 }));
}

#[test]
fn lengths_of_both_forms() {
    let value = [b'v'; 128];
    let mut out = Vec::new();
    let vars: [Var<'_>; 2] = [(b"A", &value[..127]), (b"B", &value)];
    encode_request(&mut out, 1, false, vars, b"", Cut::default()).unwrap();
    let params = [b"\x01\x7FA", &value[..127], b"\x01\x80\0\0\x80B", &value].concat();
    assert_eq!(out[16 + 8..16 + 8 + params.len()], params);
}

/// Stdout, stderr and end.
type Parts<'a> = (&'a [u8], &'a [u8], Option<EndRequest>);

#[track_caller]
fn check_answer(bytes: &[u8], expected: Result<Parts<'_>, AnswerError>) {
    let after = b"\x01\x06\0\x07\0\x01\0\0x";
    let bytes_more = [bytes, after].concat();
    for cut in 0..=bytes.len() {
        let mut answer = Answer::new(7);
        let consumed = answer.handle_input(&bytes[..cut]).and_then(|first| {
            assert!(first == cut || answer.end.is_some());
            Ok(first + answer.handle_input(&bytes_more[first..])?)
        });
        match expected {
            Err(error) => assert_eq!(consumed, Err(error)),
            Ok((stdout, stderr, end)) => {
                assert!(end.is_none() || consumed == Ok(bytes.len()), "cut at {cut}");
                assert!(end.is_some() || answer.stdout.strip_suffix(b"x") == Some(stdout));
                assert!(end.is_none() || answer.stdout == stdout);
                assert_eq!((&answer.stderr[..], answer.end), (stderr, end));
            }
        }
    }
    fuzz_every_way(bytes, fuzzing::fuzz_fastcgi_answer);
}

#[test]
fn what_a_client_makes_of_an_answer() {
    let mut bytes = Vec::new();
    let cut = Cut { size_max: 3, padding: 5 };
    encode_stream(&mut bytes, Kind::STDOUT, 7, b"Status: 200\r\n\r\n", cut);
    encode_stream(&mut bytes, Kind::STDERR, 7, b"oh", cut);
    // Of another request, and of the connection.
    encode_stream(&mut bytes, Kind::STDOUT, 8, b"other", cut);
    encode_end(&mut bytes, 8, 0, ProtocolStatus::RequestComplete);
    encode_stream(&mut bytes, Kind::GET_VALUES_RESULT, 0, b"\x01\x01a1", cut);
    check_answer(&bytes, Ok((b"Status: 200\r\n\r\n", b"oh", None)));
    encode_end(&mut bytes, 7, 3, ProtocolStatus::CantMultiplex);
    let end = Some(EndRequest { app_status: 3, protocol_status: 1 });
    check_answer(&bytes, Ok((b"Status: 200\r\n\r\n", b"oh", end)));
    let padded = b"\x01\x03\0\x07\0\x08\x02\0\0\0\0\0\xFF\0\0\0pp";
    let end = Some(EndRequest { app_status: 0, protocol_status: 255 });
    check_answer(padded, Ok((b"", b"", end)));
}

#[test]
fn what_is_no_answer() {
    check_answer(b"HTTP/1.1 200 OK", Err(AnswerError::Version { version: b'H' }));
    check_answer(b"\x01\x05\0\x07\0\0\0\0", Err(AnswerError::Kind { kind: 5 }));
    check_answer(b"\x01\x03\0\x07\0\x07\0\0", Err(AnswerError::EndSize { size: 7 }));
    let texts = [
        AnswerError::Version { version: 2 }.to_string(),
        AnswerError::Kind { kind: 5 }.to_string(),
        AnswerError::EndSize { size: 7 }.to_string(),
    ];
    assert_eq!(texts[0], "a record's version is 2, not 1");
    assert_eq!(texts[1], "no server sends a record of kind 5");
    assert_eq!(texts[2], "END_REQUEST has 7 bytes, not 8");
}

/// Bytes that are often what a decoder looks for.
fn likely_bytes() -> impl Strategy<Value = Vec<u8>> {
    let content = prop_oneof![
        2 => Just(b"\x0E\x03REQUEST_METHODGET".to_vec()),
        1 => Just(b"\x0E\x01CONTENT_LENGTH3".to_vec()),
        1 => Just(b"\0\x01\x01\0\0\0\0\0".to_vec()),
        4 => Just(Vec::new()),
        2 => vec(any::<u8>(), 0..6),
    ];
    let kind = prop_oneof![8 => 1_u8..=5, 2 => 0_u8..13, 1 => any::<u8>()];
    let id = prop_oneof![8 => Just(1_u16), 1 => 0_u16..3];
    let piece = (kind, id, content, prop_oneof![Just(0_u8), any::<u8>()]).prop_map(
        |(kind, id, content, padding)| {
            let mut out = Vec::new();
            let size = u16::try_from(content.len()).unwrap();
            out.extend(record_header(Kind(kind), id, size, padding % 9));
            out.extend(content);
            out.resize(out.len() + usize::from(padding % 9), 0);
            out
        },
    );
    let start = Just(
        [&record_header(Kind::BEGIN_REQUEST, 1, 8, 0)[..], &[0, 1, 1, 0, 0, 0, 0, 0]].concat(),
    );
    let start = prop_oneof![4 => start, 1 => Just(Vec::new())];
    (start, vec(piece, 0..8), vec(any::<u8>(), 0..3))
        .prop_map(|(start, pieces, rest)| [start, pieces.concat(), rest].concat())
}

proptest! {
    #[test]
    fn a_request_comes_back(
        vars in vec((vec(any::<u8>(), 1..200), vec(any::<u8>(), 0..300)), 0..20),
        body in vec(any::<u8>(), 0..300),
        (size_max, padding) in (prop_oneof![0_u16..20, any::<u16>()], any::<u8>()),
        (id, keeps, says_length) in (1_u16.., any::<bool>(), any::<bool>()),
        after in vec(any::<u8>(), 0..30),
        cuts in vec(any::<prop::sample::Index>(), 0..20),
        closes_gaps in any::<bool>(),
    ) {
        let length = body.len().to_string();
        let ours: [Var<'_>; 2] = [GET, (b"CONTENT_LENGTH", length.as_bytes())];
        let all: Vec<Var<'_>> = ours[..1 + usize::from(says_length)]
            .iter()
            .copied()
            .chain(vars.iter().map(|(key, value)| (&key[..], &value[..])))
            .collect();
        let mut bytes = Vec::new();
        let cut = Cut { size_max, padding };
        encode_request(&mut bytes, id, keeps, all.iter().copied(), &body, cut).unwrap();
        bytes.extend(&after);
        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        ends.push(bytes.len());
        ends.sort_unstable();
        let (mut decoder, mut received, mut start) = (Decoder::new(), Vec::new(), 0);
        let mut step = Ok(Step::NeedMore);
        for end in ends {
            received.extend(&bytes[start..end]);
            start = end;
            step = decoder.handle_input(&mut received, &Limits::default());
            if closes_gaps {
                let size = decoder.compact(&mut received);
                received.truncate(size);
            }
        }
        prop_assert_eq!(step, Ok(Step::Ready));
        prop_assert!(decoder.vars(&received).iter().eq(all));
        prop_assert_eq!(&received[decoder.body()], &body[..]);
        prop_assert_eq!(&received[decoder.consumed()..], &after[..]);
        prop_assert_eq!((decoder.request_id(), decoder.keep_connection()), (id, keeps));
    }

    #[test]
    fn cuts_never_change_an_outcome(
        bytes in prop_oneof![4 => likely_bytes(), 1 => vec(any::<u8>(), 0..200)],
    ) {
        fuzz_every_way(&bytes, fuzzing::fuzz_fastcgi_decode);
        fuzzing::fuzz_fastcgi_encode(&bytes);
        fuzz_every_way(&bytes, fuzzing::fuzz_fastcgi_answer);
    }

    #[test]
    fn an_answer_comes_back(
        stdout in vec(any::<u8>(), 0..300),
        size_max in any::<u16>(),
        padding in any::<u8>(),
    ) {
        let mut bytes = Vec::new();
        encode_stream(&mut bytes, Kind::STDOUT, 1, &stdout, Cut { size_max, padding });
        encode_end(&mut bytes, 1, 0, ProtocolStatus::RequestComplete);
        fuzz_every_way(&bytes, fuzzing::fuzz_fastcgi_answer);
        let mut answer = Answer::new(1);
        prop_assert_eq!(answer.handle_input(&bytes), Ok(bytes.len()));
        prop_assert!(answer.stdout == stdout && answer.end.is_some());
    }
}
