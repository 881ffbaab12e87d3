//! Bounds of partitions and arrays that name objects, which PostgreSQL notes no dependency of.

use pggit_tests::clients::Clients;
use pggit_tests::fingerprint::{self, fingerprint};
use pggit_tests::on_each;

const MADE: &[&str] = &[
    "create schema z; create schema \"quo'ted \\ \"",
    "create table z.t (a int primary key); create table z.\"It's\" (a int); create type z.e as enum ('a')",
    "create function z.f(z.e) returns int language sql return 1; create domain z.d as regclass",
    "create function z.same(z.e, z.e) returns bool language sql return $1 = $2; create operator z.=== (leftarg = z.e, rightarg = z.e, function = z.same)",
    "create table \"quo'ted \\ \".\"\\\" (a int)",
    "create table a_log (of regclass, n int) partition by list (of)",
    "create table a_log_t partition of a_log for values in ('z.t', 'z.t_pkey')",
    "create table a_log_q partition of a_log for values in ('z.\"It''s\"', null, '\"quo''ted \\ \".\"\\\"')",
    "create table a_domain (of z.d) partition by list (of)",
    "create table a_domain_t partition of a_domain for values in ('z.t')",
    "create table a_type (n int, of regtype) partition by range (n, of)",
    "create table a_type_e partition of a_type for values from (1, 'z.e') to (2, 'z.e[]')",
    "create table a_routine (of regprocedure) partition by list (of)",
    "create table a_routine_f partition of a_routine for values in ('z.f(z.e)')",
    "create table a_operator (of regoperator) partition by list (of)",
    "create table a_operator_e partition of a_operator for values in ('z.===(z.e, z.e)')",
    "create table a_schema (of regnamespace) partition by list (of) ",
    "create table a_schema_z partition of a_schema for values in ('z')",
    "create table a_list (of regclass[]) partition by list (of)",
    "create table a_list_1 partition of a_list for values in ('{z.t,\"z.\\\"It''s\\\"\"}')",
    "create table a_number (of oid) partition by list (of)",
    "create table a_number_t partition of a_number for values in (1)",
    "create table a_word (of text) partition by list (of)",
    "create table a_word_t partition of a_word for values in ('z.t')",
    "create foreign data wrapper nothing; create server nowhere foreign data wrapper nothing",
    "create table z.u (a int); create foreign table a_far partition of a_log for values in ('z.u') server nowhere",
];

const ARRAYS: &[&str] = &[
    "create table a_default (of regclass[] default '{z.t}', k regtype, check (k <> all ('{z.e,z.e[]}'::regtype[])))",
    "create view a_view as select '{z.t,z.u}'::regclass[] as of; create function a_default(regclass[] default '{z.t}') returns int language sql return 1",
    "create index a_index on a_default (k) where k = any ('{z.e}'::regtype[]); create domain a_checked as text check (value <> all ('{z.t}'::regclass[]::text[]))",
    "create function a_body() returns text language sql as $$select '{z.t}'::regclass[]::text$$",
];

const CHANGED: &[&str] = &[
    "alter table z.t rename to t2",
    "alter index z.t_pkey rename to key",
    "alter type z.e rename to e2",
    "alter function z.f(z.e2) rename to g",
    "alter schema z rename to y",
    "alter table y.t2 set schema public",
    "alter function y.g(y.e2) set schema public",
    "alter operator y.===(y.e2, y.e2) set schema public",
    "alter table public.t2 rename to t3; alter table y.u rename to w; alter table y.\"It's\" rename to u",
    "drop table y.u, y.w",
    "alter table a_log detach partition a_log_q",
    "drop index if exists none; alter table public.t3 drop constraint key",
    "drop operator public.===(y.e2, y.e2)",
    "drop function g(y.e2)",
    "drop table t3",
    "drop function y.same(y.e2, y.e2); drop type y.e2",
];

#[test]
fn what_names_others_follows_them() {
    on_each(|db| {
        for isolation in ["read committed", "repeatable read"] {
            db.session.run(&format!("set default_transaction_isolation = '{isolation}'"));
            for statement in MADE.iter().chain(ARRAYS) {
                db.session.run(statement);
            }
            for statement in CHANGED {
                db.session.run(statement);
                db.session.run("set default_transaction_isolation = 'read committed'");
                db.assert_no_drift_once_folded(&format!("{statement} in {isolation}"));
                db.session.run(&format!("set default_transaction_isolation = '{isolation}'"));
            }
            db.session.run(
                "drop view a_view; drop function a_default, a_body; drop domain a_checked;
                 drop table a_default, a_log_q, a_log, a_domain, a_type, a_routine, a_operator, a_schema, a_list, a_number, a_word; drop server nowhere;
                 drop foreign data wrapper nothing; drop schema y cascade; drop schema \"quo'ted \\ \" cascade",
            );
        }
    });
}

#[test]
fn bounds_are_exported_after_what_they_name() {
    on_each(|db| {
        for statement in MADE {
            db.session.run(statement);
        }
        let mut copy = db.empty_beside();
        let ddl = db.session.value("select pggit.export_schema_snapshot()");
        copy.session.run(&ddl);
        if let Some(tool) = fingerprint::tool() {
            assert_eq!(fingerprint(&tool, &copy.url()), fingerprint(&tool, &db.url()), "{ddl}");
        }
        if let Some(clients) = Clients::of(db.version()) {
            db.repository().uninstall().expect("uninstall");
            assert_eq!(clients.schema(&copy), clients.schema(db), "{ddl}");
        }
    });
}
