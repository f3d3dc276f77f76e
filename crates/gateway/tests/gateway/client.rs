//! A client that speaks the link by hand: it writes and reads bytes, and knows nothing of the SDK.

use std::{collections::VecDeque, time::Duration};

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use prost::{Message as _, Name};
use tera_protocol::{
    any::type_name,
    error::ErrorCode,
    link::{
        frame::{Envelope, encode, frames, number},
        messages::{
            self, Ack, Call, Gap, Goodbye, Hello, Notice, Ping, Pong, Reply, Request, Welcome,
            reply::Outcome, request::Operation,
        },
    },
    opentera::{
        RpcMessage, TeraEvent, TeraModuleMessage, Value, tera_module_message::Header, value::ArgValue,
    },
};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, client::IntoClientRequest as _, http::HeaderValue},
};

/// How long a test waits for what must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// What the gateway sent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Got {
    Welcome(Welcome),
    Session { resumed: bool, received: u64 },
    Gap(Gap),
    Goodbye(Goodbye),
    Reply(Reply),
    Notice(messages::Error),
    Event(TeraEvent),
    Message(TeraModuleMessage),
    Invocation(RpcMessage),
}

pub(crate) struct Client {
    pub(crate) socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The number of the last message sent.
    pub(crate) seq: u64,
    /// The number of the last message received.
    pub(crate) received: u64,
    /// What the session can be gone on with.
    pub(crate) token: Vec<u8>,
    /// The topic of the last message.
    pub(crate) topic: String,
    /// What its Hello says: whether it takes batches, which then are to be read with [`Client::batch`].
    pub(crate) batches: bool,
    /// What came before the answer to a command, with its topic.
    early: VecDeque<(Got, String)>,
}

/// What is left of a client whose connection is gone.
#[derive(Clone, Debug)]
pub(crate) struct Remains {
    pub(crate) seq: u64,
    pub(crate) received: u64,
    pub(crate) token: Vec<u8>,
}

/// The status of the response that refused a websocket.
pub(crate) fn refused(result: Result<Client, tungstenite::Error>) -> u16 {
    match result.map(|_| ()) {
        Err(tungstenite::Error::Http(response)) => response.status().as_u16(),
        other => panic!("not refused: {other:?}"),
    }
}

impl Client {
    pub(crate) async fn connect(url: &str) -> Result<Self, tungstenite::Error> {
        let (socket, _) = connect_async(url).await?;
        Ok(Self::on(socket))
    }

    pub(crate) async fn connect_from(url: &str, origin: &str) -> Result<Self, tungstenite::Error> {
        let mut request = url.into_client_request()?;
        request.headers_mut().insert("origin", HeaderValue::from_str(origin).unwrap());
        let (socket, _) = connect_async(request).await?;
        Ok(Self::on(socket))
    }

    fn on(socket: WebSocketStream<MaybeTlsStream<TcpStream>>) -> Self {
        Self {
            socket,
            seq: 0,
            received: 0,
            token: Vec::new(),
            topic: String::new(),
            batches: false,
            early: VecDeque::new(),
        }
    }

    /// Loses the connection.
    pub(crate) fn cut(self) -> Remains {
        self.remains()
    }

    /// What would be left if the connection were lost now.
    pub(crate) fn remains(&self) -> Remains {
        Remains { seq: self.seq, received: self.received, token: self.token.clone() }
    }

    /// Waits for the next numbered message, and acknowledges nothing.
    pub(crate) async fn withhold(&mut self) {
        let withheld = timeout(PATIENCE, async {
            loop {
                let message = self.socket.next().await.unwrap().unwrap();
                if let Message::Binary(frame) = message
                    && Envelope::decode(&frame).unwrap().seq > self.received
                {
                    return;
                }
            }
        });
        withheld.await.expect("the gateway sent nothing");
    }

    /// Says Hello to go on with a session; true if the gateway does.
    pub(crate) async fn resume(&mut self, remains: &Remains) -> bool {
        let got = self.next().await;
        assert!(matches!(got, Got::Welcome(_)), "instead of a Welcome: {got:?}");
        let Remains { seq, received, token } = remains.clone();
        self.send_bytes(encode(&Hello { token, received, batches: self.batches })).await;
        let got = self.next().await;
        let Got::Session { resumed, .. } = got else { panic!("instead of a Session: {got:?}") };
        if resumed {
            (self.seq, self.received) = (seq, received);
        }
        resumed
    }

    /// Sends a numbered message.
    pub(crate) async fn send<M: Name>(&mut self, message: &M) {
        self.seq += 1;
        self.send_bytes(number(&encode(message), self.seq, 0)).await;
    }

    pub(crate) async fn send_bytes(&mut self, frame: Vec<u8>) {
        self.socket.send(Message::Binary(frame.into())).await.unwrap();
    }

    /// The next binary message.
    pub(crate) async fn next(&mut self) -> Got {
        if let Some((got, topic)) = self.early.pop_front() {
            self.topic = topic;
            return got;
        }
        self.receive().await
    }

    async fn receive(&mut self) -> Got {
        let frame = timeout(PATIENCE, self.frame()).await.expect("the gateway sent nothing");
        let envelope = Envelope::decode(&frame).unwrap();
        let any = envelope.message;
        envelope.topic.clone_into(&mut self.topic);
        match type_name(any.type_url) {
            "tera.link.v1.Welcome" => Got::Welcome(Welcome::decode(any.value).unwrap()),
            "tera.link.v1.Session" => {
                let session = messages::Session::decode(any.value).unwrap();
                self.token = session.token;
                Got::Session { resumed: session.resumed, received: session.received }
            }
            "tera.link.v1.Gap" => Got::Gap(Gap::decode(any.value).unwrap()),
            "tera.link.v1.Goodbye" => Got::Goodbye(Goodbye::decode(any.value).unwrap()),
            "tera.link.v1.Reply" => Got::Reply(Reply::decode(any.value).unwrap()),
            "tera.link.v1.Notice" => Got::Notice(Notice::decode(any.value).unwrap().error.unwrap()),
            "opentera.protobuf.TeraEvent" => Got::Event(TeraEvent::decode(any.value).unwrap()),
            "opentera.protobuf.TeraModuleMessage" => {
                Got::Message(TeraModuleMessage::decode(any.value).unwrap())
            }
            "opentera.protobuf.RPCMessage" => Got::Invocation(RpcMessage::decode(any.value).unwrap()),
            other => panic!("the gateway sent a {other}"),
        }
    }

    /// The numbers of the frames in the next binary message, none of which is acknowledged.
    pub(crate) async fn batch(&mut self) -> Vec<u64> {
        let message = timeout(PATIENCE, self.socket.next()).await.expect("the gateway sent nothing");
        let Some(Ok(Message::Binary(message))) = message else { panic!("instead of frames: {message:?}") };
        frames(&message).map(|frame| Envelope::decode(frame).unwrap().seq).collect()
    }

    async fn frame(&mut self) -> Bytes {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Binary(frame))) => {
                    if !self.keep_up(&frame).await {
                        return frame;
                    }
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("instead of a frame: {other:?}"),
            }
        }
    }

    /// Acknowledges what is numbered and answers Pings; true if the frame does no more than keep the link going.
    async fn keep_up(&mut self, frame: &[u8]) -> bool {
        let Envelope { message, seq, .. } = Envelope::decode(frame).unwrap();
        if seq > 0 {
            assert_eq!(seq, self.received + 1, "lost, doubled or out of order");
            self.received = seq;
        }
        let answer = match type_name(message.type_url) {
            "tera.link.v1.Ack" => return true,
            "tera.link.v1.Ping" => {
                encode(&Pong { id: Ping::decode(message.value).unwrap().id, ..Pong::default() })
            }
            _ if seq > 0 => number(&encode(&Ack {}), 0, seq),
            _ => return false,
        };
        // The gateway may have closed: what comes next tells.
        _ = self.socket.send(Message::Binary(answer.into())).await;
        seq == 0
    }

    pub(crate) async fn welcome(&mut self) -> Welcome {
        let got = self.next().await;
        let Got::Welcome(welcome) = got else { panic!("instead of a Welcome: {got:?}") };
        self.send_bytes(encode(&Hello { batches: self.batches, ..Hello::default() })).await;
        let got = self.next().await;
        assert_eq!(got, Got::Session { resumed: false, received: 0 });
        welcome
    }

    pub(crate) async fn event(&mut self) -> TeraEvent {
        let got = self.next().await;
        let Got::Event(event) = got else { panic!("instead of an event: {got:?}") };
        event
    }

    pub(crate) async fn message(&mut self) -> TeraModuleMessage {
        let got = self.next().await;
        let Got::Message(message) = got else { panic!("instead of a module message: {got:?}") };
        message
    }

    /// The next invocation: what it is, its number, its method and arguments.
    pub(crate) async fn invocation(&mut self) -> (String, u64, String, Vec<ArgValue>) {
        let got = self.next().await;
        let Got::Invocation(rpc) = got else { panic!("instead of an invocation: {got:?}") };
        let args = rpc.args.into_iter().map(|arg| arg.arg_value.unwrap()).collect();
        (rpc.reply_to, rpc.id, rpc.method, args)
    }

    /// Calls the gateway itself: JSON, if it is done and brings something, or the error. What it calls the client for meanwhile
    /// comes next.
    pub(crate) async fn command(
        &mut self,
        id: u64,
        method: &str,
        args: Vec<ArgValue>,
    ) -> Result<Option<String>, ErrorCode> {
        self.call(id, "gateway", method, args).await;
        let reply = loop {
            match self.receive().await {
                Got::Reply(reply) => break reply,
                invocation @ Got::Invocation(_) => self.early.push_back((invocation, self.topic.clone())),
                other => panic!("instead of an answer: {other:?}"),
            }
        };
        assert_eq!(reply.id, id);
        match reply.outcome.unwrap() {
            Outcome::Done(_) => Ok(None),
            Outcome::Json(json) => Ok(Some(json)),
            Outcome::Error(error) => Err(error.code()),
            other => panic!("instead of an answer: {other:?}"),
        }
    }

    /// The next reply: the request's id and how it ended.
    pub(crate) async fn reply(&mut self) -> (u64, Outcome) {
        let got = self.next().await;
        let Got::Reply(reply) = got else { panic!("instead of a Reply: {got:?}") };
        (reply.id, reply.outcome.unwrap())
    }

    /// The next reply, which must be an error.
    pub(crate) async fn failure(&mut self) -> (u64, ErrorCode, String) {
        match self.reply().await {
            (id, Outcome::Error(error)) => (id, error.code(), error.description),
            other => panic!("instead of an error: {other:?}"),
        }
    }

    pub(crate) async fn gap(&mut self) -> Gap {
        let got = self.next().await;
        let Got::Gap(gap) = got else { panic!("instead of a Gap: {got:?}") };
        gap
    }

    /// Asks for an operation and gives its reply: `None` if it is done, else why not.
    pub(crate) async fn ask(&mut self, id: u64, operation: Operation) -> Option<ErrorCode> {
        self.send(&Request { id, timeout_ms: 0, operation: Some(operation) }).await;
        match self.reply().await {
            (replied, Outcome::Done(_)) if replied == id => None,
            (replied, Outcome::Error(error)) if replied == id => Some(error.code()),
            other => panic!("instead of Done: {other:?}"),
        }
    }

    pub(crate) async fn notice(&mut self) -> ErrorCode {
        let got = self.next().await;
        let Got::Notice(error) = got else { panic!("instead of a Notice: {got:?}") };
        error.code()
    }

    /// Reads on until the gateway closes.
    pub(crate) async fn closed(&mut self) -> (u16, String) {
        let closed = timeout(PATIENCE, async {
            loop {
                match self.socket.next().await {
                    Some(Ok(Message::Close(Some(frame)))) => {
                        return (frame.code.into(), frame.reason.as_str().to_owned());
                    }
                    Some(Ok(Message::Close(None)) | Err(_)) | None => panic!("closed without a reason"),
                    Some(Ok(_)) => {}
                }
            }
        });
        closed.await.expect("the gateway did not close")
    }

    pub(crate) async fn request(&mut self, id: u64, dest: &str) {
        self.send(&Request { id, timeout_ms: 0, operation: Some(Operation::Message(message(dest))) }).await;
    }

    pub(crate) async fn call(&mut self, id: u64, target: &str, method: &str, args: Vec<ArgValue>) {
        self.call_within(id, target, method, args, 0).await;
    }

    pub(crate) async fn call_within(
        &mut self,
        id: u64,
        target: &str,
        method: &str,
        args: Vec<ArgValue>,
        timeout_ms: u32,
    ) {
        let args = args.into_iter().map(|arg| Value { arg_value: Some(arg) }).collect();
        let rpc = Some(RpcMessage { method: method.into(), args, ..Default::default() });
        let operation = Some(Operation::Call(Call { target: target.into(), rpc }));
        self.send(&Request { id, timeout_ms, operation }).await;
    }
}

/// A module message that lies about who sends it.
pub(crate) fn message(dest: &str) -> TeraModuleMessage {
    let source = "websocket.user.00000000-0000-0000-0000-000000000000".into();
    let head = Header { version: 7, time: 1.0, seq: 42, source, dest: dest.into() };
    TeraModuleMessage { head: Some(head), data: vec![] }
}
