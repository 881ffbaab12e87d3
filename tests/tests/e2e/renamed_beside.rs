//! What is made while another transaction renames its schema, or what it needs, has the new names in the history, in whatever order the two
//! come to commits.

use pggit_tests::{Database, on_each};

const SETUP: &str = "
    drop schema if exists s, after cascade; create schema s; create type s.e as enum ('a'); create domain s.d as int; create sequence s.q;
    create function s.f() returns int language sql as 'select 1'; create collation s.k (locale = 'C'); create table s.t (a int primary key, b text);
    create function s.tr() returns trigger language plpgsql as 'begin return new; end'; create text search configuration s.ts (copy = simple);
    create operator s.<# (leftarg = int, rightarg = int, function = int4pl); create type s.c as (x int); create table s.u (c s.c);
    create operator class s.oc for type int using btree as operator 1 <, operator 2 <=, operator 3 =, operator 4 >=, operator 5 >, function 1 btint4cmp(int, int);
    create text search dictionary s.di (template = simple); create text search configuration s.other (copy = simple);
    drop schema if exists beside cascade; create schema beside; create function beside.made() returns int language sql as 'select 1';
    create table beside.it (made int); create table beside.p (id int) partition by list (id); create table beside.p1 partition of beside.p for values in (1);
    drop server if exists sv, after cascade; drop foreign data wrapper if exists w, after cascade; create foreign data wrapper w;
    create server sv foreign data wrapper w; drop publication if exists made;
    drop language if exists l, after cascade; create language l handler plpgsql_call_handler; select pggit.settle()";

/// A rename, and what is made beside it.
const PAIRS: &[(&str, &str)] = &[
    ("alter schema s rename to after", "create function s.made() returns int language sql as 'select 1'"),
    ("alter schema s rename to after", "create type s.made as enum ('a')"),
    ("alter schema s rename to after", "create table s.made (id int primary key, x int)"),
    ("alter schema s rename to after", "alter function s.f() cost 7"),
    ("alter schema s rename to after", "create function public.made(s.e) returns int language sql as 'select 1'"),
    ("alter schema s rename to after", "create table beside.made (a int references s.t)"),
    ("alter schema s rename to after", "alter table beside.p add constraint made foreign key (id) references s.t"),
    ("alter schema s rename to after", "create view beside.made as select * from s.t"),
    ("alter schema s rename to after", "create index made on beside.it (made s.oc)"),
    ("alter schema s rename to after", "create index made on s.t (b)"),
    ("alter schema s rename to after", "alter table s.t add column made int, add check (made > 0)"),
    ("alter schema s rename to after", "create trigger made before insert on s.t for each row execute function s.tr()"),
    ("alter schema s rename to after", "create rule made as on delete to s.t do nothing"),
    ("alter schema s rename to after", "alter type s.c add attribute made int"),
    ("alter schema s rename to after", "alter function beside.made() set schema s"),
    ("alter schema s rename to after", "alter table beside.it set schema s"),
    ("alter schema s rename to after", "create publication made for tables in schema s"),
    ("alter schema s rename to after", "create publication made for table s.t"),
    ("alter schema s rename to after", "create extension citext schema s"),
    ("alter schema s rename to after", "create extension hstore schema s; grant usage on type s.hstore to pg_monitor with grant option"),
    ("alter schema s rename to after", "alter default privileges in schema s grant select on tables to public"),
    ("alter schema s rename to after", "alter text search configuration s.other alter mapping for word with s.di"),
    ("alter text search dictionary s.di rename to after", "alter text search configuration s.other alter mapping for word with s.di"),
    ("alter type s.c rename attribute x to after", "create view s.made as select (c).x from s.u"),
    ("alter foreign data wrapper w rename to after", "create server made foreign data wrapper w"),
    ("alter server sv rename to after", "create foreign table s.made (a int) server sv"),
    ("alter language l rename to after", "create function s.made() returns int language l as ''"),
    ("alter type s.e rename to after", "create table s.made (a s.e)"),
    ("alter type s.e rename to after", "create function s.made(s.e[]) returns int language sql as 'select 1'"),
    // whose columns it needs as well
    ("alter type s.e rename to after", "create view s.made as select last_value, is_called, 'a'::s.e as e from s.q"),
    ("alter type s.e set schema public", "create type s.made as (a s.e)"),
    ("alter domain s.d rename to after", "create table s.made (a s.d default 1)"),
    (
        "alter domain s.d rename to after",
        "create type s.b; create function s.made(cstring) returns s.b language internal immutable strict as 'int4in'",
    ),
    ("alter function s.f() rename to after", "create view s.made as select s.f()"),
    ("alter function s.f() rename to after", "create table s.made (a int default s.f())"),
    ("alter function s.tr() rename to after", "create trigger made before insert on s.t for each row execute function s.tr()"),
    ("alter sequence s.q rename to after", "create table s.made (a int default nextval('s.q'))"),
    ("alter collation s.k rename to after", "create table s.made (a text collate s.k)"),
    ("alter text search configuration s.ts rename to after", "create index made on s.t (to_tsvector('s.ts', b))"),
    ("alter operator s.<# (int, int) set schema public", "create view s.made as select 1 operator(s.<#) 2 as x"),
];

fn assert_recorded(db: &mut Database, what: &str) {
    let found = db.session.column("select operation || ' ' || object_type || ' ' || object_identity from pggit.drift()");
    assert!(found.is_empty(), "{what}, on {}: {found:?}", db.version());
    let made = "select count(*) from pggit.tracked_objects where object_identity ~ '[.]made|^made( on.*)?$|after[.]f[(]'";
    assert_ne!(db.session.value(made), "0", "{what}, on {}", db.version());
    let failed = db.session.column("select event_data::text from pggit.system_events where event_type = 'capture_failed'");
    assert!(failed.is_empty(), "{what}: {failed:?}");
}

#[test]
fn what_is_made_while_what_it_needs_is_renamed_is_recorded_as_it_is() {
    on_each(|db| {
        let mut other = db.connect();
        other.run("set lock_timeout = '200ms'");
        for (rename, make) in PAIRS {
            let mut ran = 0;
            for looks in [false, true] {
                for level in ["read committed", "repeatable read"] {
                    // the one or the other begins before and commits after
                    for (early, late) in [(rename, make), (make, rename)] {
                        let what = format!("{level}: {early} beside {late}, looks {looks}");
                        db.session.run("drop function if exists public.made; drop type if exists public.e cascade");
                        db.session.run("drop operator if exists public.<# (int, int) cascade");
                        db.session.run(SETUP);
                        db.session.run(&format!("begin isolation level {level}; {early}"));
                        if other.attempt(late).is_err() {
                            // without pgGit it would wait as well
                            db.session.run("rollback");
                            continue;
                        }
                        if looks {
                            other.run("select pggit.settle()");
                        }
                        db.session.run("commit");
                        db.session.run("select pggit.settle()");
                        assert_recorded(db, &what);
                        ran += 1;
                    }
                }
            }
            assert!(ran > 0, "without pgGit, too, {make} waits for {rename}");
        }
        let wrong = db.session.column("select check_name || ': ' || details from pggit.verify_consistency() where status = 'error'");
        assert!(wrong.is_empty(), "{wrong:?}");
        let twice = db.session.column(
            "select g.commit_number || ': ' || string_agg(g.object_type || ' ' || g.object_identity, ', ') from pggit.commit_changes as g \
             where g.operation = 'create' and g.object_identity ~ '^(s|after)[.]' \
             group by g.commit_number, g.object_type, regexp_replace(g.object_identity, '^(s|after)[.]', '') having count(*) > 1",
        );
        assert!(twice.is_empty(), "made once, under two names: {twice:?}");
    });
}

/// What follows a rename is no part of it, also where nobody looks in between.
#[test]
fn each_of_several_transactions_that_nobody_looked_at_keeps_what_it_did() {
    on_each(|db| {
        db.session.run(
            "create table t (id int primary key, x int); create index i on t (x); create view v as select id from t; select pggit.settle()",
        );
        let before: i64 = db.session.value("select count(*) from pggit.commits").parse().expect("a number");
        for statement in [
            "alter table t rename to u",
            "alter table u add column y int",
            "alter table u rename x to z",
            "drop index i",
            "comment on table u is 'a'",
        ] {
            db.session.run(statement);
        }
        let counts = db
            .session
            .column(&format!("select changes_count::text from pggit.commit_records where commit_number > {before} order by commit_number"));
        assert!(counts.is_empty(), "somebody looked: {counts:?}");
        db.session.run("select pggit.settle()");
        assert_eq!(db.session.value("select count(*) from pggit.commits"), (before + 5).to_string());
        assert_eq!(db.session.column("select operation || ' ' || object_identity from pggit.show('HEAD~3')"), ["create public.u.y"]);
        db.assert_no_drift("five transactions");
    });
}

/// Both have an old snapshot, and the one that was first knows what it changed by the old names until the end.
#[test]
fn what_another_renamed_meanwhile_is_not_gone() {
    on_each(|db| {
        let mut other = db.connect();
        for level in ["repeatable read", "serializable"] {
            for (rename, comment) in [
                ("alter type s.e rename to after", "comment on type s.after is 'x'"),
                ("alter domain s.d rename to after", "grant usage on domain s.after to pg_monitor"),
            ] {
                db.session.run("drop operator if exists public.<# (int, int) cascade");
                db.session.run(SETUP);
                db.session.run("create function beside.takes(s.e, s.d) returns int language sql as 'select 1'; select pggit.settle()");
                db.session.run(&format!("begin isolation level {level}; select 1 from pg_class limit 1"));
                db.session.run("alter function beside.takes(s.e, s.d) cost 5");
                other.run(&format!("begin isolation level {level}; {rename}; commit"));
                db.session.run(&format!("{comment}; commit"));
                db.assert_no_drift_once_folded(&format!("{rename} in {level}"));
                let dropped = db.session.column("select object_identity from pggit.show('HEAD') where operation = 'drop'");
                assert!(dropped.is_empty(), "{rename} in {level}: {dropped:?}");
            }
        }
    });
}

/// Who replaces it has the first name, and HEAD has the second when this comes to a commit.
#[test]
fn what_is_replaced_while_it_has_another_name_for_a_while_is_one_element() {
    on_each(|db| {
        let mut other = db.connect();
        for level in ["read committed", "repeatable read"] {
            db.session
                .run("create type e as enum ('x'); create function f(e) returns int language sql as 'select 1'; select pggit.settle()");
            db.session
                .run(&format!("begin isolation level {level}; create or replace function f(e) returns int language sql as 'select 2'"));
            for statement in ["alter type e rename to m", "select pggit.settle()", "alter type m rename to e"] {
                other.run(statement);
            }
            db.session.run("commit");
            db.assert_no_drift_once_folded(level);
            let told = db.session.column(
                "select c.operation || ' ' || c.object_identity from pggit.commit_changes as c where c.object_type = 'function' order by c.commit_number desc, c.sequence limit 3",
            );
            assert_eq!(told, ["rename public.f(public.e)", "rename public.f(public.m)", "create public.f(public.e)"], "{level}");
            db.session.run("drop function f; drop type e; select pggit.settle()");
        }
    });
}
