//! Calls of procedures that this session's client serves: each is handed to it once, and answered once.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;
use tera_protocol::{opentera::RpcMessage, time::Timestamp};

/// What `reply_to` of an invocation says when it is a call.
const CALL: &str = "call";

/// Who called, and what.
#[derive(Debug)]
pub(super) struct Caller {
    reply_to: String,
    id: u64,
    method: String,
    since: Timestamp,
}

/// A reply, and the channel that it goes to.
pub(super) type Reply = (String, Bytes);

impl Caller {
    fn of(now: Timestamp, rpc: &mut RpcMessage) -> Self {
        let reply_to = std::mem::take(&mut rpc.reply_to);
        Self { reply_to, id: rpc.id, method: rpc.method.clone(), since: now }
    }

    /// What the procedure returned, on the topic that it was called on.
    pub(super) fn returned(self, topic: &str, value: &RawValue) -> Reply {
        self.reply(topic, "OK", value)
    }

    /// Why it failed.
    pub(super) fn failed(self, topic: &str, description: &str) -> Reply {
        self.reply(topic, "Error", description)
    }

    fn reply(self, topic: &str, status: &str, return_value: impl Serialize) -> Reply {
        let Self { reply_to, id, method, .. } = self;
        let reply = Json { method: &method, id, pattern: topic, status, return_value };
        let json = serde_json::to_vec(&reply).expect("text and numbers can be written as JSON");
        (reply_to, json.into())
    }
}

/// A reply as OpenTera's services write it.
#[derive(Serialize)]
struct Json<'a, T> {
    method: &'a str,
    id: u64,
    pattern: &'a str,
    status: &'a str,
    return_value: T,
}

/// The calls that the client has not answered, by the number it knows them by.
#[derive(Debug)]
pub(super) struct Calls {
    waiting: BTreeMap<u64, Caller>,
    last: u64,
}

impl Calls {
    /// Those of a new session. They are numbered from where this says, which no other session does: a client may answer in
    /// one session what it was called for in the one before. As a `double` holds the numbers too, they are below 2^53.
    pub(super) fn numbered(random: u32) -> Self {
        Self { waiting: BTreeMap::new(), last: u64::from(random) << 20 }
    }

    /// Makes a call the client's: what is to be sent to it. Calls older than `patience` are forgotten for it, because their
    /// callers have given up.
    ///
    /// # Errors
    ///
    /// Who called, if `limit` of them wait already.
    pub(super) fn accept(
        &mut self,
        now: Timestamp,
        mut rpc: RpcMessage,
        limit: usize,
        patience: Duration,
    ) -> Result<RpcMessage, Caller> {
        let caller = Caller::of(now, &mut rpc);
        self.waiting.retain(|_, each| now < each.since.after(patience));
        if self.waiting.len() >= limit {
            return Err(caller);
        }
        self.last += 1;
        self.waiting.insert(self.last, caller);
        Ok(RpcMessage { reply_to: CALL.into(), id: self.last, ..rpc })
    }

    /// Whom the answer to a call is for; `None` if it was answered or nobody waits for it any more.
    pub(super) fn finish(&mut self, number: u64) -> Option<Caller> {
        self.waiting.remove(&number)
    }

    /// Everybody who waits.
    pub(super) fn abandon(&mut self) -> impl Iterator<Item = Caller> {
        std::mem::take(&mut self.waiting).into_values()
    }
}

/// Refuses a call that nobody takes.
pub(super) fn refuse(now: Timestamp, mut rpc: RpcMessage, topic: &str, description: &str) -> Reply {
    Caller::of(now, &mut rpc).failed(topic, description)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn rpc(id: u64) -> RpcMessage {
        RpcMessage { method: "f".into(), reply_to: "private".into(), id, ..Default::default() }
    }

    #[test]
    fn a_call_is_answered_once_under_the_callers_own_number() {
        let mut calls = Calls::numbered(0);
        let given = calls.accept(at(0), rpc(77), 8, Duration::from_secs(9)).unwrap();
        assert_eq!((given.id, &*given.reply_to, &*given.method), (1, "call", "f"));
        let value = serde_json::from_str(r#"{"a":[1.50]}"#).unwrap();
        let (channel, reply) = calls.finish(1).unwrap().returned("topic", value);
        assert_eq!(channel, "private");
        let text = r#"{"method":"f","id":77,"pattern":"topic","status":"OK","return_value":{"a":[1.50]}}"#;
        assert_eq!(reply, text);
        assert!(calls.finish(1).is_none());
    }

    #[test]
    fn calls_wait_within_a_bound_and_not_for_longer_than_their_callers() {
        let mut calls = Calls::numbered(0);
        let mut accept = |second| calls.accept(at(second), rpc(second), 1, Duration::from_secs(9));
        assert!(accept(0).is_ok());
        let refused = accept(8).unwrap_err();
        assert_eq!(refused.id, 8);
        assert_eq!(accept(9).unwrap().id, 2);
        assert_eq!(calls.abandon().count(), 1);
    }
}
