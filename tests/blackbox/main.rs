//! Black-box tests: the programs of this repository as processes, driven over their sockets. They
//! know nothing of the server's insides.
//!
//! Each module has one subject and says what it guards. Times are deadlines and measurements;
//! nothing sleeps in the hope that something has happened by then.

mod deadline;
mod durability;
mod harness;
mod limits;
mod nothing_grows;
mod options;
mod packets;
mod saturation;
mod slow_readers;
mod sockets;
mod stalls;
mod volume;
