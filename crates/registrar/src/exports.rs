//! The registrar as a WebAssembly module. Each instance of it is the registrar of one client.
#![expect(unsafe_code, reason = "the registrar is a value of the module")]

use std::ptr::null;

use tera_abi::{Global, take_input};

use super::{Added, Registrar};

/// The registrar, and what it said last.
struct State {
    registrar: Registrar,
    added: Added,
    answer: Answer,
}

/// Where JavaScript finds what was added.
#[repr(C)]
struct Answer {
    /// The description; if the set is refused, why, and on the last line what to do about it.
    text: *const u8,
    text_length: usize,
    /// Null if the set is refused.
    rows: *const [u8; 4],
    /// How many numbers.
    rows_length: usize,
}

static STATE: Global<State> = Global::new(State {
    registrar: Registrar::new(),
    added: Added { description: String::new(), rows: Vec::new() },
    answer: Answer { text: null(), text_length: 0, rows: null(), rows_length: 0 },
});

/// Registers the descriptor set of this length that is the input. The answer holds until the next call.
#[unsafe(export_name = "r")]
extern "C" fn register(length: usize) -> *const Answer {
    let register = |state: &mut State| {
        let registered = take_input(|set| state.registrar.register(&set[..length]));
        let is_refused = registered.is_err();
        state.added = registered.unwrap_or_else(|error| Added {
            description: [&*error.description, "\n", &*error.help].concat(),
            rows: Vec::new(),
        });
        let Added { description, rows } = &state.added;
        state.answer = Answer {
            text: description.as_ptr(),
            text_length: description.len(),
            rows: if is_refused { null() } else { rows.as_ptr() },
            rows_length: rows.len(),
        };
        &raw const state.answer
    };
    // SAFETY: nothing in there calls JavaScript, so nothing comes back.
    unsafe { STATE.with(register) }
}
