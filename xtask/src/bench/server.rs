//! A peer that runs, with nginx in front of it, in a folder of their own. All is stopped when dropped.
//! It must not measure.

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};

use super::peers::{Connections, Peer, Places, Protocol, Software};
use super::plan::{self, Route};
use crate::process::Process;
use crate::run_folder::{RunFolder, free_port};
use crate::wait::{End, wait};
use crate::{nginx, release_binary, repository};

pub(super) struct Server {
    // Dropped from the first to the last.
    nginx: Process,
    peer: Process,
    /// Held, and never used.
    idle: Vec<UnixStream>,
    _folder: RunFolder,
    direct: Target,
    through_nginx: Target,
}

/// Where a load goes.
pub(super) struct Target {
    pub(super) address: String,
    /// Whether it keeps its connections.
    pub(super) keep: bool,
    /// Sent with each request.
    pub(super) vars: Vec<(String, String)>,
}

impl Target {
    /// A peer's own socket.
    pub(super) fn direct(peer: &Peer, places: &Places, socket: &Path) -> Self {
        Self {
            address: format!("{}://{}", peer.protocol.scheme(), socket.display()),
            keep: peer.connections == Connections::Kept,
            vars: peer.vars(places, socket),
        }
    }
}

impl Server {
    /// Starts both and waits until they answer; `None` if the person has asked to stop.
    pub(super) fn start(
        peer: &Peer,
        places: &Places,
        stop: &AtomicBool,
    ) -> Result<Option<Self>, String> {
        let port = free_port(None)?;
        let folder = RunFolder::new(&repository().join("benches/nginx"), port)?;
        let socket = folder.file("peer.sock");
        let vars = peer.vars(places, &socket);
        configure(peer, &vars, folder.path()).map_err(|e| format!("nginx's configuration: {e}"))?;
        let direct = Target::direct(peer, places, &socket);
        let address = format!("http://127.0.0.1:{port}");
        let through_nginx = Target { address, keep: true, vars: Vec::new() };
        let mut server = Self {
            peer: start_peer(peer, places, &folder)?,
            // It has nothing to finish: the load has ended.
            nginx: nginx::start(&folder, Signal::TERM)?,
            idle: Vec::new(),
            _folder: folder,
            direct,
            through_nginx,
        };
        let targets = [&server.direct, &server.through_nginx];
        let all_answer = || {
            let both = |route: &Route| targets.iter().all(|target| is_answered(target, *route));
            peer.routes.iter().all(both)
        };
        match wait(&mut [&mut server.peer, &mut server.nginx], START, stop, &all_answer)? {
            End::Done => {
                server.idle = idle(&socket, peer.idle_connections)?;
                Ok(Some(server))
            }
            End::Stopped => Ok(None),
            End::TimeUp => {
                let (peer, nginx) = (server.peer.tail(), server.nginx.tail());
                let address = server.direct.address;
                Err(format!("{address} does not answer as it should\n{peer}{nginx}"))
            }
        }
    }

    pub(super) fn target(&self, path: plan::Path) -> &Target {
        match path {
            plan::Path::Direct => &self.direct,
            plan::Path::Nginx => &self.through_nginx,
        }
    }

    /// An error if one of the two has ended.
    pub(super) fn check(&mut self) -> Result<(), String> {
        self.peer.check()?;
        self.nginx.check()
    }

    /// The process groups of the peer and of nginx.
    pub(super) fn groups(&self) -> [u32; 2] {
        [self.peer.pid(), self.nginx.pid()]
    }
}

/// Has `probe` make and fill the database that all peers read.
pub(super) fn fill_database(
    all: &[Peer],
    places: &Places,
    stop: &AtomicBool,
) -> Result<(), String> {
    let probe = all.iter().find(|peer| peer.needs.contains(&Software::Probe));
    let probe = probe.ok_or("benches/peers.toml has no peer that needs probe")?;
    Server::start(probe, places, stop)?.map(drop).ok_or_else(|| "stopped".to_owned())
}

/// Which of the configurations in benches/nginx it is, and what they include.
fn configure(peer: &Peer, vars: &[(String, String)], folder: &Path) -> std::io::Result<()> {
    let kind = match (peer.protocol, peer.connections) {
        (Protocol::Uwsgi, _) => "uwsgi-fresh.conf",
        (Protocol::Fastcgi, Connections::Fresh) => "fastcgi-fresh.conf",
        (Protocol::Fastcgi, Connections::Kept) => "fastcgi-kept.conf",
        (Protocol::Http, _) => "http-kept.conf",
    };
    fs::copy(folder.join(kind), folder.join("peer.conf"))?;
    for params in ["uwsgi_params", "fastcgi_params"] {
        fs::copy(repository().join("nginx").join(params), folder.join(params))?;
    }
    let scheme = peer.protocol.scheme();
    let line = |(name, value)| format!("{scheme}_param {name} \"{value}\";\n");
    let lines: String = vars.iter().map(|(name, value)| line((name, value))).collect();
    fs::write(folder.join("vars.conf"), lines)
}

fn start_peer(peer: &Peer, places: &Places, folder: &RunFolder) -> Result<Process, String> {
    let socket = folder.file("peer.sock");
    let words = peer.command(places, &socket);
    let (program, arguments) = words.split_first().ok_or("a peer without a command")?;
    let mut command = Command::new(program);
    command.args(arguments).envs(peer.environment(places, &socket)).current_dir(folder.path());
    Process::start(&peer.name, command, &folder.file("peer.log"), Signal::TERM)
}

/// Opens so many connections.
fn idle(socket: &Path, count: usize) -> Result<Vec<UnixStream>, String> {
    let limits = getrlimit(Resource::Nofile);
    // Who may not raise it is told by the connection that can't be opened.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limits.maximum, ..limits });
    let opened: Result<Vec<_>, _> = (0..count).map(|_| UnixStream::connect(socket)).collect();
    // The next server inherits it, and some size what they have by it.
    let _ = setrlimit(Resource::Nofile, limits);
    opened.map_err(|error| format!("{count} idle connections: {error}"))
}

/// Whether the answer is the one that every peer has to give.
fn is_answered(target: &Target, route: Route) -> bool {
    let wanted: &[(&str, &str)] = match route {
        Route::Hello => &[("/hello", "hello, world\n")],
        Route::User => &[("/user/7", "user7@example.org"), ("/user?id=500", "user500@example.org")],
    };
    wanted.iter().all(|(url, text)| {
        let Ok(program) = release_binary("cleanslate") else { return false };
        let mut curl = Command::new(program);
        curl.args(["curl", "--fail", "--max-time", "2"]).stderr(Stdio::null());
        for (name, value) in &target.vars {
            curl.arg("--var").arg(format!("{name}={value}"));
        }
        let said = curl.args([&target.address, *url]).stdin(Stdio::null()).output();
        said.is_ok_and(|said| {
            said.status.success() && String::from_utf8_lossy(&said.stdout).contains(text)
        })
    })
}

/// Until a peer must answer: uWSGI with Python takes the longest, a second or so.
const START: Duration = Duration::from_secs(30);
