//! The allocator: blocks of powers of two, with a list of free ones for each. A sixth of the code of a general one.
//!
//! Blocks are neither split nor joined, so memory grows to the sum of what was in use at once of each size. That suits
//! modules that keep few things and use the same buffers again.

use core::{
    alloc::{GlobalAlloc, Layout},
    arch::wasm32::{memory_grow, memory_size},
    cell::UnsafeCell,
    ptr,
};

/// Size of a page of WebAssembly's memory.
const PAGE: usize = 1 << 16;
/// The smallest block; all are aligned to it.
const SMALLEST: usize = 16;
/// How many sizes there are.
const SIZES: usize = 32;

/// Free blocks: each begins with the address of the next one of its size, 0 at the end.
pub(super) struct Blocks(UnsafeCell<State>);

struct State {
    free: [usize; SIZES],
    /// From here to `end` memory was never in use.
    fresh: usize,
    end: usize,
}

// SAFETY: the modules are compiled without atomics, so no second thread can run in their memory.
unsafe impl Sync for Blocks {}

impl Blocks {
    pub(super) const fn new() -> Self {
        Self(UnsafeCell::new(State { free: [0; SIZES], fresh: 0, end: 0 }))
    }
}

/// The power of two whose blocks hold so much.
fn power(layout: Layout) -> u32 {
    layout.size().max(SMALLEST).next_power_of_two().trailing_zeros()
}

impl State {
    fn fresh(&mut self, size: usize) -> usize {
        if self.end.wrapping_sub(self.fresh) < size {
            // What others grew the memory by is left alone, and so is a rest that is too small.
            let pages = size.div_ceil(PAGE);
            let start = memory_grow::<0>(pages);
            if start == usize::MAX {
                return 0;
            }
            if start * PAGE != self.end {
                self.fresh = start * PAGE;
            }
            self.end = memory_size::<0>().wrapping_mul(PAGE);
        }
        let block = self.fresh;
        self.fresh += size;
        block
    }
}

// SAFETY: a block is on no list and before `fresh` while it is in use, and is at least as large as its layout. Those of a
// larger alignment than all have are refused.
unsafe impl GlobalAlloc for Blocks {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: there is one thread, and nothing here allocates.
        let state = unsafe { &mut *self.0.get() };
        let power = power(layout);
        if layout.align() > SMALLEST || power >= SIZES as u32 {
            return ptr::null_mut();
        }
        let list = &mut state.free[power as usize];
        let block = *list;
        if block == 0 {
            return ptr::with_exposed_provenance_mut(state.fresh(1 << power));
        }
        let block = ptr::with_exposed_provenance_mut::<usize>(block);
        // SAFETY: `dealloc` wrote there where the next one is.
        *list = unsafe { *block };
        block.cast()
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: there is one thread, and nothing here allocates.
        let state = unsafe { &mut *self.0.get() };
        let list = &mut state.free[power(layout) as usize];
        // SAFETY: nobody uses the block any more, and it has room for a word.
        unsafe { *block.cast::<usize>() = *list };
        *list = block.expose_provenance();
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller promises that size and alignment make a layout.
        let larger = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        if power(larger) == power(layout) {
            return block;
        }
        // SAFETY: as the caller promises.
        let moved = unsafe { self.alloc(larger) };
        if !moved.is_null() {
            // SAFETY: the two are apart, and each is at least as large as its layout.
            unsafe {
                ptr::copy_nonoverlapping(block, moved, layout.size().min(size));
                self.dealloc(block, layout);
            }
        }
        moved
    }
}
