//! The folder of one run: nginx's configuration, the socket, the database and the logs, gone when
//! dropped. Must not start anything.

use std::fs::{self, Permissions};
use std::io;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A fresh folder, closed to all but this user and nginx's workers.
pub(crate) struct RunFolder {
    folder: TempDir,
    workers: Option<u32>,
}

impl RunFolder {
    /// Takes the files of `nginx` as they are, but lets it listen on `port`.
    pub(crate) fn new(nginx: &Path, port: u16) -> Result<Self, String> {
        Self::make(nginx, port).map_err(|e| format!("cannot make a folder for this run: {e}"))
    }

    fn make(nginx: &Path, port: u16) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("cleanslate-").tempdir()?;
        for entry in fs::read_dir(nginx)? {
            let entry = entry?;
            fs::copy(entry.path(), folder.path().join(entry.file_name()))?;
        }
        let listen = format!("listen 127.0.0.1:{port};\n");
        fs::write(folder.path().join("listen.conf"), listen)?;
        let workers = if rustix::process::geteuid().is_root() {
            let groups = fs::read_to_string("/etc/group")?;
            Some(group_id(&groups, WORKERS).ok_or_else(|| {
                io::Error::other(format!("no group {WORKERS}, which nginx's workers run as"))
            })?)
        } else {
            None
        };
        chown(folder.path(), None, workers)?;
        let mode = if workers.is_some() { 0o710 } else { 0o700 };
        fs::set_permissions(folder.path(), Permissions::from_mode(mode))?;
        Ok(Self { folder, workers })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Whom the application has to give its socket to. Without root nginx's workers are this user.
    pub(crate) fn socket_owner(&self) -> Option<String> {
        self.workers.map(|_| format!(":{WORKERS}"))
    }
}

/// A port that nobody listens on. Someone else may take it before nginx does, which then says so.
pub(crate) fn free_port(wanted: Option<u16>) -> Result<u16, String> {
    let port = wanted.unwrap_or(0);
    TcpListener::bind(("127.0.0.1", port))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|e| format!("cannot listen on 127.0.0.1:{port}: {e}; choose another --port"))
}

/// The `user` of nginx.conf has a group of the same name.
const WORKERS: &str = "www-data";

/// The number of a group in the text of /etc/group.
fn group_id(groups: &str, name: &str) -> Option<u32> {
    groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_found_by_their_whole_name() {
        let groups = "root:x:0:\nwww-data-2:x:7:\nwww-data:x:33:me,you\n";
        assert_eq!(group_id(groups, "www-data"), Some(33));
        assert_eq!(group_id(groups, "www"), None);
        assert_eq!(group_id("www-data", "www-data"), None);
    }

    #[test]
    fn only_the_port_differs_from_the_repository() {
        let nginx = crate::repository().join("nginx");
        let run = RunFolder::new(&nginx, 4321).unwrap();
        let read = |file: PathBuf| fs::read_to_string(file).unwrap();
        assert_eq!(read(run.file("nginx.conf")), read(nginx.join("nginx.conf")));
        assert_eq!(read(run.file("uwsgi_params")), read(nginx.join("uwsgi_params")));
        assert_eq!(read(run.file("listen.conf")), "listen 127.0.0.1:4321;\n");
    }

    #[test]
    fn the_workers_are_who_nginx_conf_says() {
        let conf = fs::read_to_string(crate::repository().join("nginx/nginx.conf")).unwrap();
        assert!(conf.contains(&format!("\nuser {WORKERS};")));
    }
}
