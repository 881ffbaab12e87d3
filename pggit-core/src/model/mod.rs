//! The model: definitions, trees, commits and rules as values.
//!
//! Nothing in here knows a database: the same functions give the same answers wherever the values come from, and where
//! SQL must give them too (hashes, rules) a test compares the two.

pub mod body;
pub mod canonical;
pub mod definition;
pub mod rules;
pub mod signature;
pub mod tree;
