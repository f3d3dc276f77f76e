//! Joins the client's state machine to a socket and a clock, for Rust applications: performs what it says, feeds what
//! happens.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use js_sys::Date;
use tera_protocol::{
    json,
    link::{Connection, Input, NOT_ALLOWED, Options, Output, frame},
    schema,
    time::Timestamp,
};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::spawn_local;

use crate::{
    host::Host,
    page::{self, LONGEST_TIMER, SleepDetector},
    patterns::signals::is_signal,
    transport::{self, Incoming, Sender},
};

/// The machine, its socket and its timer.
pub(crate) struct Driver {
    pub(crate) host: Host,
    connection: RefCell<Connection>,
    sender: RefCell<Option<Sender>>,
    /// Counts the attempts, so that a task whose socket was given up notices.
    attempt: Cell<u32>,
    timer: RefCell<Option<Timeout>>,
    /// When the timer fires, until it does.
    wake_at: Cell<Option<Timestamp>>,
    /// Set while outputs are performed: what a handler calls meanwhile only adds outputs.
    pumping: Cell<bool>,
    sleep: SleepDetector,
    page: RefCell<Vec<EventListener>>,
}

impl Driver {
    /// Starts connecting.
    pub(crate) fn start(host: Host, options: Options) -> Rc<Self> {
        let driver = Rc::new(Self {
            host,
            connection: RefCell::new(Connection::new(now(), Options { seed: random(), ..options })),
            sender: RefCell::default(),
            attempt: Cell::new(0),
            timer: RefCell::default(),
            wake_at: Cell::default(),
            pumping: Cell::new(false),
            sleep: SleepDetector::new(Date::now(), performance_now()),
            page: RefCell::default(),
        });
        driver.page.replace(page::watch(&driver));
        driver.pump();
        driver
    }

    /// Gives a command to the machine and performs what follows from it.
    pub(crate) fn command<T>(self: &Rc<Self>, command: impl FnOnce(&mut Connection, Timestamp) -> T) -> T {
        let result = command(&mut self.connection.borrow_mut(), now());
        self.pump();
        result
    }

    fn pump(self: &Rc<Self>) {
        if self.pumping.replace(true) {
            return;
        }
        // The borrow must end before the output is performed.
        while let Some(output) = self.next_output() {
            self.perform(output);
        }
        self.pumping.set(false);
        self.set_timer();
    }

    fn next_output(&self) -> Option<Output> {
        self.connection.borrow_mut().poll_output()
    }

    fn perform(self: &Rc<Self>, output: Output) {
        match output {
            Output::Dial => self.dial(),
            Output::Transmit(frame) => {
                if let Some(sender) = &*self.sender.borrow() {
                    sender.send(&frame);
                }
            }
            Output::Hangup(code) => {
                self.attempt.set(self.attempt.get() + 1);
                if let Some(sender) = self.sender.take() {
                    sender.close(code);
                }
            }
            Output::Event(event) => self.host.event(self, event),
        }
    }

    fn dial(self: &Rc<Self>) {
        self.attempt.set(self.attempt.get() + 1);
        spawn_local(Rc::clone(self).read());
    }

    /// One connection from its URL to its end, or until it is given up.
    async fn read(self: Rc<Self>) {
        let attempt = self.attempt.get();
        let url = self.host.url.ask().await;
        if attempt != self.attempt.get() {
            return;
        }
        let (sender, mut receiver) = match url.and_then(|url| transport::open(&url, self.on_open(attempt))) {
            Ok(halves) => halves,
            Err(error) => {
                return self.command(|connection, now| connection.handle(now, Input::DialFailed(error)));
            }
        };
        self.sender.replace(Some(sender));
        loop {
            let incoming = receiver.next().await;
            if attempt != self.attempt.get() {
                return;
            }
            match incoming {
                Incoming::Binary(bytes) => {
                    // What a batch holds behind a hang-up is dropped, as messages are that come after it.
                    let frames = frame::frames(&bytes);
                    frames.take_while(|_| attempt == self.attempt.get()).for_each(|frame| self.frame(frame));
                }
                Incoming::Text(text) => self.text(&text),
                Incoming::Closed(code, reason) => {
                    self.sender.take();
                    let input = Input::Closed(code, reason);
                    return self.command(|connection, now| connection.handle(now, input));
                }
            }
        }
    }

    /// Tells the machine that the socket is open.
    fn on_open(self: &Rc<Self>, attempt: u32) -> impl FnOnce() + 'static {
        let driver = Rc::downgrade(self);
        move || {
            if let Some(driver) = driver.upgrade().filter(|driver| driver.attempt.get() == attempt) {
                driver.command(|connection, now| connection.handle(now, Input::Opened));
            }
        }
    }

    fn frame(self: &Rc<Self>, frame: &[u8]) {
        let payload = self.command(|connection, now| connection.handle_frame(now, frame));
        if let Some(payload) = payload {
            self.host.payload(self, payload.message, Some(payload.topic));
        }
    }

    fn text(self: &Rc<Self>, text: &str) {
        if text == NOT_ALLOWED {
            return self.command(|connection, now| connection.handle(now, Input::NotAllowed));
        }
        if !self.command(|connection, _| connection.accepts(text.len())) {
            return;
        }
        if is_signal(text) {
            self.command(|connection, now| connection.handle_text(now, Ok(())));
            self.host.signal(text);
        } else {
            let read = json::to_wire(schema::TERA_MESSAGE, text).map_err(Into::into);
            let frame = self.command(|connection, now| connection.handle_text(now, read));
            if let Some(Ok(payload)) = frame.as_deref().map(frame::payload) {
                self.host.payload(self, payload, None);
            }
        }
    }

    fn set_timer(self: &Rc<Self>) {
        let deadline = self.connection.borrow().poll_timeout();
        if self.wake_at.replace(deadline) == deadline {
            return;
        }
        let timer = deadline.map(|deadline| {
            let driver = Rc::clone(self);
            let delay = deadline.since(now()).min(LONGEST_TIMER);
            Timeout::new(delay.as_millis() as u32, move || {
                driver.wake_at.set(None);
                // A socket that died while the machine slept says nothing of it.
                if driver.sleep.has_slept(Date::now(), performance_now()) {
                    driver.command(|connection, now| connection.handle(now, Input::Wake));
                }
                driver.command(|connection, now| connection.handle(now, Input::TimedOut));
            })
        });
        self.timer.replace(timer);
    }
}

impl std::fmt::Debug for Driver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Driver")
    }
}

#[wasm_bindgen]
extern "C" {
    /// Milliseconds on a clock that never goes back (High Resolution Time).
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
}

fn now() -> Timestamp {
    Timestamp::from_millis(performance_now() as u64)
}

fn random() -> u64 {
    (js_sys::Math::random() * (1_u64 << 53) as f64) as u64
}
