//! The same application behind nginx by all four protocols. Guards that whoever asks nginx can't
//! tell which it is, that the application can tell only by what is listed, and that connections are
//! really kept where they may be.

mod answers;
mod bodies;
mod kept;
mod table;
mod vars;
