//! The connections that HTTP requests come on.

use std::{convert::Infallible, pin::pin, time::Duration};

use axum::{Router, serve::Listener};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// How long a client may take for the head of a request, from when it has connected or got the last answer.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest head of a request, and so what one that never ends can take up. A longer one is answered with 431.
const MAX_HEAD: usize = 16 * 1024;

/// Has `router` answer what comes in, for ever. Once `stop` is cancelled, connections end with the request under way.
pub(crate) async fn accept(mut listener: TcpListener, router: Router, stop: CancellationToken) -> Infallible {
    loop {
        // Also tries again, a little later, when there are no file descriptors left.
        let (connection, _) = Listener::accept(&mut listener).await;
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "a connection refuses to send at once");
        }
        tokio::spawn(serve(connection, router.clone(), stop.clone()));
    }
}

async fn serve(connection: TcpStream, router: Router, stop: CancellationToken) {
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(MAX_HEAD);
    let service = TowerToHyperService::new(router);
    let mut serving = pin!(server.serve_connection(TokioIo::new(connection), service).with_upgrades());
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
