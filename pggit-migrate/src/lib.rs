//! Migration tools beside pgGit: what an adapter has to say about its tool. An outside crate can implement [`MigrationAdapter`] for a
//! tool of its own.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod adapter;
mod applied;
mod diesel_cli;
mod edited;
mod encoding;
mod files;
mod flyway;
mod golang_migrate;
mod impact;
mod liquibase;
mod migration;
mod refinery;
mod settings;
mod sqitch;
mod sqlx;
mod validate;
mod verdict;

pub use adapter::MigrationAdapter;
pub use applied::{applied, locks};
pub use diesel_cli::Diesel;
pub use edited::{Edit, add_edits, edit, recorded_statements};
pub use files::{LONGEST_FILE, files, files_beside, read as read_text};
pub use flyway::{Flyway, flyway_checksum};
pub use golang_migrate::GolangMigrate;
pub use impact::{Dependant, Effect, Impact, Unread, impact};
pub use liquibase::Liquibase;
pub use migration::{AppliedMigration, LocalMigration, MigrationError, Outcome};
pub use pggit_sql::DependencyGraph;
pub use refinery::{Refinery, refinery_checksum};
pub use settings::Settings;
pub use sqitch::Sqitch;
pub use sqlx::Sqlx;
pub use validate::validate;
pub use verdict::{Fault, Problem, State, Verdict};

/// The tools that have an adapter here, by the names that [`adapter()`] knows.
pub const TOOLS: &[&str] = &["diesel", "flyway", "golang-migrate", "liquibase", "refinery", "sqitch", "sqlx"];

/// The adapter for a tool by its name, with the tool's own settings.
///
/// ```
/// use pggit_migrate::{Settings, adapter};
/// assert_eq!(adapter("flyway", &Settings::default())?.name(), "flyway");
/// assert!(adapter("unheard-of", &Settings::default()).is_err());
/// # Ok::<(), pggit_migrate::MigrationError>(())
/// ```
///
/// # Errors
/// [`MigrationError::UnknownTool`], or [`MigrationError::Setting`] for a setting that the tool would refuse.
pub fn adapter(tool: &str, settings: &Settings) -> Result<Box<dyn MigrationAdapter>, MigrationError> {
    Ok(match tool {
        "diesel" => Box::new(Diesel),
        "flyway" => Box::new(Flyway::new(settings)?),
        "golang-migrate" => Box::new(GolangMigrate),
        "liquibase" => Box::new(Liquibase::new(settings)?),
        "refinery" => Box::new(Refinery),
        "sqitch" => Box::<Sqitch>::default(),
        "sqlx" => Box::new(Sqlx),
        other => return Err(MigrationError::UnknownTool { tool: other.to_owned(), known: TOOLS.join(", ") }),
    })
}
