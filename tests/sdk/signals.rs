//! Signals between clients, and between a client and the simulated thermostat, which is a service.

use std::time::Duration;

use futures_util::{
    FutureExt, StreamExt,
    future::{join, join_all},
};
use serde::{Deserialize, Serialize};
use tera_client::{
    Client, ErrorCode, Event, Options, State, TeraError,
    signals::{ChangeType, DataChangeEvent, Message, Named, Reply, Signals, Unanswered},
};
use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::{
    address, connect, connect_as,
    page::{run, run_async},
};

/// A type of own fields, named as it is.
macro_rules! named {
    ($($name:ident { $($field:ident: $type:ty),* })*) => {
        $(
            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
            struct $name { $($field: $type),* }
            impl Named for $name {
                const NAME: &'static str = stringify!($name);
            }
        )*
    };
}

named! {
    SetTarget { celsius: f64 }
    TargetSet { celsius: f64 }
    Thermostat { room: String, celsius: f64 }
    RustOffer { price: i64, note: String }
    RustAccepted { price: i64 }
    RustTick { count: u32 }
    RustSilence { }
    RustRoom { id: u8 }
    RustBadge { id: String }
}

/// What calls itself a tick and is none.
#[derive(Serialize)]
struct Fake {
    count: &'static str,
}

impl Named for Fake {
    const NAME: &'static str = RustTick::NAME;
}

#[wasm_bindgen_test]
async fn a_service_answers_a_question_or_refuses_it_and_its_change_is_heard() {
    let client = connect().await;
    let signals = client.signals();
    let mut changes = signals.on_change::<Thermostat>().await.unwrap();
    let reply: Reply<TargetSet> =
        signals.ask("Thermostat", &SetTarget { celsius: 21.5 }, None).await.unwrap();
    assert_eq!(
        (reply.fields.celsius, &*reply.head.from, &*reply.message_type),
        (21.5, "Thermostat", "TargetSet")
    );
    assert_eq!(reply.reply_to.from, address(&client));
    let change: DataChangeEvent<Thermostat> = changes.next().await.unwrap().unwrap();
    let object = Thermostat { room: "Gym".into(), celsius: 21.5 };
    assert_eq!((change.change_type, change.object), (ChangeType::Updated, object));

    let asked = signals.ask::<_, TargetSet>("Thermostat", &SetTarget { celsius: 99.0 }, None).await;
    let Err(Unanswered::Refused(refusal)) = asked.clone() else { panic!("{asked:?}") };
    assert_eq!((refusal.code, refusal.help.as_deref()), (422, Some("Ask for 15 to 26 °C.")));
    let error = TeraError::from(asked.unwrap_err());
    assert_eq!((error.code, &*error.help), (ErrorCode::RemoteError, "Ask for 15 to 26 °C."));

    let misread = signals.ask::<_, Thermostat>("Thermostat", &SetTarget { celsius: 20.0 }, None).await;
    assert_eq!(TeraError::from(misread.unwrap_err()).code, ErrorCode::InvalidMessage);
}

/// Answers offers: what is cheap is refused.
async fn serve(signals: Signals) {
    let mut offers = signals.on_message::<RustOffer>().await.unwrap();
    spawn_local(async move {
        while let Some(offer) = offers.next().await {
            let offer: Message<RustOffer> = offer.unwrap();
            let RustOffer { price, .. } = offer.fields;
            if price < 0 {
                signals.refuse(&offer, 402, "too cheap", None).await.unwrap();
            } else {
                signals.reply(&offer, &RustAccepted { price }).await.unwrap();
            }
        }
    });
}

#[wasm_bindgen_test]
async fn each_of_many_questions_gets_its_own_reply_from_another_client() {
    let (client, other) = (connect().await, connect_as(&["device"]).await);
    serve(other.signals()).await;
    let (signals, to) = (client.signals(), address(&other));
    let ask = async |price| -> Result<Reply<RustAccepted>, Unanswered> {
        signals.ask(&to, &RustOffer { price, note: "é😀".into() }, None).await
    };
    let replies = join_all((0..100).map(&ask)).await;
    for (price, reply) in replies.into_iter().enumerate() {
        let Reply { fields, head, reply_to, .. } = reply.unwrap();
        assert_eq!((fields.price, &head.from), (price as i64, &to));
        assert_eq!(reply_to.fields["note"], "é😀");
    }
    let Err(Unanswered::Refused(refusal)) = ask(-1).await else { panic!("it is not refused") };
    assert_eq!((refusal.code, &*refusal.description, refusal.help), (402, "too cheap", None));
}

#[wasm_bindgen_test]
async fn a_question_ends_by_its_timeout_when_it_is_dropped_and_at_once_where_nobody_listens() {
    let client = connect().await;
    let (signals, own) = (client.signals(), address(&client));
    let code = async |to: &str, milliseconds| {
        let timeout = Some(Duration::from_millis(milliseconds));
        let asked = signals.ask::<_, RustSilence>(to, &RustSilence {}, timeout).await;
        TeraError::from(asked.unwrap_err()).code
    };
    assert_eq!(code(&own, 200).await, ErrorCode::Timeout);
    assert_eq!(code("Nobody", 60_000).await, ErrorCode::Unreachable);
    assert_eq!(code("a.b", 60_000).await, ErrorCode::InvalidArgument);
    let asked = signals.ask::<_, RustSilence>(&own, &RustSilence {}, None);
    assert!(asked.boxed_local().now_or_never().is_none());
    let asked = signals.ask::<_, RustSilence>(&own, &RustSilence {}, None).boxed_local();
    client.close();
    let closed = TeraError::from(asked.await.unwrap_err()).code;
    assert_eq!(closed, ErrorCode::Closed);
}

#[wasm_bindgen_test]
async fn events_and_changes_reach_those_who_listen_to_their_type_until_they_stop() {
    let (client, other) = (connect().await, connect_as(&["device"]).await);
    let (signals, others) = (client.signals(), other.signals());
    let mut ticks = signals.on_event::<RustTick>().await.unwrap();
    let mut rooms = signals.on_change::<RustRoom>().await.unwrap();
    others.emit(&RustSilence {}).await.unwrap();
    others.emit(&RustTick { count: 1 }).await.unwrap();
    others.emit(&Fake { count: "many" }).await.unwrap();
    others.emit(&RustTick { count: u32::MAX }).await.unwrap();
    others.emit_change(ChangeType::Deleted, &RustRoom { id: 7 }).await.unwrap();
    let tick = ticks.next().await.unwrap().unwrap();
    assert_eq!((tick.fields.count, tick.head.from, tick.head.id.len()), (1, address(&other), 32));
    assert_eq!(ticks.next().await.unwrap().unwrap_err().code, ErrorCode::InvalidMessage);
    assert_eq!(ticks.next().await.unwrap().unwrap().fields.count, u32::MAX);
    let change = rooms.next().await.unwrap().unwrap();
    assert_eq!((change.change_type, change.object), (ChangeType::Deleted, RustRoom { id: 7 }));

    ticks.stop().await.unwrap();
    others.emit(&RustTick { count: 2 }).await.unwrap();
    let mut ticks = signals.on_event::<RustTick>().await.unwrap();
    others.emit(&RustTick { count: 3 }).await.unwrap();
    assert_eq!(ticks.next().await.unwrap().unwrap().fields.count, 3);
    assert_eq!(ticks.dropped(), 0);
    client.close();
    assert!(ticks.next().await.is_none());
    assert_eq!(signals.on_event::<RustTick>().await.unwrap_err().code, ErrorCode::Closed);
}

#[wasm_bindgen_test]
async fn own_fields_that_would_replace_those_of_every_signal_are_refused() {
    let client = connect().await;
    let (signals, own) = (client.signals(), address(&client));
    let badge = RustBadge { id: "mine".into() };
    assert_eq!(signals.emit(&badge).await.unwrap_err().code, ErrorCode::InvalidArgument);
    assert_eq!(signals.send(&own, &badge).await.unwrap_err().code, ErrorCode::InvalidArgument);
    let asked = signals.ask::<_, RustSilence>(&own, &badge, None).await;
    assert_eq!(TeraError::from(asked.unwrap_err()).code, ErrorCode::InvalidArgument);
    let mut messages = signals.on_message::<RustSilence>().await.unwrap();
    signals.send(&own, &RustSilence {}).await.unwrap();
    let message = messages.next().await.unwrap().unwrap();
    assert_eq!(signals.reply(&message, &badge).await.unwrap_err().code, ErrorCode::InvalidArgument);
}

#[wasm_bindgen_test]
async fn a_plain_server_sends_signals_as_text() {
    run("globalThis.RealSocket = WebSocket;
        globalThis.hasOpened = new Promise((resolve) => globalThis.whenOpened = resolve);
        globalThis.WebSocket = class extends EventTarget {
            constructor() { super(); globalThis.socket = this; whenOpened(); }
            close() {}
        };
        globalThis.say = (data) => socket.dispatchEvent(new MessageEvent('message', { data }));");
    let opened = async {
        run_async("hasOpened").await;
        run("globalThis.WebSocket = RealSocket; socket.dispatchEvent(new Event('open')); say('{}')");
    };
    let connecting = Client::connect("ws://plain.example/", Options::default());
    let (client, ()) = join(connecting, opened).await;
    let client = client.unwrap();
    assert!(matches!(client.state(), State::Connected { .. }));
    let (signals, mut events) = (client.signals(), client.events());
    let mut ticks = signals.on_event::<RustTick>().await.unwrap();
    run(
        r#"say('{"id":"1","timestamp":"t","from":"Clock","signalType":"EVENT","eventType":"RustTick","count":9}');
        say('{"signalType":"OTHER"}');"#,
    );
    let tick = ticks.next().await.unwrap().unwrap();
    assert_eq!((tick.fields.count, &*tick.head.from), (9, "Clock"));
    let Some(Event::Warning(warning)) = events.next().await else { panic!("no warning") };
    assert_eq!(warning.code, ErrorCode::InvalidMessage);
    assert_eq!(signals.emit(&RustTick { count: 1 }).await.unwrap_err().code, ErrorCode::Unsupported);
    ticks.stop().await.unwrap();
}
