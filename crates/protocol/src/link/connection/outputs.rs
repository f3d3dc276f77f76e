//! What a connection asks for, in order, in one buffer for its whole life.

use super::Output;

/// The outputs that have not been taken yet: those from `taken` on.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    buffer: Vec<Option<Output>>,
    taken: usize,
}

impl Outputs {
    pub(super) fn push(&mut self, output: Output) {
        self.buffer.push(Some(output));
    }

    /// The next one. Once there is none, the buffer is empty again.
    pub(super) fn next(&mut self) -> Option<Output> {
        let output = self.buffer.get_mut(self.taken).and_then(Option::take);
        self.taken += 1;
        if output.is_none() {
            self.buffer.clear();
            self.taken = 0;
        }
        output
    }
}
