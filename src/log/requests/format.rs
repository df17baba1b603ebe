//! `log-format`: a line with uWSGI's tokens in it. Source: uWSGI 2.0, core/logging.c. Knows nothing of
//! where lines go.

use std::io::Write;

use jiff::Zoned;

use super::Line;

/// A format that was read.
#[derive(Clone, Debug)]
pub(crate) struct Format(Vec<Part>);

#[derive(Clone, Debug)]
enum Part {
    Text(Vec<u8>),
    /// A variable of the request, `-` if it has none.
    Var(String),
    Token(Token),
}

/// What depends on the request.
#[derive(Clone, Copy, Debug)]
enum Token {
    Uri,
    Status,
    HeadSize,
    BodySize,
    Size,
    Headers,
    Micros,
    Millis,
    Seconds,
    StartMicros,
    StartMillis,
    Epoch,
    Date,
    CommonDate,
    Process,
    Worker,
    Thread,
    ThreadRequests,
    Requests,
    Vars,
    VarsSize,
    Modifier1,
    Modifier2,
    Id,
    Job,
    /// Of what this server has none.
    Zero,
}

/// Why a format can't be used.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum FormatError {
    #[error("there is no token %({0})")]
    Unknown(String),
    #[error("a token has no end: %({0}")]
    NoEnd(String),
}

/// What uWSGI writes unless told otherwise.
const DEFAULT: &str = "[pid: %(pid)|app: 0|req: %(wreq)/%(treq)] %(addr) (%(user)) \
     {%(vars) vars in %(pktsize) bytes} [%(ctime)] %(method) %(uri) => generated %(rsize) bytes in \
     %(msecs) msecs (%(proto) %(status)) %(headers) headers in %(hsize) bytes (%(switches) switches \
     on core %(core))";

impl Default for Format {
    fn default() -> Self {
        // Nothing, if it were wrong: a test reads it.
        Self::parse(DEFAULT).unwrap_or_else(|_| Self(Vec::new()))
    }
}

impl Format {
    /// Reads a format.
    ///
    /// # Errors
    /// [`FormatError`].
    pub(crate) fn parse(text: &str) -> Result<Self, FormatError> {
        let (mut parts, mut rest) = (Vec::new(), text);
        while let Some(at) = rest.find("%(") {
            let (before, after) = (&rest[..at], &rest[at + 2..]);
            let end = after.find(')').ok_or_else(|| FormatError::NoEnd(after.to_owned()))?;
            parts.push(Part::Text(before.as_bytes().to_vec()));
            parts.push(part(&after[..end])?);
            rest = &after[end + 1..];
        }
        parts.push(Part::Text(rest.as_bytes().to_vec()));
        Ok(Self(parts))
    }

    pub(super) fn write(&self, out: &mut Vec<u8>, line: &Line<'_>, time: &Zoned) {
        for part in &self.0 {
            match part {
                Part::Text(text) => out.extend_from_slice(text),
                Part::Var(name) => write_value(out, line.request.vars().get(name.as_bytes())),
                Part::Token(token) => token.write(out, line, time),
            }
        }
    }
}

fn part(name: &str) -> Result<Part, FormatError> {
    let var = |name: &str| Ok(Part::Var(name.to_owned()));
    if let Some(name) = name.strip_prefix("var.") {
        return var(name);
    }
    Ok(Part::Token(match name {
        "method" => return var("REQUEST_METHOD"),
        "user" => return var("REMOTE_USER"),
        "addr" => return var("REMOTE_ADDR"),
        "host" => return var("HTTP_HOST"),
        "proto" => return var("SERVER_PROTOCOL"),
        "uagent" => return var("HTTP_USER_AGENT"),
        "referer" => return var("HTTP_REFERER"),
        "cl" => return var("CONTENT_LENGTH"),
        "uri" => Token::Uri,
        "status" => Token::Status,
        "hsize" => Token::HeadSize,
        "rsize" => Token::BodySize,
        "size" => Token::Size,
        "headers" => Token::Headers,
        "micros" => Token::Micros,
        "msecs" => Token::Millis,
        "secs" => Token::Seconds,
        "tmicros" => Token::StartMicros,
        "tmsecs" => Token::StartMillis,
        "epoch" | "time" => Token::Epoch,
        "ctime" => Token::Date,
        "ltime" | "ftime" => Token::CommonDate,
        "pid" => Token::Process,
        "wid" => Token::Worker,
        "core" => Token::Thread,
        "wreq" => Token::ThreadRequests,
        "treq" => Token::Requests,
        "vars" => Token::Vars,
        "pktsize" => Token::VarsSize,
        "modifier1" => Token::Modifier1,
        "modifier2" => Token::Modifier2,
        "id" => Token::Id,
        "job" => Token::Job,
        "switches" | "werr" | "rerr" | "ioerr" | "vsz" | "vszM" | "rss" | "rssM" => Token::Zero,
        _ => return Err(FormatError::Unknown(name.to_owned())),
    }))
}

impl Token {
    fn write(self, out: &mut Vec<u8>, line: &Line<'_>, time: &Zoned) {
        let sent = &line.sent;
        let number: u128 = match self {
            Self::Uri => {
                return write_value(out, line.request.vars().get(b"REQUEST_URI"));
            }
            Self::Id => return write_value(out, Some(line.request.id().as_bytes())),
            Self::Job => return write_value(out, line.job.map(str::as_bytes)),
            Self::Date => return write_text(out, time.strftime("%a %b %e %H:%M:%S %Y")),
            Self::CommonDate => return write_text(out, time.strftime("%d/%b/%Y:%H:%M:%S %z")),
            Self::Status => u128::from(sent.status),
            Self::HeadSize => sent.head as u128,
            Self::BodySize => u128::from(sent.body),
            Self::Size => sent.head as u128 + u128::from(sent.body),
            Self::Headers => sent.headers as u128,
            Self::Micros => line.took.as_micros(),
            Self::Millis => line.took.as_millis(),
            Self::Seconds => u128::from(line.took.as_secs()),
            Self::StartMicros => micros(time).saturating_sub(line.took.as_micros()),
            Self::StartMillis => micros(time).saturating_sub(line.took.as_micros()) / 1_000,
            Self::Epoch => micros(time) / 1_000_000,
            Self::Process => u128::from(std::process::id()),
            Self::Worker => line.worker as u128,
            // uWSGI counts a worker's threads from 0.
            Self::Thread => line.thread.saturating_sub(1) as u128,
            Self::ThreadRequests => u128::from(line.requests.0),
            Self::Requests => u128::from(line.requests.1),
            Self::Vars => line.request.vars().len() as u128,
            Self::VarsSize => vars_size(line) as u128,
            Self::Modifier1 => u128::from(line.request.modifiers().0),
            Self::Modifier2 => u128::from(line.request.modifiers().1),
            Self::Zero => 0,
        };
        write_text(out, number);
    }
}

/// As uWSGI's packet has them.
fn vars_size(line: &Line<'_>) -> usize {
    line.request.vars().iter().map(|(key, value)| key.len() + value.len() + 4).sum()
}

fn micros(time: &Zoned) -> u128 {
    u128::try_from(time.timestamp().as_microsecond()).unwrap_or_default()
}

fn write_text(out: &mut Vec<u8>, text: impl std::fmt::Display) {
    // A vector takes all.
    let _ = write!(out, "{text}");
}

/// What a client has sent must neither end the line nor the quotes around it.
fn write_value(out: &mut Vec<u8>, value: Option<&[u8]>) {
    let Some(value) = value.filter(|value| !value.is_empty()) else {
        return out.push(b'-');
    };
    for byte in value {
        match byte {
            b'"' | b'\\' | 0..=31 | 127.. => write_text(out, format_args!("\\x{byte:02X}")),
            _ => out.push(*byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uwsgis_own_can_be_read() {
        assert!(Format::default().0.len() > 20);
    }
}
