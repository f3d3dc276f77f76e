//! What goes wrong, and how it ends.

use std::time::Duration;

use bytes::Bytes;
use tera_protocol::link::{Input, frame::encode, messages::Ping, session::Sessions};

use crate::{
    network::{Item, Link},
    plan::Fault,
    world::World,
};

/// Bytes that are no frame.
const GARBAGE: &[u8] = &[0xff, 0xff, 0xff];

impl World {
    /// Lets something of this kind go wrong.
    pub(crate) fn strike(&mut self, fault: Fault) {
        let client = self.random.below(self.clients.len() as u64) as usize;
        self.note(|_| format!("fault: {fault:?}, client {client}"));
        match fault {
            Fault::Cut => self.cut(client),
            Fault::HalfOpen => self.silence(client),
            Fault::Delay => self.delay(client),
            Fault::Ghost => self.ghost(client),
            Fault::Restart => self.restart(),
            Fault::Absence => self.absence(client),
            Fault::Goodbye => self.goodbye(),
            Fault::Bus => self.set_bus(!self.gateway.bus_is_up),
            Fault::Sleep => self.sleep(client),
            Fault::Jump => self.jump(client),
            Fault::Offline => self.offline(client),
            Fault::Suspend => self.suspend(client),
            Fault::Wake => self.feed(client, Input::Wake),
            Fault::Throttle => {
                self.clients[client].lag = self.random.pick(&[0, 300, 1_000, 5_000]);
            }
            // Struck at each attempt to connect.
            Fault::Dial => self.cut(client),
            // Struck at each message.
            Fault::Overflow => (0..4).for_each(|topic| self.publish(topic)),
            Fault::Slow => {
                let by = self.random.between(100, 3_000);
                self.link_of(client).into_iter().for_each(|link| link.down.delay(by));
                (0..self.random.between(5, 30)).for_each(|number| self.publish(number as usize % 4));
            }
            Fault::Garbage => self.garbage(client),
            Fault::Echo => {
                if let Some(link) = self.link_of(client) {
                    link.up.echo();
                    link.down.echo();
                }
            }
        }
    }

    fn cut(&mut self, client: usize) {
        let (now, mut random) = (self.now, self.random.clone());
        let mut notice = || random.percent(90).then(|| now + random.pick(&[0, 5, 100, 2_000]));
        let notices = [notice(), notice()];
        self.random = random;
        let random = &mut self.random;
        let Some(link) = self.links.iter_mut().find(|link| link.client == Some(client) && link.client_end)
        else {
            return;
        };
        link.up.cut(random, notices[0]);
        link.down.cut(random, notices[1]);
    }

    /// Both directions, or one of them.
    fn silence(&mut self, client: usize) {
        let directions = self.random.below(3);
        if let Some(link) = self.link_of(client) {
            if directions != 0 {
                link.up.silence();
            }
            if directions != 1 {
                link.down.silence();
            }
        }
    }

    fn delay(&mut self, client: usize) {
        let by = [self.random.below(1_500), self.random.below(1_500)];
        if let Some(link) = self.link_of(client) {
            link.up.delay(by[0]);
            link.down.delay(by[1]);
        }
    }

    fn ghost(&mut self, client: usize) {
        let Some(hello) = self.clients[client].hello.clone() else { return };
        self.last_link += 1;
        let mut link = Link::new(self.last_link, None);
        let at = self.now + self.latency();
        link.up.push(at, Item::Message(hello));
        if self.random.percent(50) {
            link.up.push(at, Item::Message(encode(&Ping { id: 1 }).into()));
        }
        let end = at + self.random.below(3_000);
        link.up.push(end, Item::Closed(1006));
        self.links.push(link);
    }

    /// The gateway forgets everything. Its sockets end, and some clients are not told.
    fn restart(&mut self) {
        let now = self.now;
        for index in 0..self.links.len() {
            let is_told = self.random.percent(80);
            let link = &mut self.links[index];
            if link.gateway_end {
                link.gateway_end = false;
                link.down.cut(&mut self.random, is_told.then_some(now));
            }
        }
        self.gateway.sessions = Sessions::new(self.plan.kept);
        self.gateway.ids.clear();
        self.gateway.answers.clear();
    }

    /// The client is away for longer or shorter than its session is kept.
    fn absence(&mut self, client: usize) {
        let retention = self.plan.kept.retention.as_millis() as u64;
        self.cut(client);
        self.feed(client, Input::Offline);
        (0..self.random.below(5)).for_each(|number| self.publish(number as usize % 4));
        let away = self.random.between(retention / 2, retention * 3 / 2);
        self.advance(away);
        self.feed(client, Input::Online);
    }

    fn goodbye(&mut self) {
        let time = self.gateway.time(self.now);
        for id in self.gateway.ids.clone() {
            if let Some(entry) = self.gateway.sessions.get_mut(id) {
                entry.session.goodbye(time, Duration::from_millis(50), Duration::from_millis(900));
                self.drain_session(id);
            }
        }
    }

    fn sleep(&mut self, client: usize) {
        let until = self.now + self.random.pick(&[500, 3_000, 20_000, 130_000]);
        if self.random.percent(20) {
            self.gateway.asleep_until = until;
        } else {
            self.clients[client].asleep_until = until;
        }
    }

    /// A clock that does not agree with the others.
    fn jump(&mut self, client: usize) {
        self.clocks_agree = false;
        let by = self.random.pick(&[700, 5_000, 60_000]);
        if self.random.percent(30) {
            self.gateway.ahead += by;
        } else {
            self.clients[client].ahead += by;
        }
    }

    fn offline(&mut self, client: usize) {
        if self.random.percent(50) {
            self.feed(client, Input::Offline);
            if self.random.percent(50) {
                self.silence(client);
            }
        } else {
            self.feed(client, Input::Online);
        }
    }

    fn suspend(&mut self, client: usize) {
        self.clients[client].machine.suspend();
        self.drain_client(client);
        let pause = self.random.below(2_000);
        self.advance(pause);
        self.feed(client, Input::Wake);
    }

    fn garbage(&mut self, client: usize) {
        // The first bytes after a Hello show that the client knows its token.
        if !self.clients[client].is_connected() {
            return;
        }
        let (now, up) = (self.now, self.random.percent(50));
        let Some(link) = self.link_of(client).filter(|link| link.session.is_some()) else { return };
        let pipe = if up { &mut link.up } else { &mut link.down };
        pipe.push(now, Item::Message(Bytes::from_static(GARBAGE)));
    }

    /// Nothing goes wrong any more.
    pub(crate) fn heal(&mut self) {
        self.chaos = false;
        self.set_bus(true);
        for client in 0..self.clients.len() {
            let this = &mut self.clients[client];
            this.lag = 0;
            let awake = this.asleep_until.max(self.gateway.asleep_until).saturating_sub(self.now);
            self.advance(awake);
            self.feed(client, Input::Online);
        }
    }
}
