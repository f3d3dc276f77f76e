//! Producers and consumers.

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, hash_map::Entry},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use futures_util::Stream;
use gloo_timers::future::TimeoutFuture;
use serde::{Serialize, de::DeserializeOwned};
use tera_protocol::{
    error::{ErrorCode, TeraError},
    opentera::{Value, value::ArgValue},
};
use wasm_bindgen_futures::spawn_local;

use super::{
    AGAIN, Detail, Service, passes, text,
    wish::{Wish, ended, ended_before},
};
use crate::{Client, driver::Driver, json, pending::Pending, queue::Queue};

impl Client {
    /// Puts an item, written as JSON, into a queue, and resolves with its id when it is there.
    ///
    /// # Errors
    ///
    /// `queue_full`; `forbidden`; `invalid_argument` if the item has no JSON, as integers beyond 2^53 haven't; else as
    /// [`request`](Self::request).
    pub async fn produce<T: Serialize + ?Sized>(&self, queue: &str, item: &T) -> Result<String, TeraError> {
        let args = [ArgValue::StringValue(queue.to_owned()), ArgValue::StringValue(json::write(item)?)];
        json::read(&Pending::command(self.driver(), "produce", args)?.json().await?)
    }

    /// Takes jobs out of a queue, each given to one consumer until that says [`ack`](Job::ack). What a consumer had that is
    /// gone, or away for too long, is given again; after some attempts it goes to the queue `<name>.dead`. A job in hand when
    /// the session is lost comes again only if it could not be ended. At most `prefetch` jobs, 1 to 1000, are given and not yet
    /// ended.
    ///
    /// ```no_run
    /// # async fn example(client: tera_client::Client) -> Result<(), tera_client::TeraError> {
    /// # async fn render(_: String) -> Result<(), tera_client::TeraError> { Ok(()) }
    /// use futures_util::StreamExt;
    ///
    /// let mut renders = client.consume("renders", 1).await?;
    /// while let Some(job) = renders.next().await {
    ///     let scene: String = job.item()?;
    ///     render(scene).await?;
    ///     job.ack().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `forbidden`; `invalid_argument` if this client consumes the queue already, or `prefetch` is out of its range; else as
    /// [`request`](Self::request).
    pub async fn consume(&self, queue: &str, prefetch: u32) -> Result<Consumer, TeraError> {
        let (driver, service) = (self.driver(), Service::Queue(queue.to_owned()));
        let patterns = &driver.host.patterns;
        // What was given to the consumer before comes ahead of the answer to its end.
        ended_before(driver, &service).await?;
        if patterns.is_wanted(&service) {
            let description = format!("The queue `{queue}` is consumed already.");
            return Err(TeraError::new(ErrorCode::InvalidArgument, description)
                .with_help("Drop that consumer first."));
        }
        // Given again, a job may wait here twice.
        let waiting = patterns.invocations.add(service.clone(), (prefetch as usize).saturating_mul(2).max(1));
        let wish = Wish::begin(driver, service, Detail::Prefetch(prefetch)).await?;
        Ok(Consumer { jobs: Rc::new(Jobs { waiting, in_hand: RefCell::default() }), wish })
    }
}

/// The jobs that this client is given. It ends when the client is closed; when it is dropped, what is not ended goes back.
#[derive(Debug)]
#[must_use = "dropping it gives every job back"]
pub struct Consumer {
    jobs: Rc<Jobs>,
    wish: Wish,
}

/// What a consumer was given, and has not ended. A new session gives it again.
#[derive(Debug)]
struct Jobs {
    waiting: Rc<Queue<Vec<Value>>>,
    /// The ids of jobs that were taken, with what was given again of each.
    in_hand: RefCell<HashMap<String, Option<Vec<Value>>>>,
}

impl Jobs {
    /// The next job that is not in hand already.
    fn poll_next(&self, context: &Context<'_>) -> Poll<Option<Vec<Value>>> {
        loop {
            let Some(args) = ready!(self.waiting.poll_next(context)) else { return Poll::Ready(None) };
            match self.in_hand.borrow_mut().entry(text(&args, 1)) {
                Entry::Occupied(mut entry) => entry.insert(Some(args)),
                Entry::Vacant(entry) => {
                    entry.insert(None);
                    return Poll::Ready(Some(args));
                }
            };
        }
    }

    /// Whether a job was given that is not ended.
    fn have(&self, id: &str) -> bool {
        self.in_hand.borrow().contains_key(id) || self.waiting.any(|args| text(args, 1) == id)
    }

    /// A job is ended, and so is what was given again of it.
    fn forget(&self, id: &str) {
        self.in_hand.borrow_mut().remove(id);
        self.waiting.retain(|args| text(args, 1) != id);
    }

    /// A job was not ended, though that was tried: what was given again of it is to be done.
    fn put_back(&self, id: &str) {
        let again = self.in_hand.borrow_mut().remove(id);
        if let Some(args) = again.flatten() {
            self.waiting.push(args);
        }
    }
}

impl Consumer {
    /// Ends it, and resolves when the gateway has.
    ///
    /// # Errors
    ///
    /// As [`request`](Client::request).
    pub async fn stop(self) -> Result<(), TeraError> {
        self.wish.end().await
    }
}

impl Stream for Consumer {
    type Item = Job;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Job>> {
        self.jobs
            .poll_next(context)
            .map(|given| given.map(|args| Job::new(&self.wish.driver, &self.jobs, &args)))
    }
}

/// An item of a queue, given to this consumer. A job that is dropped and not ended is given back, as by [`nack`](Self::nack).
pub struct Job {
    given: Rc<Given>,
    attempt: u64,
    item: String,
    /// Whether it is among the [jobs in hand](Jobs::in_hand).
    is_in_hand: Cell<bool>,
    is_ended: Cell<bool>,
}

/// Which job it is, and whose.
struct Given {
    driver: Rc<Driver>,
    jobs: Rc<Jobs>,
    queue: String,
    id: String,
}

impl Job {
    fn new(driver: &Rc<Driver>, jobs: &Rc<Jobs>, args: &[Value]) -> Self {
        let attempt = match args.get(2).and_then(|value| value.arg_value.as_ref()) {
            Some(&ArgValue::UintValue(attempt)) => attempt,
            _ => 0,
        };
        let (driver, jobs) = (Rc::clone(driver), Rc::clone(jobs));
        let given = Given { driver, jobs, queue: text(args, 0), id: text(args, 1) };
        let (is_in_hand, is_ended) = (Cell::new(true), Cell::new(false));
        Self { given: Rc::new(given), attempt, item: text(args, 3), is_in_hand, is_ended }
    }

    /// The name of the queue that it comes from.
    #[must_use]
    pub fn queue(&self) -> &str {
        &self.given.queue
    }

    /// What [`Client::produce`] returned.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.given.id
    }

    /// How many times it was given to a consumer, this time included.
    #[must_use]
    pub fn attempt(&self) -> u64 {
        self.attempt
    }

    /// The item, as a `T`.
    ///
    /// # Errors
    ///
    /// `invalid_message`: it is no `T`.
    pub fn item<T: DeserializeOwned>(&self) -> Result<T, TeraError> {
        json::read_any(&self.item)
    }

    /// It is done. If that fails with `queue_full`, `timeout`, `unavailable` or `uncertain`, it can be said again.
    ///
    /// # Errors
    ///
    /// `invalid_argument` if this client does not have the job any more; else as [`request`](Client::request).
    pub async fn ack(&self) -> Result<(), TeraError> {
        let session = self.given.session();
        let outcome = ended(self.given.command("ack")).await;
        match &outcome {
            Ok(()) => self.let_go(Jobs::forget),
            Err(error) if self.given.is_kept(error, session) => return outcome,
            Err(_) => self.let_go(Jobs::put_back),
        }
        self.is_ended.set(true);
        outcome
    }

    /// It is not done: another consumer shall try, or this one again. If that fails, it can be said again as by [`ack`](Self::ack).
    ///
    /// # Errors
    ///
    /// As [`ack`](Self::ack).
    pub async fn nack(&self) -> Result<(), TeraError> {
        // It may come back before the answer.
        self.let_go(Jobs::forget);
        let session = self.given.session();
        let outcome = ended(self.given.command("nack")).await;
        self.is_ended.set(!outcome.as_ref().is_err_and(|error| self.given.is_kept(error, session)));
        outcome
    }

    fn let_go(&self, how: impl FnOnce(&Jobs, &str)) {
        if self.is_in_hand.replace(false) {
            how(&self.given.jobs, &self.given.id);
        }
    }
}

impl Given {
    fn command(&self, how: &str) -> Result<Pending, TeraError> {
        let args = [&self.queue, &self.id].map(|text| ArgValue::StringValue(text.clone()));
        Pending::command(&self.driver, how, args)
    }

    /// Gives it back, and says so until the gateway has heard it: the job would wait for this client for ever.
    async fn give_back(self: Rc<Self>, mut pending: Result<Pending, TeraError>) {
        let session = self.session();
        // What is refused the gateway has taken back already.
        while ended(pending).await.is_err_and(|error| self.is_kept(&error, session)) {
            TimeoutFuture::new(AGAIN).await;
            if self.session() != session || self.jobs.have(&self.id) {
                return;
            }
            pending = self.command("nack");
        }
    }

    fn session(&self) -> u32 {
        self.driver.host.patterns.sessions.get()
    }

    /// Whether this client may still have the job, of which something was said in this session that ended so. A session that is
    /// lost takes its jobs along.
    fn is_kept(&self, error: &TeraError, session: u32) -> bool {
        passes(error) && self.session() == session
    }
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { given, attempt, item, .. } = self;
        let Given { queue, id, .. } = &**given;
        let mut job = f.debug_struct("Job");
        job.field("queue", queue).field("id", id).field("attempt", attempt).field("item", item).finish()
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        let is_given_again = !self.is_in_hand.get() && self.given.jobs.have(&self.given.id);
        if self.is_ended.get() || is_given_again {
            return;
        }
        self.let_go(Jobs::forget);
        let pending = self.given.command("nack");
        spawn_local(Rc::clone(&self.given).give_back(pending));
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::queue::Listeners;

    fn given(id: &str, attempt: u64) -> Vec<Value> {
        let text = |text: &str| ArgValue::StringValue(text.to_owned());
        let args = [text("renders"), text(id), ArgValue::UintValue(attempt), text("1")];
        args.map(|value| Value { arg_value: Some(value) }).into()
    }

    /// The next one to be done.
    fn next(jobs: &Jobs) -> Option<Vec<Value>> {
        match jobs.poll_next(&Context::from_waker(Waker::noop())) {
            Poll::Ready(args) => args,
            Poll::Pending => None,
        }
    }

    #[wasm_bindgen_test]
    fn a_job_that_is_given_again_is_done_again_only_if_it_could_not_be_ended() {
        let waiting = Listeners::default().add((), 9);
        let jobs = Jobs { waiting, in_hand: RefCell::default() };
        let give =
            |all: &[(&str, u64)]| all.iter().for_each(|&(id, attempt)| jobs.waiting.push(given(id, attempt)));
        // One in hand, one that waits: both are given again.
        give(&[("a", 1), ("b", 1)]);
        assert_eq!(next(&jobs), Some(given("a", 1)));
        give(&[("a", 2), ("b", 2)]);
        assert_eq!(next(&jobs), Some(given("b", 1)));
        assert_eq!(next(&jobs), None);
        jobs.forget("a");
        jobs.put_back("b");
        assert_eq!(next(&jobs), Some(given("b", 2)));
        // What was not given again has nothing to be done again; and what is ended before its copy is looked at is ended.
        jobs.put_back("b");
        give(&[("c", 1), ("c", 2), ("d", 1)]);
        assert_eq!(next(&jobs), Some(given("c", 1)));
        jobs.forget("c");
        assert_eq!(next(&jobs), Some(given("d", 1)));
        assert_eq!(next(&jobs), None);
    }
}
