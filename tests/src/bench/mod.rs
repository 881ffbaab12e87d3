//! Measurements, each a ratio within one run on one server: `cargo xtask bench NAME` runs them.

pub mod capture;
pub mod cqrs;
pub mod migrate;
pub mod snapshot;
pub mod storage;

use std::time::Instant;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use pggit_core::Repository;

/// What a measurement may fail with: the program that runs it prints it and ends.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Where the measurements go.
pub type Print<'a> = &'a mut dyn FnMut(&str);

/// The server to measure on.
#[derive(Debug)]
pub struct Bench {
    /// The URL of its database `postgres`.
    base: String,
}

impl Bench {
    /// A server, by the URL of its database `postgres`.
    #[must_use]
    pub fn new(base: String) -> Self {
        Self { base }
    }

    /// The URL of a database of ours.
    fn url(&self, name: &str) -> String {
        format!("{}/bench_{name}", self.base.rsplit_once('/').map_or(self.base.as_str(), |(server, _)| server))
    }

    /// Makes an empty database and connects to it.
    fn database(&self, name: &str) -> Result<PgConnection> {
        PgConnection::establish(&self.base)?.batch_execute(&format!("create database bench_{name}"))?;
        let mut connection = PgConnection::establish(&self.url(name))?;
        connection.batch_execute("set client_min_messages = error")?;
        Ok(connection)
    }

    /// Makes a database with pgGit and connects to it.
    fn database_with_pggit(&self, name: &str) -> Result<PgConnection> {
        let connection = self.database(name)?;
        Repository::connect(&self.url(name))?.install(&mut |_| {})?;
        Ok(connection)
    }
}

/// Milliseconds that something takes.
fn milliseconds<T>(action: impl FnOnce() -> Result<T>) -> Result<(f64, T)> {
    let started = Instant::now();
    let value = action()?;
    Ok((started.elapsed().as_secs_f64() * 1000.0, value))
}

fn mean(list: &[f64]) -> f64 {
    list.iter().sum::<f64>() / f64::from(u32::try_from(list.len()).unwrap_or(1).max(1))
}

fn least(list: &[f64]) -> f64 {
    list.iter().copied().fold(f64::INFINITY, f64::min)
}
