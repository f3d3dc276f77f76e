//! Clients, sockets and a gateway under one clock, and what happens next among them.

use tera_protocol::link::session::SessionId;

use crate::{
    Figures,
    breach::{Breach, Kind, Verdict},
    client::Client,
    gateway::Gateway,
    ledger::{SessionLog, TOPICS},
    network::{Item, Link},
    operations::Operations,
    plan::Plan,
    random::Random,
};

/// Everything there is in one run.
#[derive(Debug)]
pub(crate) struct World {
    /// Milliseconds since the run began.
    pub(crate) now: u64,
    pub(crate) random: Random,
    pub(crate) plan: Plan,
    pub(crate) clients: Vec<Client>,
    pub(crate) links: Vec<Link>,
    pub(crate) last_link: u32,
    pub(crate) gateway: Gateway,
    pub(crate) logs: Vec<SessionLog>,
    pub(crate) operations: Operations,
    /// How many messages of each topic were published.
    pub(crate) published: [u32; TOPICS.len()],
    /// Things still go wrong.
    pub(crate) chaos: bool,
    /// No clock has been set, so that the sides agree on how time passes.
    pub(crate) clocks_agree: bool,
    pub(crate) breach: Option<Breach>,
    pub(crate) transcript: Option<Vec<String>>,
}

/// What happens next.
#[derive(Clone, Copy, Debug)]
enum Next {
    Timer(usize),
    Down(usize),
    Up(usize),
    Answer(usize),
    Session(SessionId),
    Expiry,
}

impl World {
    pub(crate) fn new(seed: u64, is_replay: bool) -> Self {
        let mut random = Random::new(seed);
        let plan = Plan::new(&mut random);
        let mut world = Self {
            now: 0,
            clients: (0..plan.clients).map(|number| Client::new(&plan, number)).collect(),
            links: Vec::new(),
            last_link: 0,
            gateway: Gateway::new(plan.kept),
            logs: Vec::new(),
            operations: Operations::default(),
            published: [0; TOPICS.len()],
            chaos: false,
            clocks_agree: true,
            breach: None,
            transcript: is_replay.then(Vec::new),
            random,
            plan,
        };
        world.note(|world| format!("plan: {:?}", world.plan));
        for client in 0..world.clients.len() {
            world.drain_client(client);
        }
        world
    }

    /// Writes a line of the transcript, if there is one.
    pub(crate) fn note(&mut self, line: impl FnOnce(&Self) -> String) {
        if self.transcript.is_some() {
            let line = format!("{:>8} {}", self.now, line(self));
            self.transcript.iter_mut().for_each(|lines| lines.push(line.clone()));
        }
    }

    /// Keeps the first promise found broken.
    pub(crate) fn check(&mut self, verdict: Verdict) {
        if let Err(breach) = verdict
            && self.breach.is_none()
        {
            self.note(|_| format!("BROKEN: {}", breach.text));
            self.breach = Some(breach);
        }
    }

    /// Keeps it if the condition does not hold.
    pub(crate) fn demand(&mut self, holds: bool, text: impl FnOnce() -> String) {
        if !holds {
            self.check(Err(Breach { kind: Kind::Other, text: text() }));
        }
    }

    /// Lets everything happen that is due within so many milliseconds.
    pub(crate) fn advance(&mut self, milliseconds: u64) {
        let until = self.now + milliseconds;
        while self.breach.is_none() && self.step(until) {}
        self.now = until;
    }

    /// Lets the next thing happen, if it is due by then; false if nothing is.
    pub(crate) fn step(&mut self, until: u64) -> bool {
        let Some((at, next)) = self.next().filter(|next| next.0 <= until) else { return false };
        self.now = self.now.max(at);
        match next {
            Next::Timer(client) => self.client_timer(client),
            Next::Down(link) => self.arrive_down(link),
            Next::Up(link) => self.arrive_up(link),
            Next::Answer(index) => self.answer(index),
            Next::Session(id) => self.session_timer(id),
            Next::Expiry => self.expire_sessions(),
        }
        self.links.retain(|link| !link.is_gone());
        true
    }

    fn next(&self) -> Option<(u64, Next)> {
        let mut first: Option<(u64, Next)> = None;
        let mut consider = |at: Option<u64>, next: Next| {
            if let Some(at) = at
                && first.is_none_or(|first| at < first.0)
            {
                first = Some((at, next));
            }
        };
        for (index, link) in self.links.iter().enumerate() {
            let awake = link.client.map_or(0, |client| self.clients[client].asleep_until);
            consider(link.down.next().map(|at| at.max(awake)), Next::Down(index));
            consider(link.up.next().map(|at| at.max(self.gateway.asleep_until)), Next::Up(index));
        }
        for (index, client) in self.clients.iter().enumerate() {
            consider(client.due(), Next::Timer(index));
        }
        for (index, answer) in self.gateway.answers.iter().enumerate() {
            consider(Some(answer.at.max(self.gateway.asleep_until)), Next::Answer(index));
        }
        for &id in &self.gateway.ids {
            consider(self.gateway.session_due(id), Next::Session(id));
        }
        consider(self.gateway.expiry_due(), Next::Expiry);
        first
    }

    fn arrive_down(&mut self, index: usize) {
        let link = &mut self.links[index];
        let (Some(item), client, id) = (link.down.pop(), link.client, link.id) else { return };
        if link.client_end
            && let Some(client) = client
        {
            self.client_reads(client, id, item);
        }
        // There is room for more.
        if let Some(session) = self.link(id).and_then(|link| link.session) {
            self.drain_session(session);
        }
    }

    fn arrive_up(&mut self, index: usize) {
        let link = &mut self.links[index];
        let (Some(item), id) = (link.up.pop(), link.id) else { return };
        if !link.gateway_end {
            return;
        }
        match item {
            Item::Message(frame) => self.gateway_reads(id, &frame),
            Item::Closed(code) => self.gateway_hears_close(id, Some(code).filter(|&code| code != 1006)),
            Item::Opened => {}
        }
    }

    pub(crate) fn link(&mut self, id: u32) -> Option<&mut Link> {
        self.links.iter_mut().find(|link| link.id == id)
    }

    /// The socket that this client uses.
    pub(crate) fn link_of(&mut self, client: usize) -> Option<&mut Link> {
        self.links.iter_mut().find(|link| link.client == Some(client) && link.client_end)
    }

    /// How long something on its way takes now.
    pub(crate) fn latency(&mut self) -> u64 {
        let (least, most) = self.plan.latency;
        self.random.between(least, most)
    }

    /// Publishes the next message of a topic.
    pub(crate) fn publish(&mut self, topic: usize) {
        self.published[topic] += 1;
        let number = self.published[topic];
        self.note(|_| format!("publish {} {number}", TOPICS[topic]));
        self.hand_out(topic, number);
    }

    /// Adds what was counted to the figures.
    pub(crate) fn count(&self) -> Figures {
        let mut figures = Figures { seeds: 1, requests: self.operations.requests(), ..Figures::default() };
        for client in &self.clients {
            figures.published += client.ledger.published();
            figures.delivered += client.ledger.delivered;
            figures.gapped += client.ledger.gapped;
            figures.lost += client.ledger.lost;
        }
        if let Some(breach) = &self.breach {
            figures.failed = 1;
            match breach.kind {
                Kind::Duplicated => figures.duplicated = 1,
                Kind::Reordered => figures.reordered = 1,
                Kind::ExecutedTwice => figures.executed_twice = 1,
                Kind::Unsettled => figures.unsettled = 1,
                Kind::Lost => figures.lost = figures.lost.max(1),
                Kind::Other => {}
            }
        }
        figures
    }
}
