//! Thousands of migration files compared with the tool's own table.

use std::fmt::Write as _;

use diesel::connection::SimpleConnection as _;
use pggit_core::Repository;
use pggit_migrate::{DependencyGraph, Settings, adapter, flyway_checksum};

use super::{Bench, Print, Result, least, milliseconds};

/// What Flyway would have written, as a script.
fn history(scripts: &[String]) -> String {
    let mut rows = String::new();
    for (index, script) in scripts.iter().enumerate() {
        let (number, comma) = (index + 1, if index == 0 { "" } else { "," });
        let checksum = flyway_checksum(script);
        let _ = write!(rows, "{comma} ({number}, '{number}', 'm', 'SQL', 'V{number}__m.sql', {checksum}, 'x', now(), 5, true)");
    }
    format!(
        "create table flyway_schema_history (installed_rank int primary key, version varchar(50), description varchar(200) not null, \
         type varchar(20) not null, script varchar(1000) not null, checksum int, installed_by varchar(100) not null, \
         installed_on timestamp not null default now(), execution_time int not null, success boolean not null); \
         insert into flyway_schema_history values {rows}"
    )
}

/// Validates `count` files of Flyway's, of which the last hundred are pending, and parses the pending ones.
///
/// # Errors
/// What files and server say.
pub fn migrate(bench: &Bench, count: u32, rounds: u32, print: Print<'_>) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let script = |n: u32| {
        let columns: String = (0..20).map(|c| format!("    column_{c} text not null default 'value {n}',\n")).collect();
        format!("-- the {n}th\ncreate table bench_{n} (\n{columns}    id bigint primary key\n);\ncreate index on bench_{n} (column_1);\n")
    };
    let scripts: Vec<_> = (1..=count).map(script).collect();
    for (index, text) in scripts.iter().enumerate() {
        std::fs::write(directory.path().join(format!("V{}__m.sql", index + 1)), text)?;
    }
    let pending = scripts.len().min(100);
    let mut connection = bench.database_with_pggit("migrate")?;
    connection.batch_execute(&history(&scripts[..scripts.len() - pending]))?;
    let mut repository = Repository::from_connection(connection)?;
    let flyway = adapter("flyway", &Settings::default())?;
    let bytes: usize = scripts.iter().map(String::len).sum();
    print(&format!("{count} files of Flyway's, {} KB, {pending} of them pending; milliseconds", bytes / 1024));
    let (mut validating, mut explaining) = (Vec::new(), Vec::new());
    for round in 1..=rounds {
        let (time, local) = milliseconds(|| {
            let local = flyway.local(directory.path())?;
            let applied = pggit_migrate::applied(&mut repository, flyway.as_ref(), "public")?;
            let verdicts = pggit_migrate::validate(flyway.as_ref(), &applied, &local);
            let wrong = verdicts.iter().filter(|v| v.problem.is_some()).count();
            let waiting = verdicts.iter().filter(|v| v.state.is_pending()).count();
            if (wrong, waiting) == (0, pending) { Ok(local) } else { Err(format!("{wrong} wrong, {waiting} pending").into()) }
        })?;
        validating.push(time);
        let (time, ()) = milliseconds(|| {
            let graph = DependencyGraph::default();
            let read: usize = local[local.len() - pending..].iter().map(|m| pggit_migrate::impact(m, &graph, "public").effects.len()).sum();
            if read == 2 * pending { Ok(()) } else { Err(format!("{read} statements").into()) }
        })?;
        explaining.push(time);
        print(&format!(
            "round {round}: read and validated {:.0}, {pending} pending ones parsed {time:.0}",
            validating[validating.len() - 1]
        ));
    }
    print(&format!("best: validated {:.0}, parsed {:.0}", least(&validating), least(&explaining)));
    Ok(())
}
