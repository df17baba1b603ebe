//! Applications that are put together wrongly, and what is said of each.

use std::time::Duration;

use super::*;
use crate::app::{cron, every, file_monitor, route, signal};

fn answer(_: &mut Context, _: &Request) -> Result<Response> {
    Ok(Response::empty(204))
}

fn tick(_: &mut Context) -> Result<()> {
    Ok(())
}

/// What is said of an application that is put together wrongly.
fn check(app: App, says: &str) {
    let mistakes = app.build(Options::default()).err().unwrap_or_default();
    assert!(mistakes.iter().any(|mistake| mistake.contains(says)), "{says}: {mistakes:?}");
}

#[test]
fn mistakes_are_told_and_not_served() {
    let app = || App::new("test").get("/a", answer).timer(1, every(1), tick);
    assert!(app().build(Options::default()).is_ok());
    check(app().get("/a", answer), "GET /a is already routed");
    let none = Duration::ZERO;
    check(app().get(route("/b").deadline(none), answer), "GET /b at src/app/builder/tests.rs:");
    check(app().get("b", answer), "doesn't begin with a slash");
    check(app().get("/{", answer), "can't be routed");
    check(app().method("patch", "/a", answer), "not in upper case");
    assert!(app().method("M-SEARCH", "/a", answer).build(Options::default()).is_ok());
    check(app().timer(1, every(5), tick), "signal 1 is registered at src/app/builder/tests.rs:");
    check(app().timer(2, every(0), tick), "its interval: 0 s is not");
    check(app().timer(2, every(f64::NAN), tick), "timer 2 at src/app/builder/tests.rs:");
    let from_option = |options: &Options| options.parsed::<f64>("pace").map(every);
    check(app().timer(2, from_option, tick), "option pace is not set");
    check(app().cron("c", "61 * * * *", tick), "cron c at src/app/builder/tests.rs:");
    check(app().cron("c", cron("@daily").timezone("Mars/Olympus"), tick), "Mars/Olympus");
    check(app().add_cron(1, 0, 25, -1, -1, -1), "timer 1 at");
    check(app().add_timer(7, every(1)), "signal 7 at src/app/builder/tests.rs:");
    check(
        app().signal(signal(7).deadline(none), "", tick),
        "signal 7 at src/app/builder/tests.rs:",
    );
    check(app().timer(7, every(1).deadline(none), tick), "a deadline of 0 s");
    check(app().file_monitor(7, file_monitor("x").deadline(none), tick), "file monitor 7 at");
    check(app().signal(7, "mule1", tick), "there is no target mule1");
    check(app().option("threads", "1", ""), "the option threads is there already");
    check(app().option("xy", "1", "").option("xy", "2", ""), "the option xy is there already");
    check(app().option("--x", "1", ""), "can't be named");
    check(app().get("/users/:id", answer), "not in braces");
    check(app().modifier(0, answer), "modifier 0 is that of requests");
    check(app().modifier(110, answer), "modifier 110 is the server's own");
    check(app().modifier(9, answer).modifier(9, answer), "modifier 9 has two handlers");
    check(app().state(1_u8).state(2_u8), "two states of type u8");
}
