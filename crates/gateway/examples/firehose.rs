//! Sends prepared frames at full rate, for `cargo xtask bench receive`: a gateway, through which they pass as events, and a
//! bare websocket server with the same stack and the same buffers, which also sends text. The bare one is no product.
//!
//! `firehose DIR ORIGIN` takes frames from the files `DIR/<events>.binary` and `DIR/<events>.text`, each frame behind its
//! length as four bytes, lowest first; pages of ORIGIN may connect. It prints the two servers' URLs. Each line that it
//! reads is an order, `<sender> <events> <count>`: `gateway`, `binary` or `text` sends so many of these frames, in turn, to
//! all who are connected there. It ends with its input.

use std::{
    collections::HashMap,
    env, fs,
    io::{self, Write as _},
    path::Path,
    sync::Arc,
};

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use tera_gateway::{
    bus::{Bus, Embedded},
    config::{Config, Limits},
    serve,
};
use tera_protocol::link::frame;
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Runtime,
    sync::{OwnedSemaphorePermit, Semaphore, broadcast},
};
use tokio_tungstenite::{
    accept_hdr_async_with_config,
    tungstenite::{
        Message,
        handshake::server::{Request, Response},
        protocol::WebSocketConfig,
    },
};

type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// The account that pages log in as.
const ACCOUNT: &str = r#"
    [[identities]]
    login = "bench"
    password = "bench"
    kind = "device"
    uuid = "bec40000-0000-4000-8000-000000000001"
    name = "Benchmark"
"#;
/// Where its events are published.
const TOPIC: &str = "websocket.device.bec40000-0000-4000-8000-000000000001.events";
/// Messages that the gateway's session has not taken from the bus; more than 4096 would be missed.
const WINDOW: usize = 2048;
/// The gateway's own buffers; see its handshake.
const READ_BUFFER: usize = 2 * 1024;
const WRITE_BUFFER: usize = 8 * 1024;

/// What the bare server sends on a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Binary,
    Text,
}

#[derive(Clone, Debug)]
struct Order {
    format: Format,
    frames: Arc<[Message]>,
    count: usize,
}

/// A message on its way over the bus; its permit returns when the last one who reads it is done.
struct Published {
    event: Bytes,
    _permit: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Published {
    fn as_ref(&self) -> &[u8] {
        &self.event
    }
}

fn main() -> Result<(), AnyError> {
    let [dir, origin] = &env::args().skip(1).collect::<Vec<_>>()[..] else {
        return Err("usage: firehose DIR ORIGIN".into());
    };
    let runtime = Runtime::new()?;
    let bus = Arc::new(Embedded::default());
    let orders = broadcast::Sender::new(16);
    let gateway = runtime.block_on(start_gateway(Arc::clone(&bus) as Arc<dyn Bus>, origin))?;
    let greetings = [
        (Format::Binary, messages(dir, 1, Format::Binary)?[0].clone()),
        (Format::Text, messages(dir, 1, Format::Text)?[0].clone()),
    ];
    let bare = runtime.block_on(start_bare(orders.clone(), greetings))?;
    writeln!(io::stdout(), "sending from {gateway} {bare}")?;
    let mut events = HashMap::new();
    for line in io::stdin().lines() {
        let line = line?;
        let [sender, each, count] = line.split(' ').collect::<Vec<_>>()[..] else {
            return Err(format!("no order: {line}").into());
        };
        let (each, count) = (each.parse()?, count.parse()?);
        let format = if sender == "text" { Format::Text } else { Format::Binary };
        if sender == "gateway" {
            let events = events.entry(each).or_insert(published(dir, each)?);
            runtime.block_on(publish(&*bus, events, count))?;
        } else {
            let frames = messages(dir, each, format)?.into();
            orders.send(Order { format, frames, count }).map_err(|_| "nobody is connected")?;
        }
    }
    Ok(())
}

/// A gateway that keeps as much for a page as is ever sent at once, so that none counts as slow.
async fn start_gateway(bus: Arc<dyn Bus>, origin: &str) -> Result<String, AnyError> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let limits = Limits {
        messages_per_second: 1_000_000,
        burst: 1_000_000,
        replay_messages: 1_000_000,
        replay_bytes: 1 << 30,
        ..Limits::default()
    };
    let config = Config { allowed_origins: vec![origin.to_owned()], limits, ..Config::parse(ACCOUNT)? };
    tokio::spawn(serve(listener, config, bus, std::future::pending()));
    Ok(format!("http://{address}"))
}

/// Publishes as fast as the session takes it.
async fn publish(bus: &dyn Bus, events: &[Bytes], count: usize) -> Result<(), AnyError> {
    let window = Arc::new(Semaphore::new(WINDOW));
    for event in events.iter().cycle().take(count) {
        let permit = Arc::clone(&window).acquire_owned().await?;
        bus.publish(TOPIC, Bytes::from_owner(Published { event: event.clone(), _permit: permit })).await?;
    }
    Ok(())
}

/// A server without a link. Its paths are `/binary` and `/text`, and it greets with one frame.
async fn start_bare(
    orders: broadcast::Sender<Order>,
    greetings: [(Format, Message); 2],
) -> Result<String, AnyError> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let (orders, greetings) = (orders.subscribe(), greetings.clone());
            tokio::spawn(async move {
                // A page that goes is no news.
                _ = send(connection, orders, greetings).await;
            });
        }
    });
    Ok(format!("ws://{address}"))
}

async fn send(
    connection: TcpStream,
    mut orders: broadcast::Receiver<Order>,
    greetings: [(Format, Message); 2],
) -> Result<(), AnyError> {
    connection.set_nodelay(true)?;
    let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER).write_buffer_size(WRITE_BUFFER);
    let mut format = Format::Binary;
    #[expect(clippy::result_large_err, reason = "the handshake's callback is declared so")]
    let look = |request: &Request, response: Response| {
        format = if request.uri().path() == "/text" { Format::Text } else { Format::Binary };
        Ok(response)
    };
    let socket = accept_hdr_async_with_config(connection, look, Some(config)).await?;
    let (mut sink, mut stream) = socket.split();
    let sending = async {
        for (_, greeting) in greetings.into_iter().filter(|greeting| greeting.0 == format) {
            sink.send(greeting).await?;
        }
        loop {
            let order = orders.recv().await?;
            if order.format == format {
                for frame in order.frames.iter().cycle().take(order.count) {
                    sink.feed(frame.clone()).await?;
                }
                sink.flush().await?;
            }
        }
    };
    let reading = async { while let Some(Ok(_)) = stream.next().await {} };
    tokio::select! {
        sent = sending => sent,
        () = reading => Ok(()),
    }
}

/// The events that the gateway wraps into frames equal to the binary ones.
fn published(dir: &str, events: usize) -> Result<Vec<Bytes>, AnyError> {
    let frames = frames(dir, events, Format::Binary)?;
    frames.iter().map(|bytes| Ok(Bytes::copy_from_slice(frame::payload(bytes)?.value))).collect()
}

fn messages(dir: &str, events: usize, format: Format) -> Result<Vec<Message>, AnyError> {
    let frames = frames(dir, events, format)?.into_iter();
    match format {
        Format::Binary => Ok(frames.map(|bytes| Message::Binary(bytes.into())).collect()),
        Format::Text => frames.map(|bytes| Ok(Message::text(String::from_utf8(bytes)?))).collect(),
    }
}

fn frames(dir: &str, events: usize, format: Format) -> Result<Vec<Vec<u8>>, AnyError> {
    let extension = if format == Format::Text { "text" } else { "binary" };
    let file = fs::read(Path::new(dir).join(format!("{events}.{extension}")))?;
    let mut frames = Vec::new();
    let mut rest = &file[..];
    while let Some((length, behind)) = rest.split_first_chunk() {
        let (frame, behind) = behind
            .split_at_checked(u32::from_le_bytes(*length) as usize)
            .ok_or("a file ends inside a frame")?;
        frames.push(frame.to_vec());
        rest = behind;
    }
    Ok(frames)
}
