//! A handler's panic ends its job: it is caught here, and where it happened is noted. A panic
//! anywhere else is our own bug and ends the process; see `worker/crew.rs`.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};

thread_local! {
    /// Where a handler's panic happened, noted by the hook, which alone is told.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
    static IN_HANDLER: Cell<bool> = const { Cell::new(false) };
}

/// A handler's panic, for the log.
pub(super) struct Panicked {
    pub(super) message: String,
    pub(super) place: String,
}

/// Runs a handler and catches its panic.
pub(super) fn caught<T>(handler: impl FnOnce() -> T) -> Result<T, Panicked> {
    IN_HANDLER.set(true);
    // What the handler held may be broken now: the context goes, and state that it shares with
    // others is the application's to guard.
    let outcome = catch_unwind(AssertUnwindSafe(handler));
    IN_HANDLER.set(false);
    outcome.map_err(|payload| Panicked {
        message: text(payload.as_ref()),
        place: PLACE.take().unwrap_or_default(),
    })
}

/// Notes where handlers panic; other panics go to the hook that was there before.
pub(crate) fn install_hook() {
    let before = take_hook();
    set_hook(Box::new(move |info| {
        if IN_HANDLER.get() {
            PLACE.set(info.location().map(ToString::to_string));
        } else {
            before(info);
        }
    }));
}

fn text(payload: &(dyn Any + Send)) -> String {
    let fixed = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    fixed.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default()
}
