//! The graph of dependencies of a large schema: read, with the bodies of functions, and walked from one side to the other; and what SQL
//! knows of it.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use pggit_cqrs::{Dependencies, Sides};
use pggit_sql::DependencyGraph;

use super::{Bench, Print, Result, least, milliseconds};

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

/// Makes a schema of so many tables, views and functions, a third of each, and times both ways of asking what needs what.
///
/// # Errors
/// When the server fails.
pub fn cqrs(bench: &Bench, objects: u32, rounds: u32, print: Print<'_>) -> Result<()> {
    let mut connection = bench.database_with_pggit("cqrs")?;
    connection.batch_execute("create schema command; create schema query; select pggit.emergency_disable('1 day')")?;
    for n in 0..objects.div_ceil(3) {
        connection.batch_execute(&format!(
            "create table command.t{n} (id int primary key, parent int references command.t{parent});
             create view query.v{n} as select t.id, p.parent from command.t{n} as t join command.t{parent} as p on p.id = t.parent;
             create function query.f{n}() returns bigint language plpgsql as 'begin return (select count(*) from query.v{n} where id > 0); end'",
            parent = n / 2,
        ))?;
    }
    connection.batch_execute("analyze")?;
    let (mut reading, mut walking, mut in_sql) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let (time, graph) = milliseconds(|| Ok(DependencyGraph::read(&mut connection)?))?;
        reading.push(time);
        let (time, found) = milliseconds(|| Ok(Dependencies::find(&graph, &Sides::default())))?;
        walking.push(time);
        let query = "select count(*) as value from pggit.analyze_cqrs_dependencies()";
        let (time, known) = milliseconds(|| Ok(diesel::sql_query(query).get_result::<Count>(&mut connection)?.value))?;
        in_sql.push(time);
        print(&format!(
            "{} objects, {} dependencies: read {:.0} ms, walked {:.0} ms; {known} of them in SQL {:.0} ms",
            graph.objects().count(),
            found.dependencies.len(),
            reading[reading.len() - 1],
            walking[walking.len() - 1],
            time,
        ));
    }
    print(&format!("best: read and walked {:.0} ms, SQL {:.0} ms", least(&reading) + least(&walking), least(&in_sql)));
    Ok(())
}
