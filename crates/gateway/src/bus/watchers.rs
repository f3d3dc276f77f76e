//! The watchers of this process: who watches which variable, what it was last, and who does not know yet.

use std::{
    collections::{BTreeSet, HashMap, HashSet, VecDeque},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use tokio::{sync::Notify, time::Instant};

use super::variables::Change;

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Watchers(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    variables: HashMap<Arc<str>, Variable>,
    watchers: HashMap<u64, Member>,
    /// Variables whose value is not known, or not any more.
    stale: HashSet<Arc<str>>,
    /// When those expire that this process keeps itself.
    expiries: BTreeSet<(Instant, Arc<str>)>,
    last_id: u64,
}

/// A variable that somebody watches.
#[derive(Debug, Default)]
struct Variable {
    /// Its value, once that is known.
    known: Option<Known>,
    watchers: HashSet<u64>,
}

#[derive(Debug)]
struct Known {
    value: Option<Bytes>,
    expires: Option<Instant>,
}

#[derive(Debug, Default)]
struct Member {
    /// Variables whose newest value it was not told, each once.
    untold: VecDeque<Arc<str>>,
    wake: Arc<Notify>,
}

impl Member {
    fn tell(&mut self, name: &Arc<str>) {
        if !self.untold.contains(name) {
            self.untold.push_back(Arc::clone(name));
            self.wake.notify_one();
        }
    }
}

impl State {
    fn remove(&mut self, id: u64, name: &str) {
        let Some(variable) = self.variables.get_mut(name) else { return };
        variable.watchers.remove(&id);
        if variable.watchers.is_empty()
            && let Some((name, variable)) = self.variables.remove_entry(name)
        {
            self.stale.remove(&name);
            if let Some(expires) = variable.known.and_then(|known| known.expires) {
                self.expiries.remove(&(expires, name));
            }
        }
    }

    fn tell(&mut self, name: &str, value: Option<Bytes>, expires: Option<Instant>) {
        let Some((name, _)) = self.variables.get_key_value(name) else { return };
        let name = Arc::clone(name);
        let Some(variable) = self.variables.get_mut(&name) else { return };
        let old = variable.known.replace(Known { value, expires });
        if let Some(expires) = old.as_ref().and_then(|old| old.expires) {
            self.expiries.remove(&(expires, Arc::clone(&name)));
        }
        self.expiries.extend(expires.map(|expires| (expires, Arc::clone(&name))));
        let is_news = old.is_none_or(|old| variable.known.as_ref().is_none_or(|new| new.value != old.value));
        for id in variable.watchers.iter().filter(|_| is_news) {
            if let Some(member) = self.watchers.get_mut(id) {
                member.tell(&name);
            }
        }
    }

    fn expire(&mut self, now: Instant) {
        while let Some((expires, name)) = self.expiries.first().cloned()
            && expires <= now
        {
            self.expiries.pop_first();
            self.tell(&name, None, None);
        }
    }
}

impl Watchers {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new watcher: its number, and what is told when there is something for it.
    pub(super) fn join(&self) -> (u64, Arc<Notify>) {
        let mut state = self.state();
        state.last_id += 1;
        let id = state.last_id;
        let member = Member::default();
        let wake = Arc::clone(&member.wake);
        state.watchers.insert(id, member);
        (id, wake)
    }

    pub(super) fn leave(&self, id: u64) {
        let mut state = self.state();
        state.watchers.remove(&id);
        let names: Vec<_> = state
            .variables
            .iter()
            .filter(|each| each.1.watchers.contains(&id))
            .map(|each| each.0.clone())
            .collect();
        for name in names {
            state.remove(id, &name);
        }
    }

    pub(super) fn add(&self, id: u64, name: &str) {
        let mut state = self.state();
        let State { variables, watchers, stale, .. } = &mut *state;
        let Some(member) = watchers.get_mut(&id) else { return };
        let name = variables.get_key_value(name).map_or_else(|| name.into(), |(known, _)| Arc::clone(known));
        let variable = variables.entry(Arc::clone(&name)).or_default();
        if variable.watchers.insert(id) && variable.known.is_some() {
            member.tell(&name);
        }
        if variable.known.is_none() {
            stale.insert(name);
        }
    }

    pub(super) fn remove(&self, id: u64, name: &str) {
        let mut state = self.state();
        state.remove(id, name);
        if let Some(member) = state.watchers.get_mut(&id) {
            member.untold.retain(|untold| **untold != *name);
        }
    }

    /// A watcher is told once more what a variable is.
    pub(super) fn repeat(&self, id: u64, name: &str) {
        let mut state = self.state();
        let State { variables, watchers, .. } = &mut *state;
        if let Some((name, variable)) = variables.get_key_value(name)
            && variable.watchers.contains(&id)
            && variable.known.is_some()
            && let Some(member) = watchers.get_mut(&id)
        {
            member.tell(name);
        }
    }

    /// The next change for a watcher, and the moment at which one is due.
    pub(super) fn next(&self, id: u64) -> (Option<Change>, Option<Instant>) {
        let mut state = self.state();
        state.expire(Instant::now());
        let State { variables, watchers, expiries, .. } = &mut *state;
        let name = watchers.get_mut(&id).and_then(|member| member.untold.pop_front());
        let change = name.map(|name| {
            let known = variables.get(&name).and_then(|variable| variable.known.as_ref());
            Change { value: known.and_then(|known| known.value.clone()), name }
        });
        (change, expiries.first().map(|(expires, _)| *expires))
    }

    /// A variable has this value now, until it expires; it need not be a new one.
    pub(super) fn tell(&self, name: &str, value: Option<Bytes>, expires: Option<Instant>) {
        self.state().tell(name, value, expires);
    }

    /// The value of a variable, or of any, is not known any more.
    pub(super) fn doubt(&self, name: Option<&str>) {
        let mut state = self.state();
        let State { variables, stale, .. } = &mut *state;
        match name {
            Some(name) => stale.extend(variables.get_key_value(name).map(|(name, _)| Arc::clone(name))),
            None => stale.extend(variables.keys().cloned()),
        }
    }

    /// Whether anything is watched.
    pub(super) fn are_busy(&self) -> bool {
        !self.state().variables.is_empty()
    }

    /// The variables that somebody watches whose value is to be found out.
    pub(super) fn take_stale(&self) -> Vec<Arc<str>> {
        mem::take(&mut self.state().stale).into_iter().collect()
    }
}
