//! The cost of capture as a ratio to bare PostgreSQL, in alternating runs on one server.

use std::time::Instant;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;

use super::{Bench, Print, Result, mean, milliseconds};

/// The commands that are measured, each run `count` times, in autocommit.
pub(super) const KINDS: [&str; 5] = ["CREATE TABLE", "ADD COLUMN", "CREATE INDEX", "CREATE OR REPLACE FUNCTION", "DROP TABLE"];

/// What stands beside bare PostgreSQL: a trigger that only logs a row for each command.
const LOGGING_TRIGGER: &str = "
create schema logging;
create table logging.log (id bigint generated always as identity, tag text, identity text, statement text);
create function logging.write() returns event_trigger language plpgsql as $$
begin
    insert into logging.log (tag, identity, statement)
    select command_tag, object_identity, current_query() from pg_event_trigger_ddl_commands() limit 1;
end
$$;
create function logging.write_drop() returns event_trigger language plpgsql as $$
begin
    insert into logging.log (tag, identity, statement)
    select tg_tag, object_identity, current_query() from pg_event_trigger_dropped_objects() limit 1;
end
$$;
create event trigger logging_end on ddl_command_end execute function logging.write();
create event trigger logging_drop on sql_drop execute function logging.write_drop();
";

pub(super) fn command(kind: usize, n: u32) -> String {
    match kind {
        0 => format!(
            "create table bench.t{n} (id bigint primary key, a int not null, b text default 'x', c timestamptz default now(), d numeric(10, 2))"
        ),
        1 => format!("alter table bench.t{n} add column e text"),
        2 => format!("create index on bench.t{n} (a)"),
        3 => format!("create or replace function bench.f{}(x int) returns int language sql as 'select x + {n}'", n % 50),
        _ => format!("drop table bench.t{n}"),
    }
}

/// Milliseconds for each command of each kind.
type Times = [Vec<f64>; 5];

/// How many commands are run in one database before it is another's turn: few, for the speed of a machine changes from one second to the
/// next, and should change for all.
const TURN: usize = 50;

/// Runs `count` commands of each kind in each database, and adds what each took.
fn round(connections: &mut [PgConnection], count: u32, times: &mut [Times]) -> Result<()> {
    for connection in &mut *connections {
        connection.batch_execute("set client_min_messages = error; drop schema if exists bench cascade; create schema bench")?;
    }
    for kind in 0..KINDS.len() {
        let commands: Vec<_> = (0..count).map(|n| command(kind, n)).collect();
        for turn in commands.chunks(TURN) {
            for (connection, times) in connections.iter_mut().zip(&mut *times) {
                for sql in turn {
                    times[kind].push(milliseconds(|| Ok(connection.batch_execute(sql)?))?.0);
                }
            }
        }
    }
    Ok(())
}

fn total(times: &Times) -> f64 {
    times.iter().flatten().sum()
}

/// The last hundred of every `count` against the first hundred.
fn growth(list: &[f64], count: usize) -> f64 {
    let edge = 100.min(count);
    let sum = |edges: &dyn Fn(&[f64]) -> f64| list.chunks(count).map(edges).sum::<f64>();
    sum(&|round| mean(&round[count - edge..])) / sum(&|round| mean(&round[..edge]))
}

/// What stands in the databases before anything is measured.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside {
    /// How many tables and functions.
    pub objects: u32,
    /// How many commits in the log.
    pub commits: u32,
}

impl Beside {
    /// Half tables with a key, half functions.
    fn make_objects(self, connection: &mut PgConnection) -> Result<()> {
        connection.batch_execute("create schema beside")?;
        for first in (0..self.objects).step_by(1000) {
            let last = self.objects.min(first + 1000) - 1;
            connection.batch_execute(&format!(
                "do $$ begin for n in {first} .. {last} loop
                     if n % 2 = 0 then execute format('create table beside.t%s (id int primary key, a text)', n);
                     else execute format('create function beside.f%s(int) returns int language sql as %L', n, 'select 1');
                     end if;
                     commit;
                 end loop; end $$"
            ))?;
        }
        Ok(())
    }

    /// New bodies of functions, each a transaction of its own.
    fn make_commits(self, connection: &mut PgConnection) -> Result<()> {
        loop {
            connection.batch_execute("select pggit.settle()")?;
            let there: Count = diesel::sql_query("select count(*) as value from pggit.commit_records").get_result(connection)?;
            let missing = i64::from(self.commits) - there.value;
            if missing <= 0 {
                return Ok(());
            }
            connection.batch_execute(&format!(
                "do $$ begin for n in 1 .. {} loop
                     execute format('create or replace function beside.g%s(int) returns int language sql as %L', n, 'select {}');
                     commit;
                 end loop; end $$",
                missing.min(1000),
                there.value
            ))?;
        }
    }
}

/// Runs `count` commands of each kind `rounds` times, in turns, and prints what they cost.
///
/// # Errors
/// When the server fails.
pub fn capture(bench: &Bench, count: u32, rounds: u32, beside: Beside, print: Print<'_>) -> Result<()> {
    let databases = ["bare", "logging", "pggit"];
    beside.make_objects(&mut bench.database("bare")?)?;
    let mut logging = bench.database("logging")?;
    beside.make_objects(&mut logging)?;
    logging.batch_execute(LOGGING_TRIGGER)?;
    let mut pggit = bench.database_with_pggit("pggit")?;
    beside.make_objects(&mut pggit)?;
    beside.make_commits(&mut pggit)?;
    if beside.objects + beside.commits > 0 {
        print(&format!("beside {} objects, and {} commits in the log", beside.objects, beside.commits));
    }
    let mut times = databases.map(|_| Times::default());
    let mut folding = Vec::new();
    print(&format!("{count} of each kind, autocommit, fsync off, {TURN} at a time in each database by turns"));
    for number in 1..=rounds {
        let mut connections = Vec::new();
        for name in databases {
            connections.push(PgConnection::establish(&bench.url(name))?);
        }
        let mut these = databases.map(|_| Times::default());
        round(&mut connections, count, &mut these)?;
        drop(connections);
        folding.push(fold(&bench.url("pggit"))?);
        for ((name, these), times) in databases.iter().zip(these).zip(&mut times) {
            let means: Vec<_> = these.iter().map(|list| format!("{:.3}", mean(list))).collect();
            print(&format!("round {number} {name:8} {}  total {:.0} ms", means.join("  "), total(&these)));
            for (all, list) in times.iter_mut().zip(these) {
                all.extend(list);
            }
        }
    }
    let [bare, logging, pggit] = times;
    print("\nall rounds               bare, ms  ratio: logging  pggit   last hundred to first hundred of pggit");
    for (kind, name) in KINDS.iter().enumerate() {
        print(&format!(
            "{name:25} {:7.3} {:15.2} {:6.2} {:14.2}",
            mean(&bare[kind]),
            mean(&logging[kind]) / mean(&bare[kind]),
            mean(&pggit[kind]) / mean(&bare[kind]),
            growth(&pggit[kind], count as usize),
        ));
    }
    print(&format!("{:25} {:23.2} {:6.2}", "total", total(&logging) / total(&bare), total(&pggit) / total(&bare)));
    print(&format!("\nwho reads the history next makes the commits: {:.3} ms each", folding.iter().copied().fold(f64::MAX, f64::min)));
    Ok(())
}

/// Milliseconds for each commit that the next reader of the history makes.
fn fold(url: &str) -> Result<f64> {
    let mut connection = PgConnection::establish(url)?;
    let commits = "select count(*) as value from pggit.commit_records";
    let before: Count = diesel::sql_query(commits).get_result(&mut connection)?;
    let started = Instant::now();
    connection.batch_execute("select pggit.settle()")?;
    let elapsed = started.elapsed().as_secs_f64() * 1000.0;
    let after: Count = diesel::sql_query(commits).get_result(&mut connection)?;
    let made = i32::try_from(after.value - before.value)?;
    Ok(elapsed / f64::from(made.max(1)))
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    value: i64,
}
