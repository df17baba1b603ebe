//! What fuzzers call: each function takes any bytes and panics when an invariant is broken. It must
//! not know which fuzzer calls; `cargo test` calls the same functions with the stored corpus.
//!
//! The decoders' inputs start with three bytes that say how the rest is read (`plan`): so each
//! execution decodes twice, at once and as planned, and a fuzzer finds its way to any plan.

mod encode;
mod fastcgi;
mod http;
mod packet;
mod plan;
mod response;

pub use encode::{fuzz_fastcgi_encode, fuzz_http_encode, fuzz_scgi_encode, fuzz_uwsgi_encode};
pub use fastcgi::{fuzz_fastcgi_answer, fuzz_fastcgi_decode};
pub use http::fuzz_http_decode;
pub use packet::{fuzz_scgi_decode, fuzz_uwsgi_decode};
pub use plan::with_every_plan;
pub use response::{fuzz_response_decode, fuzz_response_encode};
