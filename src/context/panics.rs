//! A handler's panic ends its job; a panic anywhere else is our own bug and ends the process, so
//! that the master starts another. This is the one place where the two are told apart.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};

thread_local! {
    /// Where a handler's panic happened, noted by the hook, which alone is told.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
    static IN_HANDLER: RefCell<bool> = const { RefCell::new(false) };
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

/// Takes over what happens at a panic, for the whole process.
pub(crate) fn install_hook() {
    set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        if IN_HANDLER.with_borrow(|in_handler| *in_handler) {
            PLACE.set(Some(place));
            return;
        }
        let thread = std::thread::current();
        if thread.name().is_some_and(|name| name.starts_with(crate::worker::THREAD_PREFIX)) {
            tracing::error!(
                thread = thread.name(),
                place,
                panic = message(info),
                "the server itself has panicked: the process ends"
            );
            std::process::abort();
        }
        tracing::error!(thread = thread.name(), place, panic = message(info), "panic");
    }));
}

fn message(info: &PanicHookInfo<'_>) -> String {
    text(info.payload())
}

fn text(payload: &(dyn Any + Send)) -> String {
    let fixed = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    fixed.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default()
}
