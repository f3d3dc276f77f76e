//! Bounded queues between the driver and the streams that applications read, and lists of them.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::{Rc, Weak},
    task::{Context, Poll, Waker},
};

/// Most items that wait in a stream, unless it says otherwise.
pub(crate) const LIMIT: usize = 1024;

/// What waits for one stream. Beyond its limit the oldest is dropped and counted.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    limit: usize,
    waiting: RefCell<VecDeque<T>>,
    dropped: Cell<u64>,
    ended: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl<T> Queue<T> {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            waiting: RefCell::default(),
            dropped: Cell::new(0),
            ended: Cell::new(false),
            waker: RefCell::default(),
        }
    }

    pub(crate) fn push(&self, item: T) {
        let mut waiting = self.waiting.borrow_mut();
        if waiting.len() >= self.limit {
            waiting.pop_front();
            self.dropped.set(self.dropped.get() + 1);
        }
        waiting.push_back(item);
        self.wake();
    }

    /// Drops what waits and is not to be kept.
    pub(crate) fn retain(&self, keep: impl FnMut(&T) -> bool) {
        self.waiting.borrow_mut().retain(keep);
    }

    /// Whether such an item waits.
    pub(crate) fn any(&self, is_such: impl FnMut(&T) -> bool) -> bool {
        self.waiting.borrow().iter().any(is_such)
    }

    /// Nothing more comes. What waits can still be taken.
    pub(crate) fn end(&self) {
        self.ended.set(true);
        self.wake();
    }

    /// How many items were dropped.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.get()
    }

    /// The next item; `None` after the last one.
    pub(crate) fn poll_next(&self, context: &Context<'_>) -> Poll<Option<T>> {
        if let Some(item) = self.waiting.borrow_mut().pop_front() {
            return Poll::Ready(Some(item));
        }
        if self.ended.get() {
            return Poll::Ready(None);
        }
        self.waker.replace(Some(context.waker().clone()));
        Poll::Pending
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// The queues of those who listen, each as long as somebody holds it, with what each is about.
#[derive(Debug)]
pub(crate) struct Listeners<K, T>(RefCell<Vec<(K, Weak<Queue<T>>)>>);

impl<K, T> Default for Listeners<K, T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<K, T: Clone> Listeners<K, T> {
    /// A queue for what is about this.
    pub(crate) fn add(&self, about: K, limit: usize) -> Rc<Queue<T>> {
        let queue = Rc::new(Queue::new(limit));
        let mut listeners = self.0.borrow_mut();
        listeners.retain(|(_, queue)| queue.strong_count() > 0);
        listeners.push((about, Rc::downgrade(&queue)));
        queue
    }

    /// Puts the item into every queue that it concerns.
    pub(crate) fn tell(&self, concerns: impl Fn(&K) -> bool, item: &T) {
        for (_, queue) in self.0.borrow().iter().filter(|(about, _)| concerns(about)) {
            if let Some(queue) = queue.upgrade() {
                queue.push(item.clone());
            }
        }
    }

    /// Ends every queue.
    pub(crate) fn end(&self) {
        for (_, queue) in self.0.take() {
            if let Some(queue) = queue.upgrade() {
                queue.end();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn rest(queue: &Queue<u32>) -> Vec<u32> {
        let context = Context::from_waker(Waker::noop());
        std::iter::from_fn(|| match queue.poll_next(&context) {
            Poll::Ready(item) => item,
            Poll::Pending => None,
        })
        .collect()
    }

    #[wasm_bindgen_test]
    fn a_full_queue_drops_the_oldest_and_counts_it() {
        let queue = Queue::new(2);
        (1..=5).for_each(|item| queue.push(item));
        assert_eq!(queue.dropped(), 3);
        assert_eq!(rest(&queue), [4, 5]);
    }

    #[wasm_bindgen_test]
    fn a_queue_that_has_ended_still_gives_what_waits() {
        let queue = Queue::new(2);
        queue.push(1);
        queue.end();
        let context = Context::from_waker(Waker::noop());
        assert_eq!(queue.poll_next(&context), Poll::Ready(Some(1)));
        assert_eq!(queue.poll_next(&context), Poll::Ready(None));
    }

    #[wasm_bindgen_test]
    fn an_item_goes_to_those_it_concerns_and_who_has_gone_is_forgotten() {
        let listeners = Listeners::default();
        let (one, other) = (listeners.add(1, 9), listeners.add(2, 9));
        listeners.tell(|&about| about == 2, &7);
        assert_eq!((rest(&one), rest(&other)), (vec![], vec![7]));
        drop(one);
        let third = listeners.add(3, 9);
        assert_eq!(listeners.0.borrow().len(), 2);
        listeners.end();
        let context = Context::from_waker(Waker::noop());
        assert_eq!(third.poll_next(&context), Poll::Ready(None));
    }
}
