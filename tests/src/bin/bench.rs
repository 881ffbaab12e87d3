//! Measurements: the cost of capture as a ratio to bare PostgreSQL, in alternating rounds on one server.

use std::time::Instant;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use pggit_core::Repository;

/// The commands that are measured, each run `count` times, in autocommit.
const KINDS: [&str; 5] = ["CREATE TABLE", "ADD COLUMN", "CREATE INDEX", "CREATE OR REPLACE FUNCTION", "DROP TABLE"];

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

fn command(kind: usize, n: u32) -> String {
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

fn round(url: &str, count: u32) -> Result<Times, Box<dyn std::error::Error>> {
    let mut connection = PgConnection::establish(url)?;
    connection.batch_execute("set client_min_messages = error; drop schema if exists bench cascade; create schema bench")?;
    let mut times = Times::default();
    for (kind, list) in times.iter_mut().enumerate() {
        for n in 0..count {
            let sql = command(kind, n);
            let started = Instant::now();
            connection.batch_execute(&sql)?;
            list.push(started.elapsed().as_secs_f64() * 1000.0);
        }
    }
    Ok(times)
}

fn total(times: &Times) -> f64 {
    times.iter().flatten().sum()
}

fn mean(list: &[f64]) -> f64 {
    list.iter().sum::<f64>() / f64::from(u32::try_from(list.len()).unwrap_or(1))
}

#[expect(clippy::print_stdout, reason = "the figures are this program's output")]
fn capture(base: &str, count: u32, rounds: u32) -> Result<(), Box<dyn std::error::Error>> {
    let databases = ["bare", "logging", "pggit"];
    let url = |name: &str| format!("{}/bench_{name}", base.rsplit_once('/').map_or(base, |(server, _)| server));
    let mut admin = PgConnection::establish(base)?;
    for name in databases {
        admin.batch_execute(&format!("create database bench_{name}"))?;
    }
    PgConnection::establish(&url("logging"))?.batch_execute(LOGGING_TRIGGER)?;
    Repository::connect(&url("pggit"))?.install(&mut |_| {})?;
    let mut best: [Option<Times>; 3] = [None, None, None];
    println!("milliseconds a command, {count} of each kind, autocommit, fsync off");
    for number in 1..=rounds {
        for (name, best) in databases.iter().zip(best.iter_mut()) {
            let times = round(&url(name), count)?;
            let means: Vec<_> = times.iter().map(|list| format!("{:.3}", mean(list))).collect();
            println!("round {number} {name:8} {}  total {:.0}", means.join("  "), total(&times));
            if best.as_ref().is_none_or(|b| total(&times) < total(b)) {
                *best = Some(times);
            }
        }
    }
    let [Some(bare), Some(logging), Some(pggit)] = best else { return Err("no round was run".into()) };
    println!("\nbest rounds        ratio to bare: logging  pggit   last hundred to first hundred of pggit");
    for (kind, name) in KINDS.iter().enumerate() {
        let list = &pggit[kind];
        let edge = 100.min(list.len());
        println!(
            "{name:28} {:14.2} {:6.2} {:14.2}",
            mean(&logging[kind]) / mean(&bare[kind]),
            mean(list) / mean(&bare[kind]),
            mean(&list[list.len() - edge..]) / mean(&list[..edge]),
        );
    }
    println!("{:28} {:14.2} {:6.2}", "total", total(&logging) / total(&bare), total(&pggit) / total(&bare));
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let base = std::env::var("PGGIT_BENCH_URL").map_err(|_| "PGGIT_BENCH_URL is not set: run cargo xtask bench capture")?;
    let number = |n: usize, otherwise: u32| arguments.get(n).and_then(|a| a.parse().ok()).unwrap_or(otherwise);
    match arguments.get(1).map(String::as_str) {
        Some("capture") => capture(&base, number(2, 1000), number(3, 3)),
        other => Err(format!("there is no measurement {other:?}: try capture").into()),
    }
}
