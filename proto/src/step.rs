//! What a decoder answers to input and to its end. It must not know any codec.

use crate::error::Error;

/// How far a decoder is with what it was given. Incomplete is not an error.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Step {
    /// The request goes on: read more, then pass everything again.
    NeedMore,
    /// The request is whole.
    Ready,
}

/// What it meant that the peer sends no more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum End {
    /// Not one byte came, as from a health check of the port: just close, say nothing.
    Nothing,
    /// The peer left inside a request, or the decoder had failed before: answer with
    /// [`Error::status`], as the peer may have closed its sending side only.
    Short(Error),
    /// The request had come whole: a peer may close its sending side after it.
    Whole,
}
