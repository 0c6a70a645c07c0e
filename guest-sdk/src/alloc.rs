//! The allocator of a component: an arena that lies in the initial memory.
//!
//! Growing memory costs more than the whole call of a step (an `mprotect` and page faults under a lock that
//! all threads share), and an instance lives for one step. So memory comes from a static arena, is handed out
//! upwards, and is never given back; only the last block can grow, shrink or go. A step that needs more grows
//! the memory, and goes on there.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr;

/// An order of a hundred lines with its settings takes half of it. The host looks through all of the memory after
/// every step, so more would cost those that need little.
const ARENA: usize = 256 << 10;
const PAGE: usize = 1 << 16;
/// Growing by few, large pieces.
const GROWTH: usize = 16;

#[repr(align(16))]
struct Arena(UnsafeCell<[u8; ARENA]>);

struct Bump {
    arena: Arena,
    /// The free part. Both are 0 before the first use.
    next: UnsafeCell<usize>,
    end: UnsafeCell<usize>,
}

// A component has one thread, so nobody else sees the cells.
unsafe impl Sync for Bump {}

// All zero, so that it lies in the part of memory that the module file does not carry.
#[global_allocator]
static BUMP: Bump =
    Bump { arena: Arena(UnsafeCell::new([0; ARENA])), next: UnsafeCell::new(0), end: UnsafeCell::new(0) };

impl Bump {
    /// The end of a block of that size at `start`, where the memory reaches so far.
    unsafe fn reach(&self, start: usize, size: usize) -> Option<usize> {
        let stop = start.checked_add(size)?;
        let end = unsafe { *self.end.get() };
        if stop <= end {
            return Some(stop);
        }
        let pages = (stop - end).div_ceil(PAGE).max(GROWTH);
        let at_top = core::arch::wasm32::memory_size(0) * PAGE == end;
        if !at_top || core::arch::wasm32::memory_grow(0, pages) == usize::MAX {
            return None;
        }
        unsafe { *self.end.get() = end.saturating_add(pages * PAGE) };
        Some(stop)
    }

    /// Beyond the arena: the end of the whole memory. What is left of the arena is given up.
    unsafe fn leave_arena(&self) {
        let top = core::arch::wasm32::memory_size(0) * PAGE;
        unsafe {
            if *self.end.get() < top {
                *self.next.get() = top;
                *self.end.get() = top;
            }
        }
    }
}

// A block never overlaps another: `next` only moves back over the block that was handed out last.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe {
            if *self.end.get() == 0 {
                *self.next.get() = self.arena.0.get() as usize;
                *self.end.get() = self.arena.0.get() as usize + ARENA;
            }
            let mut start = (*self.next.get()).next_multiple_of(layout.align());
            if start.saturating_add(layout.size()) > *self.end.get() {
                self.leave_arena();
                start = (*self.next.get()).next_multiple_of(layout.align());
            }
            match self.reach(start, layout.size()) {
                Some(stop) => {
                    *self.next.get() = stop;
                    start as *mut u8
                }
                None => ptr::null_mut(),
            }
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        unsafe {
            if block as usize + layout.size() == *self.next.get() {
                *self.next.get() = block as usize;
            }
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        unsafe {
            let last = block as usize + layout.size() == *self.next.get();
            if last && let Some(stop) = self.reach(block as usize, size) {
                *self.next.get() = stop;
                return block;
            }
            if size <= layout.size() {
                return block;
            }
            let moved = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !moved.is_null() {
                ptr::copy_nonoverlapping(block, moved, layout.size());
            }
            moved
        }
    }
}
