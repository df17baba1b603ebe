//! A crash in the middle of writes. Guards that what was answered is there afterwards.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use cleanslate::rusqlite::Connection;

use crate::harness::{Build, Client, Server, fresh_folder, full, post, wait_for};

/// How many answers a server gives before it is killed.
const ANSWERS: usize = 300;

#[test]
fn every_write_that_was_answered_survives_a_kill() {
    let folder = fresh_folder();
    let answered = Mutex::new(Vec::new());
    let number = AtomicUsize::new(0);
    for _ in 0..if full() { 20 } else { 4 } {
        let server = Server::start_in(&folder, Build::Clean, "probe", &["--tick", "0.05"]);
        let address = server.address.clone();
        let before = answered.lock().unwrap().len();
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    loop {
                        let body = format!("write {}", number.fetch_add(1, Ordering::Relaxed));
                        // Its socket is dead or gone: the server was killed.
                        let Ok(client) = Client::connect(&address) else { return };
                        if client.send(&post("/write", body.as_bytes())).is_err() {
                            return;
                        }
                        match client.answer() {
                            Ok(Some(answer)) if answer.status == 201 => {
                                answered.lock().unwrap().push(body);
                            }
                            Ok(Some(answer)) => panic!("{} {}", answer.status, answer.text()),
                            Ok(None) | Err(_) => {}
                        }
                    }
                });
            }
            wait_for("writes to be answered", Duration::from_secs(60), || {
                (answered.lock().unwrap().len() >= before + ANSWERS).then_some(())
            });
            let ended = server.kill();
            assert_eq!(ended.signal, Some(9));
        });
        // The next one opens what the crash left: it must recover and serve.
        let server = Server::start_in(&folder, Build::Clean, "probe", &[]);
        assert_eq!(server.get("/user/1000").status, 200);
        let database = Connection::open(server.database()).unwrap();
        let mut rows = database.prepare("SELECT count(*) FROM writes WHERE body = ?1").unwrap();
        for body in answered.lock().unwrap().iter() {
            let count: i64 = rows.query_row([body], |row| row.get(0)).unwrap();
            assert_eq!(count, 1, "{body} was answered");
        }
        server.stop();
    }
}
