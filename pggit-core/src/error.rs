//! What can go wrong at a database.

use diesel::result::{ConnectionError, DatabaseErrorKind, Error as DieselError};

use crate::shown;

/// An error of the repository or the installer, with what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server could not be reached, or did not let us in.
    #[error("cannot connect to {url}: {reason}")]
    Connect {
        /// The URL without its password.
        url: String,
        /// What libpq said.
        reason: String,
    },
    /// The database has no pgGit.
    #[error("database \"{database}\" has no pgGit")]
    NotInstalled {
        /// The name of the database.
        database: String,
    },
    /// A schema `pggit` stands there that pgGit did not make.
    #[error("the schema \"pggit\" of database \"{database}\" is not pgGit's: it holds {found}")]
    ForeignSchema {
        /// The name of the database.
        database: String,
        /// Some of what the schema holds.
        found: String,
    },
    /// The older pgGit that is written in SQL stands there.
    #[error("the schema \"pggit\" of database \"{database}\" is that of the older pgGit that is written in SQL")]
    OlderPggit {
        /// The name of the database.
        database: String,
    },
    /// The tables of pgGit that stand there were made by another build, whose migrations are not this one's.
    #[error("the tables of pgGit in database \"{database}\" were made by another build of pgGit, and otherwise than this one makes them")]
    OtherLayout {
        /// The name of the database.
        database: String,
    },
    /// What others have made stands on pgGit's views, functions or tables, and would go with them.
    #[error("on pgGit in database \"{database}\" stands what others have made: {dependents}")]
    StoodOn {
        /// The name of the database.
        database: String,
        /// What stands on it, by type and identity, separated by commas.
        dependents: String,
    },
    /// What stands there belongs to a role with fewer rights than the superuser who asks.
    #[error(
        "the schema \"{schema}\" of database \"{database}\" belongs in whole or part to \"{owner}\": a superuser would run what that role has put there"
    )]
    Untrusted {
        /// The name of the database.
        database: String,
        /// The schema.
        schema: String,
        /// The role that owns it, or something in it.
        owner: String,
    },
    /// There is no older pgGit to take over from.
    #[error("database \"{database}\" has no older pgGit to adopt")]
    NothingToAdopt {
        /// The name of the database.
        database: String,
    },
    /// There is no older pgGit that was moved aside.
    #[error("database \"{database}\" has no older pgGit that was moved aside")]
    NothingToRestore {
        /// The name of the database.
        database: String,
    },
    /// Restoring the older pgGit would delete commits.
    #[error("restoring the older pgGit deletes what was recorded in database \"{database}\" since it was adopted: {commits} commit{}", if *commits == 1 { "" } else { "s" })]
    HistoryAtStake {
        /// The name of the database.
        database: String,
        /// How many commits would be deleted.
        commits: i64,
    },
    /// The server is too old.
    #[error("PostgreSQL {version} is not supported")]
    UnsupportedServer {
        /// What the server calls its version.
        version: String,
    },
    /// The server refused a statement of ours: the message, the hint and the detail that it gave.
    #[error("{message}")]
    Server {
        /// The primary message.
        message: String,
        /// The detail, if any.
        detail: Option<String>,
        /// The hint, if any.
        hint: Option<String>,
    },
    /// The connection ended in the middle: the server went, or somebody ended the session.
    #[error("the connection to the server was lost: {reason}")]
    ConnectionLost {
        /// What libpq said.
        reason: String,
    },
    /// Tables could not be brought to this version.
    #[error("cannot migrate pgGit's tables: {0}")]
    Migration(String),
    /// Anything else that the connection reported.
    #[error(transparent)]
    Database(DieselError),
}

impl Error {
    /// What to do about it, in one sentence.
    ///
    /// ```
    /// let error = pggit_core::Error::NotInstalled { database: "shop".into() };
    /// assert_eq!(error.hint().as_deref(), Some("Run pggit install first."));
    /// ```
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Connect { reason, .. } => Some(hint_for_connection(reason).into()),
            Self::NotInstalled { .. } => Some("Run pggit install first.".into()),
            Self::ForeignSchema { .. } => {
                Some("Rename that schema (ALTER SCHEMA pggit RENAME TO ...) or install in another database. It was not touched.".into())
            }
            Self::OlderPggit { .. } => Some(
                "Run pggit install --adopt: it moves the older one aside, imports what it recorded, and is undone by pggit install --restore. Nothing was touched."
                    .into(),
            ),
            Self::OtherLayout { .. } => Some(
                "Use the newest release, or the build that made them; or begin anew by pggit uninstall and pggit install: that deletes the history there, of which pg_dump --schema=pggit keeps a copy. Nothing was touched."
                    .into(),
            ),
            Self::StoodOn { .. } => {
                Some("Drop these, or what in them names pgGit; run this again; and make them anew, if pgGit is there then. Nothing was touched.".into())
            }
            Self::Untrusted { owner, .. } => Some(format!(
                "Connect as \"{owner}\", or, if you have seen that nothing strange is in it, make a superuser the owner of the schema, its tables, views and functions. Nothing was touched."
            )),
            Self::NothingToAdopt { .. } => Some("Run pggit install without --adopt.".into()),
            Self::NothingToRestore { .. } => Some("Only what pggit install --adopt has moved aside can be put back.".into()),
            Self::HistoryAtStake { .. } => Some(
                "Say --yes to do it; pg_dump --schema=pggit keeps a copy of the history, pggit export a copy of the schema. Nothing was touched.".into(),
            ),
            Self::UnsupportedServer { .. } => Some("pgGit runs on PostgreSQL 15 to 18.".into()),
            Self::Server { hint, detail, .. } => match (detail, hint) {
                (Some(detail), Some(hint)) => Some(format!("{detail} {hint}")),
                (one, other) => one.clone().or_else(|| other.clone()),
            },
            Self::ConnectionLost { .. } => Some("Try again when the server is there.".into()),
            Self::Migration(_) | Self::Database(_) => None,
        }
    }

    pub(crate) fn from_connection(url: &str, error: &ConnectionError) -> Self {
        let (url, reason) = shown::connection_failure(url, error.to_string().trim());
        Self::Connect { url, reason }
    }
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand, info) => {
                Self::ConnectionLost { reason: info.message().trim().to_owned() }
            }
            DieselError::DatabaseError(_, info) => Self::Server {
                message: info.message().to_owned(),
                detail: info.details().map(str::to_owned),
                hint: info.hint().or_else(|| hint_for(info.message())).map(str::to_owned),
            },
            other => Self::Database(other),
        }
    }
}

/// What to do about a connection that fails.
fn hint_for_connection(reason: &str) -> &'static str {
    let says = |part: &str| reason.contains(part);
    if says("too many connections") || says("too many clients") || says("remaining connection slots") {
        "Try again when a connection is free, or raise max_connections or the limit of the role or database."
    } else if says("database \"") && says("does not exist") {
        "Create the database first, or name another with --database-url or in DATABASE_URL."
    } else if says("no password supplied") || says("password authentication failed") {
        "PGPASSWORD or a password file (~/.pgpass) gives the password."
    } else if says("missing \"=\"") || says("invalid") {
        "A URL reads postgresql://user@host:port/database; give it with --database-url or in DATABASE_URL, or set PGHOST and its friends."
    } else {
        "Give a URL with --database-url or in DATABASE_URL, or set PGHOST and its friends."
    }
}

/// What to do about what the server itself says without a hint.
fn hint_for(message: &str) -> Option<&'static str> {
    if message == "permission denied for schema pggit" {
        Some("The owner of pgGit, or a superuser, lets a role in: SELECT pggit.grant_access('a_role', 'read').")
    } else if message.starts_with("permission denied for function") {
        Some(
            "Of pgGit's functions SELECT * FROM pggit.access_levels() says which level of access they need; pggit.grant_access() gives it.",
        )
    } else if message.starts_with("permission denied for database") {
        Some("Installing needs a role that may create schemas in the database.")
    } else if message.starts_with("invalid input syntax for type interval") || message.starts_with("interval field value out of range") {
        Some("A duration reads 30 minutes, 2 hours or 1 day.")
    } else if message.starts_with("invalid input syntax for type uuid") {
        Some(
            "An id of a conflict, changeset or deployment reads like 5e9c0a3e-4a5e-4c55-9d0b-2f8f3c1d7a10; pggit conflicts and pggit cqrs history list them.",
        )
    } else if message.contains("\"pg_namespace_nspname_index\"") || message == "schema \"pggit\" already exists" {
        Some("Another session has just made the schema pggit: look again.")
    } else if message.starts_with("must be owner of event trigger pggit_")
        || message == "permission denied for table __diesel_schema_migrations"
    {
        Some("The role that installed pgGit, or a superuser, does that.")
    } else {
        None
    }
}
