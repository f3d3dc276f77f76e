//! What applications asked for, and what became of it.

use tera_protocol::{
    error::{ErrorCode, TeraError},
    link::{Answer, RequestId},
};

use crate::breach::{Kind, Verdict, breach, ensure};

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    Message,
    Call,
    Publish,
    /// A message that asks for no answer.
    Send,
    Subscribe(usize),
    Unsubscribe(usize),
}

/// One of them.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) client: usize,
    pub(crate) wish: Wish,
    pub(crate) id: Option<RequestId>,
    /// By the client's clock.
    pub(crate) deadline: u64,
    /// The client has transmitted it.
    pub(crate) tried: bool,
    pub(crate) executed: u32,
    /// The service answered with an error.
    pub(crate) failed: bool,
    /// The application has taken it back.
    pub(crate) aborted: bool,
    pub(crate) settled: u32,
    /// It ended with an error that says that it was not done.
    undone: bool,
    /// For a send: the bus did not take it, and the client is told if its session lasts.
    pub(crate) refused: bool,
    /// For a send: the client warned of something after it was given.
    pub(crate) warned: bool,
}

/// All of them, in the order in which they were asked for. They are numbered from 1 in this order, over all clients.
#[derive(Debug, Default)]
pub(crate) struct Operations {
    list: Vec<Operation>,
    /// Those that have not settled.
    open: Vec<u32>,
    /// The one executed last, by client.
    last_executed: [u32; 2],
}

impl Operations {
    /// The number of the next one.
    pub(crate) fn next(&self) -> u32 {
        self.list.len() as u32 + 1
    }

    pub(crate) fn add(&mut self, client: usize, wish: Wish, id: Option<RequestId>, deadline: u64) {
        if id.is_some() {
            self.open.push(self.next());
        }
        self.list.push(Operation {
            client,
            wish,
            id,
            deadline,
            tried: false,
            executed: 0,
            failed: false,
            aborted: false,
            settled: 0,
            undone: false,
            refused: false,
            warned: false,
        });
    }

    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut Operation> {
        self.list.get_mut((number as usize).checked_sub(1)?)
    }

    /// The number of this client's request.
    pub(crate) fn find(&self, client: usize, id: RequestId) -> Option<u32> {
        let is = |each: &Operation| each.id == Some(id) && each.client == client;
        self.list.iter().rposition(is).map(|index| index as u32 + 1)
    }

    /// Those of a client that have not settled.
    pub(crate) fn open(&self, client: usize) -> impl Iterator<Item = (u32, &Operation)> {
        let all = self.open.iter().map(|&number| (number, &self.list[number as usize - 1]));
        all.filter(move |each| each.1.client == client)
    }

    /// The bus has taken it.
    pub(crate) fn execute(&mut self, number: u32) -> Verdict {
        let Some(operation) = self.list.get_mut(number as usize - 1) else {
            return breach(Kind::Other, format!("operation {number} was executed, which nobody asked for"));
        };
        operation.executed += 1;
        if operation.executed > 1 {
            return breach(Kind::ExecutedTwice, format!("operation {number} was executed twice"));
        }
        if operation.undone {
            return breach(Kind::Other, format!("operation {number} was executed after it was refused"));
        }
        // What nobody counts on any more may be done later, out of turn.
        if operation.settled > 0 || operation.warned {
            return Ok(());
        }
        let last = &mut self.last_executed[operation.client];
        if number < *last {
            return breach(Kind::Reordered, format!("operation {number} was executed after {last}"));
        }
        *last = number;
        Ok(())
    }

    /// The client heard of its end.
    pub(crate) fn settle(
        &mut self,
        number: u32,
        outcome: &Result<Answer, TeraError>,
        now: u64,
        clocks_agree: bool,
    ) -> Verdict {
        self.open.retain(|&open| open != number);
        let operation = &mut self.list[number as usize - 1];
        operation.settled += 1;
        if operation.settled > 1 {
            return breach(Kind::Unsettled, format!("operation {number} settled twice"));
        }
        let fits = match outcome {
            Ok(answer) => operation.succeeds(number, answer),
            Err(error) => {
                operation.undone = is_of_nothing(error.code);
                operation.fails(error.code, now, clocks_agree)
            }
        };
        ensure(fits, || format!("operation {number} can't end so: {outcome:?}; {operation:?}"))
    }

    /// None is open whose deadline has passed by this client's clock.
    pub(crate) fn check_deadlines(&self, client: usize, now: u64) -> Verdict {
        match self.open(client).find(|each| each.1.deadline < now) {
            Some((number, operation)) => {
                let text = format!("operation {number} is open at {now}, after its deadline: {operation:?}");
                breach(Kind::Unsettled, text)
            }
            None => Ok(()),
        }
    }

    /// The client warned its application.
    pub(crate) fn warn(&mut self, client: usize) {
        for operation in self.list.iter_mut().filter(|each| each.client == client) {
            operation.warned = true;
        }
    }

    /// The client is in a new session: what it was not told in the one of before, it will not be told.
    pub(crate) fn forget_refusals(&mut self, client: usize) {
        for operation in self.list.iter_mut().filter(|each| each.client == client) {
            operation.warned |= operation.refused;
        }
    }

    /// Sends of a client that were neither executed nor followed by a warning.
    pub(crate) fn silent_sends(&self, client: usize) -> u64 {
        let silent = |each: &&Operation| {
            each.client == client && each.wish == Wish::Send && each.executed == 0 && !each.warned
        };
        self.list.iter().filter(silent).count() as u64
    }

    /// How many of them are requests.
    pub(crate) fn requests(&self) -> u64 {
        self.list.iter().filter(|each| each.id.is_some()).count() as u64
    }
}

impl Operation {
    fn succeeds(&self, number: u32, answer: &Answer) -> bool {
        match (self.wish, answer) {
            (Wish::Message, Answer::Message(bytes)) => {
                self.executed == 1 && crate::content::of_message(bytes) == Some(number)
            }
            (Wish::Call, Answer::Json(text)) => self.executed == 1 && text.parse() == Ok(number),
            (Wish::Publish, Answer::Done) => self.executed == 1,
            (Wish::Subscribe(_) | Wish::Unsubscribe(_), Answer::Done) => true,
            _ => false,
        }
    }

    fn fails(&self, code: ErrorCode, now: u64, clocks_agree: bool) -> bool {
        match code {
            ErrorCode::Timeout => now >= self.deadline || !clocks_agree,
            ErrorCode::Aborted => self.aborted,
            ErrorCode::Uncertain => self.tried,
            ErrorCode::TooLarge => !self.tried,
            code if is_of_nothing(code) => self.executed == 0,
            ErrorCode::RemoteError => self.failed,
            ErrorCode::Forbidden => matches!(self.wish, Wish::Subscribe(_)),
            ErrorCode::Closed | ErrorCode::ConnectFailed | ErrorCode::LoggedOut | ErrorCode::Unauthorized => {
                true
            }
            _ => false,
        }
    }
}

/// Whether this error says that nothing was done.
const fn is_of_nothing(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::QueueFull | ErrorCode::Unreachable | ErrorCode::Unavailable | ErrorCode::TooLarge
    )
}
