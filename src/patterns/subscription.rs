//! Publish and subscribe.

use std::{
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use futures_util::Stream;
use prost::{Message as _, Name};
use tera_protocol::error::TeraError;

use super::{Detail, Service, wish::Wish};
use crate::{
    Client,
    events::Received,
    pending::Pending,
    queue::{LIMIT, Queue},
};

impl Client {
    /// What is published from now on, on a topic or on the topics that a pattern covers: `*` stands for one segment, `**` at
    /// the end for one and more. It lasts across connections and sessions. [`events`](Self::events) has these events too.
    ///
    /// ```no_run
    /// # async fn example(client: tera_client::Client) -> Result<(), tera_client::TeraError> {
    /// # fn show(_: &str, _: tera_client::Message) {}
    /// use futures_util::StreamExt;
    ///
    /// let mut room = client.subscribe("room.*").await?;
    /// while let Some((topic, event)) = room.next().await {
    ///     show(&topic, event.message);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `forbidden` if the gateway's configuration grants less; else as [`request`](Self::request).
    pub async fn subscribe(&self, pattern: &str) -> Result<Subscription, TeraError> {
        let queue = self.driver().host.patterns.topics.add(pattern.to_owned(), LIMIT);
        let wish = Wish::begin(self.driver(), Service::Topic(pattern.to_owned()), Detail::Nothing).await?;
        Ok(Subscription { queue, wish })
    }

    /// Publishes a message as an event of a topic; resolves when the gateway has.
    ///
    /// # Errors
    ///
    /// As [`subscribe`](Self::subscribe).
    pub async fn publish<M: Name>(&self, topic: &str, message: &M) -> Result<(), TeraError> {
        let message = self.any(message)?.encode_to_vec();
        let publish =
            Pending::begin(self.driver(), |connection, now| connection.publish(now, topic, &message, None));
        publish?.await.map(drop)
    }
}

/// Events with their topics. It ends when the client is closed, and ends what it subscribed to when it is dropped.
///
/// At most 1024 wait; beyond that the oldest is dropped and counted in [`dropped`](Self::dropped).
#[derive(Debug)]
#[must_use = "dropping it unsubscribes"]
pub struct Subscription {
    queue: Rc<Queue<(String, Received)>>,
    wish: Wish,
}

impl Subscription {
    /// How many events were dropped because too many waited.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.queue.dropped()
    }

    /// Ends it, and resolves when the gateway has.
    ///
    /// # Errors
    ///
    /// As [`request`](Client::request).
    pub async fn unsubscribe(self) -> Result<(), TeraError> {
        self.wish.end().await
    }
}

impl Stream for Subscription {
    type Item = (String, Received);

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.queue.poll_next(context)
    }
}

/// Whether a pattern covers a topic, segment by segment.
pub(super) fn covers(pattern: &str, topic: &str) -> bool {
    let mut segments = topic.split('.');
    for each in pattern.split('.') {
        match segments.next() {
            None => return false,
            Some(_) if each == "**" => return true,
            Some(segment) if each != "*" && each != segment => return false,
            Some(_) => {}
        }
    }
    segments.next().is_none()
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::covers;

    #[wasm_bindgen_test]
    fn a_wildcard_stands_for_one_segment_and_two_at_the_end_for_the_rest() {
        for (pattern, covered, others) in [
            ("room.1", &["room.1"][..], &["room.12", "room", "room.1.2"][..]),
            ("room.*", &["room.1"], &["room", "room.1.2", "rooms.1"]),
            ("*.1", &["room.1"], &["1", "a.b.1"]),
            ("room.**", &["room.1", "room.1.2"], &["room", "other.1"]),
            ("**", &["room", "a.b.c"], &[]),
        ] {
            assert!(covered.iter().all(|topic| covers(pattern, topic)), "{pattern}");
            assert!(!others.iter().any(|topic| covers(pattern, topic)), "{pattern}");
        }
    }
}
