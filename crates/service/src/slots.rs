//! How much may be under way at once, in all and for one caller. What finds no slot is refused, it never waits.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

#[derive(Debug)]
pub(crate) struct Slots {
    in_all: usize,
    per_caller: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    in_all: usize,
    by_caller: HashMap<String, usize>,
}

/// The right to be under way; given back when dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    slots: Arc<Slots>,
    caller: String,
}

impl Slots {
    pub(crate) fn new(in_all: usize, per_caller: usize) -> Arc<Self> {
        Arc::new(Self { in_all, per_caller, taken: Mutex::default() })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None` if all are taken, or this caller has as many as one may.
    pub(crate) fn take(self: &Arc<Self>, caller: &str) -> Option<Slot> {
        let mut taken = self.taken();
        let of_caller = taken.by_caller.get(caller).copied().unwrap_or(0);
        if taken.in_all >= self.in_all || of_caller >= self.per_caller {
            return None;
        }
        taken.in_all += 1;
        taken.by_caller.insert(caller.to_owned(), of_caller + 1);
        Some(Slot { slots: Arc::clone(self), caller: caller.to_owned() })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self.slots.taken();
        taken.in_all -= 1;
        if let Some(count) = taken.by_caller.get_mut(&self.caller) {
            *count -= 1;
            if *count == 0 {
                taken.by_caller.remove(&self.caller);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_bounded_for_each_caller_and_in_all_and_come_back() {
        let slots = Slots::new(3, 2);
        let first = slots.take("a");
        let second = slots.take("a");
        assert!(first.is_some() && second.is_some() && slots.take("a").is_none());
        let third = slots.take("b");
        assert!(third.is_some() && slots.take("b").is_none() && slots.take("c").is_none());
        drop(first);
        assert!(slots.take("c").is_some() && slots.take("a").is_some());
        drop((second, third));
        assert!(slots.taken().by_caller.is_empty());
        assert_eq!(slots.taken().in_all, 0);
    }
}
