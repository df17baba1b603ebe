//! Installs the package, starts its program as its units say and systemd would, asks it for a page, and
//! purges it. Must not know how the package was made.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::{NAME, done, said, unit, value};
use crate::process::Process;

pub(super) fn check(package: &Path) -> Result<(), String> {
    if !rustix::process::geteuid().is_root() {
        return Err("--check installs the package, which takes root".to_owned());
    }
    println!("running: dpkg --install {}", package.display());
    done(Command::new("dpkg").arg("--install").arg(package))?;
    let answered = answers();
    println!("running: dpkg --purge {NAME}");
    done(Command::new("dpkg").args(["--purge", NAME]))?;
    answered?;
    for left in ["/usr/bin/cleanslate-users", "/etc/cleanslate-users", "/var/lib/cleanslate-users"]
    {
        if Path::new(left).exists() {
            return Err(format!("{left} is left behind"));
        }
    }
    println!("the package answers, and leaves nothing behind");
    Ok(())
}

/// Does what systemd does for both units: makes the folders, opens the socket, starts the program as its
/// user, and listens to what it says of itself.
fn answers() -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let failed = |error: std::io::Error| error.to_string();
    let (service, socket) = (unit("service")?, unit("socket")?);
    let line = |unit, name| value(unit, name).ok_or_else(|| format!("no {name} in the unit"));
    let (user, program) = (line(&service, "User")?, line(&service, "ExecStart")?);
    let (state, address) = (line(&service, "WorkingDirectory")?, line(&socket, "ListenStream")?);
    let at = Path::new(address).parent().unwrap_or_else(|| Path::new("/"));
    done(Command::new("install").args(["-d", "-o", user, "-g", user, state]))?;
    done(Command::new("install").arg("-d").arg(at))?;

    fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .map_err(failed)?;
    let notify = folder.path().join("notify");
    let manager = UnixDatagram::bind(&notify).map_err(failed)?;
    fs::set_permissions(&notify, std::os::unix::fs::PermissionsExt::from_mode(0o666))
        .map_err(failed)?;
    manager.set_read_timeout(Some(Duration::from_secs(30))).map_err(failed)?;

    let mut command = Command::new("systemd-socket-activate");
    command.arg(format!("--listen={address}"));
    command.arg(format!("--fdname={}", line(&socket, "FileDescriptorName")?));
    command.arg(format!("--setenv=NOTIFY_SOCKET={}", notify.display()));
    command.args(["setpriv", "--reuid", user, "--regid", user, "--clear-groups"]);
    command.args(program.split(' ')).current_dir(state);
    let log = folder.path().join("log");
    let mut server = Process::start(NAME, command, &log, Signal::TERM)?;

    // The first connection starts it, and waits in the socket until it serves.
    let started = Instant::now();
    while !server.tail().contains("Listening on") && started.elapsed() < Duration::from_secs(10) {
        server.check()?;
        std::thread::sleep(Duration::from_millis(20));
    }
    let target = format!("uwsgi://{address}");
    let page = said(Command::new("/usr/bin/cleanslate").args(["curl", &target, "/hello"]))
        .map_err(|error| format!("{error}{}", server.tail()))?;
    let mut said = [0; 1_024];
    let size = manager.recv(&mut said).map_err(failed)?;
    let told = String::from_utf8_lossy(&said[..size]).replace('\n', " ");
    println!("started by its socket as {user}, it says {told} and answers {page:?}");
    println!("{}", server.tail());
    drop(server);
    fs::remove_file(address).map_err(failed)?;
    match (page.as_str(), told.starts_with("READY=1")) {
        ("hello, world\n", true) => Ok(()),
        _ => Err("that is not what it should say".to_owned()),
    }
}
