//! The status page: files that are part of the program. Knows nothing of what they show.

/// The page itself.
pub(super) const INDEX: &str = include_str!("page/index.html");

/// What the page consists of beside itself.
pub(super) const FILES: &[File] = &[];

/// A file that the page asks for.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct File {
    pub(super) path: &'static str,
    pub(super) media_type: &'static str,
    pub(super) content: &'static str,
}
