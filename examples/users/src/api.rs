//! The handlers that answer with JSON, and what the page's forms lead to. Knows nothing of HTML.

use std::borrow::Cow;

use cleanslate::{Context, Error, Request, Response, Result};
use serde::Deserialize;

use crate::clock;
use crate::name::Name;
use crate::page;
use crate::users::User;
use crate::view::View;
use crate::visits;

pub(crate) fn hello(_: &mut Context, _: &Request) -> Result<Response> {
    Ok(Response::fixed("text/plain", b"hello, world\n"))
}

pub(crate) fn list(ctx: &mut Context, _: &Request) -> Result<Response> {
    Response::json(&User::all(ctx.db()?)?)
}

pub(crate) fn show(ctx: &mut Context, request: &Request) -> Result<Response> {
    Response::json(&User::find(ctx.db()?, request.parsed("id")?)?)
}

/// 201 with the new user; from the page's form, back to the page, with what was wrong if it was.
pub(crate) fn create(ctx: &mut Context, request: &Request) -> Result<Response> {
    let name = name_of(request);
    let user = name.and_then(|name| ctx.write(|db| User::create(db, name, clock::now())));
    match user {
        Ok(user) if is_from_page(request) => Ok(Response::redirect(format!("/#user-{}", user.id))),
        Ok(user) => {
            Ok(Response::json(&user)?.status(201).header("Location", format!("/users/{}", user.id)))
        }
        Err(error) if is_from_page(request) && error.status() < 500 => {
            page::refuse(ctx, request, &error)
        }
        Err(error) => Err(error),
    }
}

pub(crate) fn rename(ctx: &mut Context, request: &Request) -> Result<Response> {
    let (id, name) = (request.parsed("id")?, name_of(request)?);
    let user = ctx.write(|db| {
        let user = User { name, ..User::find(db, id)? };
        user.update(db)?;
        Ok(user)
    })?;
    Response::json(&user)
}

pub(crate) fn delete(ctx: &mut Context, request: &Request) -> Result<Response> {
    let id = request.parsed("id")?;
    ctx.write(|db| User::delete(db, id))?;
    Ok(Response::empty(204))
}

pub(crate) fn seen(ctx: &mut Context, request: &Request) -> Result<Response> {
    let id = request.parsed("id")?;
    let user = ctx.write(|db| {
        let mut user = User::find(db, id)?;
        visits::record(db, &mut user, clock::now())?;
        Ok(user)
    })?;
    if is_from_page(request) {
        let form = request.form()?;
        let view = View::read(|name| form.field(name).map(Cow::Owned));
        return Ok(Response::redirect(format!("{}#user-{id}", view.address())));
    }
    Response::json(&user)
}

/// A browser that has sent a form wants a page, and every other client the thing itself.
fn is_from_page(request: &Request) -> bool {
    let wants_page = request.header("accept").is_some_and(|accept| accept.contains("text/html"));
    wants_page && request.form().is_ok()
}

/// The name in a body, which is JSON or a form.
fn name_of(request: &Request) -> Result<Name> {
    #[derive(Deserialize)]
    struct Body {
        name: String,
    }
    let name = if request.media_type().eq_ignore_ascii_case("application/json") {
        request.json::<Body>()?.name
    } else {
        let form = request.form().map_err(|_| Error::new(415, "JSON or a form was expected\n"))?;
        form.field("name").ok_or_else(|| Error::bad_request("name is missing\n"))?
    };
    Name::parse(&name).map_err(|reason| Error::bad_request(format!("{reason}\n")))
}
