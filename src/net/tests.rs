//! An event loop under a simulated clock: clients that send in pieces, stall and leave, by seeds that
//! replay. What each gets, and when, is compared with a model of a few lines.

use std::cell::Cell;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use cleanslate_proto::fastcgi::Capacity;
use cleanslate_proto::limits::Limits;
use cleanslate_proto::uwsgi::{self, Modifiers};

use super::{EventLoop, Listener, Shared, Take, Traffic};
use crate::app::{PacketLimits, Protocol};
use crate::config::{Options, Parsed, Settings, parse};

const TIMEOUT: Duration = Duration::from_secs(10);
const KEEPALIVE: Duration = Duration::from_secs(30);
const BODY: usize = 300;

thread_local! {
    static NOW: Cell<Option<Instant>> = const { Cell::new(None) };
}

fn clock() -> Instant {
    NOW.get().expect("the test sets the time first")
}

/// Numbers that are the same for each run of a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }
}

/// A client and what is expected for it.
struct Client {
    stream: UnixStream,
    sent: usize,
    /// When it is given up unless it sends on.
    deadline: Instant,
    over: bool,
}

struct World {
    event_loop: EventLoop,
    path: std::path::PathBuf,
    packet: Vec<u8>,
    /// How much of the packet is head and vars.
    head: usize,
    clients: Vec<Client>,
    whole: usize,
}

impl World {
    fn new(folder: &std::path::Path) -> Self {
        let path = folder.join("s.sock");
        let line = ["app".into(), "--socket".into(), path.clone().into_os_string()];
        let Parsed::Serve(options) = parse("app", &[], line) else { panic!("not taken") };
        let _: &Options = &options;
        let settings = Settings::resolve(&options, None).unwrap();
        let shared = Arc::new(Shared {
            listeners: vec![
                Listener::bind(Protocol::Uwsgi, path.to_str().unwrap(), &settings).unwrap(),
            ],
            limits: PacketLimits {
                wire: Limits::default(),
                memory: 100,
                modifiers: Modifiers::REQUESTS,
                capacity: Capacity { connections: 1_000, requests: 1_000 },
            },
            socket_timeout: TIMEOUT,
            keepalive: KEEPALIVE,
            connections_max: 1_000,
            clock,
            traffic: Traffic::default(),
        });
        let length = BODY.to_string();
        let vars: [(&[u8], &[u8]); 3] = [
            (b"REQUEST_METHOD", b"POST"),
            (b"CONTENT_LENGTH", length.as_bytes()),
            (b"PATH_INFO", b"/echo"),
        ];
        let mut packet = Vec::new();
        uwsgi::encode(&mut packet, 0, 0, vars).unwrap();
        let head = packet.len();
        packet.extend_from_slice(&[b'x'; BODY]);
        let (event_loop, _) = EventLoop::new(0, shared).unwrap();
        Self { event_loop, path, packet, head, clients: Vec::new(), whole: 0 }
    }

    /// Lets the loop see everything that has happened.
    fn turn(&mut self) {
        let mut arrivals = Vec::new();
        for _ in 0..3 {
            let wait = Some(Duration::ZERO);
            self.event_loop.turn(wait, Take::All, &mut Vec::new(), &mut arrivals).unwrap();
        }
        self.whole += arrivals.len();
    }

    fn connect(&mut self) {
        let stream = UnixStream::connect(&self.path).unwrap();
        stream.set_nonblocking(true).unwrap();
        self.clients.push(Client { stream, sent: 0, deadline: clock() + TIMEOUT, over: false });
        self.turn();
    }

    fn send(&mut self, number: usize, most: usize) {
        let client = &mut self.clients[number];
        if client.over {
            return;
        }
        let piece = &self.packet[client.sent..(client.sent + most).min(self.packet.len())];
        client.stream.write_all(piece).unwrap();
        client.sent += piece.len();
        if client.sent >= self.head {
            // From here on each piece buys new time.
            client.deadline = clock() + TIMEOUT;
        }
        let whole = client.sent == self.packet.len();
        let before = self.whole;
        self.turn();
        assert_eq!(self.whole - before, usize::from(whole), "one request becomes whole, once");
        if whole {
            self.clients[number].over = true;
        }
    }

    fn advance(&mut self, time: Duration) {
        let now = clock() + time;
        NOW.set(Some(now));
        self.turn();
        for client in self.clients.iter_mut().filter(|client| !client.over) {
            let mut answer = [0; 512];
            match client.stream.read(&mut answer) {
                Ok(0) => {
                    assert_eq!(client.sent, 0, "who has sent something is told why");
                    assert!(client.deadline <= now, "closed before its time");
                    client.over = true;
                }
                Ok(count) => {
                    assert!(client.sent > 0, "who has sent nothing is closed without a word");
                    assert!(client.deadline <= now, "given up before its time");
                    assert!(answer[..count].starts_with(b"HTTP/1.1 408 "));
                    client.over = true;
                }
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::WouldBlock);
                    assert!(client.deadline > now, "not given up in time");
                }
            }
        }
    }

    /// What a client that leaves takes with it.
    fn leave(&mut self, number: usize) {
        self.clients.swap_remove(number);
        self.turn();
    }
}

fn run(seed: u64) {
    let folder = tempfile::tempdir().unwrap();
    NOW.set(Some(crate::clock::now()));
    let mut world = World::new(folder.path());
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    for _ in 0..120 {
        let clients = world.clients.len();
        match dice.roll(10) {
            0 | 1 => world.connect(),
            2..=5 if clients > 0 => {
                let (number, most) = (dice.roll(clients), dice.roll(200) + 1);
                world.send(number, most);
            }
            6 if clients > 0 => world.leave(dice.roll(clients)),
            _ => world.advance(Duration::from_millis(dice.roll(4_000) as u64)),
        }
    }
    world.advance(TIMEOUT);
    world.clients.clear();
    world.turn();
    let waiting = world.event_loop.shared.traffic.waiting.load(Ordering::Relaxed);
    assert_eq!(waiting, 0, "nobody is left");
}

#[test]
fn every_client_gets_what_the_model_says() {
    for seed in 0..150 {
        let outcome = std::panic::catch_unwind(|| run(seed));
        assert!(outcome.is_ok(), "seed {seed} fails: run({seed}) replays it");
    }
}
