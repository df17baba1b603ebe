//! Handlers that leak what no context can give back: heap and descriptors.

use std::fs::File;

use cleanslate::{Context, Error, Request, Response, Result};

/// The most that one request leaks.
const HEAP_MAX: usize = 64 << 20;

#[allow(clippy::mem_forget, reason = "a leak is what is wanted here")]
pub(crate) fn heap(_: &mut Context, request: &Request) -> Result<Response> {
    let size: usize = request.parsed("bytes")?;
    if size > HEAP_MAX {
        return Err(Error::bad_request(format!("{HEAP_MAX} at most\n")));
    }
    // Written to, so that it is memory and not only an address.
    std::mem::forget(vec![1_u8; size]);
    Ok(Response::text("leaked\n"))
}

#[allow(clippy::mem_forget, reason = "a leak is what is wanted here")]
pub(crate) fn descriptor(_: &mut Context, _: &Request) -> Result<Response> {
    std::mem::forget(File::open("/dev/null")?);
    Ok(Response::text("leaked\n"))
}
