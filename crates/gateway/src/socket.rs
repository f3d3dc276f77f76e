//! Drives one client's session: performs what the state machine wants, and feeds it what happens.

use std::{collections::VecDeque, future, io, pin::Pin, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{
    StreamExt as _,
    stream::{SplitSink, SplitStream},
};
use tera_protocol::{
    error::{ErrorCode, TeraError},
    link::{
        frame::encode,
        messages::CloseCode,
        session::{Hello, Output, Publication, Session, Setup, Token, close_code, welcome},
    },
    topic::Topic,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    sync::mpsc,
    time::{Instant, Interval, MissedTickBehavior, interval_at, sleep_until, timeout},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{self, Message, protocol::frame::coding::CloseCode as WebSocketCode},
};

use crate::{
    Delivery,
    bus::{BusError, Received, Subscription},
    config::{Account, Config},
    events,
    gateway::Gateway,
    outgoing::{Outgoing, Overflow},
    pending::{Claim, Return, SessionNumbers},
    presence::Attached,
};

/// Between two pings.
const PING_INTERVAL: Duration = Duration::from_secs(10);
/// A connection on which nothing came in for so long is dead.
const SILENCE: Duration = Duration::from_secs(30);
/// How long a client may go on sending after the close frame. Closing while data arrives would reset the connection,
/// and the client might never read why.
const DRAIN: Duration = Duration::from_secs(3);

/// For a client that says something else first, or nothing until the first ping.
const NO_HELLO: (u16, &str) = (close_code(CloseCode::CloseProtocolViolation), "a client says Hello first");

type Publishing = Pin<Box<dyn Future<Output = (Publication, Result<u64, BusError>)> + Send>>;

/// How a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// With this close code and reason, after what is queued.
    Close(u16, &'static str),
    /// At once: the client reads too slowly.
    TooSlow,
    /// The client is gone or says goodbye.
    Gone,
}

enum Step {
    Incoming(Option<Result<Message, tungstenite::Error>>),
    Received(Received),
    Returned(Return),
    Published(Publication, Result<u64, BusError>),
    Deadline,
    Ping,
    Shutdown,
}

struct Driver<T> {
    gateway: Arc<Gateway>,
    account: Arc<Account>,
    session: Session,
    /// True once the client has said Hello.
    is_open: bool,
    numbers: SessionNumbers,
    /// Topics on which the server may command this very client.
    events_topic: String,
    answers_topic: String,
    outgoing: Outgoing<SplitSink<WebSocketStream<T>, Message>>,
    /// Bounded by the session, which counts what it wants published.
    publications: VecDeque<Publication>,
    publishing: Option<Publishing>,
    last_heard: Instant,
}

/// What feeds a session.
struct Inputs<T> {
    incoming: SplitStream<WebSocketStream<T>>,
    subscription: Subscription,
    returns: mpsc::Receiver<Return>,
    pings: Interval,
}

/// Runs a client's session until it ends.
pub(crate) async fn run<T>(gateway: Arc<Gateway>, account: Arc<Account>, socket: WebSocketStream<T>)
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let identity = account.identity();
    let limits = &gateway.config.limits;
    let mut topics = topics(&gateway.config, &account);
    let too_many = topics.len() > limits.subscriptions;
    if too_many {
        topics.clear();
    }
    let (sink, incoming) = socket.split();
    let outgoing = Outgoing::start(sink, limits.queue_frames, limits.queue_bytes);
    let subscription = match gateway.bus.subscribe(&topics, limits.queue_frames).await {
        Ok(subscription) => subscription,
        Err(error) => {
            tracing::warn!(%identity, %error, "could not subscribe");
            _ = outgoing.close(WebSocketCode::Again.into(), "the message bus is lost").await;
            return;
        }
    };
    let (returns_sender, returns) = mpsc::channel(limits.pending_requests.max(1));
    let mut session = open_session(&gateway, &account);
    if too_many {
        session.end(close_code(CloseCode::CloseTooManySubscriptions), "too many subscriptions");
    }
    let mut pings = interval_at(Instant::now() + PING_INTERVAL, PING_INTERVAL);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let inputs = Inputs { incoming, subscription, returns, pings };
    let driver = Driver {
        account: Arc::clone(&account),
        session,
        is_open: false,
        numbers: gateway.pending.session(identity, returns_sender),
        events_topic: Topic::Events(identity).to_string(),
        answers_topic: Topic::Answers(identity).to_string(),
        outgoing,
        publications: VecDeque::new(),
        publishing: None,
        last_heard: Instant::now(),
        gateway: Arc::clone(&gateway),
    };
    tracing::info!(%identity, "connected");
    let end = driver.run(inputs, gateway.presence.attach(account)).await;
    tracing::info!(%identity, ?end, "disconnected");
}

/// The topics that an account's sockets get: its own two, and those granted to its kind.
fn topics(config: &Config, account: &Account) -> Vec<String> {
    let identity = account.identity();
    let granted = config.grants.of(account.kind).events.iter();
    [Topic::Events(identity), Topic::Answers(identity)].iter().chain(granted).map(Topic::to_string).collect()
}

fn open_session(gateway: &Gateway, account: &Account) -> Session {
    let setup = Setup {
        identity: account.identity(),
        access: gateway.config.grants.of(account.kind).access(),
        limits: gateway.config.limits.session(),
        reply_channel: gateway.reply_channel.clone(),
    };
    Session::open(gateway.clock.now(), setup)
}

impl<T> Driver<T>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    async fn run(mut self, mut inputs: Inputs<T>, attached: Attached) -> End {
        let limits = self.gateway.config.limits.session();
        let greeted = self.outgoing.frame(welcome(self.account.identity(), &limits, Duration::ZERO));
        let end = loop {
            if greeted.is_err() {
                break self.overflow();
            }
            if let Some(end) = self.perform() {
                break end;
            }
            let step = self.next(&mut inputs).await;
            if let Some(end) = self.take(step) {
                break end;
            }
        };
        let Inputs { incoming, subscription, .. } = inputs;
        // Saying goodbye takes a moment; for everybody else the session has ended.
        drop((attached, subscription, self.numbers, self.session));
        let sink = match end {
            End::Close(code, reason) => self.outgoing.close(code, reason).await,
            End::TooSlow => self.outgoing.abandon().await,
            End::Gone => self.outgoing.end().await,
        };
        if end != End::Gone
            && let Some(Ok(socket)) = sink.map(|sink| sink.reunite(incoming))
        {
            // Out of time or gone: either way there is nothing left to do for this client.
            _ = timeout(DRAIN, drain(socket.into_inner())).await;
        }
        end
    }

    /// Does what the session wants.
    fn perform(&mut self) -> Option<End> {
        while let Some(output) = self.session.poll_output() {
            match output {
                Output::Confirmed => {}
                Output::Operate(id, _) => {
                    let error = TeraError::new(ErrorCode::Unsupported, "the gateway can't do that yet");
                    self.session.handle_operation(self.gateway.clock.now(), id, Err(error));
                }
                Output::Publish(publication) => self.publications.push_back(publication),
                Output::Retire(correlation) => self.numbers.retire(correlation),
                Output::Close { code, .. } if code == close_code(CloseCode::CloseSlowConsumer) => {
                    return Some(self.overflow());
                }
                Output::Close { code, reason, .. } => {
                    return self.frames().or(Some(End::Close(code, reason)));
                }
            }
        }
        if let Some(end) = self.frames() {
            return Some(end);
        }
        if self.publishing.is_none()
            && let Some(publication) = self.publications.pop_front()
        {
            let bus = Arc::clone(&self.gateway.bus);
            self.publishing = Some(Box::pin(async move {
                let receivers = bus.publish(&publication.topic, publication.payload.clone()).await;
                (publication, receivers)
            }));
        }
        None
    }

    /// Passes on what the session has for the socket.
    fn frames(&mut self) -> Option<End> {
        while let Some(frame) = self.session.poll_frame() {
            if self.outgoing.frame(frame) == Err(Overflow) {
                return Some(self.overflow());
            }
        }
        None
    }

    /// Waits for whatever comes first.
    async fn next(&mut self, inputs: &mut Inputs<T>) -> Step {
        let deadline = self.session.poll_timeout().map(|deadline| self.gateway.clock.instant(deadline));
        let publishing = &mut self.publishing;
        tokio::select! {
            message = inputs.incoming.next() => Step::Incoming(message),
            received = inputs.subscription.receive() => Step::Received(received),
            Some(returned) = inputs.returns.recv() => Step::Returned(returned),
            (publication, receivers) = finished(publishing) => {
                *publishing = None;
                Step::Published(publication, receivers)
            }
            () = passed(deadline) => Step::Deadline,
            _ = inputs.pings.tick() => Step::Ping,
            () = self.gateway.shutdown.cancelled() => Step::Shutdown,
        }
    }

    fn take(&mut self, step: Step) -> Option<End> {
        let now = self.gateway.clock.now();
        match step {
            Step::Incoming(message) => return self.incoming(message),
            Step::Received(Received::Message(delivery)) => return self.delivery(&delivery),
            Step::Received(Received::Lagged(_)) => return Some(self.overflow()),
            Step::Returned(returned) => self.session.handle_return(now, returned.id, returned.result),
            Step::Published(publication, receivers) => {
                if let Err(error) = &receivers {
                    tracing::warn!(topic = publication.topic, %error, "could not publish");
                }
                self.session.handle_published(now, &publication, receivers.ok());
            }
            Step::Deadline => self.session.handle_timeout(now),
            Step::Ping if !self.is_open => return Some(End::Close(NO_HELLO.0, NO_HELLO.1)),
            Step::Ping if self.last_heard.elapsed() > SILENCE => return Some(End::Gone),
            Step::Ping => return self.outgoing.ping().is_err().then(|| self.overflow()),
            Step::Shutdown => self.session.end(WebSocketCode::Away.into(), "the gateway shuts down"),
        }
        None
    }

    fn incoming(&mut self, message: Option<Result<Message, tungstenite::Error>>) -> Option<End> {
        let now = self.gateway.clock.now();
        self.last_heard = Instant::now();
        match message {
            Some(Ok(Message::Binary(frame))) if !self.is_open => return self.hello(&frame),
            Some(Ok(Message::Binary(frame))) => self.session.handle_frame(now, &frame, &mut self.numbers),
            Some(Ok(Message::Text(_))) => self.session.handle_text(now),
            Some(Ok(Message::Ping(_))) => self.session.handle_ping(now),
            // After a Close, reading on is what sends the reply; then the stream ends.
            Some(Ok(Message::Pong(_) | Message::Frame(_) | Message::Close(_))) => {}
            Some(Err(error)) => return self.refuse(&error),
            None => return Some(End::Gone),
        }
        None
    }

    /// Takes the client's first message, which opens a session.
    fn hello(&mut self, frame: &[u8]) -> Option<End> {
        if let Err(error) = Hello::decode(frame) {
            tracing::info!(%error, "a client said no Hello");
            return Some(End::Close(NO_HELLO.0, NO_HELLO.1));
        }
        let now = self.gateway.clock.now();
        self.is_open = true;
        self.session.attach(now, Token(rand::random()), None);
        let greeting = encode(&events::greeting(&self.account, &self.gateway.clock));
        self.session.handle_delivery(now, &self.events_topic.as_str().into(), greeting.into());
        None
    }

    /// Closes for what the client did wrong on the websocket itself.
    fn refuse(&mut self, error: &tungstenite::Error) -> Option<End> {
        let (code, reason) = match error {
            tungstenite::Error::Capacity(_) => {
                (WebSocketCode::Size, "the message is larger than the gateway takes")
            }
            tungstenite::Error::Utf8(_) => (WebSocketCode::Invalid, "a text message is not UTF-8"),
            tungstenite::Error::Protocol(_) | tungstenite::Error::AttackAttempt => {
                (WebSocketCode::Protocol, "this is not the websocket protocol")
            }
            _ => return Some(End::Gone),
        };
        self.session.end(code.into(), reason);
        None
    }

    fn delivery(&mut self, delivery: &Delivery) -> Option<End> {
        let for_this_client =
            [&self.events_topic, &self.answers_topic].iter().any(|topic| *topic == delivery.topic());
        if for_this_client && delivery.logs_out() {
            self.session.end(close_code(CloseCode::CloseLoggedOut), "CMD_CLIENT_DISCONNECT");
        } else if delivery.topic() == self.answers_topic {
            self.answer(delivery);
        } else if let Some(frame) = delivery.event() {
            self.session.handle_delivery(
                self.gateway.clock.now(),
                delivery.shared_topic(),
                Bytes::clone(frame),
            );
        }
        None
    }

    fn answer(&mut self, delivery: &Delivery) {
        let Some(answer) = delivery.answer() else { return };
        let now = self.gateway.clock.now();
        match self.numbers.claim(answer.seq) {
            Claim::Own => self.session.handle_answer(now, answer.seq, delivery.payload()),
            Claim::Nobody => {
                self.session.handle_delivery(now, delivery.shared_topic(), answer.frame.clone());
            }
            Claim::Other => {}
        }
    }

    /// A queue is full: because the client reads too slowly, or because the connection has ended.
    fn overflow(&self) -> End {
        if self.outgoing.is_finished() { End::Gone } else { End::TooSlow }
    }
}

/// Waits for what is being published; for ever, if nothing is.
async fn finished(publishing: &mut Option<Publishing>) -> (Publication, Result<u64, BusError>) {
    match publishing {
        Some(publishing) => publishing.await,
        None => future::pending().await,
    }
}

/// Waits until the deadline; for ever, if there is none.
async fn passed(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => future::pending().await,
    }
}

/// Says that nothing follows, then reads and drops what still comes in until the client closes.
async fn drain(mut connection: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
    connection.shutdown().await?;
    let mut buffer = vec![0; 16 * 1024];
    while connection.read(&mut buffer).await? > 0 {}
    Ok(())
}
