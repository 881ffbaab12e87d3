//! From asynchronous code: pgGit's calls wait for the server, so each runs where waiting blocks nobody.
//!
//!     DATABASE_URL=postgresql://localhost/shop cargo run -p pggit-core --example asynchronous

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]

use std::error::Error;
use std::sync::{Arc, Mutex};

use pggit_core::Repository;

/// A repository that asynchronous code shares. One call at a time: a connection can do no more.
#[derive(Clone)]
struct SharedRepository(Arc<Mutex<Repository>>);

impl SharedRepository {
    async fn open(url: String) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let repository = tokio::task::spawn_blocking(move || Repository::open(&url)).await??;
        Ok(Self(Arc::new(Mutex::new(repository))))
    }

    /// Runs a call on a thread for calls that wait.
    async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Repository) -> Result<T, pggit_core::Error> + Send + 'static,
    ) -> Result<T, Box<dyn Error + Send + Sync>> {
        let shared = Arc::clone(&self.0);
        let result = tokio::task::spawn_blocking(move || {
            // A call that panicked has left the connection as it is between two calls.
            let mut repository = shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            work(&mut repository)
        });
        Ok(result.await??)
    }
}

/// The whole example; gives the lines that it prints.
pub async fn run(url: String) -> Result<Vec<String>, Box<dyn Error + Send + Sync>> {
    let repository = SharedRepository::open(url).await?;
    let (log, status) = tokio::join!(repository.call(|r| r.log(None, 5)), repository.call(|r| r.status()));
    let mut lines: Vec<_> = log?.into_iter().map(|entry| format!("{} by {}", entry.message, entry.author)).collect();
    lines.extend(status?.into_iter().map(|line| format!("{}: {}", line.component, line.status)));
    // An error of the server arrives as it is, with what to do about it.
    if let Err(error) = repository.call(|r| r.show("nonsense")).await {
        let hint = error.downcast_ref::<pggit_core::Error>().and_then(pggit_core::Error::hint);
        lines.push(format!("{error}; {}", hint.unwrap_or_default()));
    }
    Ok(lines)
}

#[allow(dead_code, reason = "the tests call run()")]
#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    for line in run(std::env::var("DATABASE_URL")?).await? {
        println!("{line}");
    }
    Ok(())
}
