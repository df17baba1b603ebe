//! In which loops kept connections wait. While jobs are quick they are all in one, so that one thread is woken for
//! them; where jobs take their time they are with whoever has time for them.

use std::collections::BTreeSet;
use std::time::Duration;

use super::open;
use crate::harness::{Connection, Process, Protocol, Server, alone, wait_for};

const COUNT: usize = 24;
const SOON: Duration = Duration::from_secs(10);

#[test]
fn connections_part_over_slow_jobs_and_gather_over_quick_ones() {
    let _alone = alone();
    for protocol in Protocol::KEPT {
        let server = Server::by_all(&[]);
        let before: BTreeSet<u32> = server.process().watched().into_iter().flatten().collect();
        let mut all = open(&server, protocol, COUNT);
        for round in 0..2 {
            wait_for("connections to part", SOON, || {
                ask_all(&mut all, protocol, "/sleep/5", "slept\n");
                (loops_with_some(server.process(), &before) >= 3).then_some(())
            });
            wait_for("connections to gather", SOON, || {
                ask_all(&mut all, protocol, "/hello", "hello, world\n");
                (loops_with_some(server.process(), &before) == 1).then_some(())
            });
            println!("{protocol}, round {round}: parted and gathered");
        }
        let log = server.stop();
        assert!(log.contains("failures=0"), "{log}");
    }
}

/// Each has one request under way at the same time as the others.
fn ask_all(all: &mut [Connection], protocol: Protocol, uri: &str, says: &str) {
    all.iter().for_each(|one| one.send(&protocol.get(uri)));
    for connection in all {
        assert_eq!(connection.answer().unwrap().text(), says);
    }
}

/// How many loops watch descriptors that weren't there before. Each may be open twice and be looked at while
/// connections come and go: it is told by what it watched before, its waker for one.
fn loops_with_some(process: Process, before: &BTreeSet<u32>) -> usize {
    let loops = process.watched().into_iter().filter(|watched| !watched.is_subset(before));
    let own = loops.map(|watched| watched.intersection(before).copied().collect::<BTreeSet<_>>());
    own.collect::<BTreeSet<_>>().len()
}
