//! The SDK's machine on a real socket: a client as applications have it, that dials again, resumes and settles.

use std::{future::pending, net::SocketAddr, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use prost::Message as _;
use tera_protocol::{
    any::type_name,
    error::{ErrorCode, TeraError},
    link::{
        Answer, Connection, Event, Gap, Input, Options, Output, Payload, RequestId, State, frame::frames,
    },
    opentera::{RpcMessage, TeraEvent},
    time::Timestamp,
};
use tokio::{
    net::TcpStream,
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::{Instant, sleep_until, timeout},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, protocol::CloseFrame},
};

use crate::{bench::text, client::PATIENCE, http};

type Websocket = Box<WebSocketStream<MaybeTlsStream<TcpStream>>>;

/// How a client gets to its gateway.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) login: &'static str,
    pub(crate) gateway: SocketAddr,
    /// Where its websockets go: to the gateway, or to what is in front of it.
    pub(crate) via: SocketAddr,
}

/// What a client tells its application, and when it dials.
#[derive(Debug)]
pub(crate) enum Told {
    Dialled,
    /// The client lost its connection, and tries again after so many milliseconds.
    Waits(u64),
    Event(Event),
    /// The text of an event.
    Heard(String),
}

#[derive(Debug)]
enum Command {
    Call(String, RpcMessage),
    /// Do nothing until the other end of this is gone.
    StandStill(oneshot::Receiver<()>),
}

/// The application's end of a client.
#[derive(Debug)]
pub(crate) struct Sdk {
    commands: mpsc::UnboundedSender<Command>,
    told: mpsc::UnboundedReceiver<Told>,
    /// Attempts to connect so far.
    pub(crate) dials: u32,
    /// How long it waited before each but the first, in milliseconds.
    pub(crate) waits: Vec<u64>,
    /// The numbers of the events heard.
    pub(crate) heard: Vec<u64>,
    pub(crate) gaps: Vec<Gap>,
    pub(crate) resyncs: u32,
    /// How requests ended.
    pub(crate) settled: Vec<(RequestId, Result<Answer, ErrorCode>)>,
    /// The states passed through.
    pub(crate) states: Vec<State>,
}

impl Sdk {
    pub(crate) fn start(route: Route, options: Options) -> Self {
        let (commands, wanted) = mpsc::unbounded_channel();
        let (tell, told) = mpsc::unbounded_channel();
        let started = Instant::now();
        let machine = Connection::new(Timestamp::from_millis(0), options);
        tokio::spawn(Driver { machine, started, route, dialing: None, socket: None, tell }.run(wanted));
        Self {
            commands,
            told,
            dials: 0,
            waits: Vec::new(),
            heard: Vec::new(),
            gaps: Vec::new(),
            resyncs: 0,
            settled: Vec::new(),
            states: Vec::new(),
        }
    }

    /// Starts a client and waits until it is connected.
    pub(crate) async fn connect(route: Route, options: Options) -> Self {
        let mut sdk = Self::start(route, options);
        sdk.until("it is connected", |sdk| sdk.is_connected()).await;
        sdk
    }

    pub(crate) fn call(&self, target: &str, method: &str) {
        let rpc = RpcMessage { method: method.into(), ..Default::default() };
        self.commands.send(Command::Call(target.into(), rpc)).unwrap();
    }

    /// Lets the client do nothing, not even read, until what this gives is dropped.
    pub(crate) fn stand_still(&self) -> oneshot::Sender<()> {
        let (wake, woken) = oneshot::channel();
        self.commands.send(Command::StandStill(woken)).unwrap();
        wake
    }

    pub(crate) fn is_connected(&self) -> bool {
        matches!(self.states.last(), Some(State::Connected { .. }))
    }

    /// Takes in what the client tells until the condition holds.
    pub(crate) async fn until(&mut self, what: &str, condition: impl Fn(&Self) -> bool) {
        let reached = timeout(PATIENCE, async {
            while !condition(self) {
                let told = self.told.recv().await.expect("the driver has ended");
                self.take_in(told);
            }
        });
        assert!(reached.await.is_ok(), "waited until {what}: {:?}", self.states.last());
    }

    /// Takes in what the client has told so far.
    pub(crate) fn catch_up(&mut self) {
        while let Ok(told) = self.told.try_recv() {
            self.take_in(told);
        }
    }

    fn take_in(&mut self, told: Told) {
        match told {
            Told::Dialled => self.dials += 1,
            Told::Waits(milliseconds) => self.waits.push(milliseconds),
            // The greeting has no number.
            Told::Heard(text) => self.heard.extend(text.split(' ').next().unwrap().parse::<u64>()),
            Told::Event(Event::State(state)) => self.states.push(state),
            Told::Event(Event::Settled(id, outcome)) => {
                self.settled.push((id, outcome.map_err(|error| error.code)));
            }
            Told::Event(Event::Gap(gap)) => self.gaps.push(gap),
            Told::Event(Event::Resync) => self.resyncs += 1,
            Told::Event(Event::Warning(error)) => panic!("{error:?}"),
        }
    }
}

/// Carries out what the machine wants.
struct Driver {
    machine: Connection,
    started: Instant,
    route: Route,
    dialing: Option<JoinHandle<Result<Websocket, TeraError>>>,
    socket: Option<Websocket>,
    tell: mpsc::UnboundedSender<Told>,
}

enum Happening {
    Dialled(Result<Websocket, TeraError>),
    Received(Option<Result<Message, tungstenite::Error>>),
    Wanted(Option<Command>),
    TimedOut,
}

impl Driver {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(0).after(self.started.elapsed())
    }

    /// Ends when the application is gone: then the socket is lost.
    async fn run(mut self, mut wanted: mpsc::UnboundedReceiver<Command>) {
        loop {
            self.perform().await;
            let happening = self.happening(&mut wanted).await;
            let now = self.now();
            match happening {
                Happening::Dialled(result) => {
                    self.dialing = None;
                    match result {
                        Ok(socket) => {
                            self.socket = Some(socket);
                            self.machine.handle(now, Input::Opened);
                        }
                        Err(error) => self.machine.handle(now, Input::DialFailed(error)),
                    }
                }
                Happening::Received(Some(Ok(Message::Binary(message)))) => {
                    for frame in frames(&message) {
                        if self.socket.is_some() {
                            self.receive(now, frame).await;
                        }
                    }
                }
                Happening::Received(Some(Ok(Message::Close(frame)))) => {
                    let code = frame.as_ref().map_or(1005, |frame| frame.code.into());
                    self.lose(now, code);
                }
                Happening::Received(Some(Ok(_))) => {}
                Happening::Received(_) => self.lose(now, 1006),
                Happening::Wanted(Some(Command::Call(target, rpc))) => {
                    self.machine.call(now, &target, &rpc.encode_to_vec(), Some(PATIENCE)).unwrap();
                }
                Happening::Wanted(Some(Command::StandStill(woken))) => _ = woken.await,
                Happening::Wanted(None) => return,
                Happening::TimedOut => self.machine.handle(now, Input::TimedOut),
            }
        }
    }

    async fn perform(&mut self) {
        while let Some(output) = self.machine.poll_output() {
            match output {
                Output::Dial => {
                    self.tell(Told::Dialled);
                    self.dialing = Some(tokio::spawn(dial(self.route.clone())));
                }
                Output::Transmit(frame) => {
                    if let Some(socket) = &mut self.socket {
                        // That it is lost, it says itself.
                        _ = socket.send(Message::Binary(frame.into())).await;
                    }
                }
                Output::Hangup(code) => {
                    if let Some(dialing) = self.dialing.take() {
                        dialing.abort();
                    }
                    if let Some(socket) = self.socket.take() {
                        let mut socket = *socket;
                        let frame = CloseFrame { code: code.into(), reason: "".into() };
                        tokio::spawn(timeout(Duration::from_secs(1), async move {
                            _ = socket.close(Some(frame)).await;
                        }));
                    }
                }
                Output::Event(event) => {
                    if let Event::State(State::Disconnected { retry_at: Some(retry_at), .. }) = &event {
                        self.tell(Told::Waits(retry_at.millis_since(self.now())));
                    }
                    self.tell(Told::Event(event));
                }
            }
        }
    }

    async fn happening(&mut self, wanted: &mut mpsc::UnboundedReceiver<Command>) -> Happening {
        let due = self.machine.poll_timeout();
        let due = due.map(|due| self.started + due.since(Timestamp::from_millis(0)));
        let Self { dialing, socket, .. } = self;
        tokio::select! {
            dialled = async { if let Some(dialing) = dialing { dialing.await } else { pending().await } } => {
                Happening::Dialled(dialled.unwrap())
            }
            message = async { if let Some(socket) = socket { socket.next().await } else { pending().await } } => {
                Happening::Received(message)
            }
            command = wanted.recv() => Happening::Wanted(command),
            () = async { if let Some(due) = due { sleep_until(due).await } else { pending().await } } => {
                Happening::TimedOut
            }
        }
    }

    async fn receive(&mut self, now: Timestamp, frame: &[u8]) {
        let heard = self.machine.handle_frame(now, frame).and_then(|Payload { message, .. }| {
            let is_event = type_name(message.type_url) == "opentera.protobuf.TeraEvent";
            is_event.then(|| text(&TeraEvent::decode(message.value).unwrap()))
        });
        // What the machine wants comes before what it hands over.
        self.perform().await;
        if let Some(text) = heard {
            self.tell(Told::Heard(text));
        }
    }

    fn lose(&mut self, now: Timestamp, code: u16) {
        self.socket = None;
        self.machine.handle(now, Input::Closed(code, String::new()));
    }

    fn tell(&self, told: Told) {
        // An application that is gone hears nothing.
        _ = self.tell.send(told);
    }
}

async fn dial(route: Route) -> Result<Websocket, TeraError> {
    let failed = |error: &dyn std::fmt::Display| TeraError::new(ErrorCode::ConnectFailed, error.to_string());
    let url = http::ticket(route.gateway, route.login).await.map_err(|error| failed(&error))?;
    let url = url.replace(&route.gateway.to_string(), &route.via.to_string());
    let (socket, _) = connect_async(url).await.map_err(|error| failed(&error))?;
    Ok(Box::new(socket))
}
