//! Simulated procedures, reached by calls: a demo service's, and two of those that a real user manager has.

use std::{slice, sync::Arc, time::Duration};

use prost::Message as _;
use serde_json::{Map, Value, json};
use tera_protocol::opentera::{self, RpcMessage, value::ArgValue};
use tokio::time::sleep;

use super::{QUEUE, World};
use crate::bus::{BusError, Received};

const TOPICS: [&str; 2] = ["service.DemoService.rpc", "module.TeraServer.UserManagerModule.rpc"];
/// Longest sleep that a caller may ask for.
const MAX_SLEEP: Duration = Duration::from_secs(60);

pub(super) async fn start(world: &Arc<World>) -> Result<(), BusError> {
    for topic in TOPICS {
        let mut calls = world.bus.subscribe(slice::from_ref(&topic.to_owned()), QUEUE).await?;
        let world = Arc::clone(world);
        tokio::spawn(async move {
            loop {
                let Received::Message(call) = calls.receive().await else { continue };
                match RpcMessage::decode(call.payload().clone()) {
                    Ok(call) => _ = tokio::spawn(answer(Arc::clone(&world), topic, call)),
                    Err(error) => tracing::debug!(%error, topic, "the simulation got a call it can't decode"),
                }
            }
        });
    }
    Ok(())
}

/// Answers one call. A method that is unknown gets no reply, as from a real module.
async fn answer(world: Arc<World>, topic: &'static str, call: RpcMessage) {
    let args: Vec<Value> = call.args.iter().map(json_value).collect();
    let Some(result) = run(&world, &call.method, &args).await else { return };
    let (status, value) = match result {
        Ok(value) => ("OK", value),
        Err(message) => ("Error", Value::String(message)),
    };
    let reply = json!({"method": call.method, "id": call.id, "pattern": topic, "status": status, "return_value": value});
    world.publish(&call.reply_to, reply.to_string()).await;
}

async fn run(world: &World, method: &str, args: &[Value]) -> Option<Result<Value, String>> {
    Some(match (method, args) {
        ("online_users", []) => Ok(online_users(world).await),
        ("status_devices", []) => Ok(status_devices(world).await),
        ("add", [a, b]) => add(a, b),
        ("echo", args) => Ok(args.to_vec().into()),
        ("sleep", [milliseconds]) => rest(milliseconds).await,
        ("fail", [Value::String(message)]) => Err(message.clone()),
        ("add" | "sleep" | "fail" | "online_users" | "status_devices", _) => {
            Err(format!("{method} does not take these arguments"))
        }
        _ => return None,
    })
}

async fn online_users(world: &World) -> Value {
    let state = world.state.lock().await;
    state
        .people
        .iter()
        .filter(|person| person.is_online_user())
        .map(|person| person.uuid().to_string())
        .collect()
}

async fn status_devices(world: &World) -> Value {
    let state = world.state.lock().await;
    let status = |device: &super::devices::Device| {
        let value = json!({"online": device.is_online(), "status": device.status()});
        (device.uuid().to_string(), value)
    };
    state.devices.iter().map(status).collect::<Map<_, _>>().into()
}

fn add(a: &Value, b: &Value) -> Result<Value, String> {
    let sum = match (a.as_i64(), b.as_i64()) {
        (Some(a), Some(b)) => a.checked_add(b).map(Value::from),
        _ => a.as_f64().zip(b.as_f64()).map(|(a, b)| (a + b).into()),
    };
    sum.ok_or_else(|| "add takes two numbers whose sum fits".into())
}

async fn rest(milliseconds: &Value) -> Result<Value, String> {
    let milliseconds = milliseconds.as_f64().unwrap_or(-1.0);
    let duration = Duration::try_from_secs_f64(milliseconds / 1000.0);
    let duration = duration.map_err(|_| "sleep takes milliseconds".to_owned())?.min(MAX_SLEEP);
    sleep(duration).await;
    Ok(milliseconds.into())
}

/// Bytes become base64, as JSON has none.
fn json_value(argument: &opentera::Value) -> Value {
    match &argument.arg_value {
        None => Value::Null,
        Some(ArgValue::DoubleValue(number)) => json!(number),
        Some(ArgValue::FloatValue(number)) => json!(number),
        Some(ArgValue::IntValue(number)) => json!(number),
        Some(ArgValue::UintValue(number)) => json!(number),
        Some(ArgValue::BoolValue(truth)) => json!(truth),
        Some(ArgValue::BytesValue(bytes)) => json!(base64(bytes)),
        Some(ArgValue::StringValue(text)) => json!(text),
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let [a, b, c] = [0, 1, 2].map(|index| chunk.get(index).copied().unwrap_or(0));
        let bits = u32::from_be_bytes([0, a, b, c]);
        for position in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * position)) as usize & 63];
            text.push(if position <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_base64() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(base64(&[0xff, 0xfe, 0xfd]), "//79");
    }

    #[test]
    fn add_keeps_integers_whole_and_refuses_the_rest() {
        assert_eq!(add(&json!(9_007_199_254_740_993_i64), &json!(1)), Ok(json!(9_007_199_254_740_994_i64)));
        assert_eq!(add(&json!(0.5), &json!(1)), Ok(json!(1.5)));
        assert!(add(&json!(i64::MAX), &json!(1)).is_err());
        assert!(add(&json!("1"), &json!(1)).is_err());
    }
}
