//! What a master and its server say to each other: a JSON value a line, over the server's standard
//! input. Knows nothing of what comes of it.

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::commands::Running;
use crate::schedule::HandOver;

/// What a master says.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ToServer {
    /// The schedule is yours, from where another server has left it.
    Begin(Option<HandOver>),
    /// Another server accepts from now on: end your schedule and see your connections out.
    Retire,
    /// These commands of another server run on: see to them.
    Adopt(Vec<Running>),
}

/// What a server says.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ToMaster {
    /// It has retired.
    HandOver(HandOver),
    /// Another should take its place, and why.
    Recycle(String),
    /// These commands run now.
    Commands(Vec<Running>),
}

/// Says something.
///
/// # Errors
/// Nobody listens any more.
pub(crate) fn tell<T: Serialize>(mut stream: &UnixStream, message: &T) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    stream.write_all(&line)
}

/// All that is said, until the other end is closed; what makes no sense is left out.
pub(crate) fn listen<T: DeserializeOwned>(stream: UnixStream) -> impl Iterator<Item = T> {
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    lines.filter_map(|line| serde_json::from_str(&line).ok())
}
