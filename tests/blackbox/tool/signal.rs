//! `cleanslate signal` against `probe`. Guards that it says whether a signal was taken, and never
//! takes another answer for a yes.

use super::{PROTOCOLS, start, target, text, tool};
use crate::harness::wait_for;

use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(10);

/// The exit code, and what is said.
fn signal(arguments: &[&str]) -> (i32, String) {
    let output = tool(&[&["signal"][..], arguments].concat(), b"");
    (output.status.code().unwrap(), text(&output.stderr))
}

#[test]
fn a_signal_is_taken_or_refused() {
    let options = ["--tick", "3600", "--allow-signals", "true", "--socket", "127.0.0.1:0"];
    let (server, folder) = start(&options);
    let uwsgi = target(&folder, "uwsgi");
    let (path, tcp) = (uwsgi.strip_prefix("uwsgi://").unwrap(), server.tcp().to_string());
    let runs = || {
        let counts: serde_json::Value = serde_json::from_str(&server.get("/ticks").text()).unwrap();
        counts["2"].as_u64().unwrap()
    };
    for (number, to) in [&uwsgi, path, &tcp, &format!("uwsgi://{tcp}")].into_iter().enumerate() {
        assert_eq!(signal(&[to, "2"]), (0, String::new()), "{to}");
        wait_for("its handler to run", LIMIT, || (runs() > number as u64).then_some(()));
    }
    let (code, said) = signal(&[path, "99"]);
    assert!(code == 22 && said.contains("signal 99 was not taken"), "{code}: {said}");
    for (protocol, _) in &PROTOCOLS[1..] {
        let socket = folder.path().join(protocol);
        let (code, said) = signal(&["-m", "1", socket.to_str().unwrap(), "2"]);
        // FastCGI's heads are longer: its server waits for the rest.
        assert!([22, 28, 52, 56].contains(&code), "{protocol}: {code}: {said}");
    }
    assert_eq!(runs(), 4, "only those that were taken");
    server.stop();
}

#[test]
fn a_signal_that_is_not_allowed_is_refused() {
    let (server, folder) = start(&[]);
    let uwsgi = target(&folder, "uwsgi");
    let (code, said) = signal(&[&uwsgi, "2"]);
    assert!(code == 22 && said.contains("the server answered 501"), "{code}: {said}");
    server.stop();
    assert_eq!(signal(&[&uwsgi, "2"]).0, 7, "nobody is there");
    for (wrong, code) in [(["http://a", "2"], 3), ([&uwsgi, "256"], 2)] {
        assert_eq!(signal(&wrong).0, code, "{wrong:?}");
    }
}

/// Who listens and says nothing.
#[test]
fn a_server_that_does_not_answer_is_given_up() {
    let folder = crate::harness::fresh_folder();
    let path = folder.path().join("mute");
    let _mute = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let (code, said) = signal(&["-m", "0.2", path.to_str().unwrap(), "2"]);
    assert_eq!(code, 28, "{said}");
}
