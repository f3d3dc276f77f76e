//! Requests under way.

use std::{
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_channel::oneshot;
use futures_util::FutureExt;
use prost::Message as _;
use tera_protocol::{
    error::{ErrorCode, TeraError},
    link::{Answer, Connection, RequestId},
    opentera::{RpcMessage, Value, value::ArgValue},
    time::Timestamp,
};

use crate::{client::closed, driver::Driver};

/// The address of the gateway itself.
const GATEWAY: &str = "gateway";

/// The answer to a request. Dropped before it is there, it cancels the request, unless the request [lasts](Self::lasting).
pub(crate) struct Pending {
    driver: Rc<Driver>,
    id: RequestId,
    answer: oneshot::Receiver<Result<Answer, TeraError>>,
    cancels: bool,
}

impl Pending {
    /// Begins a request.
    pub(crate) fn begin(
        driver: &Rc<Driver>,
        request: impl FnOnce(&mut Connection, Timestamp) -> Result<RequestId, TeraError>,
    ) -> Result<Self, TeraError> {
        let id = driver.command(request)?;
        Ok(Self { driver: Rc::clone(driver), id, answer: driver.host.answer(id), cancels: true })
    }

    /// Has the gateway itself do something.
    pub(crate) fn command(
        driver: &Rc<Driver>,
        method: &str,
        args: impl IntoIterator<Item = ArgValue>,
    ) -> Result<Self, TeraError> {
        Self::command_within(driver, method, args, None)
    }

    /// Likewise, with a timeout of its own.
    pub(crate) fn command_within(
        driver: &Rc<Driver>,
        method: &str,
        args: impl IntoIterator<Item = ArgValue>,
        timeout: Option<Duration>,
    ) -> Result<Self, TeraError> {
        let rpc = rpc(method, args);
        Self::begin(driver, |connection, now| connection.call(now, GATEWAY, &rpc, timeout))
    }

    /// The same request, which is carried out even if nobody waits for its answer.
    pub(crate) fn lasting(mut self) -> Self {
        self.cancels = false;
        self
    }

    /// The JSON text that a call returned.
    pub(crate) async fn json(self) -> Result<String, TeraError> {
        match self.await? {
            Answer::Json(json) => Ok(json),
            Answer::Done => Ok("null".to_owned()),
            Answer::Message(_) => {
                Err(TeraError::new(ErrorCode::ProtocolViolation, "A message answered a call."))
            }
        }
    }
}

impl Future for Pending {
    type Output = Result<Answer, TeraError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let outcome = ready!(self.answer.poll_unpin(context));
        self.cancels = false;
        Poll::Ready(outcome.unwrap_or_else(|_| Err(closed())))
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if self.cancels {
            self.driver.command(|connection, now| connection.cancel(now, self.id));
        }
    }
}

/// The bytes of a call.
pub(crate) fn rpc(method: &str, args: impl IntoIterator<Item = ArgValue>) -> Vec<u8> {
    let args = args.into_iter().map(|value| Value { arg_value: Some(value) }).collect();
    RpcMessage { method: method.to_owned(), args, ..RpcMessage::default() }.encode_to_vec()
}
