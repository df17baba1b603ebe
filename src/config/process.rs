//! What the options come to for the process itself, its log and its replacement. Touches nothing of the
//! system.

use std::path::PathBuf;
use std::time::Duration;

use super::Options;
use super::settings::{Invalid, number, parsed, seconds};

/// The process.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProcessSettings {
    pub(crate) master: bool,
    /// The log of a process that goes on in the background.
    pub(crate) daemonize: Option<PathBuf>,
    pub(crate) pidfile: Option<PathBuf>,
    pub(crate) uid: Option<String>,
    pub(crate) gid: Option<String>,
    pub(crate) chdir: Option<PathBuf>,
    pub(crate) umask: Option<u32>,
    /// Files whose change asks for a reload.
    pub(crate) touch_reload: Vec<PathBuf>,
    pub(crate) environment: Vec<(String, String)>,
}

/// Its log.
#[derive(Clone, Debug)]
pub(crate) struct LogSettings {
    pub(crate) file: Option<PathBuf>,
    /// Bytes.
    pub(crate) max_size: Option<u64>,
    /// How many files that were put aside are kept.
    pub(crate) keep: usize,
    pub(crate) backup_name: Option<PathBuf>,
    pub(crate) truncate: bool,
    /// Whether each request is logged.
    pub(crate) requests: bool,
    /// How; uWSGI's way unless set.
    pub(crate) format: Option<String>,
    pub(crate) json: bool,
    /// A request that takes so long is logged in any case.
    pub(crate) slow: Option<Duration>,
}

/// When another server takes its place.
#[derive(Clone, Debug, Default)]
pub(crate) struct RecycleSettings {
    /// Bytes by which the address space may grow.
    pub(crate) address_space: Option<u64>,
    /// Bytes of resident memory.
    pub(crate) resident: Option<u64>,
    pub(crate) max_requests: Option<u64>,
    pub(crate) min_lifetime: Duration,
    pub(crate) max_lifetime: Option<Duration>,
}

impl ProcessSettings {
    pub(super) fn resolve(options: &Options) -> Result<Self, Invalid> {
        let path = |name: &str| options.text(name).map(PathBuf::from);
        let text = |name: &str| options.text(name).map(str::to_owned);
        let mask = |text: &str| u32::from_str_radix(text, 8).ok().filter(|mask| *mask <= 0o777);
        let umask = options.text("umask").map(|text| {
            let expected = "an octal mask, as 022";
            let value = text.to_owned();
            mask(text).ok_or(Invalid { option: "umask", value, expected })
        });
        let variable = |text: &String| {
            let expected = "NAME=VALUE";
            let wrong = || Invalid { option: "env", value: text.clone(), expected };
            let (name, value) = text.split_once('=').ok_or_else(wrong)?;
            Ok((name.to_owned(), value.to_owned()))
        };
        Ok(Self {
            master: is_set(options, "master"),
            daemonize: path("daemonize"),
            pidfile: path("pidfile"),
            uid: text("uid"),
            gid: text("gid"),
            chdir: path("chdir"),
            umask: umask.transpose()?,
            touch_reload: options.all("touch-reload").iter().map(PathBuf::from).collect(),
            environment: options.all("env").iter().map(variable).collect::<Result<_, _>>()?,
        })
    }
}

impl LogSettings {
    pub(super) fn resolve(options: &Options) -> Result<Self, Invalid> {
        let path = |name: &str| options.text(name).map(PathBuf::from);
        let max_size: u64 = parsed(options, "log-maxsize", "a number of bytes")?;
        Ok(Self {
            file: path("daemonize").or_else(|| path("logto")),
            max_size: Some(max_size).filter(|size| *size > 0),
            keep: number(options, "log-keep", 1..=100_000, "1 to 100000")?,
            backup_name: path("log-backupname"),
            truncate: is_set(options, "log-truncate"),
            requests: is_set(options, "log-requests"),
            format: options.text("log-format").map(str::to_owned),
            json: is_set(options, "log-json"),
            slow: seconds(options, "log-slow")?.map(|time| time / 1_000),
        })
    }
}

impl RecycleSettings {
    /// Whether nothing is limited.
    pub(crate) fn is_empty(&self) -> bool {
        let Self { address_space, resident, max_requests, max_lifetime, min_lifetime: _ } = self;
        let memory = address_space.is_none() && resident.is_none();
        memory && max_requests.is_none() && max_lifetime.is_none()
    }

    pub(super) fn resolve(options: &Options) -> Result<Self, Invalid> {
        let megabytes = |option| {
            let number = number(options, option, 0..=u64::MAX >> 20, "a number of megabytes")?;
            Ok(Some(number << 20).filter(|bytes| *bytes > 0))
        };
        let max_requests = parsed(options, "max-requests", "a number of requests")?;
        Ok(Self {
            address_space: megabytes("reload-on-as")?,
            resident: megabytes("reload-on-rss")?,
            max_requests: Some(max_requests).filter(|most| *most > 0),
            min_lifetime: seconds(options, "min-worker-lifetime")?.unwrap_or_default(),
            max_lifetime: seconds(options, "max-worker-lifetime")?,
        })
    }
}

fn is_set(options: &Options, name: &str) -> bool {
    options.text(name) == Some("true")
}
