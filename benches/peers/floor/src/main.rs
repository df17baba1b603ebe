//! `floor`: accept, read, write a canned answer, close. What it costs is what the kernel charges, which
//! no server that does the same can be below. It must not look at what it has read.

mod answers;
mod event_loop;

use std::error::Error;
use std::fs::{self, Permissions};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use clap::Parser;

use crate::answers::Protocol;
use crate::event_loop::{EventLoop, Then};

/// Answers whatever comes with `hello, world`.
#[derive(Parser)]
struct Options {
    /// Threads, each with an event loop of its own over the one listener
    #[arg(long, default_value_t = 1, conflicts_with = "hand_over")]
    loops: usize,
    /// Keep connections: each read is taken for a whole request
    #[arg(long, conflicts_with = "hand_over")]
    keep: bool,
    /// One loop accepts and reads, and this many threads answer
    #[arg(long, value_name = "THREADS")]
    hand_over: Option<usize>,
    /// What the answer is wrapped in
    #[arg(long, value_enum, default_value_t = Protocol::Uwsgi)]
    protocol: Protocol,
    /// Where to listen; a file that is there is removed
    socket: PathBuf,
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let answer = options.protocol.answer();
    let listener = Arc::new(listen(&options)?);
    if let Some(threads) = options.hand_over {
        return hand_over(threads, &listener, &answer);
    }
    let then = if options.keep { Then::Keep(answer) } else { Then::Close(answer) };
    let started: Vec<_> = (0..options.loops)
        .map(|_| {
            let (listener, then) = (Arc::clone(&listener), then.clone());
            thread::spawn(move || EventLoop::new(&listener, then)?.run(&listener))
        })
        .collect();
    for thread in started {
        thread.join().map_err(|_| "a loop has panicked")??;
    }
    Ok(())
}

fn listen(options: &Options) -> Result<OwnedFd, Box<dyn Error>> {
    let _ = fs::remove_file(&options.socket);
    let listener = UnixListener::bind(&options.socket)?;
    // nginx's workers are someone else. Who may reach the socket, its folder decides.
    fs::set_permissions(&options.socket, Permissions::from_mode(0o666))?;
    listener.set_nonblocking(true)?;
    let listener = OwnedFd::from(listener);
    rustix::net::listen(&listener, 1_024)?;
    Ok(listener)
}

/// What it costs to wake a thread for each request.
fn hand_over(threads: usize, listener: &OwnedFd, answer: &[u8]) -> Result<(), Box<dyn Error>> {
    // As many as may wait for `accept`.
    let (sender, receiver) = crossbeam_channel::bounded::<OwnedFd>(1_024);
    for _ in 0..threads {
        let (receiver, answer) = (receiver.clone(), answer.to_owned());
        thread::spawn(move || {
            for connection in receiver {
                event_loop::send(&connection, &answer);
            }
        });
    }
    EventLoop::new(listener, Then::HandOver(sender))?.run(listener)?;
    Ok(())
}
