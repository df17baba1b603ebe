//! An answer in FastCGI's records, which say where it ends. It must not know where bytes come from.

use cleanslate::proto::fastcgi::{Header, Kind};

use super::answer::Answer;
use super::failure::Failure;
use super::head::Heads;

/// The records of one answer so far. Nothing of them is copied but headers that come in pieces.
#[derive(Debug, Default)]
pub(super) struct Records {
    pub(super) answer: Answer,
    /// The header of the present record, as far as it came.
    header: [u8; Header::SIZE],
    header_size: usize,
    content: usize,
    padding: usize,
    /// The content of END_REQUEST, as far as it came.
    end: [u8; END_SIZE],
    end_size: usize,
}

/// FastCGI 1.0, 5.5.
const END_SIZE: usize = 8;

impl Records {
    /// Makes ready for the next answer, in the same memory.
    pub(super) fn start(&mut self) {
        self.answer.start();
        (self.header_size, self.content, self.padding, self.end_size) = (0, 0, 0, 0);
    }

    /// Whether END_REQUEST has come.
    pub(super) fn is_whole(&self) -> bool {
        self.end_size == END_SIZE && self.content == 0 && self.padding == 0
    }

    /// Takes what came since the last call.
    pub(super) fn handle_input(
        &mut self,
        heads: &mut Heads,
        received: &[u8],
    ) -> Result<(), Failure> {
        let mut rest = received;
        while !rest.is_empty() && !self.is_whole() {
            if self.header_size < Header::SIZE {
                self.handle_header(&mut rest)?;
            }
            self.handle_content(heads, &mut rest)?;
        }
        if self.is_whole() {
            self.handle_end(rest)?;
        }
        Ok(())
    }

    fn handle_header(&mut self, rest: &mut &[u8]) -> Result<(), Failure> {
        let piece = take(rest, Header::SIZE - self.header_size);
        self.header[self.header_size..self.header_size + piece.len()].copy_from_slice(piece);
        self.header_size += piece.len();
        if self.header_size < Header::SIZE {
            return Ok(());
        }
        let Header { version, kind, size, padding, .. } = Header::from_bytes(self.header);
        match kind {
            _ if version != Header::VERSION => Err(Failure::Broken("a record of no version 1")),
            Kind::END_REQUEST if usize::from(size) != END_SIZE => {
                Err(Failure::Broken("an END_REQUEST of another size"))
            }
            Kind::STDOUT | Kind::STDERR | Kind::END_REQUEST => {
                (self.content, self.padding) = (size.into(), padding.into());
                Ok(())
            }
            _ => Err(Failure::Broken("a record that no server sends")),
        }
    }

    fn handle_content(&mut self, heads: &mut Heads, rest: &mut &[u8]) -> Result<(), Failure> {
        if self.header_size < Header::SIZE {
            return Ok(());
        }
        let content = take(rest, self.content);
        self.content -= content.len();
        // Nothing is left for it as long as content is missing.
        self.padding -= take(rest, self.padding).len();
        match Header::from_bytes(self.header).kind {
            Kind::STDOUT => self.answer.handle_input(heads, content)?,
            Kind::END_REQUEST => {
                self.end[self.end_size..self.end_size + content.len()].copy_from_slice(content);
                self.end_size += content.len();
            }
            // What is there to be logged.
            _ => {}
        }
        if self.content == 0 && self.padding == 0 {
            self.header_size = 0;
        }
        Ok(())
    }

    fn handle_end(&mut self, rest: &[u8]) -> Result<(), Failure> {
        let [_, _, _, _, protocol_status, ..] = self.end;
        if protocol_status != 0 {
            return Err(Failure::Broken("END_REQUEST says that the request was refused"));
        }
        if !self.answer.is_whole_at_end() {
            return Err(Failure::CutShort);
        }
        // What follows is no answer's: the connection can't go on.
        self.answer.may_keep = rest.is_empty();
        Ok(())
    }
}

/// Splits at most `size` bytes off the front.
fn take<'a>(rest: &mut &'a [u8], size: usize) -> &'a [u8] {
    let (front, back) = rest.split_at(size.min(rest.len()));
    *rest = back;
    front
}

#[cfg(test)]
mod tests {
    use cleanslate::proto::fastcgi::{
        Cut, Kind, ProtocolStatus, encode_end, encode_stdout, encode_stream,
    };

    use super::*;
    use crate::tool::target::Protocol;

    fn outcome(bytes: &[u8], cut: usize) -> Result<(bool, u16, bool), Failure> {
        let mut heads = Heads::new(Protocol::Fastcgi, false);
        let mut records = Records::default();
        for piece in [&bytes[..cut], &bytes[cut..]] {
            records.handle_input(&mut heads, piece)?;
        }
        Ok((records.is_whole(), records.answer.status, records.answer.may_keep))
    }

    #[test]
    fn an_answer_ends_with_its_records() {
        let stream = |out: &mut Vec<u8>, text: &str, padding| {
            let cut = Cut { size_max: 20, padding };
            encode_stream(out, Kind::STDOUT, 1, text.as_bytes(), cut);
        };
        let end = |out: &mut Vec<u8>| encode_end(out, 1, 0, ProtocolStatus::RequestComplete);
        let mut plain = Vec::new();
        encode_stdout(&mut plain, 1, b"Status: 201 x\r\nContent-Length: 2\r\n\r\nhi");
        end(&mut plain);
        let mut padded = Vec::new();
        encode_stream(&mut padded, Kind::STDERR, 1, b"logged", Cut { size_max: 4, padding: 3 });
        stream(&mut padded, "Status: 404 None\r\nX: y\r\n\r\nas long as it is", 5);
        end(&mut padded);
        for (bytes, status) in [(&plain, 201), (&padded, 404)] {
            for cut in 0..=bytes.len() {
                assert_eq!(outcome(bytes, cut), Ok((true, status, true)), "{status} at {cut}");
                let cut_short = outcome(&bytes[..cut], 0).unwrap();
                assert_eq!(cut_short.0, cut == bytes.len(), "{status} of {cut} bytes");
            }
        }
        plain.push(0);
        assert_eq!(outcome(&plain, 9), Ok((true, 201, false)), "more than an answer");
    }

    #[test]
    fn wrong_records_are_told() {
        let mut short = Vec::new();
        encode_stdout(&mut short, 1, b"Content-Length: 3\r\n\r\nhi");
        encode_end(&mut short, 1, 0, ProtocolStatus::RequestComplete);
        assert_eq!(outcome(&short, 11), Err(Failure::CutShort));
        let mut refused = Vec::new();
        encode_end(&mut refused, 1, 0, ProtocolStatus::Overloaded);
        for bytes in [&refused[..], b"HTTP/1.1 200 OK\r\n\r\n", b"\x01\x05\0\x01\0\0\0\0"] {
            assert!(matches!(outcome(bytes, 3), Err(Failure::Broken(_))), "{bytes:?}");
        }
    }
}
