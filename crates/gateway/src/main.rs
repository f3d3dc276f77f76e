//! `tera-gateway`: the command line around the gateway.

use std::{
    fs,
    io::{self, IsTerminal as _, Write as _},
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
};

use clap::Parser;
use tera_gateway::{
    bus::{Bus, Embedded, Redis},
    config::Config,
    serve, simulation,
};
use tokio::{net::TcpListener, runtime::Runtime};
use tracing_subscriber::EnvFilter;

/// Bridges browsers' websockets to the message bus of an OpenTera deployment.
///
/// Options given here take precedence over the configuration file. The environment variable RUST_LOG filters the log,
/// which goes to stderr.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Configuration file, TOML.
    #[arg(long, value_name = "FILE", conflicts_with = "demo")]
    config: Option<PathBuf>,
    /// Where to listen [default: 127.0.0.1:8080]. Port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// The deployment's Redis, as redis://host:port [default: a bus within this process].
    #[arg(long, value_name = "URL")]
    redis: Option<String>,
    /// Folder of the pages to serve.
    #[arg(long, value_name = "DIR")]
    www: Option<PathBuf>,
    /// Origin of pages elsewhere that may log in and connect, such as https://app.example.org. Can be given repeatedly.
    #[arg(long = "allow-origin", value_name = "ORIGIN")]
    allowed_origins: Vec<String>,
    /// Simulate users, devices and a service, and let `demo`, `participant` and `device` log in with password `demo`.
    #[arg(long)]
    demo: bool,
}

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let color = io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(color).init();
    match start(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn start(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let runtime = Runtime::new()?;
    let ended = runtime.block_on(run(arguments));
    // Nothing can interrupt who waits for a file, or for the address of a name: it would keep the process.
    runtime.shutdown_background();
    ended
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let config = configure(&arguments)?;
    let bus: Arc<dyn Bus> = match &config.redis {
        Some(url) => Arc::new(Redis::connect(url).await?),
        None => Arc::new(Embedded::default()),
    };
    let stop = stop_signal()?;
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|error| format!("can't listen on {}: {error}", config.listen))?;
    let address = listener.local_addr()?;
    if arguments.demo {
        simulation::start(Arc::clone(&bus)).await?;
    }
    let mut stdout = io::stdout();
    writeln!(stdout, "listening on http://{address}")?;
    stdout.flush()?;
    serve(listener, config, bus, stop).await?;
    Ok(())
}

fn configure(arguments: &Arguments) -> Result<Config, Box<dyn std::error::Error>> {
    let mut config = match &arguments.config {
        Some(path) => {
            let text = fs::read_to_string(path)
                .map_err(|error| format!("can't read {}: {error}", path.display()))?;
            Config::parse(&text)?
        }
        None if arguments.demo => simulation::config(),
        None => Config::default(),
    };
    config.listen = arguments.listen.unwrap_or(config.listen);
    config.redis = arguments.redis.clone().or(config.redis);
    config.allowed_origins.extend(arguments.allowed_origins.iter().cloned());
    config.www = arguments.www.clone().or(config.www);
    if let Some(www) = config.www.as_deref().filter(|www| !www.is_dir()) {
        return Err(format!("{} is no folder that pages could be in", www.display()).into());
    }
    if config.redis.is_none() && !config.opentera_logins.is_empty() {
        return Err("opentera_logins needs the Redis of the deployment, where its logins are".into());
    }
    config.check()?;
    Ok(config)
}

/// Done at the first Ctrl-C or SIGTERM.
fn stop_signal() -> io::Result<impl Future<Output = ()> + Send> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async {
        // Without a handler for it, Ctrl-C ends the process by itself.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    })
}
