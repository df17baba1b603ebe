//! The SCGI request: a netstring of vars, and the way from a request to bytes. It must not know
//! how a request is cut into reads (that is `decode`), nor what a var means (that is `request`).
//!
//! A request is the size of the vars in decimal digits, `:`, the vars (each: key, NUL, value, NUL),
//! `,`, and the body, which is as long as the var `CONTENT_LENGTH` says. That one comes first, and
//! `SCGI` with the value `1` is among the others. Source: the SCGI specification (2008), sections 3
//! and 4, and nginx's `ngx_http_scgi_create_request`.

mod decode;

pub use decode::Decoder;

use crate::error::Error;
use crate::limits::Limits;
use crate::vars::{Span, VarIndex};
use alloc::format;
use alloc::vec::Vec;

/// Appends a request's netstring to `out`: `CONTENT_LENGTH`, `SCGI`, then `vars`. The caller
/// appends the body of `body_length` bytes. A var named like one of those two is sent as well.
///
/// # Errors
///
/// [`Error::EmptyKey`]; [`Error::NulInVar`], since a NUL ends a key or a value;
/// [`Error::VarsTooLarge`] when the vars are above 65,535 bytes together. `out` is then as it was.
///
/// ```
/// use cleanslate_proto::scgi::encode;
/// let mut out = Vec::new();
/// encode(&mut out, [(&b"REQUEST_METHOD"[..], &b"GET"[..])], 0)?;
/// assert_eq!(out, b"43:CONTENT_LENGTH\x000\0SCGI\x001\0REQUEST_METHOD\0GET\0,");
/// # Ok::<(), cleanslate_proto::error::Error>(())
/// ```
pub fn encode<'a>(
    out: &mut Vec<u8>,
    vars: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
    body_length: u64,
) -> Result<(), Error> {
    let mut block = format!("CONTENT_LENGTH\0{body_length}\0SCGI\x001\0").into_bytes();
    for (key, value) in vars {
        let at = block.len();
        if key.is_empty() {
            return Err(Error::EmptyKey { at });
        }
        if key.contains(&0) || value.contains(&0) {
            return Err(Error::NulInVar { at });
        }
        for part in [key, value] {
            block.extend(part);
            block.push(0);
        }
        let (size, limit) = (block.len(), SIZE_MAX);
        if size > limit {
            return Err(Error::VarsTooLarge { size, limit });
        }
    }
    out.extend(format!("{}:", block.len()).bytes());
    out.extend(block);
    out.push(b',');
    Ok(())
}

/// The most that the vars may be together, whatever `buffer-size` says: the index counts in 16
/// bits, and no other codec takes more either.
const SIZE_MAX: usize = 65_535;

/// Fills `index` with the vars of `block`, in one pass; stops at the first error, with the vars
/// before it in the index, which a log may want.
fn index_vars(block: &[u8], limits: &Limits, index: &mut VarIndex) -> Result<(), Error> {
    let mut at = 0;
    while at < block.len() {
        let key = string(block, at)?;
        if key.is_empty() {
            return Err(Error::EmptyKey { at });
        }
        if at == 0 && key != b"CONTENT_LENGTH" {
            return Err(Error::ContentLengthNotFirst);
        }
        let value_start = at + key.len() + 1;
        if value_start == block.len() {
            return Err(Error::NoValue { at });
        }
        let value = string(block, value_start)?;
        index.push(
            Span {
                key_start: short(at)?,
                key_size: short(key.len())?,
                value_start: short(value_start)?,
                value_size: short(value.len())?,
            },
            limits.max_vars,
        )?;
        at = value_start + value.len() + 1;
    }
    Ok(())
}

/// The string that starts there, without the NUL that ends it.
fn string(block: &[u8], at: usize) -> Result<&[u8], Error> {
    let rest = &block[at..];
    let size = rest.iter().position(|&byte| byte == 0).ok_or(Error::NoTerminator { at })?;
    Ok(&rest[..size])
}

/// A number of bytes as the index keeps it. It fits, since a block above that was refused.
fn short(size: usize) -> Result<u16, Error> {
    u16::try_from(size).map_err(|_| Error::VarsTooLarge { size, limit: SIZE_MAX })
}
