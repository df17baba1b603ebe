//! The programs under test, built once for all tests and put aside. Knows nothing of how they run.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock, PoisonError};

/// Which build of a program.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Build {
    /// As it is shipped.
    Clean,
    /// Contexts are left as jobs leave them: what the tests are to notice.
    WithoutReset,
}

/// Where a build of `users` or `probe` lies.
pub(crate) fn binary(build: Build, program: &str) -> PathBuf {
    type Built = OnceLock<Option<PathBuf>>;
    static CLEAN: Built = OnceLock::new();
    static WITHOUT_RESET: Built = OnceLock::new();
    let folder = match build {
        Build::Clean => CLEAN.get_or_init(|| {
            let _turn = one_at_a_time();
            cargo_build(&[])?;
            Some(put_aside("clean"))
        }),
        Build::WithoutReset => WITHOUT_RESET.get_or_init(|| {
            let _turn = one_at_a_time();
            cargo_build(&["--features", "users/test-without-reset,probe/test-without-reset"])?;
            let folder = put_aside("without-reset");
            // Both builds have the same output path, and what lies there must not leak.
            cargo_build(&[])?;
            Some(folder)
        }),
    };
    folder.as_ref().expect("programs that build: the first test says why they don't").join(program)
}

fn one_at_a_time() -> impl Drop {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// None if it fails, which is told once.
fn cargo_build(features: &[&str]) -> Option<()> {
    let output = Command::new(env!("CARGO"))
        .args(["build", "--release", "--package", "users", "--package", "probe"])
        .args(features)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("CARGO_TARGET_DIR", target())
        .output()
        .expect("cargo starts");
    if !output.status.success() {
        println!("{}", String::from_utf8_lossy(&output.stderr));
    }
    output.status.success().then_some(())
}

/// Links the programs to names of their own. A link, since nothing may be writing to a file that
/// is to be run, and a program that is forked for another test would be.
fn put_aside(name: &str) -> PathBuf {
    let folder = target().join("blackbox").join(name);
    std::fs::create_dir_all(&folder).expect("a folder in the target folder");
    for program in ["users", "probe"] {
        let fresh = folder.join(format!("{program}.{}", std::process::id()));
        std::fs::hard_link(target().join("release").join(program), &fresh).expect("a link");
        std::fs::rename(&fresh, folder.join(program)).expect("a new name");
        // Of two names for one file, rename keeps both.
        std::fs::remove_file(fresh).ok();
    }
    folder
}

/// The target folder that this test itself was built in.
fn target() -> PathBuf {
    if let Some(folder) = std::env::var_os("CARGO_TARGET_DIR") {
        return Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    }
    // target/debug/deps/blackbox-0123456789abcdef
    let test = std::env::current_exe().expect("the path of this test");
    test.ancestors().nth(3).expect("a target folder").to_owned()
}
