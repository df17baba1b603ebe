//! The places that connections have in an event loop. Knows nothing of what a connection waits for, nor
//! of epoll.
//!
//! A connection that is kept has its place for as long as it lives. While its request is at work the
//! place is left, and notes what is told of the socket: so nothing has to be asked of the kernel when the
//! connection comes back.

use std::time::Instant;

use slab::Slab;

use super::connection::{Connection, State};
use crate::pool::Peer;

/// All places of a loop.
#[derive(Default)]
pub(super) struct Connections {
    places: Slab<Place>,
    /// How many are left for now.
    left: usize,
    generation: u32,
    /// Counts waits.
    waits: u32,
}

/// A place, and who has it.
struct Place {
    /// Tells it from others that had the place before.
    generation: u32,
    /// The earliest timeout that is set for it.
    timer: Option<Instant>,
    connection: Whereabouts,
}

/// What was told of a connection while it is away.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Meanwhile {
    /// That there may be something to read.
    pub(super) told: bool,
    /// That its peer has ended its side, which is told once.
    pub(super) ended: bool,
}

/// Where the connection is that has a place.
#[allow(clippy::large_enum_variant, reason = "who is away comes back, to a place of that size")]
enum Whereabouts {
    Here(Connection),
    /// Its request is at work.
    Away(Meanwhile),
}

/// A key holds a place and the generation of who has it, and stays clear of the tokens that are no
/// connection's.
const GENERATION_MAX: u32 = u32::MAX >> 1;

impl Connections {
    /// Gives a connection a place; its key.
    pub(super) fn insert(&mut self, peer: Peer, state: State, deadline: Instant) -> usize {
        self.generation = (self.generation + 1) & GENERATION_MAX;
        let generation = self.generation;
        let connection = Whereabouts::Here(self.wait(peer, state, deadline));
        let index = self.places.insert(Place { generation, timer: None, connection });
        (generation as usize) << 32 | index
    }

    /// Takes a connection back to the place that it has left; what was told of it meanwhile.
    pub(super) fn come_back(
        &mut self,
        key: usize,
        peer: Peer,
        state: State,
        deadline: Instant,
    ) -> Meanwhile {
        let connection = self.wait(peer, state, deadline);
        let Some(place) = find(&mut self.places, key) else { return Meanwhile::default() };
        match std::mem::replace(&mut place.connection, Whereabouts::Here(connection)) {
            Whereabouts::Away(meanwhile) => {
                self.left -= 1;
                meanwhile
            }
            Whereabouts::Here(_) => Meanwhile::default(),
        }
    }

    fn wait(&mut self, peer: Peer, state: State, deadline: Instant) -> Connection {
        self.waits = self.waits.wrapping_add(1);
        Connection { peer, state, deadline, wait: self.waits }
    }

    /// The connection that the key was made for, if it waits there still.
    pub(super) fn find(&mut self, key: usize) -> Option<&mut Connection> {
        find(&mut self.places, key)?.connection.here()
    }

    /// Something was told of a connection, perhaps that its peer has `ended` its side; false if it is
    /// away, where that is noted, or gone.
    pub(super) fn is_here(&mut self, key: usize, ended: bool) -> bool {
        match find(&mut self.places, key).map(|place| &mut place.connection) {
            Some(Whereabouts::Here(_)) => true,
            Some(Whereabouts::Away(meanwhile)) => {
                meanwhile.told = true;
                meanwhile.ended |= ended;
                false
            }
            None => false,
        }
    }

    /// Takes a connection away, to come back; with what was told already that isn't read.
    pub(super) fn leave(&mut self, key: usize, told: Meanwhile) -> Option<Connection> {
        let place = find(&mut self.places, key)?;
        place.connection.here()?;
        self.left += 1;
        std::mem::replace(&mut place.connection, Whereabouts::Away(told)).into_here()
    }

    /// Takes a connection away for good; none if it isn't here.
    pub(super) fn remove(&mut self, key: usize) -> Option<Connection> {
        find(&mut self.places, key)?.connection.here()?;
        self.places.try_remove(index_of(key))?.connection.into_here()
    }

    /// Frees the place of a connection that is away and won't come back; false if it is free already.
    pub(super) fn free(&mut self, key: usize) -> bool {
        let place = find(&mut self.places, key);
        let is_away = place.is_some_and(|place| place.connection.here().is_none());
        if is_away {
            self.left -= 1;
            self.places.remove(index_of(key));
        }
        is_away
    }

    /// Notes that a timeout is to be set for a connection that is here; when, unless an earlier one
    /// will look after it.
    pub(super) fn set_timer(&mut self, key: usize) -> Option<Instant> {
        let place = find(&mut self.places, key)?;
        let deadline = place.connection.here()?.deadline;
        if place.timer.is_some_and(|timer| timer <= deadline) {
            return None;
        }
        place.timer = Some(deadline);
        Some(deadline)
    }

    /// A timeout's time has come. False if it isn't the one that was set last.
    pub(super) fn clear_timer(&mut self, key: usize, at: Instant) -> bool {
        let place = find(&mut self.places, key).filter(|place| place.timer == Some(at));
        place.is_some_and(|place| place.timer.take().is_some())
    }

    /// Whether this timeout is one that was set last.
    pub(super) fn has_timer(&self, key: usize, at: Instant) -> bool {
        let place = self.places.get(index_of(key));
        place.is_some_and(|place| place.is(key) && place.timer == Some(at))
    }

    /// How many wait here; those that are away don't.
    pub(super) fn waiting(&self) -> usize {
        self.places.len() - self.left
    }

    /// How many places are taken.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// Those that wait here, with their keys.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (usize, &mut Connection)> {
        self.places.iter_mut().filter_map(|(index, place)| {
            let key = (place.generation as usize) << 32 | index;
            Some((key, place.connection.here()?))
        })
    }
}

impl Place {
    fn is(&self, key: usize) -> bool {
        self.generation as usize == key >> 32
    }
}

impl Whereabouts {
    fn here(&mut self) -> Option<&mut Connection> {
        match self {
            Self::Here(connection) => Some(connection),
            Self::Away(_) => None,
        }
    }

    fn into_here(self) -> Option<Connection> {
        match self {
            Self::Here(connection) => Some(connection),
            Self::Away(_) => None,
        }
    }
}

fn find(places: &mut Slab<Place>, key: usize) -> Option<&mut Place> {
    places.get_mut(index_of(key)).filter(|place| place.is(key))
}

fn index_of(key: usize) -> usize {
    key & u32::MAX as usize
}

#[cfg(test)]
mod tests {
    use mio::net::UnixStream;

    use super::*;
    use crate::app::Protocol;
    use crate::clock::now;
    use crate::pool::Stream;

    fn peer() -> Peer {
        let (stream, _) = UnixStream::pair().unwrap();
        Peer::new(Stream::Unix(stream), Protocol::Http, 0)
    }

    #[test]
    fn a_key_finds_only_the_connection_it_was_made_for() {
        let mut connections = Connections::default();
        let first = connections.insert(peer(), State::Idle, now());
        assert!(connections.find(first).is_some());
        assert!(connections.find(first + 1).is_none());
        assert!(connections.remove(first).is_some());
        let second = connections.insert(peer(), State::Idle, now());
        assert_eq!(index_of(first), index_of(second));
        assert!(connections.find(first).is_none(), "another had this place before");
        assert!(connections.find(second).is_some());
        assert!(!connections.is_here(first, false) && connections.is_here(second, false));
    }

    #[test]
    fn what_is_told_of_a_place_that_is_left_is_told_to_who_comes_back() {
        let mut connections = Connections::default();
        let key = connections.insert(peer(), State::Idle, now());
        for (before, meanwhile) in [
            (false, None),
            (true, None),
            (false, Some(false)),
            (false, Some(true)),
            (true, Some(true)),
        ] {
            let unread = Meanwhile { told: before, ended: false };
            let left = connections.leave(key, unread).expect("it is there");
            assert_eq!((connections.waiting(), connections.len()), (0, 1));
            assert!(connections.leave(key, unread).is_none() && connections.find(key).is_none());
            if let Some(ended) = meanwhile {
                assert!(!connections.is_here(key, ended) && !connections.is_here(key, false));
            }
            let told = before || meanwhile.is_some();
            let expected = Meanwhile { told, ended: meanwhile == Some(true) };
            let found = connections.come_back(key, left.peer, State::Idle, now());
            assert_eq!(found, expected);
            assert_eq!(connections.waiting(), 1);
        }
        drop(connections.leave(key, Meanwhile::default()));
        assert!(
            connections.remove(key).is_none() && connections.free(key) && !connections.free(key)
        );
        assert_eq!((connections.waiting(), connections.len()), (0, 0));
    }

    #[test]
    fn a_timer_is_set_only_where_none_comes_before() {
        let start = now();
        let at = |seconds| start + std::time::Duration::from_secs(seconds);
        let mut connections = Connections::default();
        let key = connections.insert(peer(), State::Idle, at(75));
        assert_eq!(connections.set_timer(key), Some(at(75)));
        connections.find(key).unwrap().deadline = at(80);
        assert_eq!(connections.set_timer(key), None, "the earlier one sees to it");
        connections.find(key).unwrap().deadline = at(10);
        assert_eq!(connections.set_timer(key), Some(at(10)));
        assert!(!connections.clear_timer(key, at(75)) && !connections.has_timer(key, at(75)));
        assert!(connections.has_timer(key, at(10)) && connections.clear_timer(key, at(10)));
        assert!(!connections.clear_timer(key, at(10)));
        assert_eq!(connections.set_timer(key), Some(at(10)));
    }
}
