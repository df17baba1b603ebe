//! What the tests stand on: servers that run as processes, a client that can send bytes in any
//! cuts, nginx, and time with deadlines. Knows nothing of what any test is about.

mod answer;
mod binaries;
mod browser;
mod by_all;
mod client;
mod connection;
mod crowd;
mod dice;
mod framed;
mod launch;
mod nginx;
mod process;
mod protocol;
mod request;
mod server;
mod team_ini;
mod time;
mod wrk;

pub(crate) use answer::Answer;
pub(crate) use binaries::{Build, binary};
pub(crate) use browser::Browser;
pub(crate) use client::{Address, Client};
pub(crate) use connection::Connection;
pub(crate) use crowd::{crowd, in_parallel};
pub(crate) use dice::Dice;
pub(crate) use launch::Launch;
pub(crate) use nginx::{Front, Nginx, group_id, is_root};
pub(crate) use process::{Process, raise_descriptor_limit, unix_connections};
pub(crate) use protocol::Protocol;
pub(crate) use request::{get, packet, post, request};
pub(crate) use server::{Ended, Folder, Server, fresh_folder};
pub(crate) use team_ini::team_ini;
pub(crate) use time::{alone, full, let_pass, now, wait_for};
pub(crate) use wrk::wrk;
