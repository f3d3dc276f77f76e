//! A gateway to test, and the rest of its deployment. Names and UUIDs are of its own, as the Redis is shared.

use std::{net::SocketAddr, slice, sync::Arc};

use bytes::Bytes;
use prost::{Message, Name};
use serde_json::Value;
use tera_gateway::{
    Delivery,
    bus::{Bus, Received, Subscription},
    config::Config,
    serve,
};
use tera_protocol::{
    any::pack,
    opentera::{TeraEvent, TeraModuleMessage, UserEvent},
    topic::{Identity, Uuid},
};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle, time::timeout};

use crate::client::{Client, PATIENCE, Remains};

/// The accounts, all with the password `secret`.
pub(crate) const ACCOUNTS: [(&str, &str); 4] =
    [("ada", "user"), ("bob", "user"), ("pat", "participant"), ("dee", "device")];

pub(crate) struct Bench {
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) config: Config,
    /// A service that clients may address, and whose events they get.
    pub(crate) service: String,
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    pub(crate) server: JoinHandle<()>,
}

fn config(service: &str) -> Config {
    Config::parse(&configuration(service)).unwrap()
}

/// The configuration file of a gateway whose clients may address this service.
pub(crate) fn configuration(service: &str) -> String {
    let accounts: String = ACCOUNTS
        .iter()
        .map(|(login, kind)| {
            let uuid = Uuid(rand::random());
            format!(
                "[[identities]]\nlogin = \"{login}\"\npassword = \"secret\"\nkind = \"{kind}\"\n\
                 uuid = \"{uuid}\"\nname = \"The {login}\"\n"
            )
        })
        .collect();
    let grants: String = ["user", "participant", "device"]
        .iter()
        .map(|kind| format!("[grants.{kind}]\nevents = [\"{service}.events\"]\ntargets = [\"{service}*\"]\n"))
        .collect();
    let send_to = "[grants.user]\nsend_to = [\"user\", \"device\"]\n";
    format!("{accounts}{}", grants.replace("[grants.user]\n", send_to))
}

pub(crate) fn random_service() -> String {
    format!("service.test-{:032x}", rand::random::<u128>())
}

impl Bench {
    pub(crate) async fn start(bus: Arc<dyn Bus>) -> Self {
        Self::start_with(bus, |_| {}).await
    }

    pub(crate) async fn start_with(bus: Arc<dyn Bus>, change: impl FnOnce(&mut Config)) -> Self {
        let service = random_service();
        let mut config = config(&service);
        change(&mut config);
        Self::start_configured(bus, config, service).await
    }

    /// Another gateway of the same deployment.
    pub(crate) async fn sibling(&self, bus: Arc<dyn Bus>) -> Self {
        Self::start_configured(bus, self.config.clone(), self.service.clone()).await
    }

    pub(crate) async fn start_configured(bus: Arc<dyn Bus>, config: Config, service: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let serving = serve(listener, config.clone(), Arc::clone(&bus), async {
            _ = stopped.await;
        });
        let server = tokio::spawn(async { serving.await.unwrap() });
        Self { bus, config, service, address, stop: Some(stop), server }
    }

    /// Logs in and connects; the Welcome and the greeting are still to come.
    pub(crate) async fn connect(&self, login: &str) -> Client {
        Client::connect(&self.ticket(login).await).await.unwrap()
    }

    /// Logs in and connects, and waits until the greeting is over.
    pub(crate) async fn join(&self, login: &str) -> Client {
        let mut client = self.connect(login).await;
        client.welcome().await;
        client.event().await;
        client
    }

    /// Connects again to go on with a session; `None` if it is a new one, which begins with its greeting.
    pub(crate) async fn resume(&self, login: &str, remains: &Remains) -> Option<Client> {
        let mut client = self.connect(login).await;
        let resumed = client.resume(remains).await;
        resumed.then_some(client)
    }

    /// The status of `/health`, and the sessions with and without their client.
    pub(crate) async fn health(&self) -> (u16, u64, u64) {
        let (status, body) = self.get("/health").await;
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["status"], if status == 200 { "ok" } else { "bus_lost" });
        (status, body["connected"].as_u64().unwrap(), body["detached"].as_u64().unwrap())
    }

    /// Waits until `/health` says so.
    pub(crate) async fn until_healthy(&self, wanted: (u16, u64, u64)) {
        let reached = timeout(PATIENCE, async { while self.health().await != wanted {} });
        reached.await.expect("the gateway does not get there");
    }

    /// Logs in and returns the websocket's URL.
    pub(crate) async fn ticket(&self, login: &str) -> String {
        let (status, body) = self.login(login, "secret").await;
        assert_eq!(status, 200, "{body}");
        body["websocket_url"].as_str().unwrap().to_owned()
    }

    pub(crate) fn identity(&self, login: &str) -> Identity {
        self.config.identities.iter().find(|account| account.login == login).unwrap().identity()
    }

    pub(crate) async fn subscribe(&self, topic: &str) -> Subscription {
        self.bus.subscribe(slice::from_ref(&topic.to_owned()), 1000).await.unwrap()
    }

    pub(crate) async fn publish(&self, topic: &str, message: &impl Message) {
        self.publish_bytes(topic, message.encode_to_vec()).await;
    }

    pub(crate) async fn publish_bytes(&self, topic: &str, payload: impl Into<Bytes>) {
        self.bus.publish(topic, payload.into()).await.unwrap();
    }

    /// Stops the gateway and waits until it has.
    pub(crate) async fn stop(mut self) {
        self.begin_stop();
        timeout(PATIENCE, self.server).await.unwrap().unwrap();
    }

    pub(crate) fn begin_stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop.send(()).unwrap();
        }
    }
}

/// The next message on a topic.
pub(crate) async fn received(subscription: &mut Subscription) -> Delivery {
    let received = timeout(PATIENCE, subscription.receive()).await;
    let Ok(Received::Message(delivery)) = received else { panic!("instead of a message: {received:?}") };
    delivery
}

/// The next module message on a topic.
pub(crate) async fn module_message(subscription: &mut Subscription) -> TeraModuleMessage {
    TeraModuleMessage::decode(received(subscription).await.payload().clone()).unwrap()
}

/// An event that is told apart by a text.
pub(crate) fn event(text: &str) -> TeraEvent {
    TeraEvent { header: None, events: vec![pack(&user(text))] }
}

pub(crate) fn user(text: &str) -> UserEvent {
    UserEvent { user_fullname: text.into(), ..Default::default() }
}

/// The text of an [`event`].
pub(crate) fn text(event: &TeraEvent) -> String {
    assert_eq!(event.events[0].type_url, UserEvent::type_url());
    UserEvent::decode(&event.events[0].value[..]).unwrap().user_fullname
}
