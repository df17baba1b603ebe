//! How much of the heap each job name holds: an allocator that knows of each block in whose job it was
//! made, whoever frees it and whenever. Knows jobs by number alone.
//!
//! A block's owner is kept behind its last byte. A difference taken around a job would be cheaper and
//! wrong: an answer that a slow peer takes later is freed by another thread, and a job that frees what
//! another made would seem to give memory back.

mod allocator;
mod tallies;

/// Has the server count what each job holds of the heap, over the system's allocator. To be written
/// once, in the application's `main.rs`:
///
/// ```
/// cleanslate::count_heap!();
///
/// fn main() {}
/// ```
///
/// Another allocator may be counted as well: `count_heap!(Type, value)`.
///
/// ```
/// use std::alloc::System;
///
/// cleanslate::count_heap!(System, System);
///
/// fn main() {}
/// ```
///
/// A program has one allocator, so a library can't install it; and it is the system's, since mimalloc
/// was no faster for a server and took 13 to 30 MB more.
#[macro_export]
macro_rules! count_heap {
    () => {
        $crate::count_heap!(std::alloc::System, std::alloc::System);
    };
    ($inner:ty, $value:expr) => {
        #[global_allocator]
        static HEAP: $crate::CountingAllocator<$inner> = $crate::CountingAllocator::new($value);
    };
}

pub use self::allocator::CountingAllocator;
pub(crate) use self::tallies::{Claim, Owner, is_counted, live};
