//! The block of vars that a head becomes, reused from request to request. It must not know which
//! vars there are to be.

use super::fields::in_var;
use crate::error::Error;
use crate::vars::{Span, VarIndex, Vars};
use alloc::format;
use alloc::vec::Vec;
use httparse::Header;

/// Vars one after the other, key and value without anything between, and where each lies.
#[derive(Debug, Default)]
pub(super) struct Block {
    bytes: Vec<u8>,
    index: VarIndex,
}

impl Block {
    pub(super) fn clear(&mut self) {
        let Self { bytes, index } = self;
        bytes.clear();
        index.clear();
    }

    pub(super) fn view(&self) -> Vars<'_> {
        self.index.view(&self.bytes)
    }

    pub(super) fn push(&mut self, key: &[u8], value: &[u8]) -> Result<(), Error> {
        self.push_with(key, |out| {
            out.extend(value);
            Ok(())
        })
    }

    /// A var whose value `append` writes.
    pub(super) fn push_with(
        &mut self,
        key: &[u8],
        append: impl FnOnce(&mut Vec<u8>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let key_start = self.bytes.len();
        if key.is_empty() {
            return Err(Error::EmptyKey { at: key_start });
        }
        self.bytes.extend(key);
        self.push_value(key_start, append)
    }

    /// A header, with the values of all that have its name. RFC 9110, 5.3; of `Cookie`, which older
    /// clients split, RFC 9113, 8.2.3.
    pub(super) fn push_header(&mut self, same: &[Header<'_>]) -> Result<(), Error> {
        let Some(first) = same.first() else {
            return Ok(());
        };
        let is_cookie = first.name.eq_ignore_ascii_case("Cookie");
        let separator: &[u8] = if is_cookie { b"; " } else { b", " };
        let key_start = self.bytes.len();
        self.bytes.extend(b"HTTP_");
        self.bytes.extend(in_var(first.name));
        self.push_value(key_start, |out| {
            for (count, header) in same.iter().enumerate() {
                if count > 0 {
                    out.extend(separator);
                }
                out.extend(header.value.trim_ascii());
            }
            Ok(())
        })
    }

    /// `CONTENT_LENGTH` of a body that was chunked.
    pub(super) fn push_length(&mut self, length: u64) -> Result<(), Error> {
        self.push(b"CONTENT_LENGTH", format!("{length}").as_bytes())
    }

    /// Tells with the head whether [`push_length`](Self::push_length) will fit after the body.
    pub(super) fn check_room_for_length(&self) -> Result<(), Error> {
        let longest = b"CONTENT_LENGTH18446744073709551615".len();
        check_size(self.bytes.len() + longest)
    }

    /// A var whose key is written already; without its value that goes too.
    fn push_value(
        &mut self,
        key_start: usize,
        append: impl FnOnce(&mut Vec<u8>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let value_start = self.bytes.len();
        let result = append(&mut self.bytes).and_then(|()| check_size(self.bytes.len()));
        if result.is_err() {
            self.bytes.truncate(key_start);
            return result;
        }
        let end = self.bytes.len();
        // All fit, as the sum does.
        let short = |size: usize| u16::try_from(size).unwrap_or(u16::MAX);
        let span = Span {
            key_start: short(key_start),
            key_size: short(value_start - key_start),
            value_start: short(value_start),
            value_size: short(end - value_start),
        };
        // Headers were counted before; those of our own making are few.
        self.index.push(span, usize::MAX)
    }
}

fn check_size(size: usize) -> Result<(), Error> {
    let limit = usize::from(u16::MAX);
    if size > limit { Err(Error::VarsTooLarge { size, limit }) } else { Ok(()) }
}
