//! The same application on axum: `/hello` and a row from SQLite, over HTTP on a unix socket.
//!
//!     axum-peer SOCKET DATABASE

use std::cell::RefCell;
use std::error::Error;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};
use tokio::net::UnixListener;
use tokio::runtime::Builder;
use tokio::task::spawn_blocking;

#[derive(Serialize)]
struct User {
    id: i64,
    name: String,
    email: String,
}

#[derive(Deserialize)]
struct Wanted {
    id: i64,
}

/// Where the database lies.
type Database = Arc<str>;

type Answer = Result<Json<User>, StatusCode>;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(socket), Some(database)) = (arguments.next(), arguments.next()) else {
        return Err("usage: axum-peer SOCKET DATABASE".into());
    };
    // As many threads for queries as the others have; tokio's own are one a core.
    let runtime = Builder::new_multi_thread().max_blocking_threads(8).enable_all().build()?;
    runtime.block_on(async {
        let application = Router::new()
            .route("/hello", get(async || "hello, world\n"))
            .route(
                "/user",
                get(async |State(database), Query(Wanted { id })| user(database, id).await),
            )
            .route("/user/{id}", get(async |State(database), Path(id)| user(database, id).await))
            .with_state(Database::from(database));
        let _ = fs::remove_file(&socket);
        let listener = UnixListener::bind(&socket)?;
        // nginx's workers are someone else. Who may reach the socket, its folder decides.
        fs::set_permissions(&socket, Permissions::from_mode(0o666))?;
        Ok(axum::serve(listener, application).await?)
    })
}

/// SQLite blocks, so tokio has a pool of threads for it.
async fn user(database: Database, id: i64) -> Answer {
    match spawn_blocking(move || select(&database, id)).await {
        Ok(Ok(Some(user))) => Ok(Json(user)),
        Ok(Ok(None)) => Err(StatusCode::NOT_FOUND),
        Ok(Err(_)) | Err(_) => Err(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

thread_local! {
    /// Each of those threads has a connection of its own.
    static CONNECTION: RefCell<Option<Connection>> = const { RefCell::new(None) };
}

fn select(database: &str, id: i64) -> rusqlite::Result<Option<User>> {
    CONNECTION.with_borrow_mut(|connection| {
        let connection = match connection {
            Some(connection) => connection,
            None => connection.insert(Connection::open(database)?),
        };
        connection
            .prepare_cached("SELECT id, name, email FROM users WHERE id = ?1")?
            .query_row([id], |row| {
                Ok(User { id: row.get(0)?, name: row.get(1)?, email: row.get(2)? })
            })
            .optional()
    })
}
