//! The service of the tests.

use std::{
    future,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use tera_service::{Caller, Failure, Items, opentera::UserEvent};

use crate::contract::trial::v1::{self, Counting, Number, Text};

#[derive(Debug, Default)]
pub(crate) struct Trial {
    counters: Arc<AtomicI64>,
}

/// Counts itself among the counters, for as long as it is there.
struct Counter(Arc<AtomicI64>);

impl Drop for Counter {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl v1::Trial for Trial {
    async fn echo(&self, request: Text, _: Caller) -> Result<Text, Failure> {
        Ok(request)
    }

    async fn fail(&self, request: Text, _: Caller) -> Result<(), Failure> {
        Err(Failure::new("no_luck", request.text).with_help("Come back tomorrow."))
    }

    async fn panic(&self, (): (), _: Caller) -> Result<(), Failure> {
        panic!("as the test wishes")
    }

    async fn wait(&self, (): (), _: Caller) -> Result<(), Failure> {
        future::pending().await
    }

    async fn whoami(&self, (): (), caller: Caller) -> Result<Text, Failure> {
        Ok(Text { text: caller.to_string() })
    }

    async fn count(&self, request: Counting, mut items: Items<Number>, _: Caller) -> Result<(), Failure> {
        for number in 1..=request.last {
            items.send(&Number { number }).await?;
        }
        if request.failure.is_empty() { Ok(()) } else { Err(Failure::new(request.failure, "as asked")) }
    }

    async fn count_forever(&self, (): (), mut items: Items<Number>, _: Caller) -> Result<(), Failure> {
        self.counters.fetch_add(1, Ordering::Relaxed);
        let _counter = Counter(Arc::clone(&self.counters));
        for number in 1.. {
            items.send(&Number { number }).await?;
        }
        Ok(())
    }

    async fn count_late(&self, (): (), mut items: Items<Number>, _: Caller) -> Result<(), Failure> {
        tokio::time::sleep(Duration::from_secs(600)).await;
        Ok(items.send(&Number { number: 1 }).await?)
    }

    async fn counters(&self, (): (), _: Caller) -> Result<Number, Failure> {
        Ok(Number { number: self.counters.load(Ordering::Relaxed) })
    }

    async fn event(&self, (): (), _: Caller) -> Result<UserEvent, Failure> {
        Ok(UserEvent { user_fullname: "Somebody".into(), ..UserEvent::default() })
    }
}
