//! `cargo xtask package`: the Debian package of `users`, made by cargo-deb from what stands in
//! examples/users/Cargo.toml and packaging/. Must not know what is in them.

mod check;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{cargo, done, install, release_binary, target};

/// Makes the package; `check` installs it as well, has it answer, and removes it.
pub(crate) fn run(check: bool) -> Result<(), String> {
    install::install(&[install::C_COMPILER, install::SHLIBDEPS, install::SYSTEMD])?;
    let cargo_deb = install::cargo_deb(&target()?)?;
    for what in [["--package", "users"], ["--bin", "cleanslate"]] {
        println!("building: cargo build --release {}", what.join(" "));
        done(cargo().args(["build", "--release"]).args(what))?;
    }
    print_texts()?;
    let file = target()?.join("debian").join(format!("{NAME}.deb"));
    let mut deb = Command::new(cargo_deb);
    deb.current_dir(crate::repository()).env("PATH", install::search_path());
    deb.args(["--no-build", "--package", "users", "--output"]).arg(&file);
    done(&mut deb)?;
    println!("\n    {}\n", file.display());
    if check { check::check(&file) } else { Ok(()) }
}

/// The package's name, its program's and its units': `users` is another program of Debian's.
const NAME: &str = "cleanslate-users";

/// The manual page and the completions, which the program prints under the name that it has there.
fn print_texts() -> Result<(), String> {
    let folder = release_binary("package")?;
    let failed = |error| format!("{}: {error}", folder.display());
    fs::create_dir_all(&folder).map_err(failed)?;
    let program = folder.join(NAME);
    fs::copy(release_binary("users")?, &program).map_err(failed)?;
    let texts: [(&str, &[&str]); 4] = [
        ("1", &["man"]),
        ("bash", &["completions", "bash"]),
        ("fish", &["completions", "fish"]),
        ("zsh", &["completions", "zsh"]),
    ];
    for (kind, words) in texts {
        let text = said(Command::new(&program).args(words))?;
        fs::write(folder.join(format!("{NAME}.{kind}")), text).map_err(failed)?;
    }
    Ok(())
}

/// What a command prints, which must succeed.
fn said(command: &mut Command) -> Result<String, String> {
    match command.output() {
        Ok(output) if output.status.success() => {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        }
        Ok(output) => {
            let (told, errors) = (output.status, String::from_utf8_lossy(&output.stderr));
            Err(format!("{command:?}: {told}\n{errors}"))
        }
        Err(error) => Err(format!("{command:?} did not start: {error}")),
    }
}

fn packaging() -> PathBuf {
    crate::repository().join("packaging")
}

/// The value of a unit's line.
fn value<'a>(unit: &'a str, name: &str) -> Option<&'a str> {
    unit.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
}

/// The text of one of the package's units.
fn unit(kind: &str) -> Result<String, String> {
    let file: &Path = &packaging().join(format!("{NAME}.{kind}"));
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn metadata() -> (PathBuf, toml::Table) {
        let folder = crate::repository().join("examples/users");
        let text = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let mut manifest: toml::Table = text.parse().unwrap();
        for name in ["package", "metadata", "deb"] {
            let Some(toml::Value::Table(inner)) = manifest.remove(name) else {
                panic!("no table {name}")
            };
            manifest = inner;
        }
        (folder, manifest)
    }

    #[test]
    fn what_is_packaged_is_there() {
        let (folder, deb) = metadata();
        let mut installed = Vec::new();
        for asset in deb["assets"].as_array().unwrap() {
            let [from, to] = [0, 1].map(|place| asset[place].as_str().unwrap());
            // What is built has no place in the repository.
            let is_built = from.starts_with("target/release/");
            assert!(is_built || folder.join(from).is_file(), "{from}");
            installed.push(format!("/{to}"));
        }
        for kept in deb["conf-files"].as_array().unwrap() {
            assert!(installed.contains(&kept.as_str().unwrap().to_owned()), "{kept}");
        }
        for script in ["postinst", "postrm"] {
            let scripts = folder.join(deb["maintainer-scripts"].as_str().unwrap());
            let sound = Command::new("sh").arg("-n").arg(scripts.join(script)).status();
            assert!(sound.unwrap().success(), "{script}");
        }
        let units = &deb["systemd-units"];
        assert_eq!((units["unit-name"].as_str(), deb["name"].as_str()), (Some(NAME), Some(NAME)));
        let units = folder.join(units["unit-scripts"].as_str().unwrap());
        assert_eq!(units.canonicalize().unwrap(), packaging());
        let service = unit("service").unwrap();
        for word in value(&service, "ExecStart").unwrap().split(' ').filter(|w| w.starts_with('/'))
        {
            assert!(installed.contains(&word.to_owned()), "{word} is not in the package");
        }
    }

    #[test]
    fn systemd_takes_the_units() {
        let root = tempfile::tempdir().unwrap();
        for kind in ["service", "socket"] {
            fs::write(root.path().join(format!("{NAME}.{kind}")), unit(kind).unwrap()).unwrap();
        }
        // It looks whether the program is there.
        let service = root.path().join(format!("{NAME}.service"));
        let program = root.path().join("program");
        fs::write(&program, "").unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let real = unit("service").unwrap();
        let told = real.replace("/usr/bin/cleanslate-users", program.to_str().unwrap());
        assert_ne!(real, told);
        fs::write(&service, told).unwrap();
        let mut verify = Command::new("systemd-analyze");
        verify.env("PATH", install::search_path()).args(["verify", "--man=no"]).arg(&service);
        verify.arg(root.path().join(format!("{NAME}.socket")));
        let verified = verify.output().unwrap();
        let complaints = String::from_utf8_lossy(&verified.stderr).into_owned();
        // Other units of the machine are none of ours.
        let ours: Vec<&str> = complaints.lines().filter(|line| line.contains(NAME)).collect();
        assert!(ours.is_empty() && verified.status.success(), "{complaints}");
    }
}
