//! Signals: JSON messages by which clients and services talk to each other without knowing where the other one is.
//!
//! An application says what its own fields are by types, and by [`Named`] what these are called. What a gateway's clients may
//! send and hear is what its configuration grants; a plain server's clients hear what it sends.
//!
//! ```no_run
//! use futures_util::StreamExt;
//! use serde::{Deserialize, Serialize};
//! use tera_client::{Client, TeraError, signals::{Named, Reply}};
//!
//! #[derive(Serialize, Deserialize)]
//! struct FindEvents {
//!     day: String,
//! }
//! #[derive(Serialize, Deserialize)]
//! struct FoundEvents {
//!     titles: Vec<String>,
//! }
//! impl Named for FindEvents {
//!     const NAME: &str = "FindEvents";
//! }
//! impl Named for FoundEvents {
//!     const NAME: &str = "FoundEvents";
//! }
//!
//! # fn show(_: &String) {}
//! async fn example(client: Client) -> Result<(), TeraError> {
//!     let signals = client.signals();
//!     let question = FindEvents { day: "2026-01-01".into() };
//!     let found: Reply<FoundEvents> = signals.ask("GCalendar", &question, None).await?;
//!     found.fields.titles.iter().for_each(show);
//!
//!     let mut questions = signals.on_message::<FindEvents>().await?;
//!     while let Some(question) = questions.next().await {
//!         let question = question?;
//!         let titles = vec![format!("nothing on {}", question.fields.day)];
//!         signals.reply(&question, &FoundEvents { titles }).await?;
//!     }
//!     Ok(())
//! }
//! ```

mod front;
mod unanswered;

use std::{
    cell::OnceCell,
    future::poll_fn,
    marker::PhantomData,
    pin::{Pin, pin},
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use futures_util::{
    Stream,
    future::{Either, select},
};
use gloo_timers::future::TimeoutFuture;
use js_sys::Date;
use serde::{Serialize, de::DeserializeOwned};
use tera_protocol::{
    error::{ErrorCode, TeraError},
    opentera::value::ArgValue,
};
use tera_signals::{AGENTS_TOPIC, Address, SignalError, changes_topic, event_topic};
pub use tera_signals::{
    ChangeType, DataChangeEvent, ErrorReply, Event, Fields, Head, Message, Reply, ReplyTo,
};
pub use unanswered::Unanswered;
use wasm_bindgen::prelude::wasm_bindgen;

pub(crate) use self::front::{About, is_signal};
use super::{Detail, Service, wish::Wish};
use crate::{
    Client,
    client::closed,
    json,
    pending::Pending,
    queue::{LIMIT, Queue},
};

/// How long a question waits for its reply, unless it says otherwise.
const PATIENCE: Duration = Duration::from_secs(10);
/// Stands for this client where the gateway writes who it is.
const SENDER: &str = "client";

/// What signals with these own fields are called: in `messageType`, `eventType`, or `objectType` if they are objects that
/// change. Of events and objects that is ASCII letters, digits, `_` and `-`.
///
/// No own field of an event or a message can be called `id`, `timestamp`, `from` or `signalType`, nor as what else such a signal
/// has: `eventType`; `to`, `messageType`, `returnAddress`; `replyTo` of a reply. Those of objects may have any names.
pub trait Named {
    /// The name, of 1 to 256 bytes.
    const NAME: &'static str;
}

impl Client {
    /// The signals of this client.
    #[must_use]
    pub fn signals(&self) -> Signals {
        Signals { client: self.clone(), replies: Rc::default() }
    }
}

/// Sends signals, and listens to them. It keeps its client open.
#[derive(Clone, Debug)]
pub struct Signals {
    client: Client,
    /// Hears what is to this client, once something was asked.
    replies: Rc<OnceCell<Option<Wish>>>,
}

impl Signals {
    /// Emits an event to whoever listens; resolves when it is published.
    ///
    /// # Errors
    ///
    /// `forbidden`; `invalid_argument` if it has no JSON or names that don't fit; else as [`Client::request`].
    pub async fn emit<T: Serialize + Named>(&self, event: &T) -> Result<(), TeraError> {
        let event = Event::new(head(), T::NAME, event);
        event.check().map_err(refused)?;
        self.publish(&event).await
    }

    /// Emits the event that an object was created, updated or deleted.
    ///
    /// # Errors
    ///
    /// As [`emit`](Self::emit).
    pub async fn emit_change<T: Serialize + Named>(
        &self,
        change_type: ChangeType,
        object: &T,
    ) -> Result<(), TeraError> {
        self.publish(&DataChangeEvent::new(head(), change_type, T::NAME, object)).await
    }

    /// Sends a message to a service, by its name, or to a client, by its address; resolves when it is published.
    ///
    /// # Errors
    ///
    /// `unreachable` if nobody listens there; else as [`emit`](Self::emit).
    pub async fn send<T: Serialize + Named>(&self, to: &str, message: &T) -> Result<(), TeraError> {
        let message = Message::new(head(), to, T::NAME, message);
        message.check().map_err(refused)?;
        self.publish(&message).await
    }

    /// Sends a message and resolves with its reply. `timeout` of `None` is 10 s. Dropping the future gives up.
    ///
    /// # Errors
    ///
    /// [`Refused`](Unanswered::Refused) if the answer is an [`ErrorReply`]; else [`Failed`](Unanswered::Failed) with `timeout`,
    /// `invalid_message` if the reply's fields are no `R`, or as [`send`](Self::send).
    pub async fn ask<T: Serialize + Named, R: DeserializeOwned>(
        &self,
        to: &str,
        message: &T,
        timeout: Option<Duration>,
    ) -> Result<Reply<R>, Unanswered> {
        let timeout = timeout.unwrap_or(PATIENCE);
        let mut asked = Message::new(head(), to, T::NAME, message);
        asked.return_address = Some(Address::Agents.to_string());
        asked.check().map_err(refused)?;
        let about = About::Answer(asked.head.id.clone());
        let answers = self.client.driver().host.patterns.signals.add(about, 1);
        let asking = async {
            self.hear_replies().await?;
            self.publish_within(&asked, Some(timeout)).await?;
            poll_fn(|context| answers.poll_next(context)).await.ok_or_else(closed)
        };
        let milliseconds = timeout.as_millis();
        // Browsers fire a longer delay at once.
        let late = TimeoutFuture::new(milliseconds.min(i32::MAX as u128) as u32);
        match select(pin!(asking), late).await {
            Either::Left((answer, _)) => unanswered::read(&answer?),
            Either::Right(_) => {
                let description = format!("No reply came within {milliseconds} ms.");
                Err(TeraError::new(ErrorCode::Timeout, description).into())
            }
        }
    }

    /// Answers a message; resolves when that is published. It goes to the message's `returnAddress`, else to who sent it.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn reply<T: Serialize, A: Serialize + Named>(
        &self,
        message: &Message<T>,
        answer: &A,
    ) -> Result<(), TeraError> {
        let reply_to = ReplyTo::of(message).map_err(refused)?;
        let reply = Reply::new(head(), A::NAME, reply_to, answer);
        reply.check().map_err(refused)?;
        self.publish(&reply).await
    }

    /// Answers that a message could not be dealt with: `code` is the group of errors, `description` says how and where it went
    /// wrong, `help` what to do about it.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn refuse<T: Serialize>(
        &self,
        message: &Message<T>,
        code: i64,
        description: &str,
        help: Option<&str>,
    ) -> Result<(), TeraError> {
        let reply_to = ReplyTo::of(message).map_err(refused)?;
        let mut reply = ErrorReply::new(head(), reply_to, code, description);
        reply.help = help.map(ToOwned::to_owned);
        self.publish(&reply).await
    }

    /// The events that are called as `T` is, from now on.
    ///
    /// # Errors
    ///
    /// As [`emit`](Self::emit).
    pub async fn on_event<T: DeserializeOwned + Named>(&self) -> Result<Heard<Event<T>>, TeraError> {
        let topic = event_topic(T::NAME).map_err(refused)?;
        self.listen(About::Event(T::NAME.to_owned()), topic).await
    }

    /// The changes of objects that are called as `T` is, from now on.
    ///
    /// # Errors
    ///
    /// As [`emit`](Self::emit).
    pub async fn on_change<T: DeserializeOwned + Named>(
        &self,
    ) -> Result<Heard<DataChangeEvent<T>>, TeraError> {
        let topic = changes_topic(T::NAME).map_err(refused)?;
        self.listen(About::Change(T::NAME.to_owned()), topic).await
    }

    /// The messages to this client that are called as `T` is, from now on. Every client of the same identity gets them.
    ///
    /// # Errors
    ///
    /// As [`emit`](Self::emit).
    pub async fn on_message<T: DeserializeOwned + Named>(&self) -> Result<Heard<Message<T>>, TeraError> {
        self.listen(About::Message(T::NAME.to_owned()), AGENTS_TOPIC.to_owned()).await
    }

    async fn listen<S>(&self, about: About, topic: String) -> Result<Heard<S>, TeraError> {
        let queue = self.client.driver().host.patterns.signals.add(about, LIMIT);
        Ok(Heard { queue, wish: self.hear(topic).await?, signal: PhantomData })
    }

    async fn hear(&self, topic: String) -> Result<Option<Wish>, TeraError> {
        match Wish::begin(self.client.driver(), Service::Topic(topic), Detail::Nothing).await {
            Ok(wish) => Ok(Some(wish)),
            // A plain server sends what it sends.
            Err(error) if error.code == ErrorCode::Unsupported => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Hears replies from now on. If that fails, the next question tries again.
    async fn hear_replies(&self) -> Result<(), TeraError> {
        if self.replies.get().is_none() {
            let wish = self.hear(AGENTS_TOPIC.to_owned()).await?;
            // Another question may have been faster; its wish is as good.
            _ = self.replies.set(wish);
        }
        Ok(())
    }

    async fn publish<S: Serialize>(&self, signal: &S) -> Result<(), TeraError> {
        self.publish_within(signal, None).await
    }

    async fn publish_within<S: Serialize>(
        &self,
        signal: &S,
        timeout: Option<Duration>,
    ) -> Result<(), TeraError> {
        let json = ArgValue::StringValue(json::write(signal)?);
        Pending::command_within(self.client.driver(), "signal", [json], timeout)?.await.map(drop)
    }
}

/// Signals as an `S`; an error of code `invalid_message` is one whose own fields are others. It ends when the client is closed,
/// and ends listening when it is dropped.
///
/// At most 1024 wait; beyond that the oldest is dropped and counted in [`dropped`](Self::dropped).
#[derive(Debug)]
#[must_use = "dropping it ends listening"]
pub struct Heard<S> {
    queue: Rc<Queue<Rc<str>>>,
    /// `None` if the server is a plain one.
    wish: Option<Wish>,
    signal: PhantomData<fn() -> S>,
}

impl<S> Heard<S> {
    /// How many signals were dropped because too many waited.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.queue.dropped()
    }

    /// Ends it, and resolves when the gateway has.
    ///
    /// # Errors
    ///
    /// As [`Client::request`].
    pub async fn stop(self) -> Result<(), TeraError> {
        match self.wish {
            Some(wish) => wish.end().await,
            None => Ok(()),
        }
    }
}

impl<S: DeserializeOwned> Stream for Heard<S> {
    type Item = Result<S, TeraError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.queue.poll_next(context).map(|heard| heard.map(|text| json::read(&text)))
    }
}

/// What a new signal of this client has.
fn head() -> Head {
    let mut id = [0; 16];
    fill_random(&mut id);
    Head {
        id: format!("{:032x}", u128::from_be_bytes(id)),
        timestamp: Date::new_0().to_iso_string().into(),
        from: SENDER.to_owned(),
    }
}

#[wasm_bindgen]
extern "C" {
    /// Random bytes that nobody can guess (Web Cryptography API).
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn fill_random(bytes: &mut [u8]);
}

fn refused(error: SignalError) -> TeraError {
    TeraError::new(ErrorCode::InvalidArgument, error.into_reason())
}
