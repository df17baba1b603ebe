//! What the peers need: built from this repository, from PyPI or from Debian. Everything but Debian's
//! packages goes to target/. It must not know how peers are started.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::peers::{Peer, Places, Software};
use crate::install::{self, Need};
use crate::{cargo, done, repository, target};

/// The version that is measured.
const UWSGI: &str = "2.0.31";

/// Where all that is made for the benches lies.
pub(super) fn folder() -> Result<PathBuf, String> {
    let folder = target()?.join("bench");
    fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    Ok(folder)
}

/// Installs and builds what these peers need, and `also` what is needed beside them.
pub(super) fn make(peers: &[Peer], also: Vec<Need>) -> Result<Places, String> {
    // The database is probe's.
    let mut software = BTreeSet::from([Software::Probe]);
    software.extend(peers.iter().flat_map(|peer| &peer.needs).copied());
    let mut needs = vec![install::C_COMPILER, install::NGINX];
    needs.extend(also);
    if software.contains(&Software::Uwsgi) {
        needs.extend([install::PYTHON_VENV, install::PYTHON_HEADERS, install::SQLITE_HEADERS]);
    }
    if software.contains(&Software::PhpFpm) {
        needs.extend([install::PHP_FPM, install::PHP_SQLITE]);
    }
    install::install(&needs)?;
    let mut places = places(target()?.join("optimized"))?;
    build("the load generator", "release", &["--bin", "cleanslate"])?;
    for one in software {
        match one {
            Software::Floor => build("floor", OPTIMIZED, &["--package", "floor"])?,
            Software::Probe => build("probe", OPTIMIZED, &["--package", "probe"])?,
            Software::Axum => build("axum-peer", "release", &axum(&places))?,
            Software::Uwsgi => places.uwsgi = uwsgi(&places)?,
            Software::PhpFpm => {
                let found = install::find_by_prefix("php-fpm");
                places.php_fpm =
                    found.ok_or("no program in PATH is called php-fpm or begins so")?;
            }
        }
    }
    Ok(places)
}

/// Installs callgrind, and builds probe as it has to be for it: with system calls by the C library, as
/// valgrind doesn't know how rustix finds the kernel's clock by itself.
pub(super) fn make_for_callgrind() -> Result<Places, String> {
    install::install(&[install::C_COMPILER, install::NGINX, install::VALGRIND])?;
    let built = folder()?.join("callgrind");
    build("the load generator", "release", &["--bin", "cleanslate"])?;
    println!("building: probe for callgrind");
    let mut probe = cargo();
    probe.env("RUSTFLAGS", "--cfg=rustix_use_libc");
    probe.args(["build", "--profile", OPTIMIZED, "--quiet", "--package", "probe", "--target-dir"]);
    done(probe.arg(&built))?;
    places(built.join(OPTIMIZED))
}

/// Where things lie, once they are made.
fn places(optimized: PathBuf) -> Result<Places, String> {
    Ok(Places {
        database: folder()?.join("bench.db"),
        optimized,
        built: folder()?,
        peers: repository().join("benches/peers"),
        uwsgi: PathBuf::new(),
        php_fpm: PathBuf::new(),
    })
}

/// The profile of what is measured; axum's own workspace has the same as its release.
const OPTIMIZED: &str = "optimized";

fn build(name: &str, profile: &str, arguments: &[impl AsRef<OsStr>]) -> Result<(), String> {
    println!("building: {name}");
    done(cargo().args(["build", "--profile", profile, "--quiet"]).args(arguments))
}

/// A workspace and a target folder of its own.
fn axum(places: &Places) -> [String; 5] {
    let (manifest, target) = (places.peers.join("axum/Cargo.toml"), places.built.join("axum"));
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let [manifest_option, target_option] = ["--manifest-path", "--target-dir"].map(str::to_owned);
    ["--locked".to_owned(), manifest_option, text(&manifest), target_option, text(&target)]
}

/// The program, from PyPI into an environment of its own, and the application in C for it.
fn uwsgi(places: &Places) -> Result<PathBuf, String> {
    let environment = target()?.join("tools").join(format!("uwsgi-{UWSGI}"));
    let program = environment.join("bin/uwsgi");
    if !program.exists() {
        println!("missing: uWSGI {UWSGI}, which takes a minute or two to build");
        println!("running: pip install uwsgi=={UWSGI} in {}", environment.display());
        done(debian("/usr/bin/python3").args(["-m", "venv"]).arg(&environment))?;
        let mut install = debian(environment.join("bin/pip"));
        // Not from the cache, where one may lie that was built with another Python.
        install.args(["install", "--quiet", "--no-cache-dir", &format!("uwsgi=={UWSGI}")]);
        done(&mut install)?;
    }
    let library = places.built.join("application.so");
    let source = places.peers.join("uwsgi/application.c");
    let mut compile = Command::new("cc");
    compile.args(["-O2", "-Wall", "-shared", "-fPIC", "-o"]).arg(&library).arg(&source);
    done(compile.arg("-lsqlite3"))?;
    Ok(program)
}

/// A command that finds Debian's programs alone: another Python in PATH would be linked in its place.
fn debian(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").stdin(Stdio::null());
    command
}
