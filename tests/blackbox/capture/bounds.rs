//! How much is kept, in all and in a second, and what becomes of a server that can't keep anything.

use std::fs;

use super::{ALL, LIMIT, counts, files, read, wait_for_files};
use crate::harness::{Build, Server, fresh_folder, now, wait_for};

#[test]
fn the_oldest_go_also_those_of_earlier_servers() {
    let folder = fresh_folder();
    let options = [ALL, &["--capture-max", "3"]].concat();
    let start = || Server::start_in(&folder, Build::Clean, "probe", &options);
    let uris = ["/hello", "/ticks", "/len", "/status/500", "/user/7", "/bytes/5"];
    let last = |server: &Server, uri: &str| {
        wait_for("the newest to be kept", LIMIT, || {
            let files = files(server.folder());
            assert!(files.len() <= 4, "one more while the oldest goes: {files:?}");
            let newest = read(files.last()?);
            newest["vars"].as_array()?.iter().any(|var| var[1] == uri).then_some(())
        });
    };
    for (first, second) in [(0, 3), (3, 6)] {
        let server = start();
        for uri in &uris[first..second] {
            server.get(uri);
            last(&server, uri);
        }
        server.stop();
        let kept: Vec<_> =
            files(folder.path()).iter().map(|file| read(file)["vars"][1][1].clone()).collect();
        assert_eq!(
            kept,
            uris[first..second],
            "only those of the last server, which are the newest"
        );
    }
}

#[test]
fn of_a_flood_a_few_are_kept_and_the_rest_is_counted() {
    let options = ["--capture", "captured", "--stats", "stats", "--tick", "3600"];
    let server = Server::start("probe", &options);
    let start = now();
    for _ in 0..300 {
        assert_eq!(server.get("/panic").status, 500);
    }
    assert_eq!(server.get("/status/503").status, 503);
    let took = start.elapsed().as_secs();
    let seen = wait_for("all to be counted", LIMIT, || {
        let seen = counts(&server);
        let sum: u64 = seen.as_object()?.values().filter_map(serde_json::Value::as_u64).sum();
        (sum == 301).then_some(seen)
    });
    let written = seen["written"].as_u64().unwrap();
    assert!(written <= 2 * (took + 2) + 1, "{written} in {took} s");
    assert_eq!((&seen["dropped"], &seen["lost"]), (&0.into(), &0.into()), "{seen}");
    let kept = wait_for_files(server.folder(), usize::try_from(written).unwrap());
    let last = kept.last().unwrap();
    assert_eq!(last["status"], 503, "what is of another kind is kept all the same");
    server.stop();
}

#[test]
fn a_folder_that_can_not_be_written_costs_a_line_and_nothing_else() {
    let server = Server::start("probe", &[ALL, &["--stats", "stats"]].concat());
    let folder = server.folder().join("captured");
    // Whoever takes the folder away gets it back.
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(server.get("/status/500").status, 500);
    wait_for_files(server.folder(), 1);
    fs::remove_dir_all(&folder).unwrap();
    fs::write(&folder, "no folder").unwrap();
    for uri in ["/hello", "/status/501", "/len", "/user/7", "/bytes/5"] {
        assert!(server.get(uri).status > 0, "{uri}");
    }
    let seen = wait_for("all to be lost", LIMIT, || {
        let seen = counts(&server);
        (seen["lost"].as_u64()? >= 4).then_some(seen)
    });
    assert_eq!(seen["written"], 1, "{seen}");
    assert_eq!(server.get("/hello").status, 200);
    let log = server.stop();
    let lines = log.lines().filter(|line| line.contains("a captured request can't be written"));
    assert_eq!(lines.count(), 1, "{log}");
}
