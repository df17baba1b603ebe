//! Thousands of peers that send nothing, or half of something. Guards that they cost memory and no
//! thread: others are answered as fast as before, and each is given up in time.

use std::time::Duration;

use crate::harness::{Client, Server, alone, get, now, post, raise_descriptor_limit, wait_for};

/// The median time of an answer on a fresh connection.
fn median(server: &Server) -> Duration {
    let mut times: Vec<Duration> = (0..301)
        .map(|_| {
            let sent = now();
            assert_eq!(server.get("/user/7").status, 200);
            sent.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

#[test]
fn thousands_that_stall_hold_up_nobody() {
    let _quiet = alone();
    raise_descriptor_limit(10_000);
    let server = Server::start("probe", &["--socket-timeout", "6"]);
    median(&server);
    let before = median(&server);

    let opened = now();
    let packet = post("/echo", b"12345");
    let (in_head, in_body) = (packet.len() / 2, packet.len() - 2);
    let mute: Vec<Client> = (0..5_000).map(|_| server.connect()).collect();
    let stalled: Vec<Client> = (0..1_000)
        .map(|number| server.send(&packet[..if number % 2 == 0 { in_head } else { in_body }]))
        .collect();
    wait_for("all connections to be taken", Duration::from_secs(10), || {
        (server.process().descriptors() > 6_000).then_some(())
    });

    let during = median(&server);
    let took = opened.elapsed();
    assert!(took < Duration::from_secs(6), "too slow a machine: measured only after {took:?}");
    println!("median {before:?} without, {during:?} with 6,000 connections that stall");
    assert!(during < before * 3 + Duration::from_millis(1), "{before:?} before, {during:?} now");
    assert!(during < Duration::from_millis(20), "{during:?}");

    let given_up = |client: &Client| client.answer().map(|answer| answer.map(|one| one.status));
    for client in &stalled {
        assert_eq!(given_up(client), Ok(Some(408)));
    }
    for client in &mute {
        assert_eq!(given_up(client), Ok(None), "who has sent nothing is told nothing");
    }
    let took = opened.elapsed();
    assert!(took >= Duration::from_millis(5_900), "given up after {took:?} already");
    assert!(took < Duration::from_secs(15), "given up only after {took:?}");
    drop((mute, stalled));
    wait_for("descriptors to be given back", Duration::from_secs(20), || {
        (server.process().descriptors() < 100).then_some(())
    });
    let log = server.stop();
    assert!(log.contains("stalled=6000"), "{log}");
}

/// A head has one time for all of it, however busily its bytes trickle in.
#[test]
fn a_head_that_trickles_is_given_up() {
    let server = Server::start("probe", &["--socket-timeout", "1"]);
    let packet = get("/hello");
    let client = server.send(&packet[..4]);
    let started = now();
    for byte in packet[4..].chunks(1) {
        // It is refused somewhere on the way, after which nothing is sent any more.
        if client.send(byte).is_err() || !client.is_silent_for(Duration::from_millis(100)) {
            break;
        }
    }
    assert_eq!(client.answer().unwrap().map(|answer| answer.status), Some(408));
    let took = started.elapsed();
    assert!(took < Duration::from_millis(2_500), "{took:?}");
    server.stop();
}

/// A body may take its time as long as it moves: nginx passes a slow upload on as it comes.
#[test]
fn a_body_that_moves_is_not_given_up() {
    let server = Server::start("probe", &["--socket-timeout", "1"]);
    let packet = post("/echo", b"12345678");
    let (head, body) = packet.split_at(packet.len() - 8);
    let client = server.send(head);
    for byte in body.chunks(1) {
        crate::harness::let_pass(Duration::from_millis(300));
        client.send(byte).unwrap();
    }
    assert_eq!(client.answer().unwrap().expect("an answer").text(), "12345678");
    server.stop();
}
