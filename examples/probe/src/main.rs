//! `probe`: an application that shows everything the server does, for tests and measurements.
//! Knows nothing of the server's insides.

mod answers;
mod database;
mod dirt;
mod leaks;
mod limited;
mod process;
mod recorder;
mod schedule;
mod work;

use std::process::ExitCode;
use std::time::Duration;

use cleanslate::{App, Options, cron, every, route};

cleanslate::count_heap!();

fn main() -> ExitCode {
    limited::add(recorder::add(App::new("probe")))
        .database("probe.db")
        .option("tick", "1", "Seconds between two ticks of signal 1; fractions are allowed")
        .option("tick-keeps", "no", "yes: every tick of signal 1 keeps a connection for itself")
        .option("tick-panics", "no", "yes: every tick of signal 1 panics after its SELECT")
        .option("rb-tick", "0", "Seconds between three ticks of signal 2; 0 is never")
        .option(
            "slow-tick",
            "0",
            "Seconds between ticks of the timer slow, which takes 0.3 s; 0 is never",
        )
        .option("reads", "no", "yes: signals 2 to 6 and slow read the database, as signal 1 does")
        .option("slow-overlap", "queue-one", "What a tick of slow does while it runs: skip, allow")
        .option("slow-misfire", "once", "What becomes of its ticks that were missed: skip, all")
        .option(
            "ill",
            "no",
            "What signals 2 to 6 and slow do: panic, query or sleep; their deadline is 0.2 s",
        )
        .state(schedule::Counts::default())
        .on_start(database::fill)
        .on_start(process::wait_at_start)
        .timer(1, |options: &Options| Ok(every(options.parsed::<f64>("tick")?)), schedule::tick)
        .signal(2, "", schedule::count::<2>)
        .add_rb_timer(2, schedule::seconds("rb-tick"), 3)
        .signal(3, "workers", schedule::count::<3>)
        .signal(4, "worker1", schedule::count::<4>)
        .file_monitor(5, "probe.watch", schedule::watched)
        .cron(6, cron("* * * * * *").deadline(Duration::from_millis(200)), schedule::count::<6>)
        .signal(7, "", schedule::again)
        .signal(8, "", schedule::for_ever::<8>)
        .signal(9, "worker1", schedule::for_ever::<9>)
        .get("/watched", schedule::seen)
        .timer("slow", schedule::slow_interval, schedule::slow)
        .get("/ticks", schedule::ticks)
        .post("/signal/{n}", schedule::raise)
        .post("/timer/{n}/{ms}", schedule::add_timer)
        .get("/hello", answers::hello)
        .get("/env", answers::env)
        .any("/body", answers::body)
        .any("/echo", answers::echo)
        .get("/status/{code}", answers::status)
        .get("/stream/{n}", answers::stream)
        .get("/bytes/{n}", answers::bytes)
        .get("/len", answers::length_of_pad)
        .get("/sleep/{ms}", work::sleep)
        .get("/sleep", work::sleep_seconds)
        .get(route("/hasty/{ms}").deadline(Duration::from_millis(500)), work::sleep)
        .get(route("/patient/{ms}").deadline(Duration::from_secs(3)), work::sleep)
        .get(route("/endless/{ms}").no_deadline(), work::sleep)
        .get("/spin/{ms}", work::spin)
        .get("/panic", work::panic)
        .get("/slow-query", work::slow_query)
        .get("/user/{id}", database::user)
        .get("/user", database::user_of_query)
        .post("/write", database::write)
        .get("/dirty/{how}", dirt::leave)
        .get("/leak/heap/{bytes}", leaks::heap)
        .get("/leak/fd", leaks::descriptor)
        .get("/leak/socket/{port}", leaks::socket)
        .get("/cache/{bytes}", leaks::cache)
        .get("/variable/{name}", process::variable)
        .get("/print/{text}", process::print)
        .get("/file/{*name}", answers::file)
        .get("/heads/{bytes}", answers::large_head)
        .modifier(9, answers::packet)
        .run()
}
