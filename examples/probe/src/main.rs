//! `probe`: an application that shows everything the server does, for tests and measurements.
//! Knows nothing of the server's insides.

mod answers;
mod database;
mod dirt;
mod leaks;
mod work;

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};

use cleanslate::{App, Context, Options, Request, Response, Result, every};

/// How often the timer on signal 1 ran.
#[derive(Default)]
struct Ticks(AtomicU64);

fn main() -> ExitCode {
    App::new("probe")
        .database("probe.db")
        .option("tick", "1", "Seconds between two ticks of signal 1; fractions are allowed")
        .option("tick-panics", "no", "yes: every tick of signal 1 panics after its SELECT")
        .state(Ticks::default())
        .on_start(database::fill)
        .timer(1, |options: &Options| Ok(every(options.parsed::<f64>("tick")?)), tick)
        .get("/ticks", ticks)
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
        .get("/spin/{ms}", work::spin)
        .get("/panic", work::panic)
        .get("/slow-query", work::slow_query)
        .get("/user/{id}", database::user)
        .get("/user", database::user_of_query)
        .post("/write", database::write)
        .get("/dirty/{how}", dirt::leave)
        .get("/leak/heap/{bytes}", leaks::heap)
        .get("/leak/fd", leaks::descriptor)
        .get("/file/{*name}", answers::file)
        .get("/heads/{bytes}", answers::large_head)
        .modifier(9, answers::packet)
        .run()
}

fn tick(ctx: &mut Context) -> Result<()> {
    let users = ctx.db()?.query_all("SELECT id, name, email FROM users", [], database::read)?;
    ctx.state::<Ticks>()?.0.fetch_add(1, Ordering::Relaxed);
    assert!(
        !users.is_empty() && ctx.option("tick-panics") != "yes",
        "a tick that was told to panic"
    );
    Ok(())
}

fn ticks(ctx: &mut Context, _: &Request) -> Result<Response> {
    let ran = ctx.state::<Ticks>()?.0.load(Ordering::Relaxed);
    Response::json(&serde_json::json!({ "1": ran }))
}
