//! The status page: files that are part of the program. Knows nothing of what they show.

/// The page itself.
pub(super) const INDEX: &str = include_str!("page/index.html");

/// What the page consists of beside itself. The plots are uPlot's (MIT; its licence is beside it).
pub(super) const FILES: &[File] = &[
    script("/page.js", include_str!("page/page.js")),
    script("/tables.js", include_str!("page/tables.js")),
    script("/plots.js", include_str!("page/plots.js")),
    script("/format.js", include_str!("page/format.js")),
    script("/uplot.js", include_str!("page/uplot.js")),
    style("/page.css", include_str!("page/page.css")),
    style("/uplot.css", include_str!("page/uplot.css")),
];

/// A file that the page asks for.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct File {
    pub(super) path: &'static str,
    pub(super) media_type: &'static str,
    pub(super) content: &'static str,
}

const fn script(path: &'static str, content: &'static str) -> File {
    File { path, media_type: "text/javascript; charset=utf-8", content }
}

const fn style(path: &'static str, content: &'static str) -> File {
    File { path, media_type: "text/css; charset=utf-8", content }
}
