//! What the history takes on the disk: bytes for each commit, and all of it against the text of the DDL that it records.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::{Bench, Print, Result, capture};

#[derive(QueryableByName)]
struct Size {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    bytes: i64,
}

/// The sizes of pgGit's tables with their indexes, those that hold something.
fn sizes(connection: &mut PgConnection) -> Result<Vec<Size>> {
    // Pages that only wait to be used again are no storage of the history's.
    connection.batch_execute("vacuum full")?;
    let query = "select c.relname::text as name, pg_total_relation_size(c.oid) as bytes from pg_class as c
                 where c.relnamespace = 'pggit'::regnamespace and c.relkind = 'r' order by 2 desc, 1";
    Ok(diesel::sql_query(query).load(connection)?)
}

/// Runs `count` commands of each kind that capture is measured with, each a transaction, and prints what their history takes.
///
/// # Errors
/// When the server fails.
pub fn storage(bench: &Bench, count: u32, print: Print<'_>) -> Result<()> {
    let mut connection = bench.database_with_pggit("storage")?;
    connection.batch_execute("create schema bench")?;
    let before = sizes(&mut connection)?;
    let mut text = 0;
    for kind in 0..capture::KINDS.len() {
        for n in 0..count {
            let sql = capture::command(kind, n);
            connection.batch_execute(&sql)?;
            text += sql.len();
        }
    }
    diesel::sql_query("select pggit.settle()").execute(&mut connection)?;
    let after = sizes(&mut connection)?;
    let commits: Size =
        diesel::sql_query("select 'commits' as name, count(*) - 1 as bytes from pggit.commits").get_result(&mut connection)?;
    let changes: Size =
        diesel::sql_query("select 'changes' as name, count(*) as bytes from pggit.commit_changes").get_result(&mut connection)?;
    let total = |list: &[Size]| list.iter().map(|s| s.bytes).sum::<i64>();
    let grown = total(&after) - total(&before);
    #[expect(clippy::cast_precision_loss, reason = "a figure to read")]
    let ratio = |a: i64, b: usize| a as f64 / b.max(1) as f64;
    print(&format!("{} commits with {} changes; the DDL is {text} bytes of text", commits.bytes, changes.bytes));
    print(&format!(
        "the history grew by {grown} bytes: {:.0} for each commit, {:.1} times the text",
        ratio(grown, usize::try_from(commits.bytes)?),
        ratio(grown, text),
    ));
    for table in after.iter().filter(|s| s.bytes > 0) {
        let was = before.iter().find(|b| b.name == table.name).map_or(0, |b| b.bytes);
        if table.bytes > was {
            print(&format!(
                "    {:24} {:10} bytes, {:6.0} for each commit",
                table.name,
                table.bytes - was,
                ratio(table.bytes - was, usize::try_from(commits.bytes)?)
            ));
        }
    }
    Ok(())
}
