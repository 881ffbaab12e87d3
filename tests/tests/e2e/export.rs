//! What a definition holds is everything: the exported DDL makes the same schema again, as pg_dump sees it and as the tree's root says.

use pggit_tests::clients::Clients;
use pggit_tests::corpus;
use pggit_tests::fingerprint::{self, fingerprint};
use pggit_tests::{Database, on_each, servers, skipped};

use crate::variations::{comparable, differences};

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
    "comment on aggregate app.total(int) is 'all of it'",
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
        if let Some(clients) = Clients::of(db.version()) {
            repository.uninstall().expect("uninstall from the copy");
            db.repository().uninstall().expect("uninstall");
            assert_eq!(clients.schema(&copy), clients.schema(db), "{ddl}");
        }
    });
}

#[test]
fn the_export_of_every_kind_is_exact_on_every_version() {
    let tool = fingerprint::tool();
    on_each(|db| {
        // All three scripts in one schema: what one of them takes from the other, and what drops, is not run.
        let scripts = crate::kinds::SCRIPT.iter().chain(crate::capture::SCRIPT).chain(SCHEMA);
        let ran =
            scripts.filter(|s| !s.starts_with("drop ") && !s.starts_with("reassign")).filter(|s| db.session.attempt(s).is_ok()).count();
        assert!(ran > 250, "{ran} statements ran");
        let ddl = db.session.value("select pggit.export_schema_snapshot()");
        let mut copy = db.empty_beside();
        copy.session.run(&ddl);
        if let Some(tool) = &tool {
            let (made, expected) = (fingerprint(tool, &copy.url()), fingerprint(tool, &db.url()));
            let found = differences(&expected, &made);
            assert!(found.is_empty(), "{found:#?}");
            assert!(made.len() > 400, "{} lines", made.len());
        }
        if let Some(clients) = Clients::of(db.version()) {
            db.session.run("drop event trigger pggit_ddl_command_end; drop event trigger pggit_sql_drop");
            // Secrets are not recorded.
            let [expected, made] = [&*db, &copy].map(|d| {
                let lines = clients.schema(d).into_iter().filter(|l| !l.contains("password 'hidden'"));
                comparable(&lines.collect::<Vec<_>>())
            });
            assert!(made == expected, "{:#?}", differences(&expected, &made));
        }
        // A database with a subscription cannot be dropped.
        for session in [&mut copy.session, &mut db.session] {
            session.run("drop subscription subscribed");
        }
    });
}

#[test]
fn an_old_revision_is_exported_as_it_was() {
    on_each(|db| {
        let Some(clients) = Clients::of(db.version()) else { return };
        let dumped = |d: &Database| {
            let lines = clients.dump(&["--schema-only", "--schema=app", "--schema=public"], d);
            lines.into_iter().filter(|l| !l.contains("SCHEMA public")).collect::<Vec<_>>()
        };
        for statement in SCHEMA {
            db.session.run(statement);
        }
        db.session.run("select pggit.tag('v1')");
        let expected = dumped(db);
        db.session.run(
            "drop view app.w; drop table app.orders cascade; alter table app.users rename email to mail; alter schema app rename to application;
             alter type application.e add value 'later'; create table later (id int); select pggit.settle();
             drop schema application cascade; select pggit.settle(); create schema app; create table app.users (other int)",
        );
        let mut copy = db.empty_beside();
        let then = db.repository().export("v1", &[]).expect("a tag is a revision");
        copy.session.run(&pggit_core::ExportedStatement::script(&then));
        assert_eq!(dumped(&copy), expected);
        assert!(expected.len() > 500, "{} lines", expected.len());
    });
}

/// What uses a cast implicitly depends on the cast's function, and what sorts on operators: neither names the cast or the operator class.
#[test]
fn what_needs_more_than_it_names_comes_after_it() {
    on_each(|db| {
        db.session.run(
            "create schema a; create type a.x as (i int); create type a.y as (i int);
             create function a.from_x(a.x) returns a.y language sql as 'select row(1)::a.y';
             create cast (a.x as a.y) with function a.from_x(a.x) as implicit;
             create table a.t (c a.x, d xml);
             create function a.takes(a.y) returns int language sql immutable as 'select 1';
             create function a.by_default(a.y default row(1)::a.x) returns int language sql as 'select 1';
             create function a.body() returns bigint language sql begin atomic select count(*) from a.t where a.takes(c) = 1; end;
             create domain a.checked as a.x check (a.takes(value) = 1);
             create domain a.defaulted as int default a.takes(row(1)::a.x);
             create function a.cmp(xml, xml) returns int language sql immutable as 'select 0';
             create function a.compare(xml, xml) returns boolean language sql immutable as 'select false';
             create operator a.< (leftarg = xml, rightarg = xml, function = a.compare);
             create operator a.<= (leftarg = xml, rightarg = xml, function = a.compare);
             create operator a.= (leftarg = xml, rightarg = xml, function = a.compare);
             create operator a.>= (leftarg = xml, rightarg = xml, function = a.compare);
             create operator a.> (leftarg = xml, rightarg = xml, function = a.compare);
             create operator class a.sorted default for type xml using btree as operator 1 a.<, operator 2 a.<=, operator 3 a.=, operator 4 a.>=, operator 5 a.>, function 1 a.cmp(xml, xml);
             create function a.in_order() returns setof xml language sql begin atomic select d from a.t order by d; end;
             create procedure a.also() language sql begin atomic select d from a.t order by d; end;
             select pggit.settle(); alter function a.from_x(a.x) rename to out_of_x",
        );
        let mut copy = db.empty_beside();
        copy.session.run(&db.session.value("select pggit.export_schema_snapshot()"));
        pggit_core::Repository::connect(&copy.url()).expect("connect").install(&mut |_| {}).expect("install into the copy");
        let root = "select c.tree_id from pggit.branches join pggit.commits as c using (commit_id)";
        assert_eq!(copy.session.value(root), db.session.value(root));
    });
}

/// A database may set what tables are stored as and how XML is read, and a client speaks the encoding that it finds.
#[test]
fn a_script_makes_the_same_whatever_session_runs_it() {
    const LATIN: &str = "encoding 'LATIN1' locale 'C'";
    const FOUND: &str = "select c.relname || ' ' || a.attname || ' ' || pg_get_expr(d.adbin, d.adrelid) || ' ' || m.amname
        from pg_attrdef as d
        join pg_class as c on c.oid = d.adrelid
        join pg_am as m on m.oid = c.relam
        join pg_attribute as a on a.attrelid = d.adrelid and a.attnum = d.adnum
        where c.relnamespace = 'public'::regnamespace
        union all
        select proname || ' ' || proconfig::text from pg_proc where pronamespace = 'public'::regnamespace
        order by 1";
    on_each(|plain| {
        let Some(clients) = Clients::of(plain.version()) else { return };
        let mut db = plain.empty_beside_with(LATIN);
        pggit_core::Repository::connect(&db.url()).expect("connect").install(&mut |_| {}).expect("install");
        db.session.run(
            "create table public.\"élan\" (\"é\" text default 'ÿ', x xml default '<a/><b/>');
             create function public.f() returns int language sql set \"MyApp\".x to 'a,b' set \"user\".id = '1' as 'select 1'",
        );
        let statements = db.repository().export("HEAD", &[]).expect("an export");
        let scripts = [db.session.value("select pggit.export_schema_snapshot()"), pggit_core::ExportedStatement::script(&statements)];
        for script in scripts {
            let mut copy = plain.empty_beside_with(LATIN);
            let name = copy.name().to_owned();
            copy.session.run(&format!(
                "create access method other type table handler heap_tableam_handler;
                 alter database {name} set default_table_access_method = other; alter database {name} set xmloption = document"
            ));
            let file = tempfile::NamedTempFile::new().expect("a file");
            std::fs::write(file.path(), &script).expect("the script is written");
            let output = std::process::Command::new(clients.program("psql"))
                .args(["-qX", "-v", "ON_ERROR_STOP=1", "-f"])
                .arg(file.path())
                .arg(copy.url())
                .env("LC_ALL", "C")
                .env_remove("PGCLIENTENCODING")
                .output()
                .expect("psql runs");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            assert_eq!(copy.session.column(FOUND), db.session.column(FOUND));
        }
    });
}

#[test]
fn what_cannot_be_exported_is_named() {
    on_each(|db| {
        assert!(db.session.fail("select pggit.export_schema_snapshot(schemas => '{nowhere}')").contains("\"nowhere\""));
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

#[test]
fn schemas_from_elsewhere_are_exact() {
    let Some(directory) = corpus::directory() else {
        skipped("no corpus beside the project (../shared/corpus/schema-pairs)");
        return;
    };
    // Minutes for each version, and they differ little here: the first one stands for all. `cargo xtask corpus roundtrip` takes any.
    let server = &servers()[0];
    let Some(clients) = Clients::of(server.version) else { return };
    let result = corpus::roundtrip(&directory, server, &clients, &mut |_| {});
    assert!(result.misses.is_empty(), "{} of {} differ: {:#?}", result.misses.len(), result.files, result.misses);
}

#[test]
fn a_dump_and_restore_changes_no_definition() {
    on_each(|db| {
        db.session.run(
            "create table s (v varchar(20) check (v in ('a', 'it''s')), n name check (n in ('x', 'y')), c char(3) check (c in ('p', 'q')));
             create view sv as select * from s where v in ('a', 'b') or v = any (array['q', '']);
             create index on s (v) where v not in ('a', 'b')",
        );
        let definitions = "select object_identity || definition_id from pggit.tracked_objects order by 1";
        let before = db.session.column(definitions);
        for (what, place) in [("constraint", "table s add"), ("index", "")] {
            // The text that PostgreSQL printed, read back: what pg_restore does.
            let printed = match what {
                "constraint" => db.session.value("select pg_get_constraintdef(oid) from pg_constraint where conname = 's_v_check'"),
                _ => db.session.value("select pg_get_indexdef('s_v_idx'::regclass)"),
            };
            match what {
                "constraint" => {
                    db.session.run(&format!("alter table s drop constraint s_v_check; alter {place} constraint s_v_check {printed}"))
                }
                _ => db.session.run(&format!("drop index s_v_idx; {printed}")),
            }
        }
        let view = db.session.value("select pg_get_viewdef('sv'::regclass)");
        db.session.run(&format!("create or replace view sv as {view}"));
        assert_ne!(db.session.value("select pg_get_viewdef('sv'::regclass)"), view, "PostgreSQL prints a fixpoint now");
        assert_eq!(db.session.column(definitions), before);
    });
}

#[test]
fn a_file_is_written_where_the_role_may() {
    on_each(|db| {
        db.session.run("create table t (a text default E'x\\ty,\"z\"')");
        let path = format!("/tmp/pggit_export_{}_{}.sql", std::process::id(), db.version());
        let text = db.session.value(&format!("select pggit.export_schema_snapshot('{path}')"));
        assert_eq!(db.session.value(&format!("select pg_read_file('{path}')")), text.trim_end().to_owned() + "\n\n");
        std::fs::remove_file(&path).expect("the file is there");
        let role = db.role("writer");
        db.session.run(&format!("grant usage on schema pggit to {role}; grant execute on all functions in schema pggit to {role}"));
        let refusal = db.connect_as(&role).fail(&format!("select pggit.export_schema_snapshot('{path}')"));
        assert!(refusal.contains("COPY to a file"), "{refusal}");
        assert!(!std::path::Path::new(&path).exists());
    });
}

/// What is no part of a revision must not run when it is made again.
#[test]
fn no_event_trigger_of_the_schema_fires_for_its_export() {
    on_each(|db| {
        db.session.run("create table seen (tag text)");
        db.session
            .run("create function see() returns event_trigger language plpgsql as 'begin insert into public.seen values (tg_tag); end'");
        db.session.run("create sequence s");
        db.session.run("create table t (a int primary key default nextval('s'), b text)");
        db.session.run("alter sequence s owned by t.a; alter table t replica identity using index t_pkey, cluster on t_pkey");
        db.session.run("alter table t alter b set storage external");
        db.session.run("create event trigger a on ddl_command_end execute function see()");
        db.session.run("create event trigger b on ddl_command_start execute function see()");
        db.session.run("comment on event trigger a is 'sees all'; select pggit.reconcile()");
        let mut copy = db.empty_beside();
        copy.session.run(&db.session.value("select pggit.export_schema_snapshot()"));
        assert!(copy.session.column("select tag from public.seen").is_empty());
        assert_eq!(copy.session.value("select count(*) from pg_event_trigger"), "2");
    });
}

/// PostgreSQL forgets with the dump that a partition asked for NOT NULL itself.
#[test]
fn what_a_partition_says_as_its_parent_does_is_the_same_after_a_dump() {
    on_each(|db| {
        let Some(clients) = Clients::of(db.version()) else { return };
        db.session
            .run("create table k (a int not null, b int not null) partition by list (a); create table k1 partition of k for values in (1)");
        db.session.run("alter table k1 alter a set not null");
        let definitions = "select object_type || ' ' || object_identity || ' ' || definition_id from pggit.tracked_objects
                           where object_type <> 'event trigger' order by 1";
        let recorded = db.session.column(definitions);
        let mut copy = db.empty_beside();
        db.session.run("drop event trigger pggit_ddl_command_end; drop event trigger pggit_sql_drop");
        clients.restore(&clients.schema(db), &copy);
        pggit_core::Repository::connect(&copy.url()).expect("connect to the copy").install(&mut |_| {}).expect("install into the copy");
        assert_eq!(copy.session.column(definitions), recorded);
    });
}
