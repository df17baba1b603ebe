//! Every packet gets the status it should, however it is cut. Guards that peers' bytes are
//! understood the same way whether they come at once or one by one.

mod cases;
mod methods;
mod refusals;

use crate::harness::{Address, Answer, Client, Server, get, post};

/// A packet and what it must meet.
struct Case {
    name: &'static str,
    bytes: Vec<u8>,
    /// Sent along with the last byte, to no effect.
    ignored: Vec<u8>,
    /// Whether the sending side is closed behind it.
    end: bool,
    expected: Expected,
}

enum Expected {
    Status(u16),
    Text(String),
    /// The connection is closed without a byte.
    Nothing,
}

impl Case {
    fn new(name: &'static str, bytes: Vec<u8>, expected: Expected) -> Self {
        Self { name, bytes, ignored: Vec::new(), end: false, expected }
    }

    fn status(name: &'static str, status: u16, bytes: Vec<u8>) -> Self {
        Self::new(name, bytes, Expected::Status(status))
    }

    fn text(name: &'static str, bytes: Vec<u8>, text: &str) -> Self {
        Self::new(name, bytes, Expected::Text(text.to_owned()))
    }

    fn nothing(name: &'static str) -> Self {
        Self::new(name, Vec::new(), Expected::Nothing)
    }

    fn ignoring(self, bytes: &[u8]) -> Self {
        Self { ignored: bytes.to_vec(), ..self }
    }

    fn then_end(self) -> Self {
        Self { end: true, ..self }
    }

    /// Sends a part; with the last one goes what is to be ignored.
    fn send(&self, client: &Client, from: usize, to: usize) -> Result<(), String> {
        let is_last = to == self.bytes.len();
        let ignored = if is_last { self.ignored.as_slice() } else { &[] };
        let part = [&self.bytes[from..to], ignored].concat();
        client.send(&part).map_err(|error| self.tell(&format!("bytes {from}..{to}: {error}")))?;
        if is_last && self.end {
            client.half_close().map_err(|error| self.tell(&error.to_string()))?;
        }
        Ok(())
    }

    fn check(&self, client: &Client) -> Result<(), String> {
        let answer = client.answer().map_err(|error| self.tell(&error))?;
        let is_right = match (&self.expected, &answer) {
            (Expected::Nothing, None) => true,
            (Expected::Status(status), Some(answer)) => answer.status == *status,
            (Expected::Text(text), Some(answer)) => answer.status == 200 && answer.text() == *text,
            _ => false,
        };
        if is_right {
            return Ok(());
        }
        let got = answer.map(|Answer { status, body, .. }| (status, String::from_utf8(body)));
        Err(self.tell(&format!("got {got:?}")))
    }

    fn tell(&self, what: &str) -> String {
        let bytes = self.bytes.escape_ascii();
        format!("{}: {what}\n    {bytes}", self.name)
    }
}

/// Small limits, so that small packets pass them.
const LIMITS: [&str; 8] =
    ["--limit-post", "100", "--max-vars", "12", "--buffer-size", "400", "--socket", "127.0.0.1:0"];

fn all() -> Vec<Case> {
    [cases::framing(), cases::vars(), refusals::malformed(), refusals::not_served()]
        .into_iter()
        .flatten()
        .collect()
}

/// Feeds all cases in one way; every one that goes wrong is told.
fn check(feed: impl Fn(&[Case]) -> Vec<String>) {
    let wrong = feed(&all());
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn connect(address: &Address) -> Client {
    Client::connect(address).expect("the server takes connections")
}

/// Sends the whole packet, then looks at the answer.
fn whole(case: &Case, address: &Address) -> Result<(), String> {
    let client = connect(address);
    case.send(&client, 0, case.bytes.len())?;
    case.check(&client)
}

/// Lets the server see what was sent: it answers each of its loops' later connections only after
/// it has been through the earlier ones, or nearly always.
fn settle(server: &Server) {
    for _ in 0..2 {
        assert_eq!(server.get("/hello").status, 200);
    }
}

#[test]
fn whole_over_a_unix_socket_and_tcp() {
    let server = Server::start("probe", &LIMITS);
    for address in [server.address.clone(), server.tcp()] {
        check(|cases| cases.iter().filter_map(|case| whole(case, &address).err()).collect());
    }
    server.stop();
}

#[test]
fn byte_by_byte() {
    let server = Server::start("probe", &LIMITS);
    check(|cases| {
        let clients: Vec<Client> = cases.iter().map(|_| connect(&server.address)).collect();
        let longest = cases.iter().map(|case| case.bytes.len()).max().unwrap_or(0);
        let mut wrong = Vec::new();
        for at in 0..longest {
            for (case, client) in cases.iter().zip(&clients) {
                if at < case.bytes.len() {
                    wrong.extend(case.send(client, at, at + 1).err());
                } else if at == 0 {
                    wrong.extend(case.send(client, 0, 0).err());
                }
            }
            settle(&server);
        }
        wrong.extend(
            cases.iter().zip(&clients).filter_map(|(case, client)| case.check(client).err()),
        );
        wrong
    });
    server.stop();
}

#[test]
fn cut_at_every_point() {
    let server = Server::start("probe", &LIMITS);
    check(|cases| {
        let mut wrong = Vec::new();
        for case in cases {
            let size = case.bytes.len();
            let clients: Vec<Client> = (1..size).map(|_| connect(&server.address)).collect();
            let cuts = || (1..size).zip(&clients);
            wrong.extend(cuts().filter_map(|(cut, client)| case.send(client, 0, cut).err()));
            settle(&server);
            wrong.extend(cuts().filter_map(|(cut, client)| case.send(client, cut, size).err()));
            wrong.extend(cuts().filter_map(|(cut, client)| {
                case.check(client).err().map(|error| format!("cut at {cut}: {error}"))
            }));
        }
        wrong
    });
    server.stop();
}

/// An end of input at any byte is told as a bad request, and only a whole packet runs a handler.
#[test]
fn the_end_at_every_byte() {
    let server = Server::start("probe", &LIMITS);
    let packet = post("/echo", b"12345");
    for size in 0..=packet.len() {
        let bytes = packet[..size].to_vec();
        let case = match size {
            0 => Case::nothing("nothing"),
            _ if size < packet.len() => Case::status("a part", 400, bytes),
            _ => Case::text("all", bytes, "12345"),
        };
        whole(&case.then_end(), &server.address).unwrap_or_else(|error| panic!("{size}: {error}"));
    }
    server.stop();
}

/// More behind a request than is read with it: it must not cost the peer its answer.
#[test]
fn much_behind_a_request_is_ignored_and_the_answer_arrives() {
    let server = Server::start("probe", &["--socket", "127.0.0.1:0"]);
    for address in [server.address.clone(), server.tcp()] {
        for size in [20_000, 100_000, 2_000_000] {
            let case = Case::text("a lot behind", get("/hello"), "hello, world\n");
            whole(&case.ignoring(&vec![b'x'; size]), &address)
                .unwrap_or_else(|error| panic!("{address} {size}: {error}"));
        }
    }
    server.stop();
}
