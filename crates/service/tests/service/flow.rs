//! Messages as they travel, without a client that makes them.

use std::time::Duration;

use prost::Message as _;
use prost_types::Any;
use tera_service::{
    opentera::{TeraModuleMessage, tera_module_message::Header},
    wire::{Flow, Invoke},
};

use crate::{Setting, embedded, setting};

const CALLER: &str = "service.caller.messages";
const STREAM: &str = "0123456789abcdef0123456789abcdef";

fn message(dest: &str, data: Vec<Any>) -> Vec<u8> {
    let head = Header { version: 1, time: 0.0, seq: 7, source: CALLER.into(), dest: dest.into() };
    TeraModuleMessage { head: Some(head), data }.encode_to_vec()
}

/// Virtual time: the method needn't notice by itself that nobody listens.
#[tokio::test(start_paused = true)]
async fn a_stop_right_behind_its_call_is_heard() {
    let bus = embedded().await;
    let Setting { server: _server, trial, key, .. } = setting(&bus).await;
    let _listener = bus.subscribe(&[format!("tera-stream.{STREAM}")], 1000).await.unwrap();
    let dest = format!("service.{key}.messages");
    let method = "trial.v1.Trial/CountForever".into();
    let invoke = Invoke { method, stream: STREAM.into(), window: 128, timeout_ms: 0 };
    let call = vec![Any::from_msg(&invoke).unwrap(), Any::from_msg(&()).unwrap()];
    let stop = Flow { stream: STREAM.into(), room: 0, stop: true };
    bus.publish(&dest, message(&dest, call).into()).await.unwrap();
    bus.publish(&dest, message(&dest, vec![Any::from_msg(&stop).unwrap()]).into()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(trial.counters(&()).await.unwrap().number, 0);
}
