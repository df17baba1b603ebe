//! `users`: a small application behind nginx, with a page, an API, one SQLite file and timers.
//! Knows nothing of the server's insides.
//!
//! | module | what |
//! |---|---|
//! | `api` | the handlers that answer with JSON, and what the page's forms lead to |
//! | `page`, `cards` | the page, from the database to HTML, and on it the timers; `templates/page.html` |
//! | `ticks` | what each timer does and how often; `runs` is what is remembered of it |
//! | `users`, `visits` | the tables as objects: `User::all(db)`, `user.update(db)` |
//! | `state`, `name`, `view` | a user's state, a name that is allowed, which part of the list is seen |
//! | `schema` | the tables, made and filled on the first start |
//! | `words`, `clock` | numbers and times as people say them; the time |

mod api;
mod cards;
mod clock;
mod name;
mod page;
mod runs;
mod schema;
mod state;
mod ticks;
mod users;
mod view;
mod visits;
mod words;

use std::process::ExitCode;

use cleanslate::App;

cleanslate::count_heap!();

fn main() -> ExitCode {
    App::new("users")
        .database("service.db")
        .option(
            "users-interval",
            "60",
            "Seconds between two ticks of signal 99, which sets every user's state; fractions are allowed",
        )
        .option(
            "visits-kept",
            "3600",
            "Seconds that a visit is kept; signal 98 removes older ones ten times as often",
        )
        .option(
            "made-up-visits",
            "30",
            "Visits a minute that signal 97 makes up, so that there is something to watch; 0 is none",
        )
        .state(runs::Runs::starting(clock::now_ms()))
        .state(page::templates())
        .on_start(schema::prepare)
        .timer(99, ticks::states_interval, ticks::set_states)
        .timer(98, ticks::purge_interval, ticks::purge_visits)
        .timer(97, ticks::made_up_interval, ticks::make_up_visit)
        .get("/", page::show)
        .get("/hello", api::hello)
        .get("/users", api::list)
        .post("/users", api::create)
        .get("/users/{id}", api::show)
        .put("/users/{id}", api::rename)
        .delete("/users/{id}", api::delete)
        .post("/users/{id}/seen", api::seen)
        .run()
}
