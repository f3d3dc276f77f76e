//! What a simulation counts.

use std::ops::AddAssign;

/// Sums over seeds. In each one that holds `published = delivered + gapped`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Seeds run.
    pub seeds: u64,
    /// Those of them in which an invariant broke.
    pub failed: u64,
    /// Messages that a client had to hear of: handed to its session, or published on a topic that it was subscribed to.
    pub published: u64,
    /// Those of them that were delivered.
    pub delivered: u64,
    /// Those of them that a gap named.
    pub gapped: u64,
    /// Those of them of which the client heard nothing.
    pub lost: u64,
    /// Messages delivered that had been delivered before.
    pub duplicated: u64,
    /// Messages delivered after a later one, or executed after one that was sent later.
    pub reordered: u64,
    /// Requests that were accepted.
    pub requests: u64,
    /// Requests and sends that were executed more than once.
    pub executed_twice: u64,
    /// Requests that did not settle exactly once.
    pub unsettled: u64,
}

impl Figures {
    /// The figures as one JSON object, with the time that the run took.
    #[must_use]
    pub fn json(&self, seconds: f64) -> String {
        let fields: Vec<String> =
            self.named().iter().map(|(name, number)| format!("\"{name}\": {number}")).collect();
        format!("{{{}, \"seconds\": {seconds:.1}}}\n", fields.join(", "))
    }

    const fn named(&self) -> [(&'static str, u64); 11] {
        [
            ("seeds", self.seeds),
            ("failed", self.failed),
            ("published", self.published),
            ("delivered", self.delivered),
            ("gapped", self.gapped),
            ("lost", self.lost),
            ("duplicated", self.duplicated),
            ("reordered", self.reordered),
            ("requests", self.requests),
            ("executed_twice", self.executed_twice),
            ("unsettled", self.unsettled),
        ]
    }
}

impl AddAssign for Figures {
    fn add_assign(&mut self, other: Self) {
        self.seeds += other.seeds;
        self.failed += other.failed;
        self.published += other.published;
        self.delivered += other.delivered;
        self.gapped += other.gapped;
        self.lost += other.lost;
        self.duplicated += other.duplicated;
        self.reordered += other.reordered;
        self.requests += other.requests;
        self.executed_twice += other.executed_twice;
        self.unsettled += other.unsettled;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_add_up_and_are_written_as_json() {
        let mut sum = Figures { seeds: 1, lost: 2, ..Figures::default() };
        sum += Figures { seeds: 3, unsettled: 4, ..Figures::default() };
        assert_eq!(
            sum.json(1.25),
            "{\"seeds\": 4, \"failed\": 0, \"published\": 0, \"delivered\": 0, \"gapped\": 0, \"lost\": 2, \
             \"duplicated\": 0, \"reordered\": 0, \"requests\": 0, \"executed_twice\": 0, \"unsettled\": 4, \
             \"seconds\": 1.2}\n"
        );
    }
}
