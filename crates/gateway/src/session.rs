//! Drives one client's session: performs what the state machine wants, and feeds it what happens. The session has its
//! subscription and its numbers for as long as it lives; sockets come and go.

mod calls;
mod commands;
mod deliveries;
mod notifications;
mod queues;
mod signals;
mod sockets;
mod variables;
mod work;

use std::{
    future::{self, poll_fn},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use tera_protocol::{
    link::{
        frame::{encode, put_topic},
        session::{Output, Session, SessionId, Setup},
    },
    time::Timestamp,
    topic::Topic,
};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until, timeout},
};

use self::{
    calls::Calls,
    queues::Jobs,
    sockets::Attachment,
    variables::Watched,
    work::{Client, Item, Outcome, Work},
};
use crate::{
    bus::{Change, Job, Received, Subscription},
    config::{Account, Config},
    events,
    gateway::Gateway,
    pending::{Return, SessionNumbers},
    registry::Arrival,
    socket::{Incoming, Reason},
};

/// Messages that wait for a session's task. It takes them at once, also without its client; this is for bursts.
pub(crate) const QUEUE: usize = 4096;
/// How long a session that has ended may take for what its client wanted published before.
const LAST_WORK: Duration = Duration::from_secs(3);
/// How long `finish_work` lets queued work hold up the refusal of open calls.
const LAST_REQUESTS: Duration = Duration::from_secs(2);

enum Step {
    Incoming(Incoming),
    /// A new socket; `None`: the session is not kept any longer.
    Arrival(Option<Box<Arrival>>),
    Received(Received),
    Job(Job),
    Changed(Change),
    Returned(Return),
    Worked(Outcome),
    Deadline,
    Shutdown,
}

struct Driver {
    gateway: Arc<Gateway>,
    account: Arc<Account>,
    id: SessionId,
    session: Session,
    numbers: SessionNumbers,
    subscription: Subscription,
    work: Work,
    arrivals: mpsc::Receiver<Arrival>,
    returns: mpsc::Receiver<Return>,
    attachment: Option<Attachment>,
    /// When to look again how far the client shall spread.
    window_due: Timestamp,
    /// When the session has been kept for long enough, unless its client comes back.
    expires: Option<Timestamp>,
    /// Topics on which the server may command this very client.
    events_topic: Arc<str>,
    answers_topic: Arc<str>,
    /// Calls of what this client serves.
    calls_topic: Arc<str>,
    calls: Calls,
    jobs: Jobs,
    watched: Watched,
    /// How the session ended.
    over: Option<Reason>,
}

/// The topics that an account's sessions get unasked: its own two, and those granted to its kind.
pub(crate) fn topics(config: &Config, account: &Account) -> Vec<String> {
    let identity = account.identity();
    let granted = config.grants.of(account.kind).events.iter();
    [Topic::Events(identity), Topic::Answers(identity)].iter().chain(granted).map(Topic::to_string).collect()
}

/// Starts a session, whose first socket is on its way.
pub(crate) fn start(
    gateway: &Arc<Gateway>,
    account: &Arc<Account>,
    id: SessionId,
    subscription: Subscription,
    arrivals: mpsc::Receiver<Arrival>,
) {
    let identity = account.identity();
    let now = gateway.clock.now();
    let (returns_sender, returns) = mpsc::channel(gateway.config.limits.pending_requests.max(1));
    let setup = Setup {
        identity,
        access: gateway.config.grants.of(account.kind).access(),
        limits: gateway.config.session_limits(),
        reply_channel: gateway.reply_channel.clone(),
    };
    let mut driver = Driver {
        gateway: Arc::clone(gateway),
        account: Arc::clone(account),
        id,
        session: Session::open(now, setup),
        numbers: gateway.pending.session(identity, returns_sender),
        work: Work::new(&subscription, gateway.config.limits.max_frame_bytes),
        subscription,
        arrivals,
        returns,
        attachment: None,
        window_due: now,
        expires: None,
        events_topic: Topic::Events(identity).to_string().into(),
        answers_topic: Topic::Answers(identity).to_string().into(),
        calls_topic: Topic::Calls(identity).to_string().into(),
        calls: Calls::numbered(rand::random()),
        jobs: Jobs::default(),
        watched: Watched::default(),
        over: None,
    };
    driver.greet(now);
    gateway.tasks.spawn(driver.run());
}

impl Driver {
    async fn run(mut self) {
        let identity = self.account.identity();
        tracing::info!(%identity, "a session begins");
        while self.over.is_none() {
            let step = self.next().await;
            self.take(step);
            self.perform();
            self.jobs.set_away(self.attachment.is_none());
        }
        self.gateway.sessions.remove(self.id);
        self.gateway.serving.forget(identity, self.id);
        self.arrivals.close();
        let reason = self.over.unwrap_or_default();
        while let Ok(arrival) = self.arrivals.try_recv() {
            self.gateway.tasks.spawn(arrival.socket.close(Vec::new(), reason));
        }
        if timeout(LAST_WORK, self.finish_work()).await.is_err() {
            tracing::warn!(%identity, "a session ended before all was published");
        }
        tracing::info!(%identity, code = reason.0, reason = reason.1, "a session is over");
    }

    /// Tells the client first of all that it is connected.
    fn greet(&mut self, now: Timestamp) {
        let mut greeting = encode(&events::greeting(&self.account, &self.gateway.clock));
        put_topic(&mut greeting, &self.events_topic);
        self.session.handle_delivery(now, &self.events_topic, greeting.into());
    }

    /// Waits for whatever comes first.
    async fn next(&mut self) -> Step {
        let deadline = [self.session.poll_timeout(), self.expires].into_iter().flatten().min();
        let deadline = deadline.map(|deadline| self.gateway.clock.instant(deadline));
        let has_room = self.has_room();
        let Self { attachment, session, .. } = self;
        let exchange = poll_fn(|cx| match attachment {
            Some(attachment) => attachment.socket.poll(cx, || session.poll_message()),
            None => Poll::Pending,
        });
        tokio::select! {
            incoming = exchange => Step::Incoming(incoming),
            arrival = self.arrivals.recv() => Step::Arrival(arrival.map(Box::new)),
            received = self.subscription.receive() => Step::Received(received),
            job = self.jobs.next(), if has_room => Step::Job(job),
            change = self.watched.next(), if has_room => Step::Changed(change),
            Some(returned) = self.returns.recv() => Step::Returned(returned),
            outcome = self.work.next() => Step::Worked(outcome),
            () = passed(deadline) => Step::Deadline,
            () = self.gateway.shutdown.cancelled() => Step::Shutdown,
        }
    }

    fn take(&mut self, step: Step) {
        let now = self.gateway.clock.now();
        match step {
            Step::Incoming(incoming) => self.incoming(now, incoming),
            Step::Arrival(Some(arrival)) => self.attach(now, *arrival),
            Step::Arrival(None) => self.session.end(1000, "the session was not kept any longer"),
            Step::Received(received) => self.received(now, received),
            Step::Job(job) => {
                let position = self.invoke(now, queues::as_invocation(&job));
                self.jobs.note(job, position);
            }
            Step::Changed(change) => _ = self.invoke(now, variables::as_invocation(change)),
            Step::Returned(returned) => self.session.handle_return(now, returned.id, returned.result),
            Step::Worked(outcome) => self.worked(now, outcome),
            Step::Deadline => {
                self.session.handle_timeout(now);
                if self.expires.is_some_and(|expires| expires <= now) {
                    self.gateway.sessions.expire(now);
                    self.expires = None;
                }
            }
            Step::Shutdown => self.shut_down(now),
        }
    }

    fn worked(&mut self, now: Timestamp, outcome: Outcome) {
        match outcome {
            Outcome::Published(publication, receivers) => {
                self.session.handle_published(now, &publication, receivers);
            }
            Outcome::Operated(id, result, undo) => {
                if let Some(pattern) = undo {
                    self.work.forget(&pattern, &mut self.subscription);
                }
                self.session.handle_operation(now, id, result);
            }
            Outcome::Signalled(result) => self.session.handle_signal(now, result),
            Outcome::Replied => {}
        }
    }

    /// Has this done after all that the client wanted before.
    fn push(&mut self, item: Item) {
        if let Some(refusal) = self.work.push(item) {
            self.worked(self.gateway.clock.now(), refusal);
        }
    }

    /// Does what the session wants.
    fn perform(&mut self) {
        while let Some(output) = self.session.poll_output() {
            match output {
                Output::Confirmed => {
                    if let Some(attachment) = &self.attachment {
                        self.gateway.sessions.confirm(self.id, attachment.number);
                    }
                }
                Output::Operate(id, operation) => self.push(Item::Operation(id, operation)),
                Output::Signal(text) => self.push(Item::Signal(text)),
                Output::Publish(publication) => self.push(Item::Publication(publication)),
                Output::Abandon(id) => self.work.abandon(id),
                Output::Retire(correlation) => {
                    self.numbers.retire(correlation);
                    // Of a session that is over, all that its client wanted is still published.
                    if !self.session.is_over()
                        && let Some(publication) = self.work.withdraw(correlation)
                    {
                        // It makes room; nothing is said of it, as nobody waits.
                        self.session.handle_published(self.gateway.clock.now(), &publication, Ok(1));
                    }
                }
                Output::Close { code, reason, is_over } => {
                    self.hang_up((code, reason));
                    if is_over {
                        self.over = Some((code, reason));
                    }
                }
            }
        }
        self.begin_work();
    }

    fn begin_work(&mut self) -> bool {
        let Self { gateway, account, id, subscription, calls, calls_topic, jobs, watched, work, .. } = self;
        work.start(&mut Client {
            gateway,
            account,
            session: *id,
            subscription,
            calls,
            calls_topic,
            jobs,
            watched,
        })
    }

    /// Does what the client still wanted, answers in its place the calls that it has left, and gives its jobs back.
    async fn finish_work(&mut self) {
        // What hangs must not keep callers from hearing that the client has gone.
        _ = timeout(LAST_REQUESTS, self.work_off()).await;
        for caller in self.calls.abandon() {
            let reply = caller.failed(&self.calls_topic, "the client that serves it has gone");
            work::send_reply(&self.gateway, reply).await;
        }
        self.work_off().await;
        if let Err(error) = self.jobs.close().await {
            tracing::warn!(%error, "could not give jobs back");
        }
    }

    async fn work_off(&mut self) {
        while self.begin_work() {
            // A `serve` that waited until now has made the session one of those that take calls.
            self.gateway.serving.forget(self.account.identity(), self.id);
            self.work.next().await;
        }
    }
}

/// Waits until the deadline; for ever, if there is none.
async fn passed(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => future::pending().await,
    }
}
