//! What the page tells its clients. All clients of the page hear it.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt, future::select};
use js_sys::{Promise, Reflect, eval};
use tera_client::{Client, ErrorCode, Options, State, Url, opentera::value::ArgValue};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::{connect, login};

const SERVICE: &str = "service.DemoService";

/// Dispatches an event on the window; those of the history say whether the page is kept.
pub(crate) fn dispatch(name: &str, persisted: bool) {
    run(&format!("dispatchEvent(new PageTransitionEvent('{name}', {{ persisted: {persisted} }}))"));
}

pub(crate) fn run(script: &str) -> JsValue {
    eval(script).unwrap()
}

pub(crate) async fn run_async(script: &str) {
    JsFuture::from(Promise::from(run(script))).await.unwrap();
}

/// Whether the client will connect again, and by itself.
fn retries(client: &Client) -> Option<bool> {
    match client.state() {
        State::Disconnected { retry_at, .. } => Some(retry_at.is_some()),
        _ => None,
    }
}

async fn is_resumed(client: &Client) -> bool {
    let sum: i64 =
        client.call(SERVICE, "add", [ArgValue::IntValue(1), ArgValue::IntValue(1)], None).await.unwrap();
    sum == 2 && matches!(client.state(), State::Connected { resumed: true, .. })
}

#[wasm_bindgen_test]
async fn a_page_put_aside_hangs_up_and_comes_back_with_its_session() {
    let client = connect().await;
    dispatch("pagehide", false);
    assert_eq!(retries(&client), None);
    for wake in [
        "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))",
        "document.dispatchEvent(new Event('resume'))",
        "document.dispatchEvent(new Event('visibilitychange'))",
    ] {
        dispatch("pagehide", true);
        assert_eq!(retries(&client), Some(false));
        dispatch("pageshow", false);
        assert_eq!(retries(&client), Some(false));
        run(wake);
        assert_eq!(retries(&client), Some(true), "{wake}");
        assert!(is_resumed(&client).await, "{wake}");
    }
}

#[wasm_bindgen_test]
async fn without_a_network_nothing_is_tried() {
    let client = connect().await;
    dispatch("offline", false);
    assert_eq!(retries(&client), None);
    dispatch("pagehide", true);
    dispatch("pageshow", true);
    assert_eq!(retries(&client), Some(false));
    dispatch("online", false);
    assert_eq!(retries(&client), Some(true));
    assert!(is_resumed(&client).await);
}

#[wasm_bindgen_test]
async fn a_closed_client_stays_closed_whatever_the_page_tells() {
    let client = connect().await;
    client.close();
    for name in ["pagehide", "pageshow", "offline", "online"] {
        dispatch(name, true);
        assert!(matches!(client.state(), State::Closed(_)), "{name}");
    }
    assert!(client.events().next().await.is_none());
}

#[wasm_bindgen_test]
async fn a_machine_that_slept_probes_its_connection() {
    run("globalThis.pings = 0;
        globalThis.realSend = WebSocket.prototype.send;
        WebSocket.prototype.send = function (data) {
            const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
            if (String.fromCharCode(...bytes).includes('tera.link.v1.Ping')) pings++;
            return realSend.call(this, data);
        };
        globalThis.realNow = Date.now;");
    let options = Options { heartbeat: Some(Duration::from_secs(60)), ..Options::default() };
    let client = Client::connect(Url::provider(login), options).await.unwrap();
    let time_out = async || {
        let args = [ArgValue::IntValue(60_000)];
        let sleep = client.call::<()>(SERVICE, "sleep", args, Some(Duration::from_millis(50)));
        assert_eq!(sleep.await.unwrap_err().code, ErrorCode::Timeout);
        run("pings")
    };
    let awake = time_out().await;
    run("Date.now = () => realNow() + 60_000");
    let slept = time_out().await;
    run("Date.now = realNow; WebSocket.prototype.send = realSend");
    assert_eq!((awake, slept), (1.into(), 2.into()));
}

#[wasm_bindgen_test]
async fn a_socket_that_is_open_is_closed_after_the_servers_first_message() {
    run("globalThis.RealSocket = WebSocket;
        globalThis.hasOpened = new Promise((resolve) => globalThis.whenOpened = resolve);
        globalThis.hasClosed = new Promise((resolve) => globalThis.whenClosed = resolve);
        globalThis.codes = [];
        globalThis.WebSocket = class extends EventTarget {
            constructor() { super(); globalThis.socket = this; whenOpened(); }
            close(code) { codes.push(code); whenClosed(); }
        };");
    let connecting = Client::connect("ws://plain.example/", Options::default()).boxed_local();
    let connecting = select(connecting, run_async("hasOpened").boxed_local()).await;
    run("globalThis.WebSocket = RealSocket; socket.dispatchEvent(new Event('open'))");
    drop(connecting);
    assert_eq!(run("codes.length"), 0);
    run("socket.dispatchEvent(new MessageEvent('message', { data: '{}' }))");
    run_async("hasClosed").await;
    let codes = Reflect::get(&run("codes"), &0.into()).unwrap();
    assert_eq!(codes, 1000);
}
