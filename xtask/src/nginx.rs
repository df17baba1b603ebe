//! nginx with the configuration of a folder, beside whatever it passes requests to. Must not know what that is.

use std::process::Command;

use rustix::process::Signal;

use crate::install;
use crate::process::Process;
use crate::run_folder::RunFolder;

/// Starts it; `end` is what stops it later.
pub(crate) fn start(folder: &RunFolder, end: Signal) -> Result<Process, String> {
    let mut command = Command::new("nginx");
    command.env("PATH", install::search_path());
    command.arg("-p").arg(folder.path()).arg("-c").arg(folder.file("nginx.conf"));
    command.args(["-e", "stderr", "-g", "daemon off;"]);
    // The configuration's unix: sockets are looked up where nginx is started.
    command.current_dir(folder.path());
    let process = Process::start("nginx", command, &folder.file("nginx.log"), end)?;
    Ok(process.also_logs_to(folder.file("error.log")))
}
