//! Kept connections that do everything in any order, beside each other. Each answer must be the
//! one to its request, whatever the others do.

use std::time::Duration;

use crate::harness::{
    Connection, Dice, Protocol, Server, full, in_parallel, let_pass, now, wait_for,
};

/// A request, and what its answer must be.
struct Step {
    method: &'static str,
    uri: String,
    body: Vec<u8>,
    status: u16,
    expected: Vec<u8>,
}

/// A number below this one.
fn below(dice: &mut Dice, end: usize) -> usize {
    usize::try_from(dice.roll(end as u64)).unwrap()
}

fn step(dice: &mut Dice, mark: &str) -> Step {
    let size = [0, 3, 700, 20_000, 60_000][below(dice, 5)];
    let id = below(dice, 1_000) + 1;
    let body: Vec<u8> = mark.bytes().cycle().take(size).collect();
    let get = |uri: String, status, expected| Step {
        method: "GET",
        uri,
        body: Vec::new(),
        status,
        expected,
    };
    let user = format!(r#"{{"id":{id},"name":"User {id}","email":"user{id}@example.org"}}"#);
    match below(dice, 9) {
        0 | 1 => {
            let (method, uri) = ("POST", "/echo".to_owned());
            Step { method, uri, status: 200, expected: body.clone(), body }
        }
        2 => Step { method: "HEAD", ..get(format!("/bytes/{size}"), 200, Vec::new()) },
        3 => get(format!("/bytes/{size}"), 200, vec![b'b'; size]),
        4 => get(format!("/stream/{}", size / 1_000), 200, vec![b's'; size / 1_000 * 1_000]),
        5 => get(format!("/sleep/{}", below(dice, 4)), 200, b"slept\n".to_vec()),
        6 => get("/status/204".to_owned(), 204, Vec::new()),
        7 if id > 900 => get("/panic".to_owned(), 500, b"500 Internal Server Error\n".to_vec()),
        _ => get(format!("/user/{id}"), 200, user.into_bytes()),
    }
}

/// Sends some requests at once, in pieces, and reads the answers, unless it leaves before.
fn round(
    connection: &mut Connection,
    protocol: Protocol,
    dice: &mut Dice,
    mark: &str,
) -> Result<bool, String> {
    let steps: Vec<Step> = (0..=below(dice, 4)).map(|_| step(dice, mark)).collect();
    let all: Vec<u8> = steps
        .iter()
        .flat_map(|step| protocol.request(step.method, &step.uri, &step.body))
        .collect();
    let leaves = below(dice, 30) == 0;
    let end = if leaves { below(dice, all.len()) } else { all.len() };
    let cut = below(dice, end + 1);
    for piece in [&all[..cut], &all[cut..end]] {
        connection.client.send(piece).map_err(|error| error.to_string())?;
        if below(dice, 8) == 0 {
            let_pass(Duration::from_millis(below(dice, 4) as u64));
        }
    }
    if leaves {
        return Ok(false);
    }
    for Step { method, uri, status, expected, .. } in &steps {
        let answer = connection.answer_to(method).map_err(|error| format!("{uri}: {error}"))?;
        if answer.status != *status || answer.body != *expected {
            let (came, text) = (answer.status, answer.text());
            let text: String = text.chars().take(80).collect();
            return Err(format!("{method} {uri}: {came} with {}: {text}", answer.body.len()));
        }
    }
    Ok(true)
}

fn check(options: &[&str], seed: u64, rounds: usize) {
    let server = Server::by_all(&[options, &["--post-buffering", "50000"]].concat());
    let idle = server.idle_descriptors();
    let results = in_parallel(16, |number| {
        let protocol = Protocol::KEPT[number % 2];
        let mut dice = Dice(seed * 1_000 + number as u64);
        let over_tcp = number % 4 > 1;
        let at = if over_tcp { server.tcp_at(protocol) } else { server.at(protocol) };
        let open = || Connection::open(protocol, &at).unwrap();
        let mut connection = open();
        for count in 0..rounds {
            let mark = format!("{number}.{count} ");
            match round(&mut connection, protocol, &mut dice, &mark) {
                Ok(true) => {}
                Ok(false) => connection = open(),
                Err(error) => return Err(format!("{protocol}, {mark}: {error}")),
            }
        }
        Ok(())
    });
    let wrong: Vec<String> = results.into_iter().filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{options:?}, seed {seed}: {wrong:#?}");
    wait_for("all connections to be closed", Duration::from_secs(20), || {
        // A database and what belongs to it for each thread.
        (server.process().descriptors() <= idle + 24).then_some(())
    });
    server.stop();
}

#[test]
fn everything_in_any_order_is_answered() {
    let rounds = if full() { 2_000 } else { 150 };
    let started = now();
    for (seed, options) in [
        (1, &[][..]),
        (2, &["--processes", "1", "--threads", "1"]),
        (3, &["--processes", "4", "--threads", "1"]),
        (4, &["--processes", "1", "--threads", "8"]),
    ] {
        check(options, seed, rounds);
        println!("{options:?}: until {:?}", started.elapsed());
    }
}
