//! What the options come to for the process itself. Touches nothing of the system.

use std::path::PathBuf;
use std::time::Duration;

use super::reader::Reader;

/// The process.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProcessSettings {
    pub(crate) master: bool,
    /// The log of a process that goes on in the background.
    pub(crate) daemonize: Option<PathBuf>,
    pub(crate) pidfile: Option<PathBuf>,
    /// The same, written only once the server serves.
    pub(crate) safe_pidfile: Option<PathBuf>,
    pub(crate) uid: Option<String>,
    pub(crate) gid: Option<String>,
    pub(crate) chdir: Option<PathBuf>,
    pub(crate) umask: Option<u32>,
    /// Files whose change asks for a reload.
    pub(crate) touch_reload: Vec<PathBuf>,
    /// So long a server that is to take another's place may take to start.
    pub(crate) start_timeout: Option<Duration>,
    pub(crate) environment: Vec<(String, String)>,
}

impl ProcessSettings {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            master: reader.is_set("master"),
            daemonize: reader.path("daemonize"),
            pidfile: reader.path("pidfile"),
            safe_pidfile: reader.path("safe-pidfile"),
            uid: reader.text("uid"),
            gid: reader.text("gid"),
            chdir: reader.path("chdir"),
            umask: reader.mode("umask", false, "an octal mask, as 022"),
            touch_reload: reader.paths("touch-reload"),
            start_timeout: reader.seconds("start-timeout"),
            environment: environment(reader),
        }
    }
}

fn environment(reader: &mut Reader<'_>) -> Vec<(String, String)> {
    let options = reader.options;
    let mut variables = Vec::new();
    for (index, text) in options.all("env").iter().enumerate() {
        match text.split_once('=').filter(|(name, _)| !name.is_empty()) {
            Some((name, value)) => variables.push((name.to_owned(), value.to_owned())),
            None => reader.wrong_at("env", index, "NAME=VALUE"),
        }
    }
    variables
}
