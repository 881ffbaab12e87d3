//! `use_tracked` and `merge` make an object exactly what the incoming definition says, or change nothing.

use pggit_tests::{Database, on_each};

use crate::resolution_cases::{CASES, SETUP};

/// Gives what a statement says when it fails: its SQLSTATE, message, detail and hint.
const SAID: &str = "
    create function pg_temp.said(statement text) returns text language plpgsql as $$
    declare detail text; hint text; begin
        execute statement;
        return 'nothing';
    exception when others then
        get stacked diagnostics detail = pg_exception_detail, hint = pg_exception_hint;
        return concat_ws(' ', sqlstate, sqlerrm, detail, hint);
    end $$";

fn definition(db: &mut Database, object_type: &str, identity: &str) -> String {
    db.session.value(&format!("select definition from pggit.live_element('{object_type}', '{identity}')"))
}

fn register(db: &mut Database, object_type: &str, identity: &str, data: &str) -> String {
    let data = data.replace('\'', "''");
    db.session.value(&format!("select pggit.register_conflict('merge', '{object_type}', '{identity}', '{data}')"))
}

/// The definition that an element would have after some SQL.
fn after(db: &mut Database, object_type: &str, identity: &str, sql: &str) -> String {
    db.session.run("begin");
    db.session.run(sql);
    let incoming = definition(db, object_type, identity);
    db.session.run("rollback");
    incoming
}

#[test]
fn use_tracked_makes_the_catalogs_say_what_comes_in() {
    on_each(|db| {
        db.session.run(SETUP);
        let mut wrong = Vec::new();
        for (object_type, identity, sql) in CASES {
            let incoming = after(db, object_type, identity, sql);
            let before = definition(db, object_type, identity);
            assert_ne!(before, incoming, "{sql} changes nothing");
            let conflict = register(db, object_type, identity, &format!(r#"{{"incoming": {incoming}}}"#));
            db.session.run("begin");
            let done = db.session.attempt(&format!("select pggit.resolve_conflict('{conflict}', 'use_tracked')"));
            if let Err(error) = done {
                wrong.push(format!("{object_type} {identity}: {sql}\n  {error}"));
            } else if definition(db, object_type, identity) != incoming {
                wrong.push(format!("{object_type} {identity}: not what came in"));
            }
            db.session.run("rollback");
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

#[test]
fn a_resolution_is_a_commit_and_is_on_record() {
    on_each(|db| {
        db.session.run(SETUP);
        db.session.run("update app.users set age = 40 where age is null");
        let incoming = after(db, "table column", "app.users.age", "alter table app.users alter age type bigint, alter age set not null");
        let conflict = register(db, "table column", "app.users.age", &format!(r#"{{"incoming": {incoming}}}"#));
        db.session.run(&format!("select pggit.resolve_conflict('{conflict}', 'use_tracked', 'wider')"));
        assert_eq!(definition(db, "table column", "app.users.age"), incoming);
        assert_eq!(db.session.value("select string_agg(age::text, ' ' order by id) from app.users"), "30 40");
        assert_eq!(
            db.session.column("select operation || ' ' || object_identity from pggit.show('HEAD') where object_type = 'table column'"),
            ["alter app.users.age"]
        );
        let sql = db.session.value(&format!("select resolution_sql from pggit.conflict_registry where conflict_id = '{conflict}'"));
        assert!(sql.contains("type bigint") && sql.contains("set not null"), "{sql}");
        db.assert_no_drift("resolving");
    });
}

#[test]
fn what_cannot_be_exact_or_would_lose_data_is_refused() {
    on_each(|db| {
        db.session.run(SETUP);
        db.session.run(
            "create view app.older as select age from app.users where age > 3;
            create table app.prices (p numeric(10,4), word text, filled int); insert into app.prices values (1.2345, 'a long text', null);
            create table app.hidden (id int, secret numeric(8,3)); alter table app.hidden enable row level security, force row level security;
            create materialized view app.indexed as select id from app.users; create unique index on app.indexed (id);
            create trigger old instead of insert on app.titles for each row execute function app.touch()",
        );
        db.session.run(SAID);
        let refused: &[(&str, &str, &str, &str)] = &[
            ("table column", "app.users.age", "drop view app.older; alter table app.users alter age type bigint", "view"),
            (
                "table column",
                "app.prices.p",
                "delete from app.prices; alter table app.prices alter p type numeric(10,2)",
                "values in it would change",
            ),
            (
                "table column",
                "app.prices.word",
                "delete from app.prices; alter table app.prices alter word type varchar(3)",
                "values in it would change",
            ),
            ("table column", "app.prices.word", "alter table app.prices alter word type int using 1", ""),
            ("table column", "app.prices.filled", "delete from app.prices; alter table app.prices alter filled set not null", "null"),
            ("table column", "app.posts.id", "alter table app.posts alter id drop identity", "nothing alters its identity"),
            ("type", "app.mood", "alter type app.mood rename value 'low' to 'lowest'", "depend"),
            (
                "materialized view",
                "app.indexed",
                "drop materialized view app.indexed; create materialized view app.indexed as select 1 as id",
                "would not stay",
            ),
            ("view", "app.titles", "drop view app.titles; create view app.titles as select 1 as one", "would not stay"),
            ("table", "app.fresh", "create table app.fresh (id int)", "columns"),
            (
                "table constraint",
                "users_pkey on app.users",
                "alter table app.users drop constraint users_pkey cascade, add constraint users_pkey primary key (id, name)",
                "depend",
            ),
            ("sequence", "app.numbers", "alter sequence app.numbers restart with -5 minvalue -10 maxvalue -1 start -5 increment 1", ""),
        ];
        for (object_type, identity, sql, reason) in refused {
            let incoming = after(db, object_type, identity, sql);
            let conflict = register(db, object_type, identity, &format!(r#"{{"incoming": {incoming}}}"#));
            let picture = "select pggit.sha256_hex(string_agg(e.object_identity || e.definition::text, ' ' order by e.object_identity, e.object_type)) from pggit.read_all() as e";
            let before = db.session.value(picture);
            let said =
                db.session.value(&format!("select * from pg_temp.said('select pggit.resolve_conflict(''{conflict}'', ''use_tracked'')')"));
            assert!(said.starts_with("0A000 ") && said.contains(identity) && said.contains("custom"), "{sql}: {said}");
            assert!(said.contains(reason), "{sql}: {said}");
            assert_eq!(db.session.value(picture), before, "{sql}: something was changed");
            assert_eq!(
                db.session.value(&format!("select status from pggit.conflict_registry where conflict_id = '{conflict}'")),
                "unresolved"
            );
        }
        db.assert_no_drift("refusing");
    });
}

#[test]
fn a_resolution_runs_with_the_rights_of_the_caller() {
    on_each(|db| {
        db.session.run("create table held (id int); insert into held values (1)");
        let incoming = after(db, "table column", "public.held.id", "alter table held alter id set default 4");
        let conflict = register(db, "table column", "public.held.id", &format!(r#"{{"incoming": {incoming}}}"#));
        let role = db.role("resolver");
        db.session.run(&format!("select pggit.grant_access('{role}', 'write')"));
        let mut other = db.connect_as(&role);
        let error = other.fail(&format!("select pggit.resolve_conflict('{conflict}', 'use_tracked')"));
        assert!(error.contains("must be owner of table held"), "{error}");
        assert_eq!(db.session.value("select count(*) from pggit.list_conflicts()"), "1");
        db.session.run(&format!("alter table held owner to {role}"));
        let incoming = after(db, "table column", "public.held.id", "alter table held alter id type bigint");
        let wider = register(db, "table column", "public.held.id", &format!(r#"{{"incoming": {incoming}}}"#));
        other.run(&format!("select pggit.resolve_conflict('{conflict}', 'use_tracked')"));
        assert_eq!(db.session.value("select author from pggit.log(null, 1)"), role);
        // who cannot see every row cannot prove that none is lost
        db.session.run("alter table held enable row level security, force row level security");
        assert!(other.fail(&format!("select pggit.resolve_conflict('{wider}', 'use_tracked')")).contains("held"));
        db.session.run("alter table held no force row level security, alter id drop default");
        other.run(&format!("select pggit.resolve_conflict('{wider}', 'use_tracked')"));
        db.assert_no_drift("resolving as another role");
    });
}

#[test]
fn a_merge_takes_from_each_side_what_only_it_changed() {
    on_each(|db| {
        db.session.run(SETUP);
        db.session.run(SAID);
        let base = definition(db, "table column", "app.users.age");
        let incoming = after(
            db,
            "table column",
            "app.users.age",
            "alter table app.users alter age set default 18; comment on column app.users.age is 'theirs'",
        );
        db.session.run("alter table app.users alter age type bigint");
        let data = format!(r#"{{"base": {base}, "incoming": {incoming}}}"#);
        let conflict = register(db, "table column", "app.users.age", &data);
        db.session.run(&format!("select pggit.resolve_conflict('{conflict}', 'merge')"));
        let merged = definition(db, "table column", "app.users.age");
        assert!(merged.contains("bigint") && merged.contains("18") && merged.contains("theirs"), "{merged}");
        assert_eq!(db.session.value(&format!("select status from pggit.conflict_registry where conflict_id = '{conflict}'")), "resolved");
        db.assert_no_drift("merging");
    });
}

#[test]
fn a_merge_names_what_both_sides_changed_and_leaves_it_open() {
    on_each(|db| {
        db.session.run(SETUP);
        db.session.run(SAID);
        let base = definition(db, "table column", "app.users.age");
        let incoming = after(
            db,
            "table column",
            "app.users.age",
            "alter table app.users alter age set default 21, alter age set statistics 90; comment on column app.users.age is 'theirs'",
        );
        db.session.run("comment on column app.users.age is 'ours'");
        let conflict = register(db, "table column", "app.users.age", &format!(r#"{{"base": {base}, "incoming": {incoming}}}"#));
        let current = db
            .session
            .value(&format!("select detail_value from pggit.show_conflict_details('{conflict}') where detail_type = 'Current Definition'"));
        assert_eq!(current, definition(db, "table column", "app.users.age"), "what is there now");
        let merge = format!("select pggit.resolve_conflict('{conflict}', 'merge')");
        assert_eq!(db.session.value(&merge), "unresolved");
        let merged = definition(db, "table column", "app.users.age");
        assert!(merged.contains("21") && merged.contains("90") && merged.contains("ours"), "{merged}");
        assert_eq!(
            db.session
                .column(&format!("select detail_value from pggit.show_conflict_details('{conflict}') where detail_type = 'Not Merged'")),
            ["comment: both sides changed it: it is ours, incoming is theirs"]
        );
        assert_eq!(db.session.value("select count(*) from pggit.list_conflicts()"), "1");
        // nothing else is left to merge
        let said = db.session.value(&format!("select pg_temp.said('{}')", merge.replace('\'', "''")));
        for part in ["55000", "nothing of the conflict", "comment", "it is ours, incoming is theirs", "Nothing was changed", "custom"] {
            assert!(said.contains(part), "{said}");
        }
        db.session.run(&format!("select pggit.resolve_conflict('{conflict}', 'use_tracked', 'theirs after all')"));
        assert_eq!(definition(db, "table column", "app.users.age"), incoming);
        let ran = db
            .session
            .value(&format!("select resolution_sql from pggit.conflict_registry where conflict_id = '{conflict}' and unmerged is null"));
        assert!(ran.contains("set default") && ran.contains("theirs"), "what the merge ran and what followed: {ran}");
        db.assert_no_drift("merging in part");
    });
}

#[test]
fn a_merge_leaves_what_cannot_be_applied_exactly() {
    on_each(|db| {
        db.session.run(SETUP);
        db.session.run("create table app.prices (p numeric(10,4)); insert into app.prices values (1.2345)");
        let base = definition(db, "table column", "app.prices.p");
        let incoming = after(
            db,
            "table column",
            "app.prices.p",
            "delete from app.prices; alter table app.prices alter p type numeric(10,2), alter p set default 7, alter p set not null; comment on column app.prices.p is 'net'",
        );
        let conflict = register(db, "table column", "app.prices.p", &format!(r#"{{"base": {base}, "incoming": {incoming}}}"#));
        assert_eq!(db.session.value(&format!("select pggit.resolve_conflict('{conflict}', 'merge')")), "unresolved");
        let merged = definition(db, "table column", "app.prices.p");
        assert!(
            merged.contains("numeric(10,4)") && merged.contains("net") && merged.contains("not_null") && merged.contains('7'),
            "{merged}"
        );
        let left = db.session.value(&format!("select unmerged from pggit.conflict_registry where conflict_id = '{conflict}'"));
        assert!(left.starts_with("{\"type\": ") && left.contains("values in it would change"), "{left}");
        assert_eq!(db.session.value("select p from app.prices"), "1.2345");
        // what is not there cannot be merged into
        db.session.run("drop table app.prices");
        assert!(db.session.fail(&format!("select pggit.resolve_conflict('{conflict}', 'merge')")).contains("there is no such object"));
        db.assert_no_drift("merging what cannot be exact");
    });
}

#[test]
fn a_statement_that_could_hold_a_secret_is_not_registered() {
    on_each(|db| {
        for side in ["base", "current", "incoming"] {
            let data = format!(r#"{{"{side}": "alter server far options (add password ''hunter2'')"}}"#);
            let error = db.session.fail(&format!("select pggit.register_conflict('merge', 'server', 'far', '{data}')"));
            assert!(error.contains("server far could hold a secret") && !error.contains("hunter2"), "{error}");
        }
        register(db, "table", "public.users", r#"{"incoming": "alter table users add password_hash text"}"#);
        assert_eq!(db.session.value("select count(*) from pggit.conflict_registry where conflict_data::text like '%hunter2%'"), "0");
    });
}

#[test]
fn two_sessions_do_not_resolve_one_conflict_both() {
    on_each(|db| {
        let conflict = register(db, "table", "public.x", r#"{"incoming": "create table x (id int)"}"#);
        db.session.run("begin");
        db.session.run(&format!("select pggit.resolve_conflict('{conflict}', 'use_tracked')"));
        let mut other = db.connect();
        let call = format!("select pggit.resolve_conflict('{conflict}', 'use_current')");
        let waiting = std::thread::spawn(move || other.attempt(&call));
        db.session.run("commit");
        let second = waiting.join().expect("the other session");
        assert!(second.expect_err("it is resolved").contains("resolved already"));
        let sql = "begin; create table y (id int); commit";
        let conflict = register(db, "table", "public.y", "{}");
        let custom = format!(r#"select pggit.resolve_conflict('{conflict}', 'custom', null, '{{"sql": "{sql}"}}')"#);
        db.session.fail(&custom);
        assert_eq!(db.session.value("select to_regclass('y')"), "null", "a custom resolution is in one transaction");
        db.assert_no_drift("resolving at once");
    });
}
