//! What the chores need on the machine and how it gets there. Must not know what the programs are
//! used for. Every change to the machine is printed before it is made.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Something and the Debian packages that bring it.
pub(crate) struct Need {
    sign: Sign,
    packages: &'static [&'static str],
    /// What the person should know before it is installed.
    note: Option<&'static str>,
}

/// By what it is seen to be there.
enum Sign {
    Program(&'static str),
    /// It brings no program of its own, but dpkg knows whether it is installed.
    Package(&'static str),
}

pub(crate) const C_COMPILER: Need = Need {
    sign: Sign::Program("cc"),
    packages: &["gcc", "libc6-dev"],
    note: Some("SQLite comes as C source and is compiled with the rest."),
};

pub(crate) const NGINX: Need = Need {
    sign: Sign::Program("nginx"),
    packages: &["nginx"],
    note: Some(
        "Debian's nginx package also starts an nginx of its own on port 80 where systemd runs. \
         It is not used here; to be rid of it: systemctl disable --now nginx",
    ),
};

/// The status page is tested in a real browser.
pub(crate) const CHROMIUM: Need =
    Need { sign: Sign::Program("chromium"), packages: &["chromium"], note: None };

pub(crate) const CHROMEDRIVER: Need =
    Need { sign: Sign::Program("chromedriver"), packages: &["chromium-driver"], note: None };

pub(crate) const WRK: Need = Need { sign: Sign::Program("wrk"), packages: &["wrk"], note: None };

/// Says whether systemd's units are right, also where systemd doesn't run.
pub(crate) const SYSTEMD: Need =
    Need { sign: Sign::Program("systemd-analyze"), packages: &["systemd"], note: None };

/// Finds which packages a program's libraries are in.
pub(crate) const SHLIBDEPS: Need =
    Need { sign: Sign::Program("dpkg-shlibdeps"), packages: &["dpkg-dev"], note: None };

pub(crate) const PYTHON_VENV: Need = Need::package(&["python3-venv"]);
pub(crate) const PYTHON_HEADERS: Need = Need::package(&["python3-dev"]);
pub(crate) const SQLITE_HEADERS: Need = Need::package(&["libsqlite3-dev"]);
pub(crate) const PHP_SQLITE: Need = Need::package(&["php-sqlite3"]);

pub(crate) const PHP_FPM: Need = Need {
    sign: Sign::Package("php-fpm"),
    packages: &["php-fpm"],
    note: Some(
        "Debian's php-fpm package also starts a php-fpm of its own where systemd runs. \
         It is not used here; to be rid of it: systemctl disable --now 'php*-fpm'",
    ),
};

/// Counts system calls.
pub(crate) const STRACE: Need =
    Need { sign: Sign::Program("strace"), packages: &["strace"], note: None };

/// Counts instructions.
pub(crate) const VALGRIND: Need =
    Need { sign: Sign::Program("valgrind"), packages: &["valgrind"], note: None };

impl Need {
    const fn package(packages: &'static [&'static str; 1]) -> Self {
        Self { sign: Sign::Package(packages[0]), packages, note: None }
    }

    fn name(&self) -> &'static str {
        match self.sign {
            Sign::Program(name) | Sign::Package(name) => name,
        }
    }

    fn is_there(&self) -> bool {
        match self.sign {
            Sign::Program(name) => find(name).is_some(),
            Sign::Package(name) => {
                let mut query = Command::new("dpkg-query");
                query.args(["--show", "--showformat", "${db:Status-Status}", name]);
                query.output().is_ok_and(|said| said.stdout == b"installed")
            }
        }
    }
}

/// The version of cargo-deb that packages are made with.
const CARGO_DEB: &str = "3.8.0";

/// cargo-deb, which cargo builds if it isn't there: into the target folder, where nothing of the machine
/// is changed.
pub(crate) fn cargo_deb(target: &Path) -> Result<PathBuf, String> {
    let root = target.join("tools").join(format!("cargo-deb-{CARGO_DEB}"));
    let program = root.join("bin/cargo-deb");
    if program.exists() {
        return Ok(program);
    }
    let mut install = crate::cargo();
    install.args(["install", "cargo-deb", "--locked", "--version", CARGO_DEB, "--root"]).arg(&root);
    println!("missing: cargo-deb {CARGO_DEB}, which takes a minute or two to build");
    println!("running: cargo install cargo-deb --locked --version {CARGO_DEB} --root {root:?}");
    match install.stdin(Stdio::null()).status() {
        Ok(status) if status.success() && program.exists() => Ok(program),
        Ok(status) => Err(format!("cargo-deb was not installed: {status}")),
        Err(error) => Err(format!("cargo did not start: {error}")),
    }
}

/// Makes sure that everything is there, or says what to run by hand.
pub(crate) fn install(needs: &[Need]) -> Result<(), String> {
    let missing: Vec<&Need> = needs.iter().filter(|need| !need.is_there()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|need| need.name()).collect();
    println!("missing on this machine: {}", names.join(", "));
    let packages: BTreeSet<&str> = missing.iter().flat_map(|need| need.packages).copied().collect();
    let by_hand = by_hand(&packages);
    if find("apt-get").is_none() {
        let names = names.join(", ");
        return Err(format!(
            "there is no apt-get here: install {names} and run this again; on Debian: {by_hand}"
        ));
    }
    let Some(privilege) = Privilege::of_this_process() else {
        return Err(format!("this user may not install packages: run this by hand\n\n{by_hand}\n"));
    };
    for note in missing.iter().filter_map(|need| need.note) {
        println!("note: {note}");
    }
    // Without lists, as in a fresh container, no package is known. With old ones an update that
    // fails does no harm, so only the installation decides.
    apt_get(&privilege, &["update", "--quiet"]);
    let mut arguments = vec!["install", "--quiet", "--yes", "--no-install-recommends"];
    arguments.extend(&packages);
    apt_get(&privilege, &arguments);
    match missing.iter().find(|need| !need.is_there()) {
        None => Ok(()),
        Some(need) => Err(format!(
            "{} is still missing: see what apt-get says above, then run by hand\n\n{by_hand}\n",
            need.name()
        )),
    }
}

/// `PATH`, and the folders of system programs: Debian leaves them out for ordinary users, and
/// nginx lies there.
pub(crate) fn search_path() -> OsString {
    let given = env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = env::split_paths(&given).collect();
    for system in ["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from) {
        if !folders.contains(&system) {
            folders.push(system);
        }
    }
    env::join_paths(folders).unwrap_or(given)
}

/// The first program whose name begins so, for those that have their version in it.
pub(crate) fn find_by_prefix(prefix: &str) -> Option<PathBuf> {
    let starts = |file: &Path| {
        file.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(prefix.as_bytes()))
    };
    let path = search_path();
    let files = env::split_paths(&path).filter_map(|folder| folder.read_dir().ok());
    files.flatten().flatten().map(|entry| entry.path()).find(|file| starts(file))
}

fn find(program: &str) -> Option<PathBuf> {
    find_in(&search_path(), program)
}

fn find_in(path: &OsString, program: &str) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    let runs = |file: &Path| {
        file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    };
    env::split_paths(path).map(|folder| folder.join(program)).find(|file| runs(file))
}

enum Privilege {
    Root,
    Sudo,
}

impl Privilege {
    fn of_this_process() -> Option<Self> {
        if rustix::process::geteuid().is_root() {
            return Some(Self::Root);
        }
        // -n: fail rather than ask for a password.
        let mut sudo = Command::new("sudo");
        sudo.args(["-n", "true"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        sudo.status().is_ok_and(|status| status.success()).then_some(Self::Sudo)
    }
}

fn apt_get(privilege: &Privilege, arguments: &[&str]) {
    // `env`, because sudo hands no variables on.
    let mut words = vec!["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
    words.extend(arguments);
    if let Privilege::Sudo = privilege {
        words.splice(0..0, ["sudo", "-n"]);
    }
    println!("running: {}", words.join(" "));
    match Command::new(words[0]).args(&words[1..]).stdin(Stdio::null()).status() {
        Ok(status) if status.success() => {}
        Ok(status) => println!("apt-get ended with {status}"),
        Err(error) => println!("apt-get did not start: {error}"),
    }
}

fn by_hand(packages: &BTreeSet<&str>) -> String {
    let packages: Vec<&str> = packages.iter().copied().collect();
    format!("sudo apt-get update && sudo apt-get install {}", packages.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_that_run_count_as_programs() {
        let folder = tempfile::tempdir().unwrap();
        let path = env::join_paths(["/nowhere".as_ref(), folder.path()]).unwrap();
        let file = folder.path().join("tool");
        assert_eq!(find_in(&path, "tool"), None);
        std::fs::write(&file, "").unwrap();
        assert_eq!(find_in(&path, "tool"), None);
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&file, mode).unwrap();
        assert_eq!(find_in(&path, "tool"), Some(file));
    }

    #[test]
    fn system_folders_are_searched_last_and_once() {
        let path = search_path();
        let folders: Vec<PathBuf> = env::split_paths(&path).collect();
        let times = folders.iter().filter(|folder| *folder == Path::new("/usr/sbin")).count();
        assert_eq!(times, 1);
    }

    #[test]
    fn what_to_run_by_hand_names_each_package_once() {
        let packages = [C_COMPILER, NGINX, C_COMPILER].iter().flat_map(|n| n.packages).copied();
        assert_eq!(
            by_hand(&packages.collect()),
            "sudo apt-get update && sudo apt-get install gcc libc6-dev nginx"
        );
    }
}
