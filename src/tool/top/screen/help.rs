//! The help. It must not know what keys do.

/// What is shown in the place of a table.
pub(super) const LINES: [&str; 16] = [
    "",
    "  q, Esc       ends",
    "  w            workers and their threads: what each does now, and for how long",
    "  j            jobs by name: how often, how long, what each holds and leaks",
    "  t            timers, crons, file monitors: when each is due",
    "  Tab          the next of them",
    "  s, right     sorts by the next column       left   by the column before",
    "  r            turns the order round",
    "  p, space     stands still, or goes on",
    "  +, -         looks less often, more often",
    "  up, down, page up, page down, Home   scroll",
    "",
    "  P50, P99     what half, and 99 of 100, of all runs since the start didn't exceed",
    "  HELD         bytes that were allocated in runs of a job and are not freed",
    "",
    "  any other key goes back",
];
