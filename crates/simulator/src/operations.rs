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

/// The frame of the gateway that a client hears something of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reads {
    Gap,
    Notice,
    Reply,
    /// Another one, or none.
    Else,
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
    /// For a request: the client dropped it, because its queue was full.
    dropped: bool,
    /// For a send: why the bus did not take it, or may not have. The client is told if its session lasts.
    pub(crate) refused: Option<ErrorCode>,
    /// The client was told so.
    told: bool,
    /// For a send: the client warned that it was not carried out, or may not have been.
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
            dropped: false,
            refused: None,
            told: false,
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
        reads: Reads,
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
                operation.dropped = error.code == ErrorCode::QueueFull && reads != Reads::Reply;
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

    /// The client warned its application, which explains what became of no more than the sends that this is about.
    pub(crate) fn warn(&mut self, client: usize, code: ErrorCode, reads: Reads) -> Verdict {
        let sends = self.sends_mut(client);
        match reads {
            // Of bytes that mean nothing.
            _ if code == ErrorCode::InvalidMessage => {}
            // The gateway says of each what the bus made of it, in their order. What a Gap has warned of already may or may
            // not be told.
            Reads::Notice => {
                let untold = sends.filter(|each| each.refused == Some(code) && !each.told);
                let Some(refused) = untold.min_by_key(|each| each.warned) else {
                    return breach(
                        Kind::Other,
                        format!("the gateway says {code:?} of a send, but none ended so"),
                    );
                };
                refused.told = true;
                refused.warned = true;
            }
            // Some of what it had to say is lost.
            Reads::Gap => sends.filter(|each| each.refused.is_some()).for_each(|each| each.warned = true),
            // The session is lost.
            _ if code == ErrorCode::Uncertain => {
                sends.filter(|each| each.tried).for_each(|each| each.warned = true);
            }
            _ => {}
        }
        Ok(())
    }

    /// The client is in a new session: what it was not told in the one of before, it will not be told.
    pub(crate) fn forget_refusals(&mut self, client: usize) {
        self.sends_mut(client).filter(|each| each.refused.is_some()).for_each(|each| each.warned = true);
    }

    fn sends_mut(&mut self, client: usize) -> impl Iterator<Item = &mut Operation> {
        self.list.iter_mut().filter(move |each| each.client == client && each.wish == Wish::Send)
    }

    /// Every send of a client was carried out or warned of, and what was never transmitted is as much as the client says
    /// that it has dropped.
    pub(crate) fn check_sends(&self, client: usize, dropped: u64) -> Verdict {
        let mut known = 0;
        for (index, each) in self.list.iter().enumerate().filter(|(_, each)| each.client == client) {
            let is_silent = each.wish == Wish::Send && each.executed == 0 && !each.warned;
            if is_silent && each.tried {
                return breach(
                    Kind::Other,
                    format!("operation {} was lost without a word: {each:?}", index + 1),
                );
            }
            known += u64::from(is_silent || each.dropped);
        }
        ensure(known == dropped, || format!("{known} were dropped, but the client says {dropped}"))
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
