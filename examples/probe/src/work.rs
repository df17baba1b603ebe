//! Handlers that take their time, each in its own way, and one that fails.

use std::time::{Duration, Instant};

use cleanslate::{Context, Error, Request, Response, Result};

pub(crate) fn sleep(_: &mut Context, request: &Request) -> Result<Response> {
    Ok(slept(Duration::from_millis(request.parsed("ms")?)))
}

/// `/sleep?id={s}`: the same in seconds.
pub(crate) fn sleep_seconds(_: &mut Context, request: &Request) -> Result<Response> {
    let seconds = request.query_param("id").and_then(|text| text.parse::<f64>().ok());
    let time = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    Ok(slept(time.ok_or_else(|| Error::bad_request("id is the seconds to sleep\n"))?))
}

#[allow(clippy::disallowed_methods, reason = "a handler that sleeps is what is wanted here")]
fn slept(time: Duration) -> Response {
    std::thread::sleep(time);
    Response::text("slept\n")
}

/// Milliseconds may have a fraction: `/spin/0.02` takes 20 µs.
#[allow(clippy::disallowed_methods, reason = "it burns as much CPU as the clock says")]
pub(crate) fn spin(_: &mut Context, request: &Request) -> Result<Response> {
    let seconds = request.parsed::<f64>("ms")? / 1e3;
    let time = Duration::try_from_secs_f64(seconds);
    let time = time.map_err(|_| Error::bad_request("how many milliseconds to spin\n"))?;
    let start = Instant::now();
    let mut turns = 0_u64;
    while start.elapsed() < time {
        turns = std::hint::black_box(turns + 1);
    }
    Ok(Response::text("spun\n"))
}

pub(crate) fn panic(_: &mut Context, _: &Request) -> Result<Response> {
    panic!("a handler that was told to panic");
}

/// Ends only by the job's deadline.
pub(crate) fn slow_query(ctx: &mut Context, _: &Request) -> Result<Response> {
    Ok(Response::text(format!("{}\n", endless_query(ctx)?)))
}

pub(crate) fn endless_query(ctx: &mut Context) -> Result<i64> {
    let endless =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    Ok(ctx.db()?.query_row(endless, [], |row| row.get(0))?)
}
