//! Bodies of all sizes by all protocols, in pieces, from memory and from files.

use std::io::Read;

use cleanslate_proto::{fastcgi, http, scgi, uwsgi};

use super::arrival::ROOM_SPILL;
use super::*;
use cleanslate_proto::step::Step;

const VARS: [(&[u8], &[u8]); 2] = [(b"REQUEST_METHOD", b"POST"), (b"PATH_INFO", b"/")];

/// A request with this body by this protocol.
fn request(protocol: Protocol, body: &[u8]) -> Vec<u8> {
    let length = body.len().to_string();
    let vars = VARS.into_iter().chain([(&b"CONTENT_LENGTH"[..], length.as_bytes())]);
    let mut sent = Vec::new();
    match protocol {
        Protocol::Uwsgi => uwsgi::encode(&mut sent, 0, 0, vars).unwrap(),
        Protocol::Scgi => scgi::encode(&mut sent, VARS, body.len() as u64).unwrap(),
        Protocol::FastCgi => {
            let cut = fastcgi::Cut { size_max: 9_999, padding: 3 };
            fastcgi::encode_request(&mut sent, 1, true, vars, body, cut).unwrap();
            return sent;
        }
        Protocol::Http => {
            let head = format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n");
            sent.extend_from_slice(head.as_bytes());
        }
    }
    sent.extend_from_slice(body);
    sent
}

/// The same over HTTP, in chunks.
fn in_chunks(body: &[u8]) -> Vec<u8> {
    let mut sent = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    body.chunks(7_777).for_each(|chunk| http::encode_chunk(&mut sent, chunk));
    http::encode_last_chunk(&mut sent);
    sent
}

/// Feeds a packet with a request and another behind it, in pieces; its body must come out whole,
/// from memory or from a file, and what is behind it too where a connection goes on.
fn check(protocol: Protocol, request: &[u8], body: &[u8], memory: usize, piece: usize) {
    let context = format!("{protocol} {} {memory} {piece}", body.len());
    let limits = PacketLimits {
        wire: Limits::default(),
        memory,
        modifiers: Modifiers::REQUESTS,
        capacity: Capacity { connections: 1, requests: 1 },
    };
    let behind = b"what comes next";
    let mut sent = request.to_vec();
    sent.extend_from_slice(behind);
    let mut packet = Packet::new(protocol, &limits);
    let mut at = 0;
    loop {
        let room = packet.room();
        let count = piece.min(room.len()).min(sent.len() - at);
        room[..count].copy_from_slice(&sent[at..at + count]);
        at += count;
        match packet.advance(count, &limits).unwrap() {
            Step::Ready => break,
            Step::NeedMore => assert!(at < request.len(), "{context}"),
        }
        assert!(packet.bytes.len() <= 2 * (memory + ROOM_SPILL) + 20_000, "it stays small");
    }
    assert_eq!(packet.vars().get(b"REQUEST_METHOD"), Some(&b"POST"[..]), "{context}");
    assert_eq!(packet.body().len(), body.len() as u64, "{context}");
    assert!(packet.body().bytes().unwrap() == body, "{context}");
    let mut read = Vec::new();
    packet.body().reader().read_to_end(&mut read).unwrap();
    assert!(read == body, "{context}");
    if packet.framing().keeps() {
        let ahead = [packet.ahead(), &sent[at..]].concat();
        assert_eq!(ahead, behind, "{context}");
    }
    packet.clear();
    assert!(packet.is_empty() && packet.body().is_empty());
}

#[test]
fn bodies_come_out_as_they_went_in() {
    use Protocol::{FastCgi, Http, Scgi, Uwsgi};
    for size in [0, 1, 1_000, 16_384, 100_000, 1_000_000] {
        let body: Vec<u8> = (0..size).map(|at| u8::try_from(at % 251).unwrap()).collect();
        for memory in [0, 10_000, 2_000_000] {
            for piece in [997, 40_000, 1 << 20] {
                for protocol in [Uwsgi, FastCgi, Scgi, Http] {
                    check(protocol, &request(protocol, &body), &body, memory, piece);
                }
                check(Http, &in_chunks(&body), &body, memory, piece);
            }
        }
    }
}
