//! The connections that HTTP requests come on.

use std::{convert::Infallible, pin::pin, time::Duration};

use axum::{Router, serve::Listener};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::patient::Patient;

/// How long a client may take for the head of a request, from when it has connected or got the last answer.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest head of a request, and so what one that never ends can take up. A longer one is answered with 431.
const MAX_HEAD: usize = 16 * 1024;
/// How long a client may read nothing of what it is sent, also on a websocket.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// Has `router` answer what comes in, for ever. Once `stop` is cancelled, connections end with the request under way, and until
/// then each is one of the `tasks`.
pub(crate) async fn accept(
    mut listener: TcpListener,
    router: Router,
    tasks: TaskTracker,
    stop: CancellationToken,
) -> Infallible {
    loop {
        // Also tries again, a little later, when there are no file descriptors left.
        let (connection, _) = Listener::accept(&mut listener).await;
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "a connection refuses to send at once");
        }
        tasks.spawn(serve(connection, router.clone(), stop.clone()));
    }
}

async fn serve(
    connection: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    router: Router,
    stop: CancellationToken,
) {
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(MAX_HEAD);
    let service = TowerToHyperService::new(router);
    let connection = TokioIo::new(Patient::new(connection, WRITE_TIMEOUT));
    let mut serving = pin!(server.serve_connection(connection, service).with_upgrades());
    let served = tokio::select! {
        served = serving.as_mut() => served,
        () = stop.cancelled() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%error, "a connection ended early");
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _, duplex},
        time::timeout,
    };

    use super::*;

    /// Virtual time.
    #[tokio::test(start_paused = true)]
    async fn who_asks_for_much_and_reads_nothing_does_not_keep_its_connection() {
        let router = Router::new().route("/", get(async || "x".repeat(1 << 20)));
        let (near, mut far) = duplex(4096);
        let serving = tokio::spawn(serve(near, router, CancellationToken::new()));
        far.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        timeout(100 * WRITE_TIMEOUT, serving).await.expect("the connection is kept").unwrap();
        let mut response = Vec::new();
        far.read_to_end(&mut response).await.unwrap();
        assert!(response.starts_with(b"HTTP/1.1 200 ") && response.len() < 1 << 20);
    }
}
