//! What JavaScript calls. Lengths are those of the parts that it wrote to `input`, one behind the other. In the module each goes
//! by one letter, since names are a part of its size; `Link` in `pkg/src/module.ts` has the same ones as methods.
#![expect(unsafe_code, reason = "a link comes back from JavaScript as its address")]

use tera_abi::take_input;
use tera_protocol::{
    error::{ErrorCode, TeraError},
    link::{Input, Options, Overflow, RequestId},
};

use super::{
    Link, Operation,
    host::{self, Places},
    milliseconds, moment,
};

/// How many numbers [`open`] takes as options.
const OPTIONS: usize = 10;

/// A connection whose first attempt starts with the next call of `timed_out`. The input holds the [`Options`] as numbers:
/// five durations in milliseconds, four counts, and the place of the overflow policy among its kind; NaN means the default.
#[unsafe(export_name = "o")]
extern "C" fn open(now: f64, seed: f64) -> *const Link {
    let mut options = Options { seed: seed as u64, ..Options::default() };
    take_input(|input| {
        for (at, &word) in input.as_chunks().0.iter().enumerate().take(OPTIONS) {
            let number = f64::from_le_bytes(word);
            if !number.is_nan() {
                set(&mut options, at, number);
            }
        }
    });
    Box::into_raw(Box::new(Link::new(now, options)))
}

fn set(options: &mut Options, at: usize, number: f64) {
    let count = number as usize;
    let time = milliseconds(number);
    match at {
        0 => options.request_timeout = time,
        1 => options.connect_timeout = time,
        2 => options.retry_base = time,
        3 => options.retry_cap = time,
        4 => options.heartbeat = Some(time),
        5 => options.max_in_flight = count,
        6 => options.max_frame_bytes = count,
        7 => options.max_queued = count,
        8 => options.max_queued_bytes = count,
        _ => {
            options.overflow = match count {
                1 => Overflow::DropOldest,
                2 => Overflow::DropNewest,
                _ => Overflow::Reject,
            };
        }
    }
}

/// Forgets a connection.
///
/// # Safety
///
/// The link is from [`open`], and no call of this or of another export gives it again or has yet to return.
#[unsafe(export_name = "f")]
unsafe extern "C" fn free(link: *mut Link) {
    // SAFETY: `open` made it by `Box::into_raw`, and the caller promises the rest.
    drop(unsafe { Box::from_raw(link) });
}

/// The moment of `wake` has come.
#[unsafe(export_name = "t")]
extern "C" fn timed_out(link: &Link, now: f64) {
    // The timer has fired: one for the same moment would have to be set again.
    link.wake_at.set(None);
    link.input(now, Input::TimedOut);
}

/// No URL could be had, or it can't be used, for the reason that number and text give.
#[unsafe(export_name = "d")]
extern "C" fn dial_failed(link: &Link, now: f64, code: i32, length: usize) {
    let code = if code == ErrorCode::Unauthorized as i32 {
        ErrorCode::Unauthorized
    } else if code == ErrorCode::InvalidArgument as i32 {
        ErrorCode::InvalidArgument
    } else {
        ErrorCode::ConnectFailed
    };
    link.input(now, Input::DialFailed(TeraError::new(code, text(length))));
}

/// Something happened outside that takes no more words.
#[unsafe(export_name = "h")]
extern "C" fn happened(link: &Link, now: f64, what: u32) {
    link.input(
        now,
        match what {
            0 => Input::Opened,
            1 => Input::NotAllowed,
            2 => Input::Wake,
            3 => Input::Offline,
            4 => Input::Online,
            _ => return link.command(tera_protocol::link::Connection::suspend),
        },
    );
}

/// The socket is closed, for the reason that the text gives.
#[unsafe(export_name = "s")]
extern "C" fn socket_closed(link: &Link, now: f64, code: u16, length: usize) {
    link.input(now, Input::Closed(code, text(length)));
}

/// One binary message came. If it has a payload, that is on the tape, and this says where.
#[unsafe(export_name = "r")]
extern "C" fn received(link: &Link, now: f64, length: usize) -> *const Places {
    take_input(|input| link.received(now, &input[..length]))
}

/// Whether a text message of this length is to be read at all.
#[unsafe(export_name = "a")]
extern "C" fn accepts(link: &Link, length: usize) -> bool {
    link.command(|connection| connection.accepts(length))
}

/// A text message was read as the JSON of a `TeraMessage`; true if it is to be delivered. If a text says what is wrong with
/// it, it is none.
#[unsafe(export_name = "x")]
extern "C" fn received_text(link: &Link, now: f64, length: usize) -> bool {
    let read =
        if length == 0 { Ok(()) } else { Err(TeraError::new(ErrorCode::InvalidMessage, text(length))) };
    link.command(|connection| connection.handle_text(moment(now), read)).is_some()
}

/// Adds messages: the text that has their names, then rows. The catalogue comes first, as it is in `pkg/src/rows.ts`, before any
/// other call, and then what the registrar makes of descriptors of an application's own.
#[unsafe(export_name = "g")]
extern "C" fn register(link: &Link, names: usize, rows: usize) {
    take_input(|input| {
        let (names, rest) = input.split_at(names);
        link.registry.borrow_mut().add(rest[..rows].as_chunks().0, utf8(names));
    });
}

/// Sends a message: destination, topic or pattern and, encoded, what goes there. The number is that of the request, 1 for a message
/// without an answer, and 0 if it was refused. A timeout of 0 is the default.
#[unsafe(export_name = "m")]
extern "C" fn submit(link: &Link, now: f64, operation: u32, timeout: f64, dest: usize, body: usize) -> f64 {
    let operation = match operation {
        0 => Operation::Send,
        1 => Operation::Request,
        2 => Operation::Call,
        3 => Operation::Subscribe,
        4 => Operation::Unsubscribe,
        _ => Operation::Publish,
    };
    let submitted = take_input(|input| {
        let (dest, rest) = input.split_at(dest);
        link.submit(now, operation, utf8(dest), timeout, &rest[..body])
    });
    match submitted {
        Ok(id) => id.map_or(1.0, host::number),
        Err(error) => {
            host::error(&error);
            0.0
        }
    }
}

/// Settles a request with `aborted`.
#[unsafe(export_name = "c")]
extern "C" fn cancel(link: &Link, now: f64, id: f64) {
    link.command(|connection| connection.cancel(moment(now), RequestId(id as u64)));
}

/// Closes when all is sent and answered, at the latest at this moment.
#[unsafe(export_name = "w")]
extern "C" fn drain(link: &Link, now: f64, deadline: f64) {
    link.command(|connection| connection.drain(moment(now), moment(deadline)));
}

/// Where the [`Stats`](tera_protocol::link::Stats) lie, in their order; NaN is what is not known.
#[unsafe(export_name = "p")]
extern "C" fn stats(link: &Link) -> *const f64 {
    link.stats()
}

/// Closes for good.
#[unsafe(export_name = "e")]
extern "C" fn close(link: &Link, now: f64) {
    link.command(|connection| connection.close(moment(now)));
}

/// The text of the input.
fn text(length: usize) -> String {
    take_input(|input| tera_protocol::reader::string(&input[..length]).unwrap_or_default())
}

/// What JavaScript's own encoder wrote, which is never anything but UTF-8.
fn utf8(bytes: &[u8]) -> &str {
    tera_protocol::reader::text(bytes).unwrap_or_default()
}
