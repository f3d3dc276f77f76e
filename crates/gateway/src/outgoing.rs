//! What goes to one client: a queue bounded by frames and by bytes, and the task that writes it to the socket.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures_util::{Sink, SinkExt as _};
use tera_protocol::link::{messages::CloseCode, session::close_code};
use tokio::{
    sync::{Notify, mpsc},
    task::JoinHandle,
    time::timeout,
};
use tokio_tungstenite::tungstenite::{
    self, Message,
    protocol::{CloseFrame, frame::coding::CloseCode as WebSocketCode},
};

/// How long a client that has stopped reading may take for what was under way when its session ended.
const LINGER: Duration = Duration::from_secs(3);

/// The queue is full: the session must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Overflow;

/// The sending end of the queue.
#[derive(Debug)]
pub(crate) struct Outgoing<S> {
    queue: mpsc::Sender<Message>,
    /// Bytes of the frames in `queue`.
    queued: Arc<AtomicUsize>,
    max_bytes: usize,
    overflow: Arc<Notify>,
    writer: JoinHandle<Option<S>>,
}

impl<S> Outgoing<S>
where
    S: Sink<Message, Error = tungstenite::Error> + Unpin + Send + 'static,
{
    /// Starts writing to the socket.
    pub(crate) fn start(socket: S, max_frames: usize, max_bytes: usize) -> Self {
        let (queue, frames) = mpsc::channel(max_frames);
        let queued = Arc::new(AtomicUsize::new(0));
        let overflow = Arc::new(Notify::new());
        let writer = tokio::spawn(write(socket, frames, Arc::clone(&queued), Arc::clone(&overflow)));
        Self { queue, queued, max_bytes, overflow, writer }
    }

    /// Queues a frame. An empty queue takes one of any size.
    pub(crate) fn frame(&self, frame: Bytes) -> Result<(), Overflow> {
        let bytes = frame.len();
        let before = self.queued.fetch_add(bytes, Ordering::AcqRel);
        if before > 0 && before + bytes > self.max_bytes {
            return Err(Overflow);
        }
        self.queue.try_send(Message::Binary(frame)).map_err(|_| Overflow)
    }

    /// Queues a websocket ping.
    pub(crate) fn ping(&self) -> Result<(), Overflow> {
        self.queue.try_send(Message::Ping(Bytes::new())).map_err(|_| Overflow)
    }

    /// True once nothing can be written any more.
    pub(crate) fn is_finished(&self) -> bool {
        self.writer.is_finished()
    }

    /// Writes what is queued and closes with this code and reason. Gives the socket back if that worked out in time.
    pub(crate) async fn close(self, code: u16, reason: &'static str) -> Option<S> {
        let queue = self.queue.clone();
        let close = async move {
            // An error means that the writer has ended because the connection has.
            _ = queue.send(closing(code, reason)).await;
        };
        self.finish(close).await
    }

    /// Forgets what is queued and tells the client that it was too slow.
    pub(crate) async fn abandon(self) -> Option<S> {
        self.overflow.notify_one();
        self.finish(async {}).await
    }

    /// Writes what is queued, where the client has closed the connection.
    pub(crate) async fn end(self) -> Option<S> {
        self.finish(async {}).await
    }

    async fn finish(self, last: impl Future<Output = ()>) -> Option<S> {
        let Self { queue, mut writer, .. } = self;
        let finished = timeout(LINGER, async {
            last.await;
            drop(queue);
            (&mut writer).await
        });
        match finished.await {
            Ok(socket) => socket.ok().flatten(),
            Err(_) => {
                writer.abort();
                None
            }
        }
    }
}

/// Writes until the queue ends or the connection does; gives the socket back in the first case.
async fn write<S>(
    mut socket: S,
    mut queue: mpsc::Receiver<Message>,
    queued: Arc<AtomicUsize>,
    overflow: Arc<Notify>,
) -> Option<S>
where
    S: Sink<Message, Error = tungstenite::Error> + Unpin,
{
    let written = tokio::select! {
        biased;
        () = overflow.notified() => None,
        written = forward(&mut socket, &mut queue, &queued) => Some(written),
    };
    let written = match written {
        Some(written) => written,
        None => {
            let reason = "the client reads too slowly";
            socket.send(closing(close_code(CloseCode::CloseSlowConsumer), reason)).await
        }
    };
    written.ok().map(|()| socket)
}

/// Writes in batches: one flush for all that waits. The socket's own buffer never holds more than a frame and a few
/// kilobytes, as it takes the next frame only when the last one went out.
async fn forward<S>(
    socket: &mut S,
    queue: &mut mpsc::Receiver<Message>,
    queued: &AtomicUsize,
) -> Result<(), tungstenite::Error>
where
    S: Sink<Message, Error = tungstenite::Error> + Unpin,
{
    while let Some(mut message) = queue.recv().await {
        loop {
            let bytes = if message.is_binary() { message.len() } else { 0 };
            socket.feed(message).await?;
            queued.fetch_sub(bytes, Ordering::AcqRel);
            match queue.try_recv() {
                Ok(next) => message = next,
                Err(_) => break,
            }
        }
        socket.flush().await?;
    }
    socket.close().await
}

fn closing(code: u16, reason: &'static str) -> Message {
    Message::Close(Some(CloseFrame { code: WebSocketCode::from(code), reason: reason.into() }))
}

#[cfg(test)]
mod tests {
    use std::{
        pin::Pin,
        task::{Context, Poll},
    };

    use super::*;

    /// A socket whose other end does not read.
    #[derive(Debug)]
    struct Stuck;

    impl Sink<Message> for Stuck {
        type Error = tungstenite::Error;

        fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
            Poll::Pending
        }

        fn start_send(self: Pin<&mut Self>, _: Message) -> Result<(), Self::Error> {
            unreachable!("it is never ready")
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
            Poll::Pending
        }

        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
            Poll::Pending
        }
    }

    fn frame(bytes: usize) -> Bytes {
        vec![0; bytes].into()
    }

    #[tokio::test]
    async fn frames_that_wait_are_bounded_by_their_number() {
        let outgoing = Outgoing::start(Stuck, 3, usize::MAX);
        let taken = (0..10).take_while(|_| outgoing.frame(frame(1)).is_ok()).count();
        assert_eq!(taken, 3);
        assert_eq!(outgoing.ping(), Err(Overflow));
    }

    #[tokio::test]
    async fn frames_that_wait_are_bounded_by_their_bytes_and_the_first_may_have_any_size() {
        let outgoing = Outgoing::start(Stuck, 100, 10);
        let taken = (0..10).take_while(|_| outgoing.frame(frame(4)).is_ok()).count();
        assert_eq!(taken, 2);
        let outgoing = Outgoing::start(Stuck, 100, 10);
        assert_eq!(outgoing.frame(frame(1_000)), Ok(()));
        assert_eq!(outgoing.frame(frame(1)), Err(Overflow));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_never_reads_again_is_given_up() {
        let outgoing = Outgoing::start(Stuck, 1, 10);
        outgoing.frame(frame(1)).unwrap();
        assert!(outgoing.close(1001, "the end").await.is_none());
        assert!(Outgoing::start(Stuck, 1, 10).abandon().await.is_none());
    }
}
