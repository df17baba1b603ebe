//! Names and values as FastCGI writes them, both ways. It must not know records: it sees the
//! contents of a stream, put together. Source: FastCGI 1.0, 3.4.

use crate::error::Error;
use crate::limits::Limits;
use crate::vars::{Span, VarIndex};
use alloc::vec::Vec;

/// The largest size of a name or a value: 31 bits.
const SIZE_MAX: usize = 0x7FFF_FFFF;

/// Appends one pair: the size of the name, of the value, name, value.
///
/// # Errors
///
/// [`Error::EmptyKey`] and, above 31 bits, [`Error::VarsTooLarge`]; `out` is then as it was.
pub(super) fn append_pair(
    out: &mut Vec<u8>,
    at: usize,
    (key, value): (&[u8], &[u8]),
) -> Result<(), Error> {
    if key.is_empty() {
        return Err(Error::EmptyKey { at });
    }
    if let Some(part) = [key, value].into_iter().find(|part| part.len() > SIZE_MAX) {
        return Err(Error::VarsTooLarge { size: part.len(), limit: SIZE_MAX });
    }
    for part in [key, value] {
        match u8::try_from(part.len()) {
            Ok(size @ ..0x80) => out.push(size),
            Ok(_) | Err(_) => {
                // It fits in 31 bits, as was checked above.
                let size = u32::try_from(part.len()).unwrap_or(0);
                out.extend((size | 0x8000_0000).to_be_bytes());
            }
        }
    }
    out.extend(key);
    out.extend(value);
    Ok(())
}

/// Fills `index` with the vars of `block`, in one pass; stops at the first error, with the vars
/// before it in the index, which a log may want.
pub(super) fn index_pairs(
    block: &[u8],
    limits: &Limits,
    index: &mut VarIndex,
) -> Result<(), Error> {
    let mut rest = block;
    while !rest.is_empty() {
        let at = block.len() - rest.len();
        let Some((key_size, value_size, after)) = split_sizes(rest) else {
            return Err(Error::TrailingBytes { at, count: rest.len() });
        };
        if key_size == 0 {
            return Err(Error::EmptyKey { at });
        }
        let Some((_, values)) = after.split_at_checked(key_size) else {
            return Err(Error::KeyOverrun { at, size: key_size, left: after.len() });
        };
        let Some((_, next)) = values.split_at_checked(value_size) else {
            return Err(Error::ValueOverrun { at, size: value_size, left: values.len() });
        };
        let number = |number: usize| {
            let limit = usize::from(u16::MAX);
            u16::try_from(number).map_err(|_| Error::VarsTooLarge { size: block.len(), limit })
        };
        index.push(
            Span {
                key_start: number(block.len() - after.len())?,
                key_size: number(key_size)?,
                value_start: number(block.len() - values.len())?,
                value_size: number(value_size)?,
            },
            limits.max_vars,
        )?;
        rest = next;
    }
    Ok(())
}

/// The names in `content`, up to the first that is not well-formed.
pub(super) fn names(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = content;
    core::iter::from_fn(move || {
        let (key_size, value_size, after) = split_sizes(rest)?;
        let (key, values) = after.split_at_checked(key_size)?;
        rest = values.get(value_size..)?;
        Some(key)
    })
}

/// The two sizes a pair starts with, and what follows them.
fn split_sizes(bytes: &[u8]) -> Option<(usize, usize, &[u8])> {
    let (key_size, after) = split_size(bytes)?;
    let (value_size, after) = split_size(after)?;
    Some((key_size, value_size, after))
}

/// One byte below 0x80, or four with the highest bit set.
fn split_size(bytes: &[u8]) -> Option<(usize, &[u8])> {
    match *bytes {
        [size @ ..0x80, ref after @ ..] => Some((usize::from(size), after)),
        [a, b, c, d, ref after @ ..] => {
            let size = u32::from_be_bytes([a, b, c, d]) & 0x7FFF_FFFF;
            // Where a usize is smaller, no block is that large either.
            Some((usize::try_from(size).unwrap_or(usize::MAX), after))
        }
        [] | [_] | [_, _] | [_, _, _] => None,
    }
}
