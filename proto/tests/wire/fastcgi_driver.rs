//! What the driver of a FastCGI connection sees on the way: what it may drop, what is known when,
//! and what it may do wrong.

use crate::GET;
use crate::fastcgi::{
    ABORT, FIVE, GET_VALUES, PARAMS, STDIN, begin, pairs, record, request, stream,
};
use cleanslate_proto::error::Error;
use cleanslate_proto::fastcgi::{Capacity, Decoder, STRAY_RECORDS_MAX};
use cleanslate_proto::limits::Limits;
use cleanslate_proto::step::{End, Step};

#[test]
fn what_is_done_with_does_not_pile_up() {
    let limits = Limits::default();
    let mut decoder = Decoder::new();
    let mut received = [begin(1, 1, 0), stream(PARAMS, &pairs(&[GET]))].concat();
    assert_eq!(decoder.handle_input(&mut received, &limits), Ok(Step::NeedMore));
    let size = decoder.compact(&mut received);
    assert_eq!(size, pairs(&[GET]).len());
    received.truncate(size);
    let mut body: Vec<u8> = Vec::new();
    for part in 0..100_u8 {
        received.extend(record(STDIN, 1, &[part], 255));
        received.extend(record(STDIN, 2, &[part; 1_000], 0));
        assert_eq!(decoder.handle_input(&mut received, &limits), Ok(Step::NeedMore));
        body.extend(&received[decoder.body()]);
        let rest = decoder.compact_without_body(&mut received);
        received.truncate(rest);
        assert_eq!((rest, decoder.body().len()), (size, 0));
        assert_eq!(decoder.body_size(), u64::from(part) + 1);
    }
    received.extend(record(STDIN, 1, b"", 0));
    assert_eq!(decoder.handle_input(&mut received, &limits), Ok(Step::Ready));
    assert!(body.into_iter().eq(0..100) && decoder.vars(&received).iter().eq([GET]));
    assert_eq!((decoder.announced(), decoder.body_size()), (Some(100), 100));
}

#[test]
fn what_is_known_on_the_way() {
    let mut bytes = request(&[GET, FIVE], b"hello");
    let vars_end = bytes.len() - 8 - 5 - 8;
    let limits = Limits::default();
    let mut decoder = Decoder::new();
    assert_eq!(decoder.handle_end(), End::Nothing);
    for received in 0..bytes.len() {
        let _ = decoder.handle_input(&mut bytes[..received], &limits);
        let end = match received {
            ..16 => End::Nothing,
            _ => End::Short(Error::Short { received, wanted: None }),
        };
        assert_eq!(decoder.handle_end(), end, "after {received} bytes");
        assert_eq!(decoder.has_anything(), received > 0);
        assert_eq!(decoder.has_vars(), received >= vars_end);
        assert_eq!(decoder.announced(), (received >= vars_end).then_some(5));
        let least = match received {
            _ if received < vars_end => None,
            _ if received < vars_end + 8 => Some(vars_end + 5 + 8),
            _ => Some(vars_end + 8 + 5 + 8),
        };
        assert_eq!(decoder.wanted(), least, "after {received} bytes");
    }
    assert_eq!(decoder.handle_input(&mut bytes, &limits), Ok(Step::Ready));
    assert_eq!((decoder.wanted(), decoder.consumed()), (Some(bytes.len()), bytes.len()));
    decoder.reset();
    // Idle again once a question is dealt with.
    let mut asked = record(GET_VALUES, 0, b"", 0);
    assert_eq!(decoder.handle_input(&mut asked, &limits), Ok(Step::NeedMore));
    assert!(!decoder.has_anything());
}

#[test]
fn fewer_bytes_than_before_do_not_panic() {
    let bytes = [request(&[GET, FIVE], b"hello"), begin(2, 1, 0)].concat();
    for size in 0..bytes.len() {
        for less in 0..size {
            let mut decoder = Decoder::new();
            let mut received = bytes.clone();
            let _ = decoder.handle_input(&mut received[..size], &Limits::default());
            let _ = decoder.handle_input(&mut received[..less], &Limits::default());
            let _ = (decoder.wanted(), decoder.vars(&received[..less]).iter().count());
            assert!(decoder.compact(&mut received[..less]) <= less);
        }
    }
}

#[test]
fn a_reset_decoder_is_as_good_as_a_new_one() {
    let limits = Limits::default();
    let mut decoder = Decoder::new();
    let mut strays = record(12, 0, b"", 0).repeat(STRAY_RECORDS_MAX);
    strays.extend(begin(1, 1, 1));
    for _ in 0..2 {
        assert_eq!(decoder.handle_input(&mut strays.clone(), &limits), Ok(Step::NeedMore));
        assert!(decoder.keep_connection() && decoder.request_id() == 1);
        decoder.reset();
        assert!(!decoder.keep_connection() && !decoder.has_anything());
        let capacity = Capacity { connections: 1, requests: 1 };
        assert!(!decoder.poll_replies(&mut Vec::new(), capacity));
    }
}

#[test]
fn after_the_end_of_a_connection_nothing_piles_up() {
    let mut decoder = Decoder::new();
    let mut received = [&begin(1, 1, 0)[..], &record(ABORT, 1, b"", 0), b"anything"].concat();
    assert_eq!(decoder.handle_input(&mut received, &Limits::default()), Ok(Step::NeedMore));
    assert!(decoder.is_closing());
    assert_eq!(decoder.compact(&mut received), 0);
}
