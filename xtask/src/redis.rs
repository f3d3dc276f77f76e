//! A Redis server of our own: on a free loopback port, without persistence, ended on drop.

use crate::port::lasting_port;
use crate::process::Running;
use crate::workspace::Workspace;
use anyhow::{Context as _, Result, bail};
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::thread;

/// The line that says that the server takes connections.
const READY: &str = "Ready to accept connections";

/// A running server; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Redis {
    _server: Running,
    url: String,
}

impl Redis {
    /// Starts a server and returns when it takes connections.
    pub(crate) fn start(workspace: &Workspace) -> Result<Self> {
        let port = lasting_port()?;
        let mut command = workspace.command("redis-server");
        command
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no", "--daemonize", "no"])
            .current_dir(workspace.path("target"))
            .stdout(Stdio::piped());
        let mut server = Running::start(&mut command)?;
        let mut log = BufReader::new(server.child.stdout.take().context("the server's output is piped")?);
        let mut text = String::new();
        loop {
            let start = text.len();
            if log.read_line(&mut text)? == 0 {
                bail!("redis-server ended before it was ready:\n{text}");
            }
            if text[start..].contains(READY) {
                break;
            }
        }
        // The server would block once nobody reads what it logs.
        thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Ok(Self { _server: server, url: format!("redis://127.0.0.1:{port}") })
    }

    /// Where the server listens, as a `redis://` URL.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}
