//! The page: what the database and the timers say, rendered with the template beside it. Knows
//! nothing of what the page's forms do.

use cleanslate::{Context, Db, Error, Request, Response, Result};
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use crate::cards::{self, Card};
use crate::name;
use crate::runs::Runs;
use crate::state::State;
use crate::users::User;
use crate::view::{Pages, ROWS_MAX, View};
use crate::{clock, ticks, words};

/// The templates, compiled once. Their names end in `.html`, so that every value is escaped.
pub(crate) fn templates() -> Environment<'static> {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates
        .add_template("page.html", include_str!("../templates/page.html"))
        .expect("the template is part of the program, and a test renders it");
    templates
}

/// `GET /`.
pub(crate) fn show(ctx: &mut Context, request: &Request) -> Result<Response> {
    let view = View::read(|name| request.query_param(name));
    respond(ctx, view, Form { problem: "", name: "" })
}

/// The page again, after its form was sent with a name that can't be taken.
pub(crate) fn refuse(ctx: &Context, request: &Request, error: &Error) -> Result<Response> {
    let typed = request.form()?.field("name").unwrap_or_default();
    let form = Form { problem: error.public().trim_end(), name: &typed };
    Ok(respond(ctx, View::default(), form)?.status(error.status()))
}

fn respond(ctx: &Context, view: View, form: Form<'_>) -> Result<Response> {
    let page = Page::read(ctx, view, form, clock::now_ms())?;
    let html = ctx.state::<Environment<'_>>()?.get_template("page.html")?.render(Serde(&page))?;
    Ok(Response::html(html)
        .header("Cache-Control", "no-store")
        .header("Content-Security-Policy", CONTENT_SECURITY_POLICY))
}

/// Everything the template shows, in its words.
#[derive(Serialize)]
struct Page<'a> {
    /// Where the same page is found again.
    address: String,
    state: Option<&'static str>,
    /// How often the states are set.
    each: String,
    total: String,
    tiles: Vec<Tile>,
    timers: Vec<Card>,
    changes: Vec<Row>,
    form: Form<'a>,
    name_max: usize,
    rows: Vec<Row>,
    /// How many rows there are of what is looked at.
    found: String,
    page: u32,
    last_page: u32,
    /// Addresses; empty where there is no such page.
    previous: String,
    next: String,
}

/// How many users are of a state, or in all.
#[derive(Serialize)]
struct Tile {
    word: &'static str,
    count: u32,
    shown: String,
    address: String,
    current: bool,
}

/// What was typed and why it was refused; empty on a fresh page.
#[derive(Clone, Copy, Serialize)]
struct Form<'a> {
    problem: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct Row {
    id: i64,
    name: String,
    state: &'static str,
    changed: String,
    lasting: String,
    /// Whether the last tick has set this state.
    fresh: bool,
    seen: String,
}

impl<'a> Page<'a> {
    /// Reads everything on one view of the database, so that the numbers agree with the rows.
    fn read(ctx: &Context, view: View, form: Form<'a>, now_ms: i64) -> Result<Self> {
        ctx.db()?.read(|db| Self::of(ctx, db, view, form, now_ms))
    }

    fn of(ctx: &Context, db: &Db, view: View, form: Form<'a>, now_ms: i64) -> Result<Self> {
        let runs = ctx.state::<Runs>()?;
        let counts = [
            User::count(db, State::Active)?,
            User::count(db, State::Idle)?,
            User::count(db, State::Away)?,
        ];
        let total = counts.iter().sum();
        let tiles = tiles(counts, view.state);
        let found = tiles.iter().find(|tile| tile.current).map_or(total, |tile| tile.count);
        let pages = Pages::of(found, view.page);
        let last_tick = runs.states.last().map_or(i64::MAX, |run| run.began_ms / 1_000);
        let rows = |users: Vec<User>| -> Vec<Row> {
            users.iter().map(|user| Row::of(user, now_ms / 1_000, last_tick)).collect()
        };
        let address = |page| View { page, ..view }.address();
        Ok(Self {
            address: address(pages.page),
            state: view.state.map(State::word),
            each: words::each(ticks::states_seconds(ctx.options())?),
            total: words::counted(total.into(), "user"),
            tiles,
            timers: cards::all(ctx.options(), runs, now_ms)?,
            changes: rows(User::changed_last(db, CHANGES_SHOWN)?),
            form,
            name_max: name::CHARACTERS_MAX,
            rows: rows(User::some(db, view.state, pages.offset, ROWS_MAX)?),
            found: words::grouped(found.into()),
            page: pages.page,
            last_page: pages.last,
            previous: if pages.page > 1 { address(pages.page - 1) } else { String::new() },
            next: if pages.page < pages.last { address(pages.page + 1) } else { String::new() },
        })
    }
}

impl Row {
    fn of(user: &User, now: i64, last_tick: i64) -> Self {
        Self {
            id: user.id,
            name: user.name.as_str().to_owned(),
            state: user.state.word(),
            changed: words::ago(now - user.state_since),
            lasting: words::lasting(now - user.state_since),
            fresh: user.state_since >= last_tick,
            seen: words::ago(now - user.last_seen),
        }
    }
}

fn tiles(counts: [u32; 3], looked_at: Option<State>) -> Vec<Tile> {
    let tile = |state: Option<State>, count| Tile {
        word: state.map_or("all", State::word),
        count,
        shown: words::grouped(count.into()),
        address: View { state, page: 1 }.address(),
        current: state == looked_at,
    };
    let all = tile(None, counts.iter().sum());
    let each = State::ALL.into_iter().zip(counts).map(|(state, count)| tile(Some(state), count));
    std::iter::once(all).chain(each).collect()
}

/// Two rows of three where there is room.
const CHANGES_SHOWN: u32 = 6;

/// The page brings its own style and script, and asks only its own server for more.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; \
    script-src 'unsafe-inline'; connect-src 'self'; img-src data:; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'";

#[cfg(test)]
mod tests {
    use super::*;

    /// As the newest of 1,000 users, `name` on an otherwise quiet page.
    fn render(name: &str, problem: &str) -> String {
        let page = Page {
            address: View { state: Some(State::Idle), page: 2 }.address(),
            state: Some("idle"),
            each: "every minute".to_owned(),
            total: "1,000 users".to_owned(),
            tiles: tiles([200, 300, 500], Some(State::Idle)),
            timers: Vec::new(),
            changes: Vec::new(),
            form: Form { problem, name },
            name_max: name::CHARACTERS_MAX,
            rows: vec![Row {
                id: 1_000,
                name: name.to_owned(),
                state: "idle",
                changed: "just now".to_owned(),
                lasting: "0 seconds".to_owned(),
                fresh: true,
                seen: "5 minutes ago".to_owned(),
            }],
            found: "300".to_owned(),
            page: 2,
            last_page: 12,
            previous: "/?state=idle".to_owned(),
            next: String::new(),
        };
        templates().get_template("page.html").unwrap().render(Serde(&page)).unwrap()
    }

    #[test]
    fn what_users_write_stays_text() {
        let html = render("</td><script>alert(\"'&", "no");
        assert_eq!(html.matches("<script>").count(), 1, "the page's own");
        assert!(html.contains("&lt;script&gt;alert(&quot;&#x27;&amp;"), "{html}");
    }

    #[test]
    fn only_what_is_there_is_shown() {
        let html = render("Ada", "");
        assert!(html.contains(r#"rel="prev""#) && !html.contains(r#"rel="next""#));
        assert!(!html.contains("Not added") && render("Ada", "no").contains("Not added: no."));
        assert_eq!(html.matches(r#"aria-current="page""#).count(), 1);
    }
}
