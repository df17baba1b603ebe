//! What an application is written with. Knows nothing of sockets, queues, threads or clocks.

mod application;
mod body;
mod builder;
mod codec;
mod error;
mod framing;
mod handler;
mod interval;
mod packet;
mod request;
mod response;
mod route;
mod state;

pub(crate) use application::{Application, JobName, TimerJob};
pub use body::RequestBody;
pub use builder::App;
pub(crate) use codec::Protocol;
pub(crate) use error::Reason;
pub use error::{Error, Result};
pub(crate) use framing::{Framing, Length, Opened};
pub use handler::Next;
pub(crate) use handler::{BackgroundHandler, Processor, RequestHandler};
pub use interval::{Interval, IntoInterval, every, never};
pub(crate) use packet::{Packet, PacketError, PacketLimits};
pub use request::{Form, Request};
pub(crate) use response::Body;
pub use response::{Response, Writer};
pub(crate) use route::{Routed, Router};
pub(crate) use state::StateMap;
