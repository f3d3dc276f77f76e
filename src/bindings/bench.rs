//! The steps of the client without a socket, for `cargo xtask bench`. The package has none of this.

use tera_protocol::{
    error::{ErrorCode, TeraError},
    link::Output,
    time::Timestamp,
};
use wasm_bindgen::prelude::*;

use super::{JsHost, Link};

/// Frames in, objects out, and the other way round, one call each.
#[wasm_bindgen]
pub struct Steps {
    link: Link,
}

#[wasm_bindgen]
impl Steps {
    /// `host` needs `error`, for requests that are refused; the others of `JsHost` may do nothing.
    #[wasm_bindgen(constructor)]
    pub fn new(host: JsHost) -> Self {
        let no_limit = [f64::NAN, f64::NAN, f64::NAN, f64::NAN, f64::from(u32::MAX)];
        Self { link: Link::new(host, 0.0, 0.0, &no_limit) }
    }

    /// As [`Link::places`].
    pub fn places(&self) -> *const usize {
        self.link.places()
    }

    /// As [`Link::inbox`].
    pub fn inbox(&self, length: usize) -> *const u8 {
        self.link.inbox(length)
    }

    /// As [`Link::received`].
    pub fn received(&self, length: usize) -> bool {
        self.link.received(0.0, length)
    }

    /// The frame of a request with the `TeraModuleMessage` on the tape. The request stays under way.
    pub fn request(&self, dest: &str, slots: &[i32], text: &str, blob: &[u8]) -> Result<Vec<u8>, JsValue> {
        let mut connection = self.link.connection.borrow_mut();
        let begun = self
            .link
            .encode(slots, text, blob)
            .and_then(|body| connection.request(Timestamp::from_millis(0), dest, &body, None));
        begun.map_err(|error| self.link.error(&error))?;
        while let Some(output) = connection.poll_output() {
            if let Output::Transmit(frame) = output {
                return Ok(frame);
            }
        }
        Err(self.link.error(&TeraError::new(ErrorCode::Unknown, "A request sent nothing.")))
    }
}

impl std::fmt::Debug for Steps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Steps")
    }
}
