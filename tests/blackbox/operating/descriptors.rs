//! A process that has no descriptors left. Guards that this is told, and that it is over when there are
//! some again.

use super::{LIMIT, wait_until_ready, with_master};
use crate::harness::{Client, Launch, wait_for};

#[test]
fn without_descriptors_it_says_so_and_serves_again_when_it_has_some() {
    for options in [vec![], with_master(&[])] {
        let launch = Launch::probe(&options).options(&["--tick", "1000"]);
        let server = launch.after("ulimit -n 80;").start();
        if !options.is_empty() {
            wait_until_ready(&server, 1);
        }
        assert_eq!(server.get("/user/1").status, 200);
        let clients: Vec<Client> = (0..100).map(|_| server.connect()).collect();
        wait_for("a line that says so", LIMIT, || {
            let log = server.log();
            let is_told = log.contains("no connection can be accepted");
            (is_told && log.contains("Too many open files")).then_some(())
        });
        drop(clients);
        for _ in 0..20 {
            assert_eq!(server.get("/hello").status, 200, "{options:?}");
            assert_eq!(server.get("/user/1").status, 200, "{options:?}");
        }
        let log = server.stop();
        let says = "fewer files may be open than max-connections needs";
        assert!(log.contains(says) && log.contains("limit=80"), "{log}");
        // It waits a while each time, and doesn't spin.
        let lines = log.matches("no connection can be accepted").count();
        assert!(lines < 60, "{lines} lines: {log}");
    }
}
