//! States of a client, and how it ends.

use std::{cell::Cell, time::Duration};

use futures_util::{StreamExt, future::join};
use tera_client::{Client, ErrorCode, State, TeraError, opentera::value::ArgValue};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::{connect, page::dispatch};

async fn sleep(client: &Client, milliseconds: i64) -> Result<(), TeraError> {
    let args = [ArgValue::IntValue(milliseconds)];
    client.call::<serde_json::Value>("service.DemoService", "sleep", args, None).await.map(drop)
}

fn name(state: Option<State>) -> &'static str {
    match state {
        Some(State::Connecting) => "connecting",
        Some(State::Connected { resumed: false, .. }) => "connected",
        Some(State::Connected { resumed: true, .. }) => "resumed",
        Some(State::Disconnected { .. }) => "disconnected",
        Some(State::Closed(_)) => "closed",
        None => "end",
    }
}

#[wasm_bindgen_test]
async fn states_come_from_the_present_one_to_the_end() {
    let client = connect().await;
    let mut states = client.states();
    assert_eq!(name(states.next().await), "connected");
    dispatch("pagehide", true);
    dispatch("pageshow", true);
    for expected in ["disconnected", "disconnected", "connecting", "resumed"] {
        assert_eq!(name(states.next().await), expected);
    }
    client.close();
    let mut late = client.states();
    for states in [&mut states, &mut late] {
        assert_eq!(name(states.next().await), "closed");
        assert_eq!(name(states.next().await), "end");
    }
}

#[wasm_bindgen_test]
async fn draining_takes_nothing_new_and_waits_for_what_is_under_way() {
    let client = connect().await;
    let is_answered = Cell::new(false);
    let asking = async {
        sleep(&client, 200).await.unwrap();
        is_answered.set(true);
    };
    let draining = async {
        let refused = async {
            assert_eq!(sleep(&client, 0).await.unwrap_err().code, ErrorCode::Closed);
            assert!(!is_answered.get());
        };
        join(client.drain(Duration::from_secs(10)), refused).await;
        assert!(is_answered.get());
    };
    join(asking, draining).await;
    assert!(matches!(client.state(), State::Closed(error) if error.code == ErrorCode::Closed));
    client.drain(Duration::from_secs(10)).await;
}

#[wasm_bindgen_test]
async fn a_drain_that_takes_too_long_closes_and_settles_what_is_left() {
    let client = connect().await;
    let (outcome, ()) = join(sleep(&client, 60_000), client.drain(Duration::from_millis(50))).await;
    assert_eq!(outcome.unwrap_err().code, ErrorCode::Closed);
}
