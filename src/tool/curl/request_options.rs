//! The options that say what is asked of whom: `curl` and `bench` have them in common. It must not know how
//! the request is sent.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;

use super::error::CurlError;
use crate::tool::target::{Target, rooted};

/// What is asked of whom.
#[derive(Args, Debug)]
pub(in crate::tool) struct RequestOptions {
    /// The server, and the path of the request unless it is given by itself
    target: String,
    /// Path and query of the request
    #[arg(value_name = "URL-PATH")]
    path: Option<String>,
    /// Connect to this unix socket; TARGET is then PROTOCOL://HOST/PATH
    #[arg(long, value_name = "PATH")]
    unix_socket: Option<PathBuf>,
    /// The method; GET, or POST with data
    #[arg(short = 'X', long, value_name = "METHOD")]
    request: Option<String>,
    /// A header; NAME: alone leaves out one that would be sent by itself
    #[arg(short = 'H', long, value_name = "NAME: VALUE")]
    pub(in crate::tool) header: Vec<String>,
    /// Sends a form: text, @FILE or @- for standard input, both without line ends and NULs
    #[arg(long, value_name = "DATA", conflicts_with = "data_binary")]
    data: Vec<String>,
    /// Sends DATA, @FILE or @- as it is
    #[arg(long, value_name = "DATA")]
    data_binary: Option<String>,
    /// Adds a var, or replaces the one of that name
    #[arg(long, value_name = "NAME=VALUE")]
    pub(in crate::tool) var: Vec<String>,
}

/// What `--data` sends.
const FORM: &str = "application/x-www-form-urlencoded";

impl RequestOptions {
    /// The server and the path.
    pub(in crate::tool) fn target(&self) -> Result<Target, CurlError> {
        let mut target = Target::parse(&self.target, self.unix_socket.as_deref())?;
        if let Some(path) = &self.path {
            if target.path.is_some() {
                return Err(CurlError::TwoPaths(path.clone()));
            }
            target.path = Some(rooted(path));
        }
        Ok(target)
    }

    /// The method that is given, or the one that goes with the data.
    pub(in crate::tool) fn method(&self) -> &str {
        let has_data = !self.data.is_empty() || self.data_binary.is_some();
        match &self.request {
            Some(method) => method,
            None if has_data => "POST",
            None => "GET",
        }
    }

    /// The type of the body that is sent with it, unless a header says otherwise.
    pub(in crate::tool) fn content_type(&self) -> Option<&'static str> {
        (!self.data.is_empty()).then_some(FORM)
    }

    /// The body that `--data` and `--data-binary` say, if either does.
    pub(in crate::tool) fn body(&self) -> Result<Option<Vec<u8>>, CurlError> {
        if let Some(data) = &self.data_binary {
            return read(data).map(Some);
        }
        if self.data.is_empty() {
            return Ok(None);
        }
        let mut pieces = Vec::new();
        for data in &self.data {
            let mut piece = read(data)?;
            if data.starts_with('@') {
                piece.retain(|byte| !b"\r\n\0".contains(byte));
            }
            pieces.push(piece);
        }
        Ok(Some(pieces.join(&b'&')))
    }
}

/// What an argument of `--data` stands for.
fn read(data: &str) -> Result<Vec<u8>, CurlError> {
    let Some(path) = data.strip_prefix('@') else {
        return Ok(data.as_bytes().to_vec());
    };
    let mut bytes = Vec::new();
    let result = match path {
        "-" => io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes),
        path => fs::read(path),
    };
    result.map_err(|source| CurlError::Read { path: Path::new(path).to_owned(), source })
}
