//! What the options come to: checked values in their own units. Touches nothing of the system.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use cleanslate_proto::limits::Limits;

use super::Options;
use super::process::{LogSettings, ProcessSettings, RecycleSettings};
use crate::app::Protocol;
use crate::context::DbReset;

/// Everything the server is told, checked.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) sockets: Vec<(Protocol, String)>,
    pub(crate) workers: usize,
    pub(crate) threads: usize,
    pub(crate) backlog: i32,
    pub(crate) socket_mode: u32,
    pub(crate) socket_owner: Option<SocketOwner>,
    pub(crate) queue: usize,
    pub(crate) connections_max: usize,
    pub(crate) socket_timeout: Duration,
    pub(crate) keepalive: Duration,
    pub(crate) limits: Limits,
    pub(crate) post_buffering: usize,
    pub(crate) allow_signals: bool,
    pub(crate) answer_file: u64,
    /// Bytes of an answer's head.
    pub(crate) answer_head: usize,
    /// None: requests may take for ever.
    pub(crate) harakiri: Option<Duration>,
    pub(crate) background_threads: usize,
    pub(crate) schedule_store: Option<PathBuf>,
    /// Raised signals that may wait.
    pub(crate) signal_queue: usize,
    pub(crate) database: Option<PathBuf>,
    pub(crate) db_reset: DbReset,
    pub(crate) reload_mercy: Duration,
    pub(crate) log_level: tracing::Level,
    pub(crate) process: ProcessSettings,
    pub(crate) log: LogSettings,
    pub(crate) recycle: RecycleSettings,
}

/// Whom unix sockets are given to.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct SocketOwner {
    pub(crate) user: Option<String>,
    pub(crate) group: Option<String>,
}

/// An option whose value can't be used.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Invalid {
    pub(crate) option: &'static str,
    pub(crate) value: String,
    pub(crate) expected: &'static str,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { option, value, expected } = self;
        match value.is_empty() {
            true => write!(f, "--{option} is missing: give {expected}"),
            false => write!(f, "--{option} {value}: give {expected}"),
        }
    }
}

/// One bit of a word stands for each thread of the pool.
const THREADS_MAX: usize = 64;

impl Settings {
    /// Checks the options; `database` is the application's own default.
    pub(crate) fn resolve(options: &Options, database: Option<PathBuf>) -> Result<Self, Invalid> {
        let workers = number(options, "processes", 1..=THREADS_MAX, "1 to 64")?;
        let most = THREADS_MAX / workers;
        let threads =
            number(options, "threads", 1..=most, "at least 1, and 64 threads in all at most")?;
        let background_threads = match options.text("background-threads") {
            None => (workers * threads - 1).max(1),
            Some(_) => number(
                options,
                "background-threads",
                1..=workers * threads,
                "1 to the number of all threads",
            )?,
        };
        Ok(Self {
            sockets: sockets(options)?,
            workers,
            threads,
            backlog: number(options, "listen", 1..=i32::MAX, "1 or more")?,
            socket_mode: mode(options)?,
            socket_owner: options.text("chown-socket").map(owner).transpose()?,
            queue: number(options, "queue", 1..=1_000_000, "1 to 1000000")?,
            connections_max: number(options, "max-connections", 1..=1_000_000, "1 to 1000000")?,
            socket_timeout: seconds(options, "socket-timeout")?
                .ok_or_else(|| invalid(options, "socket-timeout", "more than 0 seconds"))?,
            keepalive: seconds(options, "keepalive")?
                .ok_or_else(|| invalid(options, "keepalive", "more than 0 seconds"))?,
            limits: Limits {
                buffer_size: number(options, "buffer-size", 1..=65_535, "1 to 65535 bytes")?,
                max_vars: number(options, "max-vars", 1..=65_535, "1 to 65535")?,
                limit_post: number(options, "limit-post", 0..=u64::MAX, "a number of bytes")?,
            },
            allow_signals: options.text("allow-signals") == Some("true"),
            answer_head: number(
                options,
                "response-headers-limit",
                1..=usize::MAX,
                "a number of bytes",
            )?,
            answer_file: number(options, "limit-answer", 0..=u64::MAX / 2, "a number of bytes")?,
            post_buffering: number(options, "post-buffering", 0..=usize::MAX, "a number of bytes")?,
            harakiri: seconds(options, "harakiri")?,
            background_threads,
            schedule_store: options.text("schedule-store").map(PathBuf::from),
            signal_queue: number(options, "signal-queue", 1..=1_000_000, "1 to 1000000")?,
            database: options.text("database").map(PathBuf::from).or(database),
            db_reset: parsed(options, "db-reset", "recycle or close")?,
            reload_mercy: seconds(options, "reload-mercy")?.unwrap_or_default(),
            log_level: parsed(options, "log-level", "error, warn, info, debug or trace")?,
            process: ProcessSettings::resolve(options)?,
            log: LogSettings::resolve(options)?,
            recycle: RecycleSettings::resolve(options)?,
        })
    }
}

fn invalid(options: &Options, option: &'static str, expected: &'static str) -> Invalid {
    Invalid { option, value: options.text(option).unwrap_or_default().to_owned(), expected }
}

pub(super) fn parsed<T: FromStr>(
    options: &Options,
    option: &'static str,
    expected: &'static str,
) -> Result<T, Invalid> {
    options
        .text(option)
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| invalid(options, option, expected))
}

pub(super) fn number<T: FromStr + PartialOrd>(
    options: &Options,
    option: &'static str,
    range: std::ops::RangeInclusive<T>,
    expected: &'static str,
) -> Result<T, Invalid> {
    parsed(options, option, expected)
        .ok()
        .filter(|value| range.contains(value))
        .ok_or_else(|| invalid(options, option, expected))
}

/// A time in seconds, fractions allowed; none for 0.
pub(super) fn seconds(
    options: &Options,
    option: &'static str,
) -> Result<Option<Duration>, Invalid> {
    /// Ten years: longer is a slip, and instants must not overflow.
    const SECONDS_MAX: f64 = 3.2e8;
    let seconds = number(options, option, 0.0..=SECONDS_MAX, "a number of seconds, 0.5 or 60")?;
    Ok(Duration::try_from_secs_f64(seconds).ok().filter(|time| !time.is_zero()))
}

fn sockets(options: &Options) -> Result<Vec<(Protocol, String)>, Invalid> {
    let kinds = [
        ("socket", Protocol::Uwsgi),
        ("fastcgi-socket", Protocol::FastCgi),
        ("scgi-socket", Protocol::Scgi),
        ("http-socket", Protocol::Http),
    ];
    let sockets: Vec<_> = kinds
        .into_iter()
        .flat_map(|(name, protocol)| {
            options.all(name).iter().map(move |text| (protocol, text.clone()))
        })
        .collect();
    if sockets.is_empty() && std::env::var_os("LISTEN_FDS").is_none() {
        return Err(Invalid {
            option: "socket",
            value: String::new(),
            expected: "at least one address (a path, @name, host:port)",
        });
    }
    Ok(sockets)
}

/// Three octal digits, or four with a leading zero, as chmod takes them.
fn mode(options: &Options) -> Result<u32, Invalid> {
    let expected = "three octal digits, or four that begin with 0";
    let text = options.text("chmod-socket").unwrap_or_default();
    u32::from_str_radix(text, 8)
        .ok()
        .filter(|mode| *mode <= 0o777 && matches!(text.len(), 3 | 4) && !text.starts_with('+'))
        .ok_or_else(|| invalid(options, "chmod-socket", expected))
}

fn owner(text: &str) -> Result<SocketOwner, Invalid> {
    let (user, group) = text.split_once(':').unwrap_or((text, ""));
    let part = |name: &str| (!name.is_empty()).then(|| name.to_owned());
    let owner = SocketOwner { user: part(user), group: part(group) };
    if owner == SocketOwner::default() {
        let expected = "user, user:group or :group";
        return Err(Invalid { option: "chown-socket", value: text.to_owned(), expected });
    }
    Ok(owner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Parsed, parse};

    fn resolve(line: &str) -> Result<Settings, Invalid> {
        let words = std::iter::once("app").chain(line.split_whitespace()).map(Into::into);
        let Parsed::Serve(options) = parse("app", &[], words) else { panic!("not taken: {line}") };
        Settings::resolve(&options, None)
    }

    #[test]
    fn the_defaults_are_the_documented_ones() {
        let settings = resolve("--socket @x").unwrap();
        assert_eq!((settings.workers, settings.threads, settings.background_threads), (4, 2, 7));
        assert_eq!((settings.queue, settings.connections_max), (1_024, 16_384));
        assert_eq!(settings.harakiri, Some(Duration::from_secs(60)));
        assert_eq!(settings.socket_mode, 0o660);
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        for (line, option) in [
            ("", "socket"),
            ("--socket x --processes 0", "processes"),
            ("--socket x --threads -1x", "threads"),
            ("--socket x --processes 33 --threads 2", "threads"),
            ("--socket x --background-threads 9", "background-threads"),
            ("--socket x --socket-timeout 0", "socket-timeout"),
            ("--socket x --harakiri never", "harakiri"),
            ("--socket x --buffer-size 65536", "buffer-size"),
            ("--socket x --chmod-socket 999", "chmod-socket"),
            ("--socket x --chmod-socket 6", "chmod-socket"),
            ("--socket x --chown-socket :", "chown-socket"),
            ("--socket x --db-reset never", "db-reset"),
            ("--socket x --log-level loud", "log-level"),
        ] {
            let line = line.replace(" -1x", " =x");
            assert_eq!(resolve(&line).map_err(|error| error.option).err(), Some(option), "{line}");
        }
    }

    #[test]
    fn zero_harakiri_is_none() {
        assert_eq!(resolve("--socket x --harakiri 0").unwrap().harakiri, None);
        let half = resolve("--socket x --harakiri 0.5").unwrap().harakiri;
        assert_eq!(half, Some(Duration::from_millis(500)));
    }
}
