//! The uwsgi packet: its head, its vars, and the way from a request to bytes. It must not know how
//! a packet is cut into reads (that is `decode`), nor what a var means (that is `request`).
//!
//! A packet is a head of four bytes (modifier1, the size of the vars as a little-endian u16,
//! modifier2), the vars (each: size of the key as a little-endian u16, key, size of the value
//! likewise, value), and the body, which is as long as the var `CONTENT_LENGTH` says. Sizes say
//! bytes. Source: the uwsgi protocol, and nginx's `ngx_http_uwsgi_create_request`.

mod decode;
mod modifier;

pub use decode::Decoder;
pub use modifier::{
    ANSWER, Modifiers, PING, REQUEST, SIGNAL, encode_ping_answer, encode_signal_answer,
};

use crate::error::Error;
use crate::limits::Limits;
use crate::vars::{Span, VarIndex};
use alloc::vec::Vec;

/// The first four bytes of a packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Head {
    /// What the packet is for; [`REQUEST`] is a request.
    pub modifier1: u8,
    /// A detail of modifier1, as the number of a [`SIGNAL`]; says nothing about requests.
    pub modifier2: u8,
    /// The vars in bytes.
    pub vars_size: u16,
}

impl Head {
    /// The size of a head in bytes.
    pub const SIZE: usize = 4;

    /// The head as it came. Every four bytes are one; what they mean is checked elsewhere.
    pub fn from_bytes([modifier1, low, high, modifier2]: [u8; Self::SIZE]) -> Self {
        Self { modifier1, modifier2, vars_size: u16::from_le_bytes([low, high]) }
    }

    /// The head as it is sent.
    pub fn to_bytes(self) -> [u8; Self::SIZE] {
        let [low, high] = self.vars_size.to_le_bytes();
        [self.modifier1, low, high, self.modifier2]
    }
}

/// Appends a packet's head and vars to `out`; the caller appends the body, and `CONTENT_LENGTH`
/// among the vars if there is one. No vars at all is fine, as a [`PING`] has none.
///
/// # Errors
///
/// [`Error::EmptyKey`]; [`Error::VarsTooLarge`] when the vars are above 65,535 bytes together, and
/// so when any of them is. `out` is then as it was.
pub fn encode<'a>(
    out: &mut Vec<u8>,
    modifier1: u8,
    modifier2: u8,
    vars: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
) -> Result<(), Error> {
    let before = out.len();
    let result = append_vars(out, vars).map(|vars_size| Head { modifier1, modifier2, vars_size });
    match result {
        Ok(head) => {
            out[before..before + Head::SIZE].copy_from_slice(&head.to_bytes());
            Ok(())
        }
        Err(error) => {
            out.truncate(before);
            Err(error)
        }
    }
}

/// Appends room for a head, then the vars, and tells their size.
fn append_vars<'a>(
    out: &mut Vec<u8>,
    vars: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
) -> Result<u16, Error> {
    out.extend([0; Head::SIZE]);
    let mut vars_size = 0_u16;
    for (key, value) in vars {
        if key.is_empty() {
            let at = usize::from(vars_size);
            return Err(Error::EmptyKey { at });
        }
        let size = usize::from(vars_size) + 2 + key.len() + 2 + value.len();
        vars_size = u16::try_from(size)
            .map_err(|_| Error::VarsTooLarge { size, limit: usize::from(u16::MAX) })?;
        for part in [key, value] {
            // It fits, or the sum above would not have.
            let size = u16::try_from(part.len()).unwrap_or(u16::MAX);
            out.extend(size.to_le_bytes());
            out.extend(part);
        }
    }
    Ok(vars_size)
}

/// Fills `index` with the vars of `block`, in one pass; stops at the first error, with the vars
/// before it in the index, which a log may want.
fn index_vars(block: &[u8], limits: &Limits, index: &mut VarIndex) -> Result<(), Error> {
    let mut at = 0;
    let mut rest = block;
    loop {
        let (key_size, after) = match *rest {
            [] => return Ok(()),
            [_] | [_, _] => {
                let count = rest.len();
                return Err(Error::TrailingBytes { at, count });
            }
            [low, high, ref after @ ..] => (u16::from_le_bytes([low, high]), after),
        };
        if key_size == 0 {
            return Err(Error::EmptyKey { at });
        }
        let Some((key, after)) = after.split_at_checked(usize::from(key_size)) else {
            let (size, left) = (usize::from(key_size), after.len());
            return Err(Error::KeyOverrun { at, size, left });
        };
        let Some((&value_size, after)) = after.split_first_chunk() else {
            return Err(Error::NoValueSize { at });
        };
        let value_size = u16::from_le_bytes(value_size);
        let Some((value, after)) = after.split_at_checked(usize::from(value_size)) else {
            let (size, left) = (usize::from(value_size), after.len());
            return Err(Error::ValueOverrun { at, size, left });
        };
        let value_start = at + 2 + key.len() + 2;
        index.push(
            Span {
                key_start: offset(at + 2, block)?,
                key_size,
                value_start: offset(value_start, block)?,
                value_size,
            },
            limits.max_vars,
        )?;
        at = value_start + value.len();
        rest = after;
    }
}

/// An offset into a block as the index keeps it. It fits, since a head can't announce more.
fn offset(at: usize, block: &[u8]) -> Result<u16, Error> {
    u16::try_from(at)
        .map_err(|_| Error::VarsTooLarge { size: block.len(), limit: usize::from(u16::MAX) })
}
