//! Answers that show what the server understood of a request, and every form of answer.

use std::io::Write;

use cleanslate::{Context, Error, Request, Response, Result};
use sha2::{Digest, Sha256};

/// The most bytes that `/bytes` and `/stream` make for one request.
const BYTES_MAX: usize = 1 << 30;
const STEP: usize = 1_000;

pub(crate) fn hello(_: &mut Context, _: &Request) -> Result<Response> {
    Ok(Response::fixed("text/plain", b"hello, world\n"))
}

/// All vars as received, as latin-1; of a repeated one the last.
pub(crate) fn env(_: &mut Context, request: &Request) -> Result<Response> {
    let latin = |bytes: &[u8]| -> String { bytes.iter().map(|byte| char::from(*byte)).collect() };
    let vars: serde_json::Map<String, serde_json::Value> =
        request.vars().iter().map(|(key, value)| (latin(key), latin(value).into())).collect();
    Response::json(&vars)
}

pub(crate) fn body(_: &mut Context, request: &Request) -> Result<Response> {
    let mut hash = Sha256::new();
    let length = std::io::copy(&mut request.body().reader(), &mut hash)?;
    Ok(Response::text(format!("{length} {:x}\n", hash.finalize())))
}

pub(crate) fn echo(_: &mut Context, request: &Request) -> Result<Response> {
    let media_type = request.header("content-type").unwrap_or("application/octet-stream");
    Ok(Response::bytes(media_type.to_owned(), request.body().bytes()?))
}

pub(crate) fn status(_: &mut Context, request: &Request) -> Result<Response> {
    let code: u16 = request.parsed("code")?;
    if !(200..=599).contains(&code) {
        return Err(Error::bad_request("a status between 200 and 599\n"));
    }
    Ok(Response::empty(code))
}

pub(crate) fn stream(_: &mut Context, request: &Request) -> Result<Response> {
    let steps: usize = size(request, BYTES_MAX / STEP)?;
    Ok(Response::steps("application/octet-stream", move |_, out| {
        let step = [b's'; STEP];
        for _ in 0..steps {
            out.write_all(&step)?;
        }
        Ok(())
    }))
}

pub(crate) fn bytes(_: &mut Context, request: &Request) -> Result<Response> {
    Ok(Response::bytes("application/octet-stream", vec![b'b'; size(request, BYTES_MAX)?]))
}

fn size(request: &Request, most: usize) -> Result<usize> {
    let n: usize = request.parsed("n")?;
    if n > most { Err(Error::bad_request(format!("{most} at most\n"))) } else { Ok(n) }
}

pub(crate) fn length_of_pad(_: &mut Context, request: &Request) -> Result<Response> {
    let length = request.vars().get(b"HTTP_X_PAD").map_or(0, <[u8]>::len);
    Ok(Response::text(format!("{length}\n")))
}

/// A file that nginx sends, from its location `/files/`.
pub(crate) fn file(_: &mut Context, request: &Request) -> Result<Response> {
    let name = request.param("name").unwrap_or_default();
    Ok(Response::nginx_file(&format!("/files/{name}")).header("X-Sent-By", "nginx"))
}

/// An answer whose head has so many bytes more than usual.
pub(crate) fn large_head(_: &mut Context, request: &Request) -> Result<Response> {
    let size: usize = request.parsed("bytes")?;
    Ok(Response::text("large\n").header("X-Large", "x".repeat(size)))
}

/// A uwsgi packet of modifier1 9, which is no request as others are.
pub(crate) fn packet(_: &mut Context, request: &Request) -> Result<Response> {
    let (modifier1, modifier2) = request.modifiers();
    let vars = request.vars().len();
    Ok(Response::text(format!("modifier {modifier1} {modifier2}, {vars} vars\n")))
}
