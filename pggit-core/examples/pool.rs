//! A service with a connection pool: a deployment is recorded as one commit, and threads look at the history at the same time.
//!
//!     DATABASE_URL=postgresql://localhost/shop cargo run -p pggit-core --example pool

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]

use std::error::Error;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};
use pggit_core::Repository;
use r2d2::Pool;

type Connections = Pool<Manager>;
type Failure = Box<dyn Error + Send + Sync>;

/// How the pool connects. With diesel's feature `r2d2` it is `diesel::r2d2::ConnectionManager`.
struct Manager {
    url: String,
}

impl r2d2::ManageConnection for Manager {
    type Connection = PgConnection;
    type Error = std::io::Error;

    fn connect(&self) -> Result<PgConnection, Self::Error> {
        PgConnection::establish(&self.url).map_err(std::io::Error::other)
    }

    fn is_valid(&self, connection: &mut PgConnection) -> Result<(), Self::Error> {
        connection.batch_execute("select 1").map_err(std::io::Error::other)
    }

    fn has_broken(&self, _: &mut PgConnection) -> bool {
        std::thread::panicking()
    }
}

/// Changes the schema as one commit. Gives its id.
fn deploy(connections: &Connections, name: &str, ddl: &str) -> Result<Option<String>, Failure> {
    // The connection goes back to the pool at the end of the function.
    let mut repository = Repository::from_pooled(connections.get()?)?;
    repository.begin_deployment(name, true)?;
    match repository.connection().batch_execute(ddl) {
        Ok(()) => Ok(repository.end_deployment(Some(name), &[])?),
        Err(error) => {
            repository.cancel_deployment(Some(&error.to_string()))?;
            Err(error.into())
        }
    }
}

/// The message of the last commit to an object.
fn last_change(connections: &Connections, object: &str) -> Result<Option<String>, Failure> {
    let mut repository = Repository::from_pooled(connections.get()?)?;
    Ok(repository.history(object)?.into_iter().next().map(|entry| entry.message))
}

/// The whole example; gives the lines that it prints.
pub fn run(url: &str) -> Result<Vec<String>, Failure> {
    let connections = Pool::builder().max_size(3).build(Manager { url: url.to_owned() })?;
    deploy(
        &connections,
        "Add a basket",
        "create table basket (id bigint primary key); create table basket_line (basket bigint references basket)",
    )?;
    if let Err(error) = deploy(&connections, "Add it again", "create table basket (id bigint)") {
        eprintln!("refused: {error}");
    }
    let readers: Vec<_> = ["public.basket", "public.basket_line"]
        .map(|object| {
            let connections = connections.clone();
            std::thread::spawn(move || {
                last_change(&connections, object).map(|message| format!("{object}: {}", message.unwrap_or_default()))
            })
        })
        .into_iter()
        .collect();
    let mut lines = Vec::new();
    for reader in readers {
        lines.push(reader.join().map_err(|_| "a reader panicked")??);
    }
    Ok(lines)
}

#[allow(dead_code, reason = "the tests call run()")]
fn main() -> Result<(), Failure> {
    for line in run(&std::env::var("DATABASE_URL")?)? {
        println!("{line}");
    }
    Ok(())
}
