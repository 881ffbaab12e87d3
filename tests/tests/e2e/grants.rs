//! GRANT and REVOKE do not tell an event trigger what they were about: their objects are found by the words of the statement, or by a scan
//! where the words may not name them.

use pggit_tests::on_each;

const SCHEMA: &str = r#"
create schema other; create schema "in";
create table plain (id int generated always as identity, note text); create table other.plain (id int); create table "Mixed ""Case""" (id int);
create table "in".plain (id int); create table "é" (id int); create table d (id int); create table "a b" (id int); create table long_name (id int);
create table xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx (id int);
create sequence counter; create view seen as select 1 as one; create materialized view kept as select 1 as one;
create function twice(int) returns int language sql return $1 * 2; create function "Twice"(text) returns text language sql return $1;
create procedure act() language sql as 'select 1'; create domain small as int; create type pair as (a int, b int);
create function grants() returns void language plpgsql as $$ begin execute 'grant select on ' || 'pl' || 'ain to ROLE'; end $$;
create function grants_by_sql() returns void language sql as 'grant insert on plain to ROLE';
create procedure grants_and_commits() language plpgsql as $$ begin execute 'grant update on pla' || 'in to ROLE'; commit; execute 'grant delete on pla' || 'in to ROLE'; end $$;
"#;

/// `ROLE` stands for a role that the test made.
const STATEMENTS: &[&str] = &[
    "grant select on plain to ROLE",
    "GRANT INSERT ON PLAIN, Other.Plain TO ROLE",
    "grant select on table \"Mixed \"\"Case\"\"\", \"in\".plain to ROLE with grant option",
    "grant select on \"é\" to ROLE",
    "grant select on U&\"\\0064\", u&\"!0061 b\" uescape '!' to ROLE",
    "/* \" */ grant select on \"a b\" to ROLE -- \"",
    "/* \" */ grant insert on \"Mixed \"\"Case\"\"\" to ROLE",
    "grant select on xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxyyyy to ROLE",
    "grant select (id), update (note) on plain to ROLE",
    "revoke select (id) on plain from ROLE",
    "grant usage on sequence counter, plain_id_seq to ROLE",
    "grant select on counter, seen, kept to ROLE",
    "grant execute on function twice(int), \"Twice\"(text) to ROLE",
    "grant execute on procedure act() to ROLE",
    "grant execute on routine act(), twice to ROLE",
    "grant usage on type pair to ROLE",
    "grant usage on domain small to ROLE",
    "grant all on all tables in schema other, \"in\" to ROLE",
    "revoke all on all tables in/**/schema public from ROLE",
    "grant execute on all functions in schema public to ROLE",
    "grant usage on schema other to ROLE",
    "select grants()",
    "select grants_by_sql()",
    "call grants_and_commits()",
    "do $$ begin execute 'grant trigger on ' || 'coun' || 'ter to ROLE'; exception when others then execute 'grant references on l' || 'ong_name to ROLE'; end $$",
    "grant select on d to ROLE; do $$ begin execute 'grant insert on long' || '_name to ROLE'; end $$; grant update on d to ROLE",
    "begin; grant delete on d to ROLE; savepoint s; grant truncate on d to ROLE; rollback to s; revoke delete on d from ROLE; grant insert on d to ROLE; commit",
    "create schema made create table of_it (id int) create view over_it as select id from of_it grant select on over_it to ROLE grant insert on made.of_it to ROLE",
    "create event trigger grants_more on ddl_command_end when tag in ('GRANT') execute function grant_more()",
    "grant select on other.plain to ROLE",
    "grant references on \"a b\" to ROLE",
    "drop event trigger grants_more",
    "revoke all on plain, d, other.plain, counter from ROLE cascade",
    "do $$ declare t text; begin foreach t in array array['plain', 'other.plain', '\"Mixed \"\"Case\"\"\"', '\"in\".plain', '\"a b\"'] loop execute 'grant select on ' || t || e'\n to ROLE'; end loop; end $$",
    "do $$ begin grant update on \"Mixed \"\"Case\"\"\", \"a b\"\n, plain to ROLE; grant select (id) on \"in\".plain\n to ROLE; end $$",
    "do $$ begin execute e'grant /* \"\n */ insert on d to ROLE'; execute 'grant usage on sequence counter to ROLE; grant execute on function \"Twice\"(text) to ROLE'; end $$",
    "do $$ begin perform grants_by_sql(); execute e'select 1 as \"\n\"; grant update on d to ROLE; select 1 as \"\n\"'; perform grants(); end $$",
    "do $$ begin execute 'revoke all on all tables in schema other from ROLE'; execute 'revoke all on plain from ROLE cascade'; end $$",
];

#[test]
fn what_they_were_about_is_found() {
    on_each(|db| {
        for level in ["read committed", "repeatable read", "serializable"] {
            let role = db.role(&level[..4]);
            db.session.run("set default_transaction_isolation = 'read committed'; drop schema if exists other, \"in\", made, public cascade; create schema public");
            db.session.run(&SCHEMA.replace("ROLE", &role));
            db.session.run(&format!(
                "create function grant_more() returns event_trigger language plpgsql as $$ begin
                     if pg_trigger_depth() = 0 and current_setting('t.inside', true) is distinct from 'yes' then
                         perform set_config('t.inside', 'yes', false);
                         execute 'grant references on lo' || 'ng_name to {role}'; execute 'revoke references on lo' || 'ng_name from {role}';
                         execute 'grant delete on lo' || 'ng_name to {role}';
                         perform set_config('t.inside', 'no', false);
                     end if;
                 end $$; set default_transaction_isolation = '{level}'"
            ));
            for statement in STATEMENTS {
                db.session.run(&statement.replace("ROLE", &role));
                db.session.run("set default_transaction_isolation = 'read committed'");
                if statement.contains("event trigger") {
                    db.session.run("select pggit.reconcile()");
                }
                db.assert_no_drift_once_folded(&format!("{statement} in {level}"));
                db.session.run(&format!("set default_transaction_isolation = '{level}'"));
            }
            db.session.run("set default_transaction_isolation = 'read committed'");
        }
    });
}

#[test]
fn a_partition_is_detached_by_whomever() {
    on_each(|db| {
        db.session.run(
            "create table p (id int) partition by list (id); create table p1 partition of p for values in (1) partition by list (id);
             create table p11 partition of p1 for values in (1); create table p2 partition of p for values in (2);
             create function touch() returns trigger language plpgsql as 'begin return new; end';
             create trigger touch after insert on p for each row execute function touch()",
        );
        db.session.run("do $$ begin execute 'alter table p det' || 'ach partition p1'; end $$");
        db.assert_no_drift("a partition detached within a block");
        db.session.run("ALTER TABLE p DETACH PARTITION p2");
        db.assert_no_drift("a partition detached");
        db.session.run("alter table p attach partition p1 for values in (1)");
        db.session.run("create table \"detach\" (id int); alter table p add column note text; alter table p detach partition p1");
        db.assert_no_drift("in a string of statements");
    });
}
