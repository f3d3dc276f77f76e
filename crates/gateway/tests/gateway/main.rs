//! The gateway as its clients and the rest of the deployment see it: real sockets, on both buses where that matters.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod batches;
mod bench;
mod bus_loss;
mod client;
mod delivery;
mod faults;
mod http;
mod leaving;
mod limits;
mod login;
mod notifications;
mod process;
mod queues;
mod requests;
mod sdk;
mod serving;
mod sessions;
mod signals;
mod simulation;
mod slow;
mod subscriptions;
#[path = "../support/mod.rs"]
mod support;
mod texts;
mod troubled;
mod variables;

/// So many tests run as one: each name is a test on each bus.
macro_rules! on_every_bus {
    ($($name:ident)*) => {
        mod on_the_embedded_bus {
            $(#[tokio::test] async fn $name() { super::$name(crate::support::embedded().await).await })*
        }
        mod on_redis {
            $(#[tokio::test] async fn $name() { super::$name(crate::support::redis().await).await })*
        }
    };
}
use on_every_bus;
