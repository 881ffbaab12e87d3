//! The graph of dependencies: what the catalogs know and bodies say, in SQL and in Rust.

use pggit_cqrs::{Dependencies, Kind, Sides};
use pggit_sql::DependencyGraph;
use pggit_tests::on_each;

const SCHEMA: &str = "
    create schema command;
    create schema query;
    create table command.orders (id int primary key, total int);
    create view query.v as select id, total from command.orders;
    create materialized view query.m as select sum(total) as total from query.v;
    create function query.f() returns bigint language sql as 'select total from query.m'";

#[test]
fn the_graph_knows_what_the_catalogs_know_and_bodies_say() {
    on_each(|db| {
        db.session.run(SCHEMA);
        db.session.run(
            "create function command.deep() returns int language plpgsql as 'declare n int; begin select count(*) into n from query.v; return n; end';
             create function command.dynamic(t text) returns void language plpgsql as 'begin execute t; end';
             create function query.again() returns int language sql as 'select command.deep()'",
        );
        let graph = DependencyGraph::read(db.repository().connection()).expect("a graph");
        let found = Dependencies::find(&graph, &Sides::default());
        let said = |d: &pggit_cqrs::Dependency| format!("{} needs {}", d.dependant, d.needed);
        let pairs: Vec<_> = found.dependencies.iter().map(said).collect();
        let sql = db.session.column("select query_object || ' needs ' || command_object from pggit.analyze_cqrs_dependencies()");
        assert!(!sql.is_empty() && sql.iter().all(|s| pairs.contains(s)), "{sql:?} {pairs:?}");
        assert!(pairs.contains(&"query.f() needs command.orders".to_owned()), "{pairs:?}");
        let direct = found.dependencies.iter().find(|d| d.dependant == "query.v").expect("the view");
        assert_eq!((direct.kind, direct.path.len()), (Kind::Direct, 2));
        assert_eq!(found.violations.iter().map(said).collect::<Vec<_>>(), ["command.deep() needs query.v"]);
        assert_eq!(found.unknown.iter().map(|u| u.function.as_str()).collect::<Vec<_>>(), ["command.dynamic(pg_catalog.text)"]);
    });
}

/// A schema of every kind of edge that the catalogs know, with diamonds, circles and names that need quotes.
const EVERY_EDGE: &str = r#"
    create schema command; create schema query; create schema "Between";
    create type command.state as enum ('a'); create domain command.amount as numeric check (value > 0);
    create table command.base (id int generated always as identity primary key, s command.state, a command.amount, list command.state[]);
    create table command.lines (id int references command.base, n serial);
    create function command.check_it(int) returns boolean language sql immutable as 'select true';
    create table query.copy (id int default 7 check (command.check_it(id)), s command.state);
    create view "Between"."A b" as select * from command.base; create view "Between".a as select id from command.base;
    create view query.diamond as select b.id from "Between"."A b" as b join "Between".a as a using (id);
    create materialized view query.deep as select d.id, l.n from query.diamond as d join command.lines as l using (id);
    create function query.row_of(command.base) returns int language sql as 'select 1';
    create function query.atomic() returns bigint language sql begin atomic select count(*) from query.deep; end;
    create table query.child (like query.copy) partition by range (id);
    create table query.part partition of query.child for values from (1) to (2);
    create index on query.copy (command.check_it(id));
    create function command.fill() returns trigger language plpgsql as 'begin return new; end';
    create trigger t before insert on query.copy for each row execute function command.fill();
    create table query.ring_a (id int primary key); create table query.ring_b (id int primary key references query.ring_a);
    alter table query.ring_a add foreign key (id) references query.ring_b"#;

#[test]
fn sql_and_rust_agree_on_what_the_catalogs_know() {
    on_each(|db| {
        db.session.run(EVERY_EDGE);
        let graph = DependencyGraph::read(db.repository().connection()).expect("a graph");
        let found = Dependencies::find(&graph, &Sides::default());
        // No body of these functions names anything: all of it is from the catalogs.
        let mut ours: Vec<String> = found
            .dependencies
            .iter()
            .map(|d| {
                format!("{} {} {} {}", d.needed, d.dependant, if d.kind == Kind::Direct { "direct" } else { "indirect" }, d.path.join(">"))
            })
            .collect();
        let mut theirs = db.session.column("select command_object || ' ' || query_object || ' ' || dependency_type || ' ' || array_to_string(dependency_path, '>') from pggit.analyze_cqrs_dependencies()");
        ours.sort();
        theirs.sort();
        assert_eq!(ours, theirs);
        for line in [
            "command.state query.copy direct query.copy>command.state",
            "command.base query.row_of(command.base) direct query.row_of(command.base)>command.base",
            "command.base query.diamond indirect query.diamond>\"Between\".\"A b\">command.base",
            "command.amount query.diamond indirect query.diamond>\"Between\".\"A b\">command.amount",
            "command.fill() query.copy direct query.copy>command.fill()",
        ] {
            assert!(ours.iter().any(|o| o == line), "{line}\n{ours:#?}");
        }
        assert_eq!(found.cycles, [["query.ring_a", "query.ring_b"]]);
    });
}

/// Twenty layers of two views, each of which needs both of the layer below: a million ways, and forty places.
#[test]
fn ways_without_number_are_walked_once() {
    on_each(|db| {
        db.session.run("select pggit.emergency_disable(); create schema command; create schema query; create table command.t (id int); create view query.a0 as select id from command.t; create view query.b0 as select id from command.t");
        for n in 1..20 {
            let m = n - 1;
            db.session.run(&format!("create view query.a{n} as select a.id from query.a{m} as a, query.b{m} as b; create view query.b{n} as select a.id from query.a{m} as a, query.b{m} as b"));
        }
        assert_eq!(db.session.value("select count(*) from pggit.analyze_cqrs_dependencies()"), "40");
        let graph = DependencyGraph::read(db.repository().connection()).expect("a graph");
        assert_eq!(Dependencies::find(&graph, &Sides::default()).dependencies.len(), 40);
    });
}

#[test]
fn a_graph_of_ten_thousand_objects_is_read_and_walked() {
    on_each(|db| {
        db.session.run("select pggit.emergency_disable(); create schema command; create schema query");
        for part in 0..10 {
            db.session.run(&format!(
                "do $$ begin for n in {}..{} loop
                    execute format('create table command.t%s (id int)', n);
                    execute format('create view query.v%s as select id from command.t%s', n, n);
                    execute format('create function query.f%s() returns bigint language sql as ''select count(*) from query.v%s''', n, n);
                 end loop; end $$",
                part * 340,
                part * 340 + 339
            ));
        }
        let mut repository = db.repository();
        let graph = DependencyGraph::read(repository.connection()).expect("a graph");
        let found = Dependencies::find(&graph, &Sides::default());
        assert_eq!((graph.objects().count(), found.dependencies.len()), (10_200, 6_800));
    });
}
