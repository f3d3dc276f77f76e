//! What the page tells: that it was put aside and comes back, that the network went and is there again, and that the machine
//! has slept. In workers some of these events never come.

use std::{cell::Cell, rc::Rc, time::Duration};

use gloo_events::EventListener;
use tera_protocol::{
    link::{Connection, Input},
    time::Timestamp,
};
use wasm_bindgen::JsCast;
use web_sys::{Event, EventTarget, PageTransitionEvent, VisibilityState};

use crate::driver::Driver;

/// More than this between two clocks that should agree, in milliseconds, and the machine has slept.
const SLEPT: f64 = 2_000.0;

/// Timers stand still while the machine sleeps. None is longer than this, so that sleep is soon noticed.
pub(crate) const LONGEST_TIMER: Duration = Duration::from_millis(500);

/// What the machine is told.
type Tell = fn(&mut Connection, Timestamp);

const WAKE: Tell = |connection, now| connection.handle(now, Input::Wake);
const OFFLINE: Tell = |connection, now| connection.handle(now, Input::Offline);
const ONLINE: Tell = |connection, now| connection.handle(now, Input::Online);
const SUSPEND: Tell = |connection, _| connection.suspend();

/// Tells the machine of the page, as long as the listeners live.
pub(crate) fn watch(driver: &Rc<Driver>) -> Vec<EventListener> {
    let listen = |target: &EventTarget, name: &'static str, what: fn(&Event) -> Option<Tell>| {
        let driver = Rc::downgrade(driver);
        EventListener::new(target, name, move |event| {
            if let (Some(driver), Some(tell)) = (driver.upgrade(), what(event)) {
                driver.command(tell);
            }
        })
    };
    let mut listeners = Vec::new();
    if let Ok(global) = js_sys::global().dyn_into() {
        listeners.push(listen(&global, "online", |_| Some(ONLINE)));
        listeners.push(listen(&global, "offline", |_| Some(OFFLINE)));
        // A page with an open socket is not kept for going back to.
        listeners.push(listen(&global, "pagehide", |event| is_kept(event).then_some(SUSPEND)));
        listeners.push(listen(&global, "pageshow", |event| is_kept(event).then_some(WAKE)));
    }
    if let Some(document) = web_sys::window().and_then(|window| window.document()) {
        listeners.push(listen(&document, "resume", |_| Some(WAKE)));
        listeners.push(listen(&document, "visibilitychange", |_| is_visible().then_some(WAKE)));
    }
    listeners
}

/// Whether the page is kept for going back to.
fn is_kept(event: &Event) -> bool {
    event.dyn_ref::<PageTransitionEvent>().is_some_and(PageTransitionEvent::persisted)
}

fn is_visible() -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    document.is_some_and(|document| document.visibility_state() == VisibilityState::Visible)
}

/// Notices that the machine has slept: the clock on the wall went on meanwhile.
#[derive(Debug)]
pub(crate) struct SleepDetector {
    /// Between the clock on the wall and the one that never goes back.
    offset: Cell<f64>,
}

impl SleepDetector {
    pub(crate) const fn new(wall: f64, steady: f64) -> Self {
        Self { offset: Cell::new(wall - steady) }
    }

    /// Whether the machine has slept since this was last asked. Both clocks count milliseconds.
    pub(crate) fn has_slept(&self, wall: f64, steady: f64) -> bool {
        let offset = wall - steady;
        offset - self.offset.replace(offset) > SLEPT
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::SleepDetector;

    #[wasm_bindgen_test]
    fn a_clock_that_stood_still_is_noticed_once() {
        let sleep = SleepDetector::new(1_000_000.0, 500.0);
        assert!(!sleep.has_slept(1_005_000.0, 5_500.0));
        assert!(!sleep.has_slept(1_006_000.0, 4_600.0));
        assert!(sleep.has_slept(1_068_000.0, 5_000.0));
        assert!(!sleep.has_slept(1_069_000.0, 6_000.0));
        assert!(!sleep.has_slept(1_000_000.0, 7_000.0));
    }
}
