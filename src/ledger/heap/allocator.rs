//! The allocator that notes each block's owner. Knows nothing of who the owners are.

#![allow(unsafe_code, reason = "an allocator is unsafe by its trait")]

use std::alloc::{GlobalAlloc, Layout};

use super::tallies::{count, owner};

/// An allocator over another one that counts how many bytes each route, timer and other job holds,
/// so that the server can say which of them leaks. [`count_heap!`](crate::count_heap) installs it.
///
/// Each block costs two bytes and about two nanoseconds.
pub struct CountingAllocator<A>(A);

/// Bytes behind a block: its owner.
const MARK: usize = size_of::<u16>();

impl<A> CountingAllocator<A> {
    /// Counts what is allocated from `inner`.
    pub const fn new(inner: A) -> Self {
        Self(inner)
    }
}

/// The layout of a block with its mark; none if there can't be such a block.
#[inline]
fn marked(layout: Layout) -> Option<Layout> {
    let size = layout.size().checked_add(MARK)?;
    Layout::from_size_align(size, layout.align()).ok()
}

#[inline]
fn signed(size: usize) -> i64 {
    // A layout's size is never above this.
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// Marks a new block as the running job's.
///
/// # Safety
/// `block` is null or has `size` bytes and a mark.
#[inline]
unsafe fn mark(block: *mut u8, size: usize) -> *mut u8 {
    if !block.is_null() {
        let owner = owner();
        // SAFETY: the caller's; a mark may lie at any address.
        unsafe { block.add(size).cast::<u16>().write_unaligned(owner) };
        count(owner, signed(size));
    }
    block
}

// SAFETY: each block is the inner allocator's, with the same address and alignment and `MARK` bytes
// more; the same sum is made again when it is given back. Neither counting nor marking allocates,
// panics or keeps a pointer.
unsafe impl<A: GlobalAlloc> GlobalAlloc for CountingAllocator<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some(all) = marked(layout) else { return std::ptr::null_mut() };
        // SAFETY: `all` isn't empty, and is as large as `mark` is told.
        unsafe { mark(self.0.alloc(all), layout.size()) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let Some(all) = marked(layout) else { return std::ptr::null_mut() };
        // SAFETY: as in `alloc`.
        unsafe { mark(self.0.alloc_zeroed(all), layout.size()) }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let size = layout.size();
        // SAFETY: the block is one of ours, so that its mark is behind it and the sum was made before.
        unsafe {
            let owner = block.add(size).cast::<u16>().read_unaligned();
            count(owner, -signed(size));
            let all = Layout::from_size_align_unchecked(size + MARK, layout.align());
            self.0.dealloc(block, all);
        }
    }

    /// A block that grows stays its owner's.
    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let before = layout.size();
        let Some(after) = size.checked_add(MARK) else { return std::ptr::null_mut() };
        // SAFETY: the block is one of ours, as in `dealloc`; the new one has `size` bytes and a mark.
        unsafe {
            let owner = block.add(before).cast::<u16>().read_unaligned();
            let all = Layout::from_size_align_unchecked(before + MARK, layout.align());
            let moved = self.0.realloc(block, all, after);
            if !moved.is_null() {
                moved.add(size).cast::<u16>().write_unaligned(owner);
                count(owner, signed(size) - signed(before));
            }
            moved
        }
    }
}

#[cfg(test)]
mod tests {
    use std::alloc::System;

    use super::super::tallies::{Claim, Owner, live};
    use super::*;
    use crate::app::JobName;

    /// Beside the names that other tests use.
    const JOB: JobName = JobName(400);
    const OTHER: JobName = JobName(401);

    fn held(job: JobName) -> i64 {
        live(job.0 + 1).0[job.0]
    }

    #[test]
    fn a_block_is_its_makers_whoever_frees_it_and_wherever() {
        let heap = CountingAllocator::new(System);
        let layout = Layout::from_size_align(1_000, 64).unwrap();
        // SAFETY: blocks are given back once, by the layouts they were made with.
        let (first, second) = unsafe {
            let _claim = Claim::new();
            let _owner = Owner::enter(JOB);
            let first = heap.alloc(layout);
            let second = heap.realloc(heap.alloc_zeroed(layout), layout, 5_000);
            assert!(first.addr().is_multiple_of(64) && second.addr().is_multiple_of(64));
            assert_eq!((second.read(), second.add(999).read()), (0, 0));
            first.write_bytes(1, 1_000);
            second.write_bytes(2, 5_000);
            (first as usize, second as usize)
        };
        assert_eq!((held(JOB), held(OTHER)), (6_000, 0));
        let free = move || {
            let _owner = Owner::enter(OTHER);
            // SAFETY: as above.
            unsafe {
                heap.dealloc(first as *mut u8, layout);
                let larger = Layout::from_size_align(5_000, 64).unwrap();
                let smaller = heap.realloc(second as *mut u8, larger, 10);
                assert_eq!(held(JOB), 10);
                assert_eq!(smaller.read(), 2);
                heap.dealloc(smaller, Layout::from_size_align(10, 64).unwrap());
            }
        };
        std::thread::spawn(free).join().unwrap();
        assert_eq!((held(JOB), held(OTHER)), (0, 0));
    }

    #[test]
    fn a_block_that_can_not_be_is_none() {
        let heap = CountingAllocator::new(System);
        let most = isize::MAX.unsigned_abs();
        let layout = Layout::from_size_align(most, 1).unwrap();
        // SAFETY: nothing is allocated.
        unsafe { assert!(heap.alloc(layout).is_null()) };
    }
}
