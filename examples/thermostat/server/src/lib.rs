//! A service that is written against a contract. Its house has two rooms, whose temperatures creep towards their targets.

#[expect(missing_docs, reason = "generated; a field whose name says it all has no comment in the contract")]
pub mod contract;
mod house;

pub use house::House;
