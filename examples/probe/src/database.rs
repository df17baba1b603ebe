//! The database: a thousand users, one row by key, and writes that are counted.

use cleanslate::rusqlite::{self, Row, params};
use cleanslate::{Context, Error, Request, Response, Result};
use serde::Serialize;

const USERS: i64 = 1_000;

#[derive(Serialize)]
pub(crate) struct User {
    id: i64,
    name: String,
    email: String,
}

/// Makes what is missing.
pub(crate) fn fill(ctx: &mut Context) -> Result<()> {
    ctx.write(|db| {
        db.execute_batch(
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL);
             CREATE TABLE IF NOT EXISTS writes (id INTEGER PRIMARY KEY, body TEXT NOT NULL);",
        )?;
        let there: i64 = db.query_row("SELECT count(*) FROM users", [], |row| row.get(0))?;
        for id in there + 1..=USERS {
            let (name, email) = (format!("User {id}"), format!("user{id}@example.org"));
            db.execute("INSERT INTO users (id, name, email) VALUES (?1, ?2, ?3)", params![id, name, email])?;
        }
        Ok(())
    })
}

pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User { id: row.get(0)?, name: row.get(1)?, email: row.get(2)? })
}

pub(crate) fn user(ctx: &mut Context, request: &Request) -> Result<Response> {
    one(ctx, request.parsed("id")?)
}

pub(crate) fn user_of_query(ctx: &mut Context, request: &Request) -> Result<Response> {
    let id = request.query_param("id").and_then(|id| id.parse().ok());
    one(ctx, id.ok_or_else(|| Error::bad_request("id is missing\n"))?)
}

fn one(ctx: &Context, id: i64) -> Result<Response> {
    let sql = "SELECT id, name, email FROM users WHERE id = ?1";
    let user = ctx.db()?.query_optional(sql, [id], read)?.ok_or_else(Error::not_found)?;
    Response::json(&user)
}

/// Keeps the body as a row and answers with its id: what was answered must be there after a crash.
pub(crate) fn write(ctx: &mut Context, request: &Request) -> Result<Response> {
    let body = request.body().bytes()?;
    let body = String::from_utf8_lossy(&body);
    let id = ctx.write(|db| {
        db.execute("INSERT INTO writes (body) VALUES (?1)", [&body])?;
        Ok(db.last_insert_rowid())
    })?;
    Ok(Response::text(format!("{id}\n")).status(201))
}
