//! A packet in its one place in memory, which others may look at while its request is at work. Knows
//! nothing of what is in it.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use super::{Packet, PacketLimits, Protocol};

/// A packet that has one owner, who alone fills it, and perhaps those who were shown it when it was whole.
///
/// It is handed on by its address: a packet is large.
pub(crate) struct Parcel(Arc<Packet>);

impl Parcel {
    /// One for requests by this protocol.
    pub(crate) fn new(protocol: Protocol, limits: &PacketLimits) -> Self {
        Self(Arc::new(Packet::new(protocol, limits)))
    }

    /// For who wants to look at it from now on. Whoever owns it must not change it before they are done.
    pub(crate) fn shown(&self) -> Arc<Packet> {
        Arc::clone(&self.0)
    }

    /// Whether nobody looks at it any more.
    pub(crate) fn is_alone(&mut self) -> bool {
        Arc::get_mut(&mut self.0).is_some()
    }
}

impl Deref for Parcel {
    type Target = Packet;

    fn deref(&self) -> &Packet {
        &self.0
    }
}

impl DerefMut for Parcel {
    fn deref_mut(&mut self) -> &mut Packet {
        Arc::get_mut(&mut self.0)
            .expect("it is shown when it is whole, and used again when it is alone")
    }
}
