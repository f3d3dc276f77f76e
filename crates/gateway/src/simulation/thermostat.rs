//! A simulated service that speaks in signals: a thermostat. It is told a temperature, and announces each new one.

use std::{
    ops::RangeInclusive,
    slice,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use serde_json::json;
use tera_signals::{
    ChangeType, DataChangeEvent, ErrorReply, Head, Message, Reply, ReplyTo, SignalError, timestamp,
};

use super::{QUEUE, World, random_uuid};
use crate::bus::{BusError, Received};

const NAME: &str = "Thermostat";
const INPUT: &str = "signal.service.Thermostat";
/// The only message that it understands; `celsius` is a number.
const SET_TARGET: &str = "SetTarget";
/// What it can be set to, in degrees Celsius.
const RANGE: RangeInclusive<f64> = 15.0..=26.0;
/// Groups of its errors.
const UNKNOWN_MESSAGE: i64 = 501;
const OUT_OF_RANGE: i64 = 422;

/// Signals as JSON, each with its topic.
type Signals = Vec<(String, String)>;

pub(super) async fn start(world: &Arc<World>) -> Result<(), BusError> {
    let mut messages = world.bus.subscribe(slice::from_ref(&INPUT.to_owned()), QUEUE).await?;
    let world = Arc::clone(world);
    tokio::spawn(async move {
        loop {
            let Received::Message(delivery) = messages.receive().await else { continue };
            let now = Duration::from_secs_f64(world.clock.unix_seconds());
            match answer(delivery.payload(), now) {
                Ok(signals) => {
                    for (topic, signal) in signals {
                        world.publish(&topic, signal).await;
                    }
                }
                Err(error) => tracing::debug!(%error, "the simulated thermostat got what it can't answer"),
            }
        }
    });
    Ok(())
}

/// What a message makes it say; `now` is since 1970.
///
/// # Errors
///
/// It is no message, or has no address for a reply.
fn answer(payload: &[u8], now: Duration) -> Result<Signals, SignalError> {
    let head = || Head { id: random_uuid(), timestamp: timestamp(UNIX_EPOCH + now), from: NAME.into() };
    let message: Message = serde_json::from_slice(payload)?;
    let asked = ReplyTo::of(&message)?;
    let celsius = message.fields.get("celsius").and_then(serde_json::Value::as_f64);
    match celsius.filter(|celsius| RANGE.contains(celsius)) {
        Some(celsius) if message.message_type == SET_TARGET => {
            let object = json!({"room": "Gym", "celsius": celsius});
            let change = DataChangeEvent::new(head(), ChangeType::Updated, NAME, object);
            let reply = Reply::new(head(), "TargetSet", asked, json!({"celsius": celsius}));
            Ok(vec![
                (change.topic()?, serde_json::to_string(&change)?),
                (reply.topic(None)?, serde_json::to_string(&reply)?),
            ])
        }
        _ => {
            let reply = refusal(head(), asked, &message.message_type);
            Ok(vec![(reply.topic(None)?, serde_json::to_string(&reply)?)])
        }
    }
}

fn refusal(head: Head, asked: ReplyTo, message_type: &str) -> ErrorReply {
    let (code, description, help) = if message_type == SET_TARGET {
        let help = format!("Ask for {} to {} °C.", RANGE.start(), RANGE.end());
        (OUT_OF_RANGE, "This can't be the temperature of a room.".to_owned(), help)
    } else {
        (
            UNKNOWN_MESSAGE,
            format!("A thermostat does not know {message_type}."),
            format!("Send {SET_TARGET}."),
        )
    };
    let mut reply = ErrorReply::new(head, asked, code, description);
    reply.help = Some(help);
    reply
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn said(message: &Value) -> Vec<(String, Value)> {
        let signals = answer(message.to_string().as_bytes(), Duration::from_secs(1)).unwrap();
        signals.into_iter().map(|(topic, json)| (topic, serde_json::from_str(&json).unwrap())).collect()
    }

    fn message(message_type: &str, celsius: f64) -> Value {
        json!({
            "id": "1", "timestamp": "2026-01-01T00:00:00Z", "signalType": "MESSAGE", "to": NAME,
            "from": "websocket.user.00000000-0000-4000-8000-000000000001", "returnAddress": "agents",
            "messageType": message_type, "celsius": celsius,
        })
    }

    #[test]
    fn a_temperature_within_the_range_is_announced_and_answered() {
        let signals = said(&message(SET_TARGET, 21.5));
        assert_eq!(signals[0].0, "signal.event.DataChangeEvent.Thermostat");
        assert_eq!(signals[0].1["object"]["celsius"], 21.5);
        assert_eq!(signals[1].0, "signal.agents");
        assert_eq!(signals[1].1["signalType"], "REPLY");
        assert_eq!(signals[1].1["replyTo"]["id"], "1");
    }

    #[test]
    fn anything_else_is_answered_with_what_to_do_instead() {
        for (message, code) in
            [(message(SET_TARGET, 40.0), OUT_OF_RANGE), (message("Explode", 21.0), UNKNOWN_MESSAGE)]
        {
            let signals = said(&message);
            assert_eq!(signals.len(), 1);
            assert_eq!(signals[0].1["signalType"], "ERROR_REPLY");
            assert_eq!(signals[0].1["code"], code);
            assert!(signals[0].1["help"].is_string());
        }
        assert!(answer(b"{}", Duration::ZERO).is_err());
    }
}
