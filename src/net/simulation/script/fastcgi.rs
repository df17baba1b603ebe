//! What a FastCGI client sends: requests cut into records, aborts, and records beside them. Knows
//! no socket and no time.

use cleanslate_proto::fastcgi::{Cut, Header, Kind, encode_request, record_header};

use super::{Drawn, Mark, Script, Status, borrowed, owned};
use crate::app::Framing;
use crate::net::simulation::CAPACITY;
use crate::net::simulation::source::Source;

/// What a server knows of itself, with the values it has here.
const VALUES: [(&str, usize); 3] = [
    ("FCGI_MAX_CONNS", CAPACITY.connections),
    ("FCGI_MAX_REQS", CAPACITY.requests),
    ("FCGI_MPXS_CONNS", 0),
];

impl Script {
    pub(super) fn add_records(&mut self, source: &mut Source<'_>, number: usize) {
        match source.below(8) {
            0 => self.add_stray(source, None),
            1 => self.add_other_role(source),
            _ => self.add_fastcgi_request(source, number),
        }
    }

    /// A request, perhaps with strays between its records, perhaps given up before its end.
    fn add_fastcgi_request(&mut self, source: &mut Source<'_>, number: usize) {
        let drawn = Drawn::draw(source, number);
        let id = source.one_of(&[1, 1, 2, 257, 0xffff]);
        let keeps = !source.once_in(4);
        let cut = Cut {
            size_max: source.one_of(&[u16::MAX, 8_000, 300, 40]),
            padding: source.one_of(&[0, 0, 7, 255]),
        };
        let mut vars = drawn.vars();
        if source.once_in(2) {
            vars.extend(owned(&[("CONTENT_LENGTH", &drawn.body.len().to_string())]));
        }
        let mut request = Vec::new();
        encode_request(&mut request, id, keeps, borrowed(&vars), &drawn.body, cut)
            .expect("it can be sent");
        let (stray_at, abort_at) = match source.below(6) {
            0 => (Some(source.below(4)), None),
            1 => (None, Some(source.below(4))),
            _ => (None, None),
        };
        let head_only = drawn.method == "HEAD";
        self.mark_start(Status::Mute);
        for (place, record) in records(&request).into_iter().enumerate() {
            let kind = Kind(record[1]);
            let is_empty = record[4..6] == [0, 0];
            self.bytes.extend(&record[..Header::SIZE]);
            if kind == Kind::PARAMS && is_empty {
                self.mark(Mark::Is(Status::Begun { id, head_only, in_body: true }));
            }
            self.bytes.extend(&record[Header::SIZE..]);
            if kind == Kind::BEGIN_REQUEST {
                self.mark(Mark::Is(Status::Begun { id, head_only: false, in_body: false }));
            }
            if kind == Kind::STDIN && is_empty {
                break;
            }
            if stray_at == Some(place) {
                self.add_stray(source, Some(id));
            }
            if abort_at == Some(place) {
                return self.add_abort(id, keeps);
            }
        }
        self.mark(Mark::Whole(drawn.sent(vars, Framing::FastCgi { id, keeps })));
    }

    fn add_abort(&mut self, id: u16, keeps: bool) {
        self.bytes.extend(record_header(Kind::ABORT_REQUEST, id, 0, 0));
        self.mark(Mark::Owed(end_request(id, 0)));
        self.mark(if keeps { Mark::Is(Status::Idle) } else { Mark::Closing });
    }

    /// A record that is no part of the request of that id, if one is being sent.
    fn add_stray(&mut self, source: &mut Source<'_>, within: Option<u16>) {
        let padding = source.one_of(&[0, 0, 9]);
        if within.is_none() {
            self.mark_start(Status::Mute);
        }
        let other = within.unwrap_or(1) % 1_000 + 1;
        match source.below(4) {
            0 => self.add_record(Kind(77), 0, &[0; 40], padding, Some(unknown_type(77))),
            1 => self.add_record(Kind::STDIN, other, &[b'x'; 50], padding, None),
            2 if within.is_some() => {
                let refused = end_request(other, 1);
                let content = [0, 1, 1, 0, 0, 0, 0, 0];
                self.add_record(Kind::BEGIN_REQUEST, other, &content, padding, Some(refused));
            }
            _ => self.add_values(source.below(8), padding),
        }
        if within.is_none() {
            self.mark(Mark::Is(Status::Idle));
        }
    }

    /// A record whose reply, if any, is owed as soon as its header has come.
    fn add_record(
        &mut self,
        kind: Kind,
        id: u16,
        content: &[u8],
        padding: u8,
        reply: Option<Vec<u8>>,
    ) {
        let size = u16::try_from(content.len()).expect("it is short");
        self.bytes.extend(record_header(kind, id, size, padding));
        if let Some(reply) = reply {
            self.mark(Mark::Owed(reply));
        }
        self.bytes.extend(content);
        self.bytes.extend(std::iter::repeat_n(0, usize::from(padding)));
    }

    /// Asks for some of the values, and for one that nobody has.
    fn add_values(&mut self, asked: usize, padding: u8) {
        let (mut question, mut values) = (pair("NO_SUCH", ""), Vec::new());
        for (place, (name, value)) in VALUES.into_iter().enumerate() {
            if asked & 1 << place != 0 {
                question.extend(pair(name, ""));
                values.extend(pair(name, &value.to_string()));
            }
        }
        let size = |bytes: &[u8]| u16::try_from(bytes.len()).expect("it is short");
        let mut reply = record_header(Kind::GET_VALUES_RESULT, 0, size(&values), 0).to_vec();
        reply.extend(values);
        self.bytes.extend(record_header(Kind::GET_VALUES, 0, size(&question), padding));
        self.bytes.extend(question);
        self.mark(Mark::Owed(reply));
        self.bytes.extend(std::iter::repeat_n(0, usize::from(padding)));
    }

    /// A request to a filter, which nobody is here.
    fn add_other_role(&mut self, source: &mut Source<'_>) {
        let keeps = !source.once_in(3);
        self.mark_start(Status::Mute);
        self.bytes.extend(record_header(Kind::BEGIN_REQUEST, 5, 8, 0));
        self.bytes.extend([0, 3, u8::from(keeps), 0, 0, 0, 0, 0]);
        self.mark(Mark::Owed(end_request(5, 3)));
        self.mark(if keeps { Mark::Is(Status::Idle) } else { Mark::Closing });
    }
}

/// The records that these bytes are.
fn records(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut records = Vec::new();
    while let &[_, _, _, _, high, low, padding, _, ..] = bytes {
        let content = usize::from(u16::from_be_bytes([high, low]));
        let (record, rest) = bytes.split_at(Header::SIZE + content + usize::from(padding));
        records.push(record);
        bytes = rest;
    }
    records
}

fn end_request(id: u16, status: u8) -> Vec<u8> {
    let mut record = record_header(Kind::END_REQUEST, id, 8, 0).to_vec();
    record.extend([0, 0, 0, 0, status, 0, 0, 0]);
    record
}

fn unknown_type(kind: u8) -> Vec<u8> {
    let mut record = record_header(Kind::UNKNOWN_TYPE, 0, 8, 0).to_vec();
    record.extend([kind, 0, 0, 0, 0, 0, 0, 0]);
    record
}

/// A name and a value, both short.
fn pair(name: &str, value: &str) -> Vec<u8> {
    let mut out = vec![name.len().to_le_bytes()[0], value.len().to_le_bytes()[0]];
    out.extend(name.bytes().chain(value.bytes()));
    out
}
