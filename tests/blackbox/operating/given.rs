//! Sockets that systemd has opened (`LISTEN_FDS`). Guards that each speaks what it should, that they stay
//! when servers go, and that nobody is lost while there is none.

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;

use command_fds::{CommandFdExt, FdMapping};
use rustix::process::Signal;

use super::{wait_until_ready, with_master};
use crate::harness::{
    Address, Build, Connection, Folder, Launch, Protocol, binary, fresh_folder, get,
};

/// Says to whom the sockets are given, as systemd does: who is about to become the program.
const TO_THIS: &str = "LISTEN_PID=$$; export LISTEN_PID;";

/// Starts it with these sockets and their names.
fn launch(folder: &Folder, options: &[&str], sockets: Vec<OwnedFd>, names: &str) -> Launch {
    let count = sockets.len().to_string();
    let launch = Launch::probe_in(folder, options).variable("LISTEN_FDS", count);
    let mut launch = launch.variable("LISTEN_FDNAMES", names).after(TO_THIS);
    let mapping = |(child_fd, parent_fd)| FdMapping { parent_fd, child_fd };
    let mappings = (3..).zip(sockets).map(mapping).collect();
    launch.command.fd_mappings(mappings).expect("each has a number of its own");
    launch
}

fn status(protocol: Protocol, address: &Address) -> u16 {
    Connection::open(protocol, address).unwrap().get("/hello").unwrap().status
}

#[test]
fn each_socket_speaks_what_its_option_or_its_name_says() {
    for with in [vec![], with_master(&[])] {
        let folder = fresh_folder();
        let path = folder.path().join("named.sock");
        let named = UnixListener::bind(&path).unwrap();
        let nameless = UnixListener::bind(folder.path().join("nameless.sock")).unwrap();
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = tcp.local_addr().unwrap();
        let fastcgi = address.to_string();
        // Its name is any, and its option has the same address.
        let options = [&with[..], &["--fastcgi-socket", fastcgi.as_str()]].concat();
        let sockets = vec![named.into(), nameless.into(), tcp.into()];
        let server = launch(&folder, &options, sockets, "http:any:other").start();
        let reloads = usize::from(!with.is_empty());
        for reload in 0..=reloads {
            if reload > 0 {
                wait_until_ready(&server, 1);
                server.process().signal(Signal::HUP);
                wait_until_ready(&server, 2);
            }
            assert_eq!(status(Protocol::Http, &Address::Unix(path.clone())), 200);
            let nameless = Address::Unix(folder.path().join("nameless.sock"));
            assert_eq!(status(Protocol::Uwsgi, &nameless), 200);
            assert_eq!(status(Protocol::FastCgi, &Address::Tcp(address)), 200);
            // Its own socket is bound beside them.
            assert_eq!(status(Protocol::Uwsgi, &server.address), 200);
        }
        server.stop();
        assert!(path.exists() && !folder.path().join("probe.sock").exists());
    }
}

/// What systemd does for a socket: it stays when a server goes, and who comes waits for the next.
#[test]
fn who_connects_while_there_is_no_server_is_answered_by_the_next() {
    for with in [vec![], with_master(&[])] {
        let folder = fresh_folder();
        let path = folder.path().join("given.sock");
        let unix = UnixListener::bind(&path).unwrap();
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let addresses = [Address::Unix(path.clone()), Address::Tcp(tcp.local_addr().unwrap())];
        let mut waiting = Vec::new();
        for _ in 0..2 {
            let sockets = vec![unix.try_clone().unwrap().into(), tcp.try_clone().unwrap().into()];
            let server = launch(&folder, &with, sockets, "uwsgi:uwsgi").start();
            for client in std::mem::take(&mut waiting) {
                let client: crate::harness::Client = client;
                assert_eq!(client.answer().unwrap().map(|answer| answer.status), Some(200));
            }
            for address in &addresses {
                assert_eq!(status(Protocol::Uwsgi, address), 200, "{address}");
            }
            server.stop();
            assert!(path.exists(), "the file is not the server's");
            for address in &addresses {
                let client = crate::harness::Client::connect(address).unwrap();
                client.send(&get("/hello")).unwrap();
                waiting.push(client);
            }
        }
    }
}

/// Without an option that gives an address there would be nobody to serve.
#[test]
fn sockets_that_are_another_process_s_are_not_taken() {
    let folder = fresh_folder();
    let listener = UnixListener::bind(folder.path().join("given.sock")).unwrap();
    for process in [None, Some("1")] {
        let mut launch = Launch::probe_in(&folder, &[]);
        let mut command = std::process::Command::new(binary(Build::Clean, "probe"));
        command.current_dir(folder.path()).env("LISTEN_FDS", "1");
        command.envs(process.map(|process| ("LISTEN_PID", process)));
        let parent_fd = listener.try_clone().unwrap().into();
        command.fd_mappings(vec![FdMapping { parent_fd, child_fd: 3 }]).unwrap();
        launch.command = command;
        let (code, errors) = launch.run();
        assert_eq!((code, errors.lines().count()), (Some(78), 1), "{errors}");
        assert!(errors.contains("LISTEN_PID"), "{errors}");
    }
}
