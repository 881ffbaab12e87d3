//! A full snapshot against `pg_dump --schema-only` of the same database, in alternating rounds.

use std::process::{Command, Stdio};

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::{Bench, Print, Result, least, milliseconds};
use crate::clients::Clients;

/// What is measured beside `pg_dump`: every element of the catalogs with its definition and the definition's hash; and the same
/// compared with the index, as `status` does it.
const SNAPSHOTS: [(&str, &str); 2] = [
    ("snapshot", "select count(pggit.sha256_hex(s.definition::text)) as value from pggit.read_all() as s"),
    ("drift", "select count(*) as value from pggit.drift()"),
];

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = Text)]
    value: String,
}

/// A schema of so many tables: columns, keys, defaults, checks, indexes, every tenth with a view and a trigger.
fn schema(tables: u32) -> String {
    let mut sql =
        String::from("create schema shop; create function shop.touch() returns trigger language plpgsql as 'begin return new; end';\n");
    for n in 0..tables {
        sql.push_str(&format!(
            "create table shop.t{n} (id bigint generated always as identity primary key, name text not null default 'x',\n\
             amount numeric(10, 2) check (amount >= 0), parent bigint references shop.t{parent}, at timestamptz default now());\n\
             create index on shop.t{n} (name);\n",
            parent = n.saturating_sub(1),
        ));
        if n % 10 == 0 {
            sql.push_str(&format!(
                "create view shop.v{n} as select id, name, amount * 2 as twice from shop.t{n} where name <> 'y';\n\
                 create trigger touch before update on shop.t{n} for each row execute function shop.touch();\n\
                 comment on table shop.t{n} is 'number {n}';\n"
            ));
        }
    }
    sql
}

/// Makes a schema of so many tables, and takes snapshots and dumps of it in alternating rounds.
///
/// # Errors
/// When the server or `pg_dump` fails, or the machine has no `pg_dump` of the server's version.
pub fn snapshot(bench: &Bench, tables: u32, rounds: u32, print: Print<'_>) -> Result<()> {
    let mut connection = bench.database("snapshot")?;
    connection.batch_execute("set max_parallel_workers_per_gather = 0")?;
    connection.batch_execute(&schema(tables))?;
    pggit_core::Repository::connect(&bench.url("snapshot"))?.install(&mut |_| {})?;
    connection.batch_execute("vacuum analyze")?;
    let number: Version = diesel::sql_query("select current_setting('server_version_num') as value").get_result(&mut connection)?;
    let major = number.value.parse::<u32>()? / 10_000;
    let clients = Clients::find(major).ok_or_else(|| format!("there is no pg_dump of PostgreSQL {major} on this machine"))?;
    let pg_dump = clients.program("pg_dump");

    let mut times = [(); 3].map(|()| Vec::new());
    let mut elements = 0;
    for round in 1..=rounds {
        let mut dump = Command::new(&pg_dump);
        dump.args(["--schema-only", "--exclude-schema=pggit", &bench.url("snapshot")]).stdout(Stdio::null());
        let (time, status) = milliseconds(|| Ok(dump.status()?))?;
        if !status.success() {
            return Err(format!("{} failed", pg_dump.display()).into());
        }
        times[0].push(time);
        for ((name, query), list) in SNAPSHOTS.iter().zip(&mut times[1..]) {
            // A session of its own: nothing is planned or cached yet, as for pg_dump.
            let (time, count) = milliseconds(|| {
                let mut fresh = PgConnection::establish(&bench.url("snapshot"))?;
                Ok(diesel::sql_query(*query).get_result::<Count>(&mut fresh)?.value)
            })?;
            list.push(time);
            match *name {
                "snapshot" => elements = count,
                _ if count != 0 => return Err(format!("the index is not the schema: {count} elements differ").into()),
                _ => {}
            }
        }
        let shown: Vec<_> = times.iter().map(|list| format!("{:.0}", list.last().copied().unwrap_or_default())).collect();
        print(&format!("round {round}: pg_dump, snapshot, drift: {} ms", shown.join(", ")));
    }
    let [dump, snapshot, drift] = times.map(|list| least(&list));
    print(&format!(
        "\n{tables} tables, {elements} elements, best of {rounds} rounds\n\
         pg_dump --schema-only {dump:8.0} ms\n\
         full snapshot         {snapshot:8.0} ms  {:.2} of pg_dump\n\
         drift                 {drift:8.0} ms  {:.2} of pg_dump",
        snapshot / dump,
        drift / dump,
    ));
    Ok(())
}
