//! uwsgi packets that are no requests: pings and signals, and kinds that an application serves
//! itself. Guards that each is answered as uWSGI answers it, and that nobody raises signals who
//! wasn't allowed to.

use std::time::Duration;

use crate::harness::{Client, Server, get, wait_for};

const LIMIT: Duration = Duration::from_secs(10);

/// A packet of these modifiers with these vars, or none.
fn packet(modifier1: u8, modifier2: u8, vars: &[u8]) -> Vec<u8> {
    let [low, high] = u16::try_from(vars.len()).unwrap().to_le_bytes();
    [&[modifier1, low, high, modifier2], vars].concat()
}

/// All that is answered.
fn ask(client: &Client, bytes: &[u8]) -> Vec<u8> {
    client.send(bytes).unwrap();
    client.read_to_end(LIMIT).unwrap()
}

#[test]
fn a_ping_is_answered_by_a_thread() {
    let server = Server::start("probe", &["--socket", "127.0.0.1:0"]);
    for address in [server.address.clone(), server.tcp()] {
        for (what, bytes) in [
            ("alone", packet(100, 0, b"")),
            ("with vars", packet(100, 0, b"\x01\0a\x01\0b")),
            ("with another modifier2", packet(100, 7, b"")),
        ] {
            let client = Client::connect(&address).unwrap();
            assert_eq!(ask(&client, &bytes), [100, 0, 0, 1], "{what} at {address}");
            // Cut into its bytes it is the same.
            let client = Client::connect(&address).unwrap();
            bytes[..bytes.len() - 1].iter().for_each(|byte| client.send(&[*byte]).unwrap());
            assert_eq!(ask(&client, &bytes[bytes.len() - 1..]), [100, 0, 0, 1], "{what}, cut");
        }
    }
    // That it is answered tells that there is a thread, so it waits while there is none.
    let sleepers: Vec<Client> = (0..8).map(|_| server.send(&get("/sleep/700"))).collect();
    wait_for("all threads to be busy", LIMIT, || {
        server.send(&get("/hello")).is_silent_for(Duration::from_millis(100)).then_some(())
    });
    let ping = server.send(&packet(100, 0, b""));
    assert!(ping.is_silent_for(Duration::from_millis(100)), "answered without a thread");
    assert_eq!(ping.read_to_end(LIMIT).unwrap(), [100, 0, 0, 1]);
    sleepers.iter().for_each(|one| assert!(one.answer().unwrap().is_some()));
    server.stop();
}

#[test]
fn a_kind_that_the_application_serves_is_told_its_modifiers() {
    let server = Server::start("probe", &[]);
    for modifier2 in [0, 1, 255] {
        let answer = server.ask(&packet(9, modifier2, b"\x01\0a\x01\0b"));
        let expected = format!("modifier 9 {modifier2}, 1 vars\n");
        assert_eq!((answer.status, answer.text()), (200, expected));
    }
    server.stop();
}

#[test]
fn signals_are_raised_by_who_may() {
    let ticks = |server: &Server| {
        let counts: serde_json::Value = serde_json::from_str(&server.get("/ticks").text()).unwrap();
        counts["1"].as_u64().unwrap()
    };
    let forbidding = Server::start("probe", &["--tick", "3600"]);
    assert_eq!(forbidding.ask(&packet(110, 1, b"")).status, 501, "not unless it is allowed");
    forbidding.stop();
    let server = Server::start("probe", &["--tick", "3600", "--allow-signals", "true"]);
    let before = ticks(&server);
    assert_eq!(ask(&server.connect(), &packet(110, 1, b"")), [255, 0, 0, 1]);
    wait_for("the signal's timer to tick", LIMIT, || (ticks(&server) != before).then_some(()));
    let after = ticks(&server);
    assert_eq!(
        ask(&server.connect(), &packet(110, 99, b"")),
        [255, 0, 0, 0],
        "nobody waits for it"
    );
    assert_eq!(ticks(&server), after);
    server.stop();
}
