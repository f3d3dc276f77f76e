//! Ports for servers of our own.

use anyhow::{Context as _, Result};
use std::net::TcpListener;

/// A free loopback port that stays free until it is used: systems hand out ports from 32768 on to whoever asks for any.
pub(crate) fn lasting_port() -> Result<u16> {
    let start = 20_000 + u16::try_from(std::process::id() % 10_000)?;
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    (start..32_768).find(is_free).context("no port below 32768 is free")
}
