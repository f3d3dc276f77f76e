//! The gateway as a process, which can be stopped and killed and has successors on the same port.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use prost::Message as _;
use tera_gateway::bus::Bus;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, copy_bidirectional},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    sync::watch,
    task::JoinSet,
    time::timeout,
};

use crate::{
    bench::{configuration, event, random_service},
    client::PATIENCE,
    sdk::Route,
    support,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_tera-gateway");

/// A gateway on the tests' Redis, and the rest of its deployment.
pub(crate) struct Process {
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) service: String,
    config: PathBuf,
    pub(crate) address: SocketAddr,
    child: Child,
}

impl Process {
    pub(crate) async fn start() -> Self {
        Self::start_with("").await
    }

    /// Starts a gateway with this at the head of its configuration.
    pub(crate) async fn start_with(head: &str) -> Self {
        let service = random_service();
        let config = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{service}.toml"));
        fs::write(&config, format!("{head}\n{}", configuration(&service))).unwrap();
        let (child, address) = spawn(&config, "127.0.0.1:0".parse().unwrap()).await;
        Self { bus: support::redis().await, service, config, address, child }
    }

    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// The next one, which knows nothing of this one's sessions.
    pub(crate) async fn restart(&mut self) {
        (self.child, self.address) = spawn(&self.config, self.address).await;
    }

    pub(crate) async fn signal(&self, signal: &str) {
        let pid = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().await.unwrap().success());
    }

    /// Bytes of memory in use.
    pub(crate) fn resident(&self) -> u64 {
        let path = format!("/proc/{}/statm", self.child.id().unwrap());
        let pages: u64 = fs::read_to_string(path).unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        pages * 4096
    }

    pub(crate) fn route(&self) -> Route {
        Route { login: "ada", gateway: self.address, via: self.address }
    }

    pub(crate) async fn publish(&self, text: &str) {
        let topic = format!("{}.events", self.service);
        self.bus.publish(&topic, event(text).encode_to_vec().into()).await.unwrap();
    }

    pub(crate) async fn publish_numbers(&self, numbers: std::ops::RangeInclusive<u64>) {
        for number in numbers {
            self.publish(&number.to_string()).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // What is left over harms nobody.
        _ = fs::remove_file(&self.config);
    }
}

async fn spawn(config: &Path, listen: SocketAddr) -> (Child, SocketAddr) {
    let mut child = Command::new(PROGRAM)
        .arg("--config")
        .arg(config)
        .args(["--listen", &listen.to_string(), "--redis", &support::redis_url()])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap().unwrap();
    (child, line.strip_prefix("listening on http://").unwrap().parse().unwrap())
}

/// What is in front of a gateway and cuts every connection soon after it was opened, while it is told to.
pub(crate) struct Cutter {
    pub(crate) address: SocketAddr,
    pub(crate) cuts: watch::Sender<bool>,
}

impl Cutter {
    pub(crate) async fn before(gateway: SocketAddr) -> Self {
        const AFTER: Duration = Duration::from_millis(50);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (cuts, is_cutting) = watch::channel(false);
        tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((mut connection, _)) = listener.accept().await {
                let mut is_cutting = is_cutting.clone();
                connections.spawn(async move {
                    let mut onward = TcpStream::connect(gateway).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut connection, &mut onward) => {}
                        () = async {
                            _ = is_cutting.wait_for(|is_cutting| *is_cutting).await;
                            tokio::time::sleep(AFTER).await;
                        } => {}
                    }
                });
            }
        });
        Self { address, cuts }
    }
}
