//! Handlers that leak what no context can give back: heap, descriptors and sockets; and one that only fills a
//! cache.

use std::cell::RefCell;
use std::fs::File;
use std::net::{Ipv4Addr, TcpStream};
use std::sync::OnceLock;

use cleanslate::rusqlite::Connection;
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

/// Connects to a port of this machine, and forgets the connection.
#[allow(clippy::mem_forget, reason = "a leak is what is wanted here")]
pub(crate) fn socket(_: &mut Context, request: &Request) -> Result<Response> {
    let port: u16 = request.parsed("port")?;
    std::mem::forget(TcpStream::connect((Ipv4Addr::LOCALHOST, port))?);
    Ok(Response::text("leaked\n"))
}

/// Fills a cache when it is first asked, and keeps it.
pub(crate) fn cache(_: &mut Context, request: &Request) -> Result<Response> {
    static CACHE: OnceLock<Vec<u8>> = OnceLock::new();
    let size: usize = request.parsed("bytes")?;
    if size > HEAP_MAX {
        return Err(Error::bad_request(format!("{HEAP_MAX} at most\n")));
    }
    let cached = CACHE.get_or_init(|| vec![1; size]).len();
    Ok(Response::text(format!("{cached}\n")))
}

/// Keeps a connection of its own in its thread, which no reset can reach.
pub(crate) fn keep_connection(ctx: &Context) -> Result<()> {
    thread_local! {
        static KEPT: RefCell<Vec<Connection>> = const { RefCell::new(Vec::new()) };
    }
    let connection = Connection::open(ctx.option("database"))?;
    let _: i64 = connection.query_row("SELECT count(*) FROM users", [], |row| row.get(0))?;
    KEPT.with_borrow_mut(|kept| kept.push(connection));
    Ok(())
}
