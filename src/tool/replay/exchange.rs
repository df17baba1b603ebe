//! One request and its answer, on a connection of its own. It must not know what is compared.

use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use crate::tool::clock;
use crate::tool::curl::{CurlError, Incoming};
use crate::tool::target::{Protocol, Target};
use crate::tool::wire::Wire;

/// An answer, as far as it is compared: servers put the time into heads.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Of its body.
    pub(super) digest: [u8; 32],
    /// From the connection to its last byte.
    pub(super) took: Duration,
}

/// Sends a request and reads its answer to the end.
pub(super) fn ask(
    target: &Target,
    request: &[u8],
    method: &str,
    until: Instant,
) -> Result<Answer, CurlError> {
    let start = clock::now();
    let wire = Wire::connect(&target.address, until)?;
    let mut incoming = Incoming::new(&wire, target.protocol, until);
    // Who closes without reading may have answered before; what was received tells.
    wire.send(request, &mut incoming.raw, until);
    let head = loop {
        let head = incoming.head()?;
        if head.status >= 200 || target.protocol != Protocol::Http {
            break head;
        }
    };
    let (mut framing, mut piece) = (head.framing(method, target.protocol), Vec::new());
    let mut hash = Sha256::new();
    while incoming.body(&mut framing, &mut piece)? {
        hash.update(&piece);
        piece.clear();
    }
    incoming.finish()?;
    let took = clock::now().duration_since(start);
    Ok(Answer { status: head.status, digest: hash.finalize().into(), took })
}
