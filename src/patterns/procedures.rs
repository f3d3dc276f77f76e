//! Procedures that a client serves.

use std::rc::Rc;

use futures_util::{
    FutureExt,
    future::{LocalBoxFuture, OptionFuture},
};
use js_sys::{BigInt, Number, Uint8Array};
use serde::{Serialize, de::DeserializeOwned};
use tera_protocol::{
    error::{ErrorCode, TeraError},
    opentera::{RpcMessage, Value, value::ArgValue},
};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use super::{
    Detail, Patterns, Service,
    wish::{Wish, ended},
};
use crate::{Client, driver::Driver, json, pending::Pending};

/// From arguments to JSON.
pub(super) type Procedure = Rc<dyn Fn(Vec<Value>) -> LocalBoxFuture<'static, Result<String, TeraError>>>;

impl Client {
    /// Serves a procedure: clients and services call it at this client's address. `A` is a tuple of its arguments, or `()`; its
    /// result goes back as JSON. If it fails, its caller gets `remote_error` with the error's text.
    ///
    /// A procedure that holds a `Client` keeps that open until it is withdrawn.
    ///
    /// ```no_run
    /// # async fn example(client: tera_client::Client) -> Result<(), tera_client::TeraError> {
    /// let served = client.serve("add", async |(a, b): (f64, f64)| Ok(a + b)).await?;
    /// // elsewhere: client.call("websocket.user.<uuid>", "add", …)
    /// served.withdraw().await
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `forbidden`; `invalid_argument` if this client serves it already; else as [`request`](Self::request).
    pub async fn serve<A, R>(
        &self,
        name: &str,
        procedure: impl AsyncFn(A) -> Result<R, TeraError> + 'static,
    ) -> Result<Served, TeraError>
    where
        A: DeserializeOwned,
        R: Serialize,
    {
        let (patterns, service) = (&self.driver().host.patterns, Service::Procedure(name.to_owned()));
        if patterns.is_wanted(&service) {
            let description = format!("`{name}` is served already.");
            return Err(TeraError::new(ErrorCode::InvalidArgument, description)
                .with_help("Withdraw that procedure first."));
        }
        let procedure = Rc::new(procedure);
        let procedure = move |args: Vec<Value>| {
            let procedure = Rc::clone(&procedure);
            async move { json::write(&procedure(arguments(args)?).await?) }.boxed_local()
        };
        let wish = Wish::begin(self.driver(), service, Detail::Procedure(Rc::new(procedure))).await?;
        Ok(Served { wish })
    }
}

/// A procedure that is served, until this is dropped or the client is closed.
#[derive(Debug)]
#[must_use = "dropping it withdraws the procedure"]
pub struct Served {
    wish: Wish,
}

impl Served {
    /// Ends it, and resolves when the gateway has.
    ///
    /// # Errors
    ///
    /// As [`request`](Client::request).
    pub async fn withdraw(self) -> Result<(), TeraError> {
        self.wish.end().await
    }
}

impl Patterns {
    /// Carries out a call, and answers it.
    pub(super) fn run(&self, driver: &Rc<Driver>, rpc: RpcMessage) {
        let RpcMessage { method, id, args, .. } = rpc;
        let wanted = self.wanted.borrow();
        let procedure = match wanted.get(&Service::Procedure(method)).map(|wanted| &wanted.detail) {
            Some(Detail::Procedure(procedure)) => Some(Rc::clone(procedure)),
            _ => None,
        };
        let (driver, session) = (Rc::clone(driver), self.sessions.get());
        spawn_local(async move {
            let outcome = match procedure {
                Some(procedure) => procedure(args).await.map_err(|error| error.to_string()),
                None => Err("The procedure is not served any more.".to_owned()),
            };
            let (how, text) = match outcome {
                Ok(json) => ("return", json),
                Err(description) => ("fail", description),
            };
            // Whoever called was told when the session was lost.
            if driver.host.patterns.sessions.get() != session {
                return;
            }
            let answer = |how: &str, text: String| {
                let args = [ArgValue::UintValue(id), ArgValue::StringValue(text)];
                ended(Pending::command(&driver, how, args))
            };
            let Err(error) = answer(how, text).await else { return };
            // Whoever calls shall not wait for what can't be sent.
            let told = (error.code == ErrorCode::TooLarge).then(|| answer("fail", error.to_string()));
            driver.host.warn(error);
            if let Some(Err(error)) = OptionFuture::from(told).await {
                driver.host.warn(error);
            }
        });
    }
}

/// What a procedure is called with, as it wants it.
fn arguments<A: DeserializeOwned>(args: Vec<Value>) -> Result<A, TeraError> {
    let is_empty = args.is_empty();
    let array: js_sys::Array = args.into_iter().map(argument).collect();
    json::from_js(array.into()).or_else(|error| {
        // For serde, `()` is no list.
        if is_empty { json::from_js(JsValue::UNDEFINED).map_err(|_| error) } else { Err(error) }
    })
}

/// An argument as JavaScript has it: whole numbers are numbers where they can be.
fn argument(Value { arg_value }: Value) -> JsValue {
    let is_safe = |magnitude: u64| magnitude <= Number::MAX_SAFE_INTEGER as u64;
    match arg_value {
        None => JsValue::UNDEFINED,
        Some(ArgValue::DoubleValue(number)) => number.into(),
        Some(ArgValue::FloatValue(number)) => number.into(),
        Some(ArgValue::IntValue(number)) if is_safe(number.unsigned_abs()) => (number as f64).into(),
        Some(ArgValue::IntValue(number)) => BigInt::from(number).into(),
        Some(ArgValue::UintValue(number)) if is_safe(number) => (number as f64).into(),
        Some(ArgValue::UintValue(number)) => BigInt::from(number).into(),
        Some(ArgValue::BoolValue(is_true)) => is_true.into(),
        Some(ArgValue::BytesValue(bytes)) => Uint8Array::from(&*bytes).into(),
        Some(ArgValue::StringValue(text)) => text.into(),
    }
}
