//! Handlers that leave their connection dirty, each in its own way, and answer 200 all the same.

use cleanslate::{Context, Error, Request, Response, Result};

pub(crate) fn leave(ctx: &mut Context, request: &Request) -> Result<Response> {
    let how = request.param("how").unwrap_or_default();
    let db = ctx.db()?;
    match how {
        "tx" => db.execute_batch("BEGIN IMMEDIATE; DELETE FROM users WHERE id = 1000")?,
        "stmt" => leave_stepping(ctx)?,
        "temp" => {
            db.execute_batch("CREATE TEMP TABLE IF NOT EXISTS left_behind AS SELECT * FROM users")?
        }
        "attach" => db.execute_batch("ATTACH ':memory:' AS other")?,
        "pragma" => db.execute_batch("PRAGMA foreign_keys = OFF")?,
        _ => return Err(Error::not_found()),
    }
    Ok(Response::text("dirty\n"))
}

/// Steps into a query and loses its rows: SQLite goes on holding the view they are read from.
#[allow(clippy::mem_forget, reason = "a leak is what is wanted here")]
fn leave_stepping(ctx: &Context) -> Result<()> {
    ctx.db()?.with_statement("SELECT id FROM users", |statement| {
        let mut rows = statement.query([])?;
        rows.next()?;
        std::mem::forget(rows);
        Ok(())
    })
}
