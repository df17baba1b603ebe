//! Where a server listens, who may connect, and what becomes of the socket's file. Guards that two
//! servers never share one unawares.

use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;

use crate::harness::{Address, Build, Client, Server, fresh_folder, get, group_id, is_root};

/// A name that no other test has.
pub(crate) fn abstract_name() -> String {
    let folder = fresh_folder();
    format!("cleanslate-test{}", folder.path().display())
}

fn hello(address: &Address) -> u16 {
    let client = Client::connect(address).unwrap_or_else(|error| panic!("{address}: {error}"));
    client.send(&get("/hello")).unwrap();
    client.answer().unwrap().expect("an answer").status
}

#[test]
fn several_sockets_of_every_kind_at_once() {
    let folder = fresh_folder();
    let second = folder.path().join("second.sock");
    let name = abstract_name();
    let options = ["--socket", &format!("@{name}"), "--socket", "127.0.0.1:0"];
    let options = [&options[..], &["--socket", second.to_str().unwrap()]].concat();
    let server = Server::start_in(&folder, Build::Clean, "probe", &options);
    for address in
        [server.address.clone(), Address::Abstract(name), server.tcp(), Address::Unix(second)]
    {
        for _ in 0..20 {
            assert_eq!(hello(&address), 200, "{address}");
        }
    }
    server.stop();
    assert_eq!(fs::read_dir(folder.path()).unwrap().filter(is_socket).count(), 0);
}

fn is_socket(entry: &std::io::Result<fs::DirEntry>) -> bool {
    entry.as_ref().is_ok_and(|entry| entry.file_type().is_ok_and(|kind| kind.is_socket()))
}

#[test]
fn a_socket_file_has_the_mode_and_the_owner_it_was_given() {
    let mut table = vec![(vec![], 0o660, None), (vec!["--chmod-socket", "666"], 0o666, None)];
    if is_root() {
        let group = group_id("www-data");
        assert!(group.is_some(), "Debian has a group www-data");
        table.push((vec!["--chown-socket", ":www-data"], 0o660, group));
        table.push((vec!["--chown-socket", "0:33", "--chmod-socket", "600"], 0o600, Some(33)));
    }
    for (options, mode, group) in table {
        let server = Server::start("probe", &options);
        let file = fs::metadata(server.folder().join("probe.sock")).unwrap();
        assert_eq!(file.permissions().mode() & 0o7777, mode, "{options:?}");
        if let Some(group) = group {
            assert_eq!(file.gid(), group, "{options:?}");
        }
        server.stop();
    }
}

#[test]
fn a_file_that_a_dead_server_left_is_replaced() {
    let folder = fresh_folder();
    let server = Server::start_in(&folder, Build::Clean, "probe", &[]);
    server.kill();
    assert!(folder.path().join("probe.sock").exists(), "a crash removes nothing");
    let server = Server::start_in(&folder, Build::Clean, "probe", &[]);
    assert_eq!(hello(&server.address), 200);
    server.stop();
}

/// What must not be taken away is refused with the settings' exit code and a line that says why.
fn check_refused(server: Result<Server, crate::harness::Ended>, says: &str) {
    let ended = server.err().expect("a server that refuses to start");
    assert_eq!(ended.code, Some(78), "{ended:?}");
    assert!(ended.log.contains(says), "{ended:?}");
}

#[test]
fn a_living_server_keeps_its_socket() {
    let folder = fresh_folder();
    let server = Server::start_in(&folder, Build::Clean, "probe", &["--socket", "127.0.0.1:0"]);
    let again = Server::try_start(&folder, Build::Clean, "probe", &[]);
    check_refused(again, "a server answers on it already");
    let tcp = server.tcp().to_string();
    let again = Server::try_start(&fresh_folder(), Build::Clean, "probe", &["--socket", &tcp]);
    check_refused(again, "a server answers on it already");
    assert_eq!((hello(&server.address), hello(&server.tcp())), (200, 200));
    server.stop();
}

#[test]
fn a_file_that_is_no_socket_is_left_alone() {
    let folder = fresh_folder();
    let file = folder.path().join("probe.sock");
    fs::write(&file, "precious").unwrap();
    check_refused(Server::try_start(&folder, Build::Clean, "probe", &[]), "no socket");
    assert_eq!(fs::read_to_string(&file).unwrap(), "precious");
    let folder = fresh_folder();
    let missing = folder.path().join("missing/x.sock");
    let options = ["--socket", missing.to_str().unwrap()];
    check_refused(Server::try_start(&folder, Build::Clean, "probe", &options), "missing");
}

/// A successor that has taken over the name keeps its file when the first one stops.
#[test]
fn another_ones_file_is_not_removed() {
    let folder = fresh_folder();
    let server = Server::start_in(&folder, Build::Clean, "probe", &[]);
    let file = folder.path().join("probe.sock");
    fs::remove_file(&file).unwrap();
    let successor = UnixListener::bind(&file).unwrap();
    server.stop();
    assert!(file.exists(), "a socket that was not the server's is gone");
    drop(successor);
}
