//! Law 1 where a command changes more than it names, and in sessions that print and read otherwise than most.

use pggit_tests::on_each;

/// Scripts whose statements reach what they do not name.
const SCRIPTS: &[&[&str]] = &[
    // partitions go with their parent, though nobody dropped them
    &[
        "create table parent (a int, b text, primary key (a, b)) partition by range (a)",
        "create table below partition of parent for values from (0) to (10) partition by list (b)",
        "create table lowest partition of below for values in ('x')",
        "create index on parent (b)",
        "create function touch() returns trigger language plpgsql as 'begin return new; end'",
        "create trigger touch before insert on parent for each row execute function touch()",
        "drop table parent",
    ],
    // and what hangs on them with what hangs on their parent
    &[
        "create table parent (a int, b text) partition by list (a)",
        "create table below partition of parent for values in (1) partition by list (a)",
        "create table lowest partition of below for values in (1)",
        "create function id(a int) returns int language sql immutable as 'select a'",
        "create index by_b on parent (b)",
        "create index by_id on parent (id(a))",
        "create function touch() returns trigger language plpgsql as 'begin return new; end'",
        "create trigger touch before insert on parent for each row execute function touch()",
        "drop trigger touch on parent",
        "create trigger touch before insert on parent for each row execute function touch()",
        "drop index by_b",
        "drop function id cascade",
        "drop function touch cascade",
    ],
    // keys that PostgreSQL adds to a table and takes away, as partitions of the table that it refers to come and go
    &[
        "create table parent (a int primary key) partition by range (a)",
        "create table p1 partition of parent for values from (0) to (10)",
        "create table child (a int references parent) partition by range (a)",
        "create table c1 partition of child for values from (0) to (5)",
        "create table p2 partition of parent for values from (10) to (20) partition by range (a)",
        "create table p21 partition of p2 for values from (10) to (15)",
        "alter table parent detach partition p2",
        "alter table parent attach partition p2 for values from (10) to (20)",
        "drop table parent cascade",
    ],
    // an optional function of an operator class belongs to the family, and goes without a word with the function behind it
    &[
        "create function hashed(a int, seed bigint) returns bigint language sql immutable as 'select a + seed'",
        "create operator class own for type int using hash as operator 1 =, function 2 hashed(int, bigint)",
        "drop operator class own using hash",
        "drop function hashed",
    ],
    // an operator that moves away from the class that names it
    &[
        "create schema odd_too",
        "create function same(int, int) returns boolean language sql immutable as 'select $1 = $2'",
        "create operator === (leftarg = int, rightarg = int, function = same)",
        "create operator class own for type int using hash as operator 1 ===, function 1 hashint4(int)",
        "alter operator === (int, int) set schema odd_too",
        "drop schema odd_too cascade",
    ],
    // the tables of a type
    &[
        "create type shape as (a int)",
        "create table typed of shape",
        "create table heir () inherits (typed)",
        "alter type shape alter attribute a type text cascade",
        "alter type shape add attribute b int cascade",
        "alter type shape rename attribute b to c cascade",
        "alter type shape drop attribute a cascade",
        "create type pair as (l int, r int)",
        "create domain ordered as pair check ((value).l > 0 and (value).r > 0::float8)",
        "alter type pair alter attribute r type bigint",
    ],
    // columns that come, go and are renamed show in the joins of whoever reads the table
    &[
        "create table a (x int, y int)",
        "create table b (x int, z int)",
        "create table c (x int, q int)",
        "create view joined as select x, y, z, q from a join b using (x) full join c using (x)",
        "create view named as select j.* from (a join b using (x)) as j",
        "create materialized view kept as select a.y, c.q from (a cross join c) join b on b.z = c.q",
        "create function joins() returns bigint begin atomic select count(*) from a join b using (x); end",
        "create table guarded (n int)",
        "alter table guarded enable row level security",
        "create policy p on guarded using (n in (select z from a join b using (x)))",
        "create view wholes as select x from a where a = '(1,2)'::a",
        "create view over as select x, y, z from joined join guarded on n = z",
        "alter table a add column z int",
        "alter table b add column y int",
        "alter table b drop column y",
        "alter table a rename column z to zz",
        "alter view joined rename column q to quite",
        "create or replace view joined as select x, y, z, q as quite, 1 as n from a join b using (x) full join c using (x)",
        "alter materialized view kept rename column q to w",
        "create table heir () inherits (a)",
        "create view inherited as select x, y, zz from heir join c using (x)",
        "alter table a add column q int",
        "create type shape as (f int, g int)",
        "create function shapes() returns setof shape language sql as 'select 1, 2'",
        "create view shaped as select s.f from shapes() as s",
        "alter type shape add attribute h int",
        "alter type shape rename attribute g to gg",
    ],
    // sequences follow their table
    &[
        "create table counted (a serial, b int)",
        "create sequence own owned by counted.b",
        "alter table counted owner to pg_monitor",
        "alter table counted set unlogged",
        "alter table counted set logged",
        "create schema odd_too",
        "alter table counted set schema odd_too",
        "drop schema odd_too cascade",
    ],
    // a type that is not there yet
    &[
        "create function pearl_in(cstring) returns pearl language internal immutable strict as 'int4in'",
        "create function pearl_out(pearl) returns cstring language internal immutable strict as 'int4out'",
        "create type pearl (input = pearl_in, output = pearl_out, internallength = 4, passedbyvalue, alignment = int4)",
    ],
    // foreign tables that others inherit from
    &[
        "create foreign data wrapper w",
        "create server s foreign data wrapper w",
        "create foreign table parent (a int) server s",
        "create table child () inherits (parent)",
        "alter foreign table parent add column b int",
        "alter foreign table parent rename column b to c",
        "alter foreign table parent drop column a",
        "drop foreign table parent cascade",
    ],
    // triggers on what hangs below a partition that is detached
    &[
        "create table parent (a int, b int) partition by list (a)",
        "create table below partition of parent for values in (1) partition by list (b)",
        "create table lowest partition of below for values in (1)",
        "create function touch() returns trigger language plpgsql as 'begin return new; end'",
        "create trigger touch before insert on parent for each row execute function touch()",
        "alter table parent detach partition below",
    ],
    // a trigger that goes with the other table it is about
    &[
        "create table one (a int)",
        "create table two (a int)",
        "create function touch() returns trigger language plpgsql as 'begin return new; end'",
        "create constraint trigger touch after insert on one from two for each row execute function touch()",
        "drop table two",
        "create table two (a int)",
        "create constraint trigger touch after insert on one from two for each row execute function touch()",
        "drop schema if exists nothing cascade; drop table two cascade",
    ],
    // what joins a family joins the class that it is about, and the other way round
    &[
        "create operator class own for type int using btree as operator 1 <, operator 3 =, function 1 btint4cmp(int, int)",
        "alter operator family own using btree add operator 2 <= (int, int)",
        "create operator family loose using gist",
        "create operator class boxes for type box using gist family loose as operator 1 <<, operator 15 <-> (box, box) for order by float_ops,
            function 1 gist_box_consistent(internal, box, smallint, oid, internal), function 2 gist_box_union(internal, internal),
            function 5 gist_box_penalty(internal, internal, internal), function 6 gist_box_picksplit(internal, internal), function 7 gist_box_same(box, box, internal)",
        "drop operator class boxes using gist",
    ],
    // a range and its multirange
    &[
        "create type span as range (subtype = float8)",
        "create schema odd_too",
        "alter type span_multirange set schema odd_too",
        "alter type odd_too.span_multirange rename to spans",
        "alter type span set schema odd_too",
        "drop schema odd_too cascade",
    ],
    // statistics over a materialized view
    &[
        "create materialized view counts as select 1 as a, 2 as b",
        "create statistics of_counts on a, b from counts",
        "alter materialized view counts rename column a to c",
        "alter table counts rename column b to d",
    ],
    // extensions that come and go with another, and what goes with an extension
    &[
        "create extension earthdistance cascade",
        "create materialized view kept as select 1 as a",
        "create table plain (a int)",
        "create index by_a on plain (a)",
        "create function touch() returns trigger language plpgsql as 'begin return new; end'",
        "create trigger touch before insert on plain for each row execute function touch()",
        "create procedure run() language sql as 'select 1'",
        "alter materialized view kept depends on extension cube",
        "alter index by_a depends on extension cube",
        "alter trigger touch on plain depends on extension cube",
        "alter function touch() depends on extension cube",
        "alter procedure run() depends on extension cube",
        "drop extension cube cascade",
    ],
];

/// What joins an extension, is worked on there, and leaves it.
const MEMBERS: &[&str] = &[
    "create extension cube",
    "create table plain (a int)",
    "alter extension cube add table plain",
    "create index on plain (a)",
    "alter table plain add column b int",
    "create trigger touched before insert on plain for each row execute function suppress_redundant_updates_trigger()",
    "alter extension cube drop table plain",
];

#[test]
fn what_a_command_does_beside_what_it_names_is_recorded() {
    on_each(|db| {
        for script in SCRIPTS.iter().chain([&MEMBERS]) {
            db.session.run("create schema odd; set search_path = odd");
            for statement in *script {
                db.session.run(statement);
                db.assert_no_drift(statement);
            }
            db.session.run("drop schema odd cascade; drop foreign data wrapper if exists w cascade");
            db.assert_no_drift("the end of a script");
        }
    });
}

#[test]
fn and_so_it_is_under_an_old_snapshot() {
    on_each(|db| {
        for script in SCRIPTS {
            db.session.run("create schema odd; set search_path = odd");
            // nothing of it is known, half of it is, and all but the last statement
            for known in [0, script.len() / 2, script.len() - 1] {
                let (before, after) = script.split_at(known);
                db.session.run(&format!("select; {}", before.join(";")));
                db.session.run("select pggit.settle()");
                db.session.run("begin isolation level repeatable read");
                db.session.run(&after.join(";"));
                db.session.run("commit");
                db.assert_no_drift_once_folded(&format!("{after:#?}"));
                db.session.run("drop schema odd cascade; drop schema if exists odd_too cascade; drop foreign data wrapper if exists w cascade; create schema odd");
                db.assert_no_drift("the end of a script");
            }
            db.session.run("drop schema odd");
        }
    });
}

#[test]
fn what_is_dropped_is_known_however_the_session_quotes_it() {
    on_each(|db| {
        let made = "create schema odd; create schema \"Odd. \"\"schema\"; create table \"Odd. \"\"schema\".\"T\" (\"select\" int, c \"char\");
            create table odd.t (a int, b date); create index on odd.t (b); create view odd.v as select * from odd.t;
            create function odd.f(\"char\", \"Odd. \"\"schema\".\"T\") returns int language sql as 'select 1'; create type odd.\"E\" as enum ('a');
            create sequence odd.q; create operator odd.=== (leftarg = int, rightarg = int, function = int4eq)";
        for setting in ["quote_all_identifiers = on", "quote_all_identifiers = off"] {
            db.session.run(made);
            db.assert_no_drift("making things");
            let mut session = db.connect();
            session.run(&format!("set {setting}"));
            for statement in [
                "alter table odd.t drop column b cascade",
                "drop function odd.f",
                "drop operator odd.=== (int, int)",
                "drop sequence odd.q",
                "drop table odd.t cascade",
                "drop type odd.\"E\"",
                "drop schema odd, \"Odd. \"\"schema\" cascade",
            ] {
                session.run(statement);
                db.assert_no_drift(&format!("{statement} under {setting}"));
            }
        }
    });
}
