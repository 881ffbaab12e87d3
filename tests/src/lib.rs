//! End-to-end tests of pgGit against real servers: what the tests share.
//!
//! `cargo xtask test` starts the servers and names them in `PGGIT_TEST_SERVERS`, as `15=postgresql://...,18=postgresql://...`.
//! Every test gets a database of its own, made from a template in which pgGit is installed.

pub mod bench;
pub mod changelogs;
pub mod clients;
pub mod corpus;
pub mod fingerprint;
pub mod random_ddl;
pub mod regress;

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex};

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use pggit_core::Repository;

/// SQL that makes a database what the older pgGit, the one that is written in SQL, leaves.
pub const OLDER_PGGIT: &str = include_str!("older_pggit.sql");

/// A server to test on.
#[derive(Debug, Clone)]
pub struct Server {
    /// Its major version.
    pub version: u32,
    /// The URL of its database `postgres`, as superuser.
    pub(crate) url: String,
}

static SERVERS: LazyLock<Vec<Server>> = LazyLock::new(|| {
    let named = std::env::var("PGGIT_TEST_SERVERS").expect("PGGIT_TEST_SERVERS names no servers: run the tests with `cargo xtask test`");
    named
        .split(',')
        .map(|entry| {
            let (version, url) = entry.split_once('=').expect("PGGIT_TEST_SERVERS has entries like 15=postgresql://...");
            Server { version: version.parse().expect("a major version"), url: url.to_owned() }
        })
        .collect()
});

/// Says that a test could not run here, and why.
pub fn skipped(reason: &str) {
    said(&format!("skipped: {reason}"));
}

/// Says something to who watches the tests, past the harness, which shows what a test prints only where it fails.
pub fn said(what: &str) {
    // Where nobody can be told, nobody watches.
    let _ = writeln!(std::io::stderr(), "{what}");
}

/// The servers to test on.
pub fn servers() -> &'static [Server] {
    &SERVERS
}

/// Runs a test on every server, in a database with pgGit.
pub fn on_each(test: impl Fn(&mut Database)) {
    for server in servers() {
        let mut database = Database::new(server, true);
        test(&mut database);
    }
}

/// Runs a test on every server, in an empty database.
pub fn on_each_empty(test: impl Fn(&mut Database)) {
    for server in servers() {
        let mut database = Database::new(server, false);
        test(&mut database);
    }
}

/// A database of the test's own, and a session in it.
pub struct Database {
    server: Server,
    name: String,
    /// The test's main session.
    pub session: Session,
}

/// A connection, as a client would have it.
pub struct Session(pub PgConnection);

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Nullable<Text>)]
    value: Option<String>,
}

fn database_url(server: &Server, name: &str) -> String {
    let base = server.url.rsplit_once('/').expect("a URL with a database").0;
    format!("{base}/{name}")
}

/// The template of a server: made once in each test process.
fn template(server: &Server) -> String {
    static MADE: LazyLock<Mutex<HashMap<u32, String>>> = LazyLock::new(Mutex::default);
    let mut made = MADE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    made.entry(server.version)
        .or_insert_with(|| {
            let name = format!("template_{}", std::process::id());
            Session::connect(&server.url).run(&format!("create database {name}"));
            let mut repository = Repository::connect(&database_url(server, &name)).expect("connect to the template");
            repository.install(&mut |_| {}).expect("install pgGit in the template");
            // The first look after an install looks for what was open meanwhile: no test shall be the first.
            Session::connect(&database_url(server, &name)).run("select pggit.settle()");
            name
        })
        .clone()
}

impl Database {
    /// A database with pgGit on one server, for tests that need just one.
    pub fn installed_on(server: &Server) -> Self {
        Self::new(server, true)
    }

    /// Another database with pgGit on the same server.
    pub fn installed_beside(&self) -> Self {
        Self::new(&self.server, true)
    }

    /// An empty database on one server.
    pub fn empty_on(server: &Server) -> Self {
        Self::new(server, false)
    }

    /// An empty database on the same server.
    pub fn empty_beside(&self) -> Self {
        Self::new(&self.server, false)
    }

    /// An empty database on the same server, of another encoding or locale: `encoding 'LATIN1' locale 'C'`.
    pub fn empty_beside_with(&self, options: &str) -> Self {
        Self::made(&self.server, &format!("template0 {options}"))
    }

    fn new(server: &Server, installed: bool) -> Self {
        Self::made(server, &if installed { template(server) } else { "template0".to_owned() })
    }

    fn made(server: &Server, source: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        // Two sessions must not copy one template at a time.
        static COPYING: Mutex<()> = Mutex::new(());
        let copying = COPYING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        Session::connect(&server.url).run(&format!("create database {name} template {source}"));
        drop(copying);
        let session = Session::connect(&database_url(server, &name));
        Self { server: server.clone(), name, session }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The major version of the server.
    pub fn version(&self) -> u32 {
        self.server.version
    }

    /// The URL of the database, as superuser.
    pub fn url(&self) -> String {
        database_url(&self.server, &self.name)
    }

    /// The URL of the database, as another role.
    pub fn url_as(&self, role: &str) -> String {
        self.url().replacen("postgres@", &format!("{role}@"), 1)
    }

    /// Another session in the database.
    pub fn connect(&self) -> Session {
        Session::connect(&self.url())
    }

    /// A session of another role.
    pub fn connect_as(&self, role: &str) -> Session {
        Session::connect(&self.url_as(role))
    }

    /// A session in another database of the same server.
    pub fn beside(&self, name: &str) -> Session {
        Session::connect(&database_url(&self.server, name))
    }

    /// The repository in the database.
    pub fn repository(&self) -> Repository {
        Repository::open(&self.url()).expect("the database has pgGit")
    }

    /// A role that only this test uses; it can log in and do nothing else.
    pub fn role(&mut self, name: &str) -> String {
        let role = format!("{name}_{}", self.name);
        self.session.run(&format!("create role {role} login"));
        role
    }

    /// Fails unless the index is a full snapshot of the schema (law 1), taken by another session when `fresh`.
    #[track_caller]
    pub fn assert_no_drift(&mut self, after: &str) {
        self.session.assert_no_drift(after);
    }
}

impl Database {
    /// Fails unless the index is a full snapshot of the schema once everything is folded: transactions with an old snapshot leave that
    /// to those who read the history next.
    #[track_caller]
    pub fn assert_no_drift_once_folded(&mut self, after: &str) {
        self.session.run("select pggit.settle()");
        self.assert_no_drift(after);
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Ok(mut admin) = PgConnection::establish(&self.server.url) {
            // A database that stays behind dies with the server.
            let _ = admin.batch_execute(&format!("drop database if exists {} with (force)", self.name));
        }
    }
}

impl Session {
    /// Connects.
    #[track_caller]
    pub fn connect(url: &str) -> Self {
        let mut connection = PgConnection::establish(url).unwrap_or_else(|e| panic!("cannot connect to {url}: {e}"));
        connection.batch_execute("set client_min_messages = error; set statement_timeout = '60s'").expect("a setting");
        Self(connection)
    }

    /// Runs statements that must succeed.
    #[track_caller]
    pub fn run(&mut self, sql: &str) {
        if let Err(error) = self.0.batch_execute(sql) {
            panic!("{sql}\nfailed: {error}");
        }
    }

    /// Runs statements that must fail; gives the message.
    #[track_caller]
    pub fn fail(&mut self, sql: &str) -> String {
        match self.0.batch_execute(sql) {
            Ok(()) => panic!("{sql}\nsucceeded, and should not"),
            Err(error) => error.to_string(),
        }
    }

    /// Runs statements and gives what happened.
    pub fn attempt(&mut self, sql: &str) -> Result<(), String> {
        self.0.batch_execute(sql).map_err(|e| e.to_string())
    }

    /// The rows of a query with one column, as texts; null is "null".
    #[track_caller]
    pub fn column(&mut self, query: &str) -> Vec<String> {
        self.try_column(query).unwrap_or_else(|error| panic!("{query}\nfailed: {error}"))
    }

    /// The same, or the message of what went wrong.
    pub fn try_column(&mut self, query: &str) -> Result<Vec<String>, String> {
        let rows = diesel::sql_query(format!("select q.v::text as value from ({query}) as q (v)")).load::<Row>(&mut self.0);
        Ok(rows.map_err(|e| e.to_string())?.into_iter().map(|r| r.value.unwrap_or_else(|| "null".into())).collect())
    }

    /// The one value of a query, as text.
    #[track_caller]
    pub fn value(&mut self, query: &str) -> String {
        let rows = self.column(query);
        assert_eq!(rows.len(), 1, "{query} gave {rows:?}");
        rows.into_iter().next().unwrap_or_default()
    }

    /// Fails unless the index is a full snapshot of the schema (law 1).
    #[track_caller]
    pub fn assert_no_drift(&mut self, after: &str) {
        let drift = self.column(
            "select operation || ' ' || object_type || ' ' || object_identity || coalesce(': ' || new_definition::text, '') from pggit.drift()",
        );
        assert!(drift.is_empty(), "after {after}\nthe index is not what the catalogs say: {drift:#?}");
        let failures = self.column("select event_data::text from pggit.system_events where event_type = 'capture_failed'");
        assert!(failures.is_empty(), "after {after}\ncapture failed: {failures:#?}");
    }
}

/// The examples in the guide to the library compile and run.
#[cfg(doctest)]
#[doc = include_str!("../../docs/library.md")]
pub struct LibraryGuide;
