//! What makes the gateway do something for as long as somebody wants it.

use std::{collections::hash_map, mem::replace, rc::Rc};

use futures_util::FutureExt;
use gloo_timers::future::TimeoutFuture;
use tera_protocol::error::{ErrorCode, TeraError};
use wasm_bindgen_futures::spawn_local;

use super::{AGAIN, Detail, Ready, Service, passes};
use crate::{driver::Driver, pending::Pending};

/// One who wants a service. The gateway does it once, however many want it, until the last of them is dropped.
pub(super) struct Wish {
    pub(super) driver: Rc<Driver>,
    service: Service,
    is_over: bool,
}

impl Wish {
    /// Resolves when the gateway does it.
    pub(super) async fn begin(
        driver: &Rc<Driver>,
        service: Service,
        detail: Detail,
    ) -> Result<Self, TeraError> {
        let patterns = &driver.host.patterns;
        // Whoever comes later asks again: in another session the gateway may have refused to go on with it.
        let asked = patterns.wanted.borrow().get(&service).map(|wanted| wanted.ready.clone());
        let ready = match asked.filter(|ready| ready.peek().is_none()) {
            Some(ready) => ready,
            None => begin(driver, &service, &detail)?,
        };
        patterns.want(&service, detail, ready.clone());
        let mut wish = Self { driver: Rc::clone(driver), service, is_over: false };
        let outcome = ready.await;
        let has_begun = patterns.note_begun(&wish.service, outcome.is_ok());
        match outcome {
            Ok(()) => Ok(wish),
            Err(error) => {
                // What nobody knows the fate of may have been carried out, and is ended, as what was begun for others is, or
                // goes on from before.
                let may_go_on = has_begun || patterns.is_unended(&wish.service);
                if !may_go_on && !matches!(error.code, ErrorCode::Timeout | ErrorCode::Uncertain) {
                    _ = wish.leave();
                }
                Err(error)
            }
        }
    }

    /// Ends it, and resolves when the gateway has.
    pub(super) async fn end(mut self) -> Result<(), TeraError> {
        if self.leave() {
            end(&self.driver, self.service.clone()).await?;
        }
        Ok(())
    }

    /// Wants it no more; true if nobody does.
    fn leave(&mut self) -> bool {
        if replace(&mut self.is_over, true) {
            return false;
        }
        let mut wanted = self.driver.host.patterns.wanted.borrow_mut();
        let hash_map::Entry::Occupied(mut entry) = wanted.entry(self.service.clone()) else { return false };
        entry.get_mut().users -= 1;
        if entry.get().users > 0 {
            return false;
        }
        let removed = entry.remove();
        drop(wanted);
        // What a procedure holds, and a request that is cancelled, may come back here when they are dropped.
        drop(removed);
        true
    }
}

impl std::fmt::Debug for Wish {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.service.fmt(f)
    }
}

impl Drop for Wish {
    fn drop(&mut self) {
        if self.leave() {
            let ending = end(&self.driver, self.service.clone());
            let driver = Rc::clone(&self.driver);
            spawn_local(async move {
                if let Err(error) = ending.await {
                    driver.host.warn(error);
                }
            });
        }
    }
}

/// Has the gateway begin something, once it has ended what it did before.
fn begin(driver: &Rc<Driver>, service: &Service, detail: &Detail) -> Result<Ready, TeraError> {
    let patterns = &driver.host.patterns;
    // Subscriptions are the link's, and sent in the order in which they were asked for.
    let is_free = !patterns.is_ending(service) || matches!(service, Service::Topic(_));
    if is_free {
        return Ok(service.begin(driver, detail)?.map(|outcome| outcome.map(drop)).boxed_local().shared());
    }
    let (driver, service, detail) = (Rc::clone(driver), service.clone(), detail.clone());
    let begin = async move {
        ended_before(&driver, &service).await?;
        service.begin(&driver, &detail)?.await.map(drop)
    };
    Ok(begin.boxed_local().shared())
}

/// Resolves when the gateway has ended what it did before: with that it would go on, for somebody who isn't there.
pub(super) async fn ended_before(driver: &Rc<Driver>, service: &Service) -> Result<(), TeraError> {
    let patterns = &driver.host.patterns;
    let ending = patterns.ending.borrow().get(service).cloned();
    if let Some(ending) = ending {
        _ = ending.await;
    }
    if patterns.is_unended(service) {
        let outcome = end(driver, service.clone()).await;
        if patterns.is_unended(service) {
            return outcome;
        }
    }
    Ok(())
}

/// Has the gateway end something, and says how the first attempt ended. What it can't be told now it is told later, or when that
/// begins again.
fn end(driver: &Rc<Driver>, service: Service) -> Ready {
    let is_tried_again = driver.host.patterns.is_unended(&service);
    let ending = note_end(Rc::clone(driver), service.clone(), service.end(driver)).boxed_local().shared();
    driver.host.patterns.ending.borrow_mut().insert(service.clone(), ending.clone());
    let (driver, first) = (Rc::clone(driver), ending.clone());
    spawn_local(async move {
        let patterns = &driver.host.patterns;
        _ = first.clone().await;
        if let hash_map::Entry::Occupied(entry) = patterns.ending.borrow_mut().entry(service.clone())
            && entry.get().ptr_eq(&first)
        {
            drop(entry.remove());
        }
        while !is_tried_again && patterns.is_unended(&service) {
            TimeoutFuture::new(AGAIN).await;
            if patterns.is_unended(&service) && !patterns.is_wanted(&service) {
                _ = note_end(Rc::clone(&driver), service.clone(), service.end(&driver)).await;
            }
        }
    });
    ending
}

/// How an end is answered. It is noted where it may not have been heard; with a session all is lost that was done in it.
async fn note_end(
    driver: Rc<Driver>,
    service: Service,
    end: Result<Pending, TeraError>,
) -> Result<(), TeraError> {
    let patterns = &driver.host.patterns;
    let session = patterns.sessions.get();
    let outcome = ended(end).await;
    if patterns.sessions.get() == session {
        let mut unended = patterns.unended.borrow_mut();
        if outcome.as_ref().is_err_and(passes) {
            unended.insert(service);
        } else {
            unended.remove(&service);
        }
    }
    outcome
}

/// How a request ends that is carried out even if nobody waits for it.
pub(super) async fn ended(pending: Result<Pending, TeraError>) -> Result<(), TeraError> {
    pending?.lasting().await.map(drop)
}
