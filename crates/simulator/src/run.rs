//! One run: traffic and faults at random, then quiet, and a look at whether everything has arrived.

use std::time::Duration;

use tera_protocol::link::session::SessionId;

use crate::{
    Outcome,
    client::Client,
    ledger::{PATTERNS, TOPICS},
    network::Link,
    operations::Wish,
    world::World,
};

/// Within so many milliseconds of quiet everything has arrived. Some sessions are kept for longer than that.
const QUIET: u64 = 110_000;
/// And within so many events.
const MAX_STEPS: u32 = 20_000;
/// How often the last messages may be lost with a session that was on its way out.
const PROBES: u32 = 4;

impl World {
    pub(crate) fn run(mut self) -> Outcome {
        self.begin();
        let faults = self.plan.faults.clone();
        for _ in 0..self.plan.actions {
            if self.breach.is_some() {
                break;
            }
            self.chaos = true;
            let pause = if self.random.percent(50) { 0 } else { self.random.below(self.plan.pause) };
            self.advance(pause);
            self.act(&faults);
        }
        self.note(|_| "the network becomes quiet".into());
        self.heal();
        self.settle_down("everything settles", Self::is_quiet);
        self.probe();
        self.check_end();
        self.farewell();
        Outcome {
            figures: self.count(),
            breach: self.breach.map(|breach| breach.text),
            transcript: self.transcript,
        }
    }

    /// Connects the clients, and subscribes.
    fn begin(&mut self) {
        if self.random.percent(95) {
            self.settle_down("the first attempt succeeds", |world| {
                world.clients.iter().all(Client::is_connected)
            });
        }
        for client in 0..self.clients.len() {
            let pattern = self.random.below(PATTERNS.len() as u64) as usize;
            self.wish(client, Wish::Subscribe(pattern));
            self.drain_client(client);
        }
    }

    fn act(&mut self, faults: &[crate::plan::Fault]) {
        if self.random.percent(self.plan.fault_percent) {
            let fault = self.random.pick(faults);
            return self.strike(fault);
        }
        let client = self.random.below(self.clients.len() as u64) as usize;
        if self.random.percent(45) {
            return self.ask(client);
        }
        let (topic, count) = (self.random.below(TOPICS.len() as u64) as usize, self.random.between(1, 3));
        for _ in 0..count {
            self.publish(topic);
        }
    }

    /// Publishes once more on each topic, now that everything works: this has to arrive, and what is before it with it.
    fn probe(&mut self) {
        for _ in 0..PROBES {
            for topic in 0..TOPICS.len() {
                self.publish(topic);
                self.settle_down("the last messages arrive", |world| {
                    let mut open = world.clients.iter().filter(|client| !client.is_closed());
                    world.is_quiet() && open.all(|client| client.ledger.is_settled())
                });
            }
            if self.clients.iter().all(|client| client.is_closed() || !client.ledger.has_hole()) {
                return;
            }
        }
        self.demand(false, || "a session is lost again and again without faults".into());
    }

    /// Lets things happen until this holds.
    fn settle_down(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let until = self.now + QUIET;
        for _ in 0..MAX_STEPS {
            if self.breach.is_some() || holds(self) {
                return;
            }
            if !self.step(until) {
                break;
            }
        }
        let unsettled: Vec<_> = self.clients.iter().map(|client| client.ledger.unsettled()).collect();
        self.demand(false, || format!("{what}: not within the bound; not heard of: {unsettled:?}"));
    }

    fn is_quiet(&self) -> bool {
        let nothing_comes = self.gateway.answers.is_empty();
        nothing_comes
            && (0..self.clients.len()).all(|number| {
                let client = &self.clients[number];
                client.is_closed()
                    || (client.is_connected()
                        && self.operations.open(number).next().is_none()
                        && client.machine.buffered_amount() == 0
                        && self.has_read_everything(number))
            })
    }

    /// The socket of a client, if the gateway has not given it up.
    fn link_to_gateway(&self, client: usize) -> Option<&Link> {
        self.links.iter().find(|link| link.client == Some(client) && link.client_end && link.gateway_end)
    }

    /// Nothing is on its way to the client, or waits to be acknowledged.
    fn has_read_everything(&self, client: usize) -> bool {
        let session = self.link_to_gateway(client).and_then(|link| self.gateway.sessions.get(link.session?));
        session.is_some_and(|entry| entry.session.buffered().0 == 0)
    }

    fn check_end(&mut self) {
        if self.breach.is_some() {
            return;
        }
        for number in 0..self.clients.len() {
            let client = &self.clients[number];
            if client.is_closed() {
                let state = client.machine.state().clone();
                let early = !client.was_connected;
                self.demand(early, || format!("an honest client ended for good: {state:?}"));
                continue;
            }
            let unsettled = client.ledger.unsettled();
            self.demand(unsettled.is_none(), || format!("not heard of: {unsettled:?}"));
            let account = self.clients[number].ledger.close();
            self.check(account);
            let dropped = self.clients[number].machine.stats().dropped + self.clients[number].too_large;
            let sends = self.operations.check_sends(number, dropped);
            self.check(sends);
            self.check_session(number);
        }
    }

    fn check_session(&mut self, client: usize) {
        let session = self.link_to_gateway(client).and_then(|link| self.gateway.sessions.get(link.session?));
        let Some(entry) = session else { return self.demand(false, || "connected without a session".into()) };
        let (outstanding, subscriptions) = (entry.outstanding, entry.subscriptions);
        self.demand(outstanding == 0, || format!("{outstanding} requests wait at the gateway for nobody"));
        for (pattern, each) in self.clients[client].subscriptions.iter().enumerate() {
            let subscribed = subscriptions & (1 << pattern) != 0;
            let fits = if subscribed { !each.ended } else { !each.active };
            if !fits {
                let text = format!("{}: the sides disagree: {each:?}", PATTERNS[pattern].0);
                return self.demand(false, || text);
            }
        }
    }

    /// Closes or drains: everything settles, and the session ends.
    fn farewell(&mut self) {
        if self.breach.is_some() || !self.random.percent(30) {
            return;
        }
        let sessions: Vec<_> = self.attached_sessions();
        for client in 0..self.clients.len() {
            self.ask(client);
            let time = self.clients[client].time(self.now);
            if self.random.percent(50) {
                self.clients[client].machine.close(time);
            } else {
                let deadline = time.after(Duration::from_millis(self.random.below(3_000)));
                self.clients[client].machine.drain(time, deadline);
            }
            self.drain_client(client);
        }
        self.settle_down("everything ends", |world| {
            world.clients.iter().all(Client::is_closed)
                && sessions.iter().all(|&id| world.gateway.sessions.get(id).is_none())
        });
        let open = (0..self.clients.len()).any(|client| self.operations.open(client).next().is_some());
        self.demand(!open, || "something is open after the end".into());
    }

    /// The sessions of the clients that are connected.
    fn attached_sessions(&self) -> Vec<SessionId> {
        let links = (0..self.clients.len()).filter_map(|client| self.link_to_gateway(client));
        links.filter_map(|link| link.session).collect()
    }
}
