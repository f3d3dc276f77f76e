//! What the module asks of JavaScript: the imports, with types.
#![expect(unsafe_code, reason = "imports are foreign functions")]

use std::ffi::c_void;

use tera_protocol::{
    error::TeraError,
    link::{Gap, RequestId},
    tape::Tape,
    time::Timestamp,
};

use super::Link;

/// Each is described at the method of [`Host`] that calls it, and goes by one letter in the module. Text and bytes are borrowed:
/// JavaScript copies them before it returns.
mod imports {
    use std::ffi::c_void;

    use super::Places;

    #[link(wasm_import_module = "h")]
    unsafe extern "C" {
        #[link_name = "d"]
        pub(super) safe fn dial(link: *const c_void);
        #[link_name = "t"]
        pub(super) safe fn transmit(link: *const c_void, frame: *const u8, length: usize);
        #[link_name = "h"]
        pub(super) safe fn hangup(link: *const c_void, code: u32);
        #[link_name = "k"]
        pub(super) safe fn wake(link: *const c_void, at: f64);
        #[link_name = "e"]
        pub(super) safe fn error(
            code: i32,
            text: *const u8,
            length: usize,
            help: *const u8,
            help_length: usize,
        );
        #[link_name = "c"]
        pub(super) safe fn connecting(link: *const c_void);
        #[link_name = "o"]
        pub(super) safe fn connected(link: *const c_void, address: *const u8, length: usize, resumed: bool);
        #[link_name = "x"]
        pub(super) safe fn disconnected(link: *const c_void, retry_at: f64);
        #[link_name = "s"]
        pub(super) safe fn closed(link: *const c_void);
        #[link_name = "w"]
        pub(super) safe fn warning(link: *const c_void);
        #[link_name = "g"]
        pub(super) safe fn gap(
            link: *const c_void,
            topic: *const u8,
            length: usize,
            first: f64,
            last: f64,
            count: f64,
        );
        #[link_name = "y"]
        pub(super) safe fn resync(link: *const c_void);
        #[link_name = "a"]
        pub(super) safe fn answered(link: *const c_void, id: f64, places: *const Places);
        #[link_name = "r"]
        pub(super) safe fn returned(link: *const c_void, id: f64, json: *const u8, length: usize);
        #[link_name = "f"]
        pub(super) safe fn failed(link: *const c_void, id: f64);
    }
}

/// The object that JavaScript keeps for a link.
#[derive(Clone, Copy, Debug)]
pub(super) struct Host(*const c_void);

/// Where a decoded payload lies: its slots; its text, that one's length; its blob; the topic that it came from, that one's length;
/// the strings to keep, how many; its wide text, that one's length.
pub(super) type Places = [usize; 10];

pub(super) fn places(topic: &str, tape: &Tape) -> Places {
    let (slots, text, blob, fresh, wide) =
        (tape.slots(), tape.text(), tape.blob(), tape.fresh(), tape.wide());
    [
        slots.as_ptr().addr(),
        text.as_ptr().addr(),
        text.len(),
        blob.as_ptr().addr(),
        topic.as_ptr().addr(),
        topic.len(),
        fresh.as_ptr().addr(),
        fresh.len(),
        wide.as_ptr().addr(),
        wide.len(),
    ]
}

impl Host {
    pub(super) fn of(link: &Link) -> Self {
        Self((&raw const *link).cast())
    }

    /// Get a URL and open a socket to it.
    pub(super) fn dial(self) {
        imports::dial(self.0);
    }

    /// Send this as one binary message, at once.
    pub(super) fn transmit(self, frame: &[u8]) {
        imports::transmit(self.0, frame.as_ptr(), frame.len());
    }

    /// Close the socket and forget it.
    pub(super) fn hangup(self, code: u16) {
        imports::hangup(self.0, code.into());
    }

    /// Call `timed_out` at this moment instead of any earlier one; `None`, NaN for JavaScript: not at all.
    pub(super) fn wake_at(self, at: Option<Timestamp>) {
        imports::wake(self.0, at.map_or(f64::NAN, |at| at.as_millis() as f64));
    }

    pub(super) fn connecting(self) {
        imports::connecting(self.0);
    }

    /// The address is empty on a plain OpenTera server.
    pub(super) fn connected(self, address: &str, resumed: bool) {
        imports::connected(self.0, address.as_ptr(), address.len(), resumed);
    }

    /// Without a `retry_at`, infinity for JavaScript, there is no attempt before the network or the page is back.
    pub(super) fn disconnected(self, why: &TeraError, retry_at: Option<Timestamp>) {
        error(why);
        imports::disconnected(self.0, retry_at.map_or(f64::INFINITY, |at| at.as_millis() as f64));
    }

    pub(super) fn closed(self, why: &TeraError) {
        error(why);
        imports::closed(self.0);
    }

    pub(super) fn warning(self, of: &TeraError) {
        error(of);
        imports::warning(self.0);
    }

    /// Messages will never come; if it isn't known how many, their count is NaN.
    pub(super) fn gap(self, gap: &Gap) {
        let Gap { topic, first, last, count } = gap;
        let count = count.map_or(f64::NAN, |count| count as f64);
        imports::gap(self.0, topic.as_ptr(), topic.len(), *first as f64, *last as f64, count);
    }

    /// The session of before is gone.
    pub(super) fn resync(self) {
        imports::resync(self.0);
    }

    /// The message on the tape answers this request.
    pub(super) fn answered(self, id: RequestId, places: *const Places) {
        imports::answered(self.0, number(id), places);
    }

    /// A call returned this JSON text.
    pub(super) fn returned(self, id: RequestId, json: &str) {
        imports::returned(self.0, number(id), json.as_ptr(), json.len());
    }

    pub(super) fn failed(self, id: RequestId, why: &TeraError) {
        error(why);
        imports::failed(self.0, number(id));
    }
}

/// The error that the next call into JavaScript, or what the export returns, is about.
pub(super) fn error(error: &TeraError) {
    let (text, help) = (&*error.description, &*error.help);
    imports::error(error.code.into(), text.as_ptr(), text.len(), help.as_ptr(), help.len());
}

pub(super) fn number(id: RequestId) -> f64 {
    id.0 as f64
}
