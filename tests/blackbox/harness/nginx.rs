//! nginx in front of a server, with the repository's own configurations.
//! Knows nothing of what passes through.

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::{Address, Build, Client, Connection, Folder, Protocol, Server, fresh_folder, wait_for};

/// nginx and the server behind it, in one folder. Both end when dropped.
pub(crate) struct Nginx {
    /// Dropped first: a server that ends under load is not what most tests are about.
    front: Front,
    pub(crate) server: Server,
    pub(crate) port: u16,
}

/// nginx alone. It ends when dropped.
pub(crate) struct Front {
    child: Child,
    folder: Folder,
    port: u16,
}

impl Front {
    /// A folder with the configuration, which nginx can get to.
    pub(crate) fn folder() -> Folder {
        folder_for_nginx()
    }

    /// Starts nginx in front of a socket of any name in such a folder.
    pub(crate) fn of(folder: &Folder, socket: &str) -> Self {
        // The configuration names the socket of `users`; this is another one's, by that name.
        std::os::unix::fs::symlink(socket, folder.path().join("users.sock")).expect("a link");
        Self::start(folder, "nginx.conf")
    }

    fn start(folder: &Folder, configuration: &str) -> Self {
        // Between asking for a free port and nginx taking it, others may take it.
        let (child, port) = (0..5)
            .find_map(|_| start_nginx(folder.path(), configuration))
            .unwrap_or_else(|| panic!("nginx doesn't start: {}", log(folder.path())));
        Self { child, folder: Folder::clone(folder), port }
    }

    /// An address for wrk.
    pub(crate) fn url(&self, uri: &str) -> String {
        format!("http://127.0.0.1:{}{uri}", self.port)
    }

    /// What nginx has complained of.
    pub(crate) fn log(&self) -> String {
        log(self.folder.path())
    }
}

impl Nginx {
    /// Starts a program behind nginx as the demo does: `users`, or another on its socket.
    pub(crate) fn start(program: &str, options: &[&str]) -> Self {
        let folder = folder_for_nginx();
        let options = [options, owner()].concat();
        let server = Server::start_in(&folder, Build::Clean, program, &options);
        if program != "users" {
            // The configuration names the socket of `users`; this is another one's, by that name.
            let folder = server.folder();
            std::os::unix::fs::symlink(format!("{program}.sock"), folder.join("users.sock"))
                .expect("a link");
        }
        Self::in_front_of(server, "nginx.conf")
    }

    /// Starts `probe` behind nginx by every protocol.
    pub(crate) fn by_all(options: &[&str]) -> Self {
        let folder = folder_for_nginx();
        let server = Server::by_all_in(&folder, &[options, owner()].concat());
        let nginx = Self::in_front_of(server, "protocols.conf");
        for protocol in Protocol::ALL {
            wait_for("nginx to listen there too", Duration::from_secs(20), || {
                Client::connect(&nginx.front(protocol)).ok()
            });
        }
        nginx
    }

    /// Stops what [`Nginx::by_all`] has started behind nginx, and starts it again.
    pub(crate) fn restart_server(&mut self) {
        self.server.restart(|folder| Server::by_all_in(folder, owner()));
    }

    fn in_front_of(server: Server, configuration: &str) -> Self {
        let front = Front::start(&server.shared_folder(), configuration);
        Self { port: front.port, front, server }
    }

    /// Where nginx passes what comes on by that protocol.
    pub(crate) fn front(&self, protocol: Protocol) -> Address {
        Address::Unix(self.server.folder().join(format!("front.{protocol}.sock")))
    }

    /// A connection to nginx there.
    pub(crate) fn open(&self, protocol: Protocol) -> Connection {
        let front = self.front(protocol);
        Connection::open(Protocol::Http, &front).expect("nginx takes connections")
    }

    /// An address for wrk.
    pub(crate) fn url(&self, uri: &str) -> String {
        self.front.url(uri)
    }

    /// What nginx has complained of.
    pub(crate) fn log(&self) -> String {
        self.front.log()
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        // QUIT and TERM let its workers end with it; killed, it would leave them behind.
        let process = super::Process(self.child.id());
        process.signal(rustix::process::Signal::TERM);
        self.child.wait().ok();
    }
}

/// A folder with the configuration, which nginx can get to.
fn folder_for_nginx() -> Folder {
    let folder = fresh_folder();
    copy_configuration(folder.path());
    if is_root() {
        let group = group_id("www-data").expect("Debian has a group www-data");
        chown(folder.path(), None, Some(group)).expect("root may");
        fs::set_permissions(folder.path(), Permissions::from_mode(0o710)).expect("root may");
    }
    folder
}

/// The option that lets nginx's workers get to the server's sockets: started by root, they are
/// www-data.
fn owner() -> &'static [&'static str] {
    if is_root() { &["--chown-socket", ":www-data"] } else { &[] }
}

fn log(folder: &Path) -> String {
    ["error.log", "nginx.log"]
        .map(|name| fs::read_to_string(folder.join(name)).unwrap_or_default())
        .concat()
}

fn copy_configuration(folder: &Path) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("nginx");
    for entry in fs::read_dir(from).expect("the repository has nginx/") {
        let path = entry.expect("a file").path();
        let name = path.file_name().expect("a name");
        fs::copy(&path, folder.join(name)).expect("a copy");
    }
}

/// Starts nginx on some free port; none if it was taken meanwhile.
fn start_nginx(folder: &Path, configuration: &str) -> Option<(Child, u16)> {
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = free.local_addr().expect("a bound address").port();
    drop(free);
    fs::write(folder.join("listen.conf"), format!("listen 127.0.0.1:{port};\n")).expect("a file");
    let log = fs::File::create(folder.join("nginx.log")).expect("a log file");
    let mut child = tool("nginx")
        .arg("-p")
        .arg(folder)
        .arg("-c")
        .arg(folder.join(configuration))
        .args(["-e", "stderr", "-g", "daemon off;"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("nginx isn't installed: run `cargo xtask test`, or `apt-get install nginx`");
    let is_up = wait_for("nginx to listen", Duration::from_secs(20), || {
        let ended = child.try_wait().expect("a child can be waited for").is_some();
        let answers = std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
        (ended || answers).then_some(!ended)
    });
    is_up.then_some((child, port))
}

/// A tool that Debian may keep where only root looks for it.
pub(super) fn tool(name: &str) -> Command {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new(name);
    command.env("PATH", format!("{path}:/usr/sbin:/usr/local/sbin"));
    command
}

pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The number of a group.
pub(crate) fn group_id(name: &str) -> Option<u32> {
    let groups = fs::read_to_string("/etc/group").ok()?;
    groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok())?
    })
}
