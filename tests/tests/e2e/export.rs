//! What a definition holds is everything: the exported DDL makes the same schema again, as pg_dump sees it and as the tree's root says.

use pggit_server::Binaries;
use pggit_tests::{Database, on_each};

const SCHEMA: &[&str] = &[
    "create schema app",
    "create table app.users (id bigint generated always as identity primary key, email varchar(80) not null unique, state text default 'x', tags int[])",
    "alter table app.users add constraint known_state check (state in ('x', 'y'))",
    "create table app.orders (id serial primary key, customer bigint references app.users, at timestamptz default now())",
    "create table app.a (id int primary key, b int)",
    "create table app.b (id int primary key, a int references app.a)",
    "alter table app.a add foreign key (b) references app.b deferrable",
    "create view app.v as select u.id, u.email, count(*) as orders from app.users as u join app.orders as o on o.customer = u.id group by u.id",
    "create function app.f(a int, b text default 'q') returns setof app.users language sql stable set search_path to app, \"X y\" as 'select * from app.users'",
    "create function app.body() returns bigint language sql begin atomic select count(*) from app.v; end",
    "create view app.w as select app.body() as n",
    "create type app.e as enum ('a', 'b''c')",
    "create domain app.d as text not null check (value <> '')",
    "create type app.c as (x int, y app.e)",
    "create table app.p (id int, k app.e, v app.d) partition by list (k)",
    "create table app.p1 partition of app.p for values in ('a')",
    "create table app.pd partition of app.p default",
    "create index on app.p (id)",
    "alter table app.p add unique (id, k)",
    "create table app.parent (a int, b int default 3)",
    "create table app.child (c int) inherits (app.parent)",
    "create table app.\"Quoted. Name\" (\"a \"\"b\" int, n numeric generated always as (1 + 1) stored)",
    "create materialized view app.m as select * from app.users",
    "create unique index on app.m (id)",
    "create index on app.users (lower(email)) where id > 3",
    "create function app.noted() returns trigger language plpgsql as $$begin return new; end$$",
    "create trigger noted after insert on app.users for each row execute function app.noted()",
    "alter table app.users disable trigger noted",
    "alter table app.users enable row level security",
    "create policy own on app.users for select using (id > 1)",
    "create rule quiet as on delete to app.orders do instead nothing",
    "create aggregate app.total(int) (sfunc = int4pl, stype = int, initcond = '0')",
    "create operator app.=== (leftarg = int, rightarg = int, function = int4eq)",
    "create cast (app.e as int) with inout",
    "create sequence app.numbers increment 5 start 100 cycle maxvalue 200",
    "grant select, insert on app.users to pg_monitor with grant option",
    "grant select (id) on app.orders to pg_monitor",
    "revoke all on function app.f from public",
    "alter default privileges in schema app grant select on tables to pg_monitor",
    "comment on column app.users.id is 'it''s'",
    "alter table app.users alter column email set statistics 500, replica identity full",
];

fn dump(db: &Database) -> Vec<String> {
    let binaries = Binaries::find(Some(15)).expect("the programs of PostgreSQL 15");
    let output = std::process::Command::new(binaries.program("pg_dump")).args(["--schema-only", &db.url()]).output().expect("pg_dump runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // A key to read the dump with is new each time.
    String::from_utf8_lossy(&output.stdout).lines().filter(|l| !l.contains("restrict ")).map(str::to_owned).collect()
}

#[test]
fn the_exported_schema_is_the_schema() {
    on_each(|db| {
        for statement in SCHEMA {
            db.session.run(statement);
        }
        let ddl = db.session.value("select pggit.export_schema_snapshot()");
        let root = "select c.tree_id from pggit.branches join pggit.commits as c using (commit_id)";
        let expected = db.session.value(root);
        let mut copy = db.empty_beside();
        copy.session.run(&ddl);
        let mut repository = pggit_core::Repository::connect(&copy.url()).expect("connect to the copy");
        repository.install(&mut |_| {}).expect("install into the copy");
        assert_eq!(copy.connect().value(root), expected, "{ddl}");
        if db.version() == 15 {
            repository.uninstall().expect("uninstall from the copy");
            db.repository().uninstall().expect("uninstall");
            assert_eq!(dump(&copy), dump(db), "{ddl}");
        }
    });
}

#[test]
fn what_cannot_be_exported_is_named() {
    on_each(|db| {
        assert!(db.session.fail("select pggit.export_schema_snapshot(schemas => '{nowhere}')").contains("\"nowhere\""));
        assert!(db.session.fail("select pggit.export_schema_snapshot('/tmp/x.sql')").contains("/tmp/x.sql"));
        let nothing = db.session.value("select count(*)::text from pggit.export_ddl(schemas => '{public}') where object_type <> 'schema'");
        assert_eq!(nothing, "0");
    });
}

#[test]
fn a_partitioned_table_is_an_element() {
    on_each(|db| {
        db.session.run("create table p (id int) partition by range (id)");
        assert_eq!(db.session.column("select object_identity from pggit.tracked_objects where object_type = 'table'"), ["public.p"]);
    });
}
