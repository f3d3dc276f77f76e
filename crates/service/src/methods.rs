//! The methods of a service by their names.

use std::{collections::HashMap, fmt, marker::PhantomData, pin::Pin, sync::Arc};

use prost::Name;
use prost_types::Any;
use tera_protocol::{
    any::pack,
    topic::{Identity, Topic},
};

use crate::{Failure, Items, message::request, streams::Outlet};

/// Who calls. Of a client of the gateway this is what the gateway says, whatever the client claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    topic: Topic,
}

impl Caller {
    /// Somebody who can be answered: a client, a service or a module.
    pub(crate) fn new(source: &str) -> Option<Self> {
        use tera_protocol::topic::Channel::Messages;
        let topic = source.parse().ok()?;
        matches!(topic, Topic::Answers(_) | Topic::Target(_, Messages)).then_some(Self { topic })
    }

    /// The user, participant or device; `None` if a service or a module calls.
    #[must_use]
    pub const fn identity(&self) -> Option<Identity> {
        match self.topic {
            Topic::Answers(identity) => Some(identity),
            _ => None,
        }
    }
}

/// The topic on which the caller is answered.
impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.topic.fmt(f)
    }
}

pub(crate) type Running<T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send>>;

pub(crate) enum Method {
    Unary(Box<dyn Fn(Any, Caller) -> Running<Any> + Send + Sync>),
    Streaming(Box<dyn Fn(Any, Caller, Outlet) -> Running<()> + Send + Sync>),
}

/// The methods of one or several contracts that a service implements. Generated code fills it.
pub struct Methods<S> {
    service: Arc<S>,
    methods: HashMap<&'static str, Method>,
}

impl<S: Send + Sync + 'static> Methods<S> {
    /// None yet, of this service.
    pub fn new(service: S) -> Self {
        Self { service: Arc::new(service), methods: HashMap::new() }
    }

    /// Adds a method that gives one response. `name` is `<package>.<Service>/<Method>`.
    #[must_use]
    pub fn unary<Q, A, R>(
        mut self,
        name: &'static str,
        method: impl Fn(Arc<S>, Q, Caller) -> R + Copy + Send + Sync + 'static,
    ) -> Self
    where
        Q: Name + Default + Send,
        A: Name,
        R: Future<Output = Result<A, Failure>> + Send + 'static,
    {
        let service = Arc::clone(&self.service);
        let run = move |any: Any, caller: Caller| -> Running<Any> {
            let service = Arc::clone(&service);
            Box::pin(async move { Ok(pack(&method(service, request(&any)?, caller).await?)) })
        };
        self.methods.insert(name, Method::Unary(Box::new(run)));
        self
    }

    /// Adds a method that gives any number of items. `name` is `<package>.<Service>/<Method>`.
    #[must_use]
    pub fn streaming<Q, A, R>(
        mut self,
        name: &'static str,
        method: impl Fn(Arc<S>, Q, Items<A>, Caller) -> R + Copy + Send + Sync + 'static,
    ) -> Self
    where
        Q: Name + Default + Send,
        A: Name + 'static,
        R: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        let service = Arc::clone(&self.service);
        let run = move |any: Any, caller: Caller, outlet: Outlet| -> Running<()> {
            let service = Arc::clone(&service);
            let items = Items { outlet, item: PhantomData };
            Box::pin(async move { method(service, request(&any)?, items, caller).await })
        };
        self.methods.insert(name, Method::Streaming(Box::new(run)));
        self
    }

    pub(crate) fn into_map(self) -> HashMap<&'static str, Method> {
        self.methods
    }
}

impl<S> fmt::Debug for Methods<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.methods.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_those_who_can_be_answered_are_callers() {
        let uuid = "00000000-0000-0000-0000-000000000001";
        let user = Caller::new(&format!("websocket.user.{uuid}")).unwrap();
        assert_eq!(user.identity().unwrap().uuid.to_string(), uuid);
        let service = Caller::new("service.Heating.messages").unwrap();
        assert_eq!((service.identity(), service.to_string()), (None, "service.Heating.messages".to_owned()));
        for wrong in ["", "anything", "service.Heating.events", &format!("websocket.user.{uuid}.events")] {
            assert_eq!(Caller::new(wrong), None, "{wrong}");
        }
    }
}
