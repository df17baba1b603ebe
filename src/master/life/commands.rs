//! Which server sees to which command: each to what it has started, and the one that serves to what others
//! have left. Knows nothing of what commands do.

use super::Life;
use crate::commands::Running;
use crate::master::control::ToServer;
use crate::master::server::{Server, Stage};

impl Life {
    /// A server says which commands run. One that retires may just have started one more.
    pub(super) fn note_commands(&mut self, process: u32, commands: Vec<Running>) {
        let is_retiring = |server: &Server| {
            server.process() == process && matches!(server.stage, Stage::Retiring(_))
        };
        if !commands.is_empty() && self.servers.iter().any(is_retiring) {
            let serves = |server: &&Server| server.stage == Stage::Serving;
            if let Some(server) = self.servers.iter().find(serves) {
                server.tell(&ToServer::Adopt(commands.clone()));
            }
        }
        if let Some(server) = self.servers.iter_mut().find(|server| server.process() == process) {
            server.commands = commands;
        }
    }

    /// Leaves to a server what others have started, whether these are there still or not.
    pub(super) fn hand_on_commands(&mut self, number: usize) {
        let mut commands = std::mem::take(&mut self.left);
        let others = self.servers.iter().enumerate().filter(|(other, _)| *other != number);
        commands.extend(others.flat_map(|(_, server)| server.commands.iter().cloned()));
        if !commands.is_empty() {
            self.servers[number].tell(&ToServer::Adopt(commands));
        }
    }
}
