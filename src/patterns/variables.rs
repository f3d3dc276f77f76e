//! Variables.

use std::{
    marker::PhantomData,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use futures_util::Stream;
use serde::{Serialize, de::DeserializeOwned};
use tera_protocol::{
    error::TeraError,
    opentera::{Value, value::ArgValue},
};

use super::{Detail, Service, text, wish::Wish};
use crate::{
    Client, json,
    pending::Pending,
    queue::{LIMIT, Queue},
};

impl Client {
    /// Reads a variable as a `T`; `None` if it is not set. What a service wrote that is no JSON is a string.
    ///
    /// # Errors
    ///
    /// `forbidden`, also if there is no such variable; `invalid_message` if it is no `T`; else as
    /// [`request`](Self::request).
    pub async fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, TeraError> {
        let get = Pending::command(self.driver(), "get", [ArgValue::StringValue(name.to_owned())])?;
        json::read(&get.json().await?)
    }

    /// Writes a variable as JSON; what is written as `null`, such as `None` or a number that is not finite, clears it. The first who writes a variable is its
    /// only writer, until it clears it or the value expires. `expires_after` of `None` is never; a year is the most.
    ///
    /// ```no_run
    /// # async fn example(client: tera_client::Client) -> Result<(), tera_client::TeraError> {
    /// use std::time::Duration;
    ///
    /// client.set("room.temperature", &21.5, Some(Duration::from_secs(60))).await?;
    /// let celsius: Option<f64> = client.get("room.temperature").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `forbidden`, also if the variable has another writer; `invalid_argument` if the value has no JSON, as integers beyond
    /// 2^53 haven't, or the expiry is too far; else as [`request`](Self::request).
    pub async fn set<T: Serialize + ?Sized>(
        &self,
        name: &str,
        value: &T,
        expires_after: Option<Duration>,
    ) -> Result<(), TeraError> {
        // For the gateway, 0 is never.
        let expires =
            expires_after.map_or(0, |after| u64::try_from(after.as_millis()).unwrap_or(u64::MAX).max(1));
        let args = [
            ArgValue::StringValue(name.to_owned()),
            ArgValue::StringValue(json::write(value)?),
            ArgValue::UintValue(expires),
        ];
        Pending::command(self.driver(), "set", args)?.await.map(drop)
    }

    /// A variable's values: the one it has, and then each newer one. Values in between may be skipped.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub async fn watch<T: DeserializeOwned>(&self, name: &str) -> Result<Watch<T>, TeraError> {
        let (patterns, variable) = (&self.driver().host.patterns, Service::Variable(name.to_owned()));
        let queue = patterns.invocations.add(variable.clone(), LIMIT);
        // The gateway says the present value once, to the first.
        if let Some(last) = patterns.wanted.borrow().get(&variable).and_then(|wanted| wanted.last.clone()) {
            queue.push(last);
        }
        let wish = Wish::begin(self.driver(), variable, Detail::Nothing).await?;
        Ok(Watch { queue, wish, value: PhantomData })
    }
}

/// The values of a variable; `None` when it is not set, an error of code `invalid_message` when it is no `T`. It ends when the
/// client is closed.
///
/// At most 1024 wait; beyond that the oldest is dropped and counted in [`dropped`](Self::dropped).
#[derive(Debug)]
#[must_use = "dropping it ends the watch"]
pub struct Watch<T> {
    queue: Rc<Queue<Vec<Value>>>,
    wish: Wish,
    value: PhantomData<fn() -> T>,
}

impl<T> Watch<T> {
    /// How many values were dropped because too many waited.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.queue.dropped()
    }

    /// Ends it, and resolves when the gateway has.
    ///
    /// # Errors
    ///
    /// As [`request`](Client::request).
    pub async fn unwatch(self) -> Result<(), TeraError> {
        self.wish.end().await
    }
}

impl<T: DeserializeOwned> Stream for Watch<T> {
    type Item = Result<Option<T>, TeraError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.queue.poll_next(context).map(|said| said.map(|args| value(&args)))
    }
}

/// What the gateway says of a variable: its name and, if it is set, its text.
fn value<T: DeserializeOwned>(args: &[Value]) -> Result<Option<T>, TeraError> {
    if args.len() < 2 {
        return Ok(None);
    }
    json::read_any(&text(args, 1))
}
