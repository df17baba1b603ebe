//! What the tests stand on: servers that run as processes, a client that can send bytes in any
//! cuts, nginx, and time with deadlines. Knows nothing of what any test is about.

mod answer;
mod binaries;
mod client;
mod crowd;
mod nginx;
mod process;
mod request;
mod server;
mod time;

pub(crate) use answer::Answer;
pub(crate) use binaries::{Build, binary};
pub(crate) use client::{Address, Client};
pub(crate) use crowd::{crowd, in_parallel};
pub(crate) use nginx::{Nginx, group_id, is_root, wrk};
pub(crate) use process::{Process, raise_descriptor_limit};
pub(crate) use request::{get, packet, post, request};
pub(crate) use server::{Ended, Folder, Server, fresh_folder};
pub(crate) use time::{alone, full, let_pass, now, wait_for};
