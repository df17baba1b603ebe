//! `cargo xtask demo`: the example application `users` behind nginx, as one would run it. Must
//! not know more of either than their command lines.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;

use crate::process::Process;
use crate::run_folder::{RunFolder, free_port};
use crate::wait::{self, End, wait};
use crate::{cargo, install, nginx, release_binary, repository};

pub(crate) fn run(port: Option<u16>, time: Option<Duration>) -> Result<(), String> {
    install::install(&[install::C_COMPILER, install::NGINX])?;
    println!("building: cargo build --release --package users");
    let built = cargo().args(["build", "--release", "--package", "users"]).status();
    if !built.map_err(|e| format!("cargo did not start: {e}"))?.success() {
        return Err("`users` does not compile: see above".to_owned());
    }

    let stop = wait::stop_flag()?;
    let port = free_port(port)?;
    // Dropped from the last to the first: nginx, `users`, the folder.
    let folder = RunFolder::new(&repository().join("nginx"), port)?;
    let mut users = start_users(&folder)?;
    let socket = folder.file(SOCKET);
    match wait(&mut [&mut users], START, &stop, &|| UnixStream::connect(&socket).is_ok())? {
        End::Done => {}
        End::Stopped => return Ok(()),
        End::TimeUp => return Err(format!("users does not listen\n{}", users.tail())),
    }
    let mut nginx = nginx::start(&folder, Signal::QUIT)?;
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    match wait(&mut [&mut users, &mut nginx], START, &stop, &|| answers(address))? {
        End::Done => {}
        End::Stopped => return Ok(()),
        End::TimeUp => {
            let (users, nginx) = (users.tail(), nginx.tail());
            return Err(format!("no page comes from http://{address}/\n{users}{nginx}"));
        }
    }
    let until = match time {
        None => "stop with Ctrl-C".to_owned(),
        Some(time) => format!("stops after {} s", time.as_secs()),
    };
    println!("\n    http://{address}/\n\na timer sets the users' state every {TICK} s; {until}");
    wait(&mut [&mut users, &mut nginx], time.unwrap_or(Duration::MAX), &stop, &|| false)?;
    println!("stopping");
    Ok(())
}

fn start_users(folder: &RunFolder) -> Result<Process, String> {
    let mut command = Command::new(release_binary("users")?);
    command.arg("--socket").arg(folder.file(SOCKET));
    command.arg("--database").arg(folder.file("service.db"));
    command.args(["--users-interval", TICK, "--chmod-socket", "660"]);
    if let Some(owner) = folder.socket_owner() {
        command.args(["--chown-socket", &owner]);
    }
    command.current_dir(folder.path());
    Process::start("users", command, &folder.file("users.log"), Signal::TERM)
}

/// Whether the page comes, through nginx, from the application.
fn answers(address: SocketAddr) -> bool {
    let get = || -> std::io::Result<bool> {
        let limit = Duration::from_secs(2);
        let mut stream = TcpStream::connect_timeout(&address, limit)?;
        stream.set_read_timeout(Some(limit))?;
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
        let mut status = [0; "HTTP/1.1 200".len()];
        stream.read_exact(&mut status)?;
        stream.read_to_end(&mut Vec::new())?;
        Ok(status.ends_with(b" 200"))
    };
    get().unwrap_or(false)
}

/// As nginx.conf names it.
const SOCKET: &str = "users.sock";

/// Seconds between two ticks: short enough to watch.
const TICK: &str = "5";

/// Until the socket and then the page must be there. On the first start the database is made and filled.
const START: Duration = Duration::from_secs(30);
