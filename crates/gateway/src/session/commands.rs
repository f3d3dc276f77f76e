//! Calls of the gateway itself: its methods and their arguments.

use std::{future, sync::Arc};

use serde_json::value::RawValue;
use tera_protocol::{
    error::{ErrorCode, TeraError},
    link::session::forbidden,
    opentera::{RpcMessage, Value, value::ArgValue},
};

use super::{
    notifications,
    queues::{self, End},
    signals, variables,
    work::{Client, Operating, lost, unavailable},
};
use crate::bus::Filter;

/// Most procedures that one session serves.
const MAX_SERVED: usize = 256;
/// Longest name of a procedure, in bytes.
const MAX_NAME_BYTES: usize = 256;

/// Begins with a method.
///
/// # Errors
///
/// There is no such method, its arguments are wrong, or the client may not do that.
pub(super) fn begin(client: &mut Client<'_>, call: &RpcMessage) -> Result<Operating, TeraError> {
    let arguments = Arguments(call);
    match &*call.method {
        "serve" => serve(client, arguments.name(0)?),
        "withdraw" => {
            let identity = client.account.identity();
            client.gateway.serving.remove(identity, client.session, arguments.name(0)?);
            Ok(done())
        }
        "return" => {
            let number = arguments.number(0)?;
            let value = arguments.json(1)?;
            let caller = client.calls.finish(number);
            Ok(answer(client, caller.map(|caller| caller.returned(client.calls_topic, value))))
        }
        "fail" => {
            let number = arguments.number(0)?;
            let description = arguments.text(1)?;
            let caller = client.calls.finish(number);
            Ok(answer(client, caller.map(|caller| caller.failed(client.calls_topic, description))))
        }
        "produce" => queues::produce(client, &arguments),
        "consume" => queues::consume(client, &arguments),
        "stop" => queues::stop(client, &arguments),
        "ack" => queues::end(client, &arguments, End::Ack),
        "nack" => queues::end(client, &arguments, End::Nack),
        "get" => variables::get(client, &arguments),
        "set" => variables::set(client, &arguments),
        "watch" => variables::watch(client, &arguments),
        "unwatch" => variables::unwatch(client, &arguments),
        "notify" => notifications::send(client, arguments.text(0)?, arguments.bytes(1)?),
        "signal" => {
            let address = arguments.at(1).map(|_| arguments.name(1)).transpose()?;
            signals::send(client, arguments.text(0)?, address)
        }
        _ => Err(arguments.wrong("there is no such method")),
    }
}

/// From now on the client gets calls of this procedure.
fn serve(client: &mut Client<'_>, function: &str) -> Result<Operating, TeraError> {
    if !client.gateway.config.grants.of(client.account.kind).serve {
        return Err(forbidden("this identity may not serve procedures"));
    }
    let calls = Filter::Topic(Arc::clone(client.calls_topic));
    client.subscription.add(calls.clone());
    let (identity, session) = (client.account.identity(), client.session);
    let Some(is_new) = client.gateway.serving.add(identity, session, function, MAX_SERVED) else {
        return Err(TeraError::new(ErrorCode::QueueFull, "too many procedures are served by one session"));
    };
    let confirmed = client.subscription.confirmed_of(&calls);
    let (serving, function) = (Arc::clone(&client.gateway.serving), function.to_owned());
    Ok(Box::pin(async move {
        let result = confirmed.await;
        if result.is_err() && is_new {
            serving.remove(identity, session, &function);
        }
        result.map(|()| None).map_err(unavailable)
    }))
}

/// Publishes the answer to a call; there is none if the caller has given up.
fn answer(client: &Client<'_>, reply: Option<super::calls::Reply>) -> Operating {
    let Some((channel, payload)) = reply else { return done() };
    let bus = Arc::clone(&client.gateway.bus);
    Box::pin(async move { bus.publish(&channel, payload).await.map(|_| None).map_err(lost) })
}

/// Nothing more is to be done.
pub(super) fn done() -> Operating {
    Box::pin(future::ready(Ok(None)))
}

/// What the gateway calls its client for, other than to carry out a procedure: `what` says for what.
pub(super) fn invocation(what: &str, args: Vec<Value>) -> RpcMessage {
    RpcMessage { reply_to: what.to_owned(), args, ..RpcMessage::default() }
}

/// An argument.
pub(super) fn text(text: impl Into<String>) -> Value {
    Value { arg_value: Some(ArgValue::StringValue(text.into())) }
}

/// An argument.
pub(super) fn number(number: u64) -> Value {
    Value { arg_value: Some(ArgValue::UintValue(number)) }
}

/// The arguments of a method.
pub(super) struct Arguments<'a>(&'a RpcMessage);

impl<'a> Arguments<'a> {
    fn at(&self, position: usize) -> Option<&'a ArgValue> {
        self.0.args.get(position).and_then(|Value { arg_value }| arg_value.as_ref())
    }

    fn text(&self, position: usize) -> Result<&'a str, TeraError> {
        match self.at(position) {
            Some(ArgValue::StringValue(text)) => Ok(text),
            _ => Err(self.wrong(&format!("argument {} must be a string", position + 1))),
        }
    }

    /// A text that is not empty, nor longer than names are.
    pub(super) fn name(&self, position: usize) -> Result<&'a str, TeraError> {
        let name = self.text(position)?;
        if name.is_empty() || name.len() > MAX_NAME_BYTES {
            return Err(
                self.wrong(&format!("argument {} must have 1 to {MAX_NAME_BYTES} bytes", position + 1))
            );
        }
        Ok(name)
    }

    fn bytes(&self, position: usize) -> Result<&'a [u8], TeraError> {
        match self.at(position) {
            Some(ArgValue::BytesValue(bytes)) => Ok(bytes),
            _ => Err(self.wrong(&format!("argument {} must be bytes", position + 1))),
        }
    }

    pub(super) fn number(&self, position: usize) -> Result<u64, TeraError> {
        let number = match self.at(position) {
            Some(&ArgValue::IntValue(number)) => u64::try_from(number).ok(),
            Some(&ArgValue::UintValue(number)) => Some(number),
            _ => None,
        };
        number.ok_or_else(|| {
            self.wrong(&format!("argument {} must be a whole number, 0 or more", position + 1))
        })
    }

    /// JSON text, as it is but for the space around it.
    pub(super) fn json(&self, position: usize) -> Result<&'a RawValue, TeraError> {
        let json = serde_json::from_str(self.text(position)?);
        json.map_err(|error| self.wrong(&format!("argument {} is no JSON: {error}", position + 1)))
    }

    pub(super) fn wrong(&self, what: &str) -> TeraError {
        let description = format!("the gateway can't do `{}`: {what}", self.0.method);
        TeraError::new(ErrorCode::InvalidArgument, description)
    }
}
