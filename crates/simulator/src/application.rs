//! What applications ask for.

use std::time::Duration;

use tera_protocol::{
    error::{ErrorCode, TeraError},
    link::RequestId,
    time::Timestamp,
};

use crate::{client::Subscription, content, ledger::PATTERNS, operations::Wish, world::World};

impl World {
    /// Asks for something at random.
    pub(crate) fn ask(&mut self, client: usize) {
        if self.clients[client].is_closed() || self.clients[client].asleep_until > self.now {
            return;
        }
        match self.random.below(20) {
            0..=3 => self.wish(client, Wish::Message),
            4..=7 => self.wish(client, Wish::Call),
            8..=9 => self.wish(client, Wish::Publish),
            10..=11 => self.wish(client, Wish::Send),
            12..=15 => {
                let pattern = self.random.below(PATTERNS.len() as u64) as usize;
                self.wish(client, Wish::Subscribe(pattern));
            }
            16..=17 => {
                let pattern = self.random.below(PATTERNS.len() as u64) as usize;
                self.wish(client, Wish::Unsubscribe(pattern));
            }
            _ => self.abort(client),
        }
        self.drain_client(client);
        self.check_client_bounds(client);
    }

    fn abort(&mut self, client: usize) {
        let open = self.operations.open(client).count() as u64;
        if open == 0 {
            return;
        }
        let chosen = self.random.below(open) as usize;
        let Some((number, id)) =
            self.operations.open(client).nth(chosen).map(|(number, each)| (number, each.id))
        else {
            return;
        };
        if let (Some(operation), Some(id)) = (self.operations.get_mut(number), id) {
            operation.aborted = true;
            self.note(|_| format!("client {client} cancels {number}"));
            let time = self.clients[client].time(self.now);
            self.clients[client].machine.cancel(time, id);
        }
    }

    /// Asks for this.
    pub(crate) fn wish(&mut self, client: usize, wish: Wish) {
        let number = self.operations.next();
        let padding = if self.random.percent(10) { self.random.below(900) as usize } else { 0 };
        let timeout = self.random.percent(30).then(|| self.random.between(50, 8_000));
        let time = self.clients[client].time(self.now);
        self.note(|_| format!("client {client} asks for {wish:?} {number}, timeout {timeout:?}"));
        let asked = self.command(client, wish, number, padding, time, timeout.map(Duration::from_millis));
        match asked {
            Ok(id) => {
                let timeout = timeout.unwrap_or(self.plan.options.request_timeout.as_millis() as u64);
                let deadline = time.as_millis() + timeout;
                self.operations.add(client, wish, id, deadline);
                self.note_subscription(client, wish, number);
            }
            Err(error) => {
                let fits =
                    matches!(error.code, ErrorCode::QueueFull | ErrorCode::TooLarge | ErrorCode::Closed);
                self.demand(fits, || format!("a command was refused with {error:?}"));
            }
        }
    }

    fn command(
        &mut self,
        client: usize,
        wish: Wish,
        number: u32,
        padding: usize,
        time: Timestamp,
        timeout: Option<Duration>,
    ) -> Result<Option<RequestId>, TeraError> {
        let machine = &mut self.clients[client].machine;
        match wish {
            Wish::Message => machine.request(time, "service.A", &content::message(number, padding), timeout),
            Wish::Call => {
                // The gateway answers a third of them itself.
                let target = if number.is_multiple_of(3) { "gateway" } else { "service.A" };
                machine.call(time, target, &content::call(number), timeout)
            }
            Wish::Publish => {
                machine.publish(time, "service.A.wishes", &content::publication(number, padding), timeout)
            }
            Wish::Subscribe(pattern) => machine.subscribe(time, PATTERNS[pattern].0, timeout),
            Wish::Unsubscribe(pattern) => machine.unsubscribe(time, PATTERNS[pattern].0, timeout),
            Wish::Send => {
                return machine.send(time, "service.A", &content::message(number, padding)).map(|()| None);
            }
        }
        .map(Some)
    }

    fn note_subscription(&mut self, client: usize, wish: Wish, number: u32) {
        match wish {
            Wish::Subscribe(pattern) => {
                let known = self.clients[client].subscriptions[pattern].known;
                let is_open = known
                    .and_then(|known| self.operations.get_mut(known))
                    .is_none_or(|each| each.settled == 0);
                let subscription = &mut self.clients[client].subscriptions[pattern];
                if subscription.known.is_none() {
                    subscription.since = number;
                }
                if is_open {
                    subscription.known = Some(number);
                }
                subscription.ended = false;
            }
            Wish::Unsubscribe(pattern) => {
                let subscription = &mut self.clients[client].subscriptions[pattern];
                *subscription = Subscription { since: number, ..Default::default() };
                self.clients[client].ledger.end_lapse(PATTERNS[pattern].0);
                self.clients[client].believe();
            }
            _ => {}
        }
    }
}
