//! What the WebAssembly modules of the npm package share: an allocator, and the memory that JavaScript writes into.
//!
//! Both modules speak to JavaScript in numbers alone: handles, lengths, and places in memory. What is longer than a number
//! JavaScript writes to the place that `input` gives, and the export that it calls next takes it from there. The other side
//! of this is `pkg/src/module.ts`. Natively there is nothing here.
#![cfg(target_arch = "wasm32")]
#![expect(unsafe_code, reason = "memory that both sides know can't be had without it")]

use std::cell::UnsafeCell;

use tera_wire::buffer::lengthen;

/// Half the size of the allocator that std brings.
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// A value of a module, which has one thread.
#[derive(Debug, Default)]
pub struct Global<T>(UnsafeCell<T>);

const _: () = assert!(!cfg!(target_feature = "atomics"));
// SAFETY: the modules are compiled without atomics, so no second thread can run in their memory.
unsafe impl<T> Sync for Global<T> {}

impl<T> Global<T> {
    /// A value to start with.
    pub const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// Runs `use_it` with the value.
    ///
    /// # Safety
    ///
    /// `use_it` must not come back here, neither itself nor through JavaScript.
    pub unsafe fn with<R>(&self, use_it: impl FnOnce(&mut T) -> R) -> R {
        // SAFETY: there is one thread, and the caller promises that it has no other reference.
        use_it(unsafe { &mut *self.0.get() })
    }
}

static INPUT: Global<Vec<u8>> = Global::new(Vec::new());

/// A buffer larger than this is not kept when the next input is smaller.
const KEPT: usize = 1 << 16;

/// What the input's place is a multiple of, as that of a long frame mostly is: to one that is some bytes further within a page of
/// memory, some processors copy many times slower.
const ALIGNMENT: usize = 64;

/// Where JavaScript may write so many bytes, to be taken by the export that it calls next.
#[unsafe(export_name = "i")]
extern "C" fn input(length: usize) -> *mut u8 {
    // SAFETY: nothing in there comes back.
    unsafe {
        INPUT.with(|buffer| {
            let room = length + ALIGNMENT;
            if buffer.len() < room || buffer.len() > KEPT {
                *buffer = Vec::new();
                lengthen(buffer, room.max(KEPT));
            }
            aligned(buffer).as_mut_ptr()
        })
    }
}

/// Runs `read` with what JavaScript wrote last, which may be longer than what was asked for.
///
/// The buffer is out of reach meanwhile: whatever JavaScript writes while `read` runs goes elsewhere. Afterwards what is in
/// it stays until JavaScript asks for room again.
pub fn take_input<R>(read: impl FnOnce(&[u8]) -> R) -> R {
    // SAFETY: nothing in there comes back.
    let mut buffer = unsafe { INPUT.with(std::mem::take) };
    let result = read(aligned(&mut buffer));
    // SAFETY: nothing in there comes back.
    unsafe { INPUT.with(|kept| *kept = buffer) };
    result
}

/// The buffer from its first aligned byte on.
fn aligned(buffer: &mut [u8]) -> &mut [u8] {
    let at = (buffer.as_ptr().addr().wrapping_neg() % ALIGNMENT).min(buffer.len());
    &mut buffer[at..]
}
