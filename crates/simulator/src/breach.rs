//! How a promise of the link can be found broken.

/// What kind of promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Lost,
    Duplicated,
    Reordered,
    ExecutedTwice,
    Unsettled,
    /// Anything else: a bound, an order of events, a wrong close.
    Other,
}

/// A broken promise, in words.
#[derive(Clone, Debug)]
pub(crate) struct Breach {
    pub(crate) kind: Kind,
    pub(crate) text: String,
}

pub(crate) type Verdict = Result<(), Breach>;

/// The error of this kind.
pub(crate) fn breach(kind: Kind, text: impl Into<String>) -> Verdict {
    Err(Breach { kind, text: text.into() })
}

/// An error unless the condition holds.
pub(crate) fn ensure(holds: bool, text: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { breach(Kind::Other, text()) }
}
