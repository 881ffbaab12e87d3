//! No right is gained through pgGit: what a role without rights tries, and what comes of it.

use pggit_tests::{Database, on_each};

/// A role that owns a schema, as many do, and nothing else; its session.
fn attacker(db: &mut Database) -> (String, pggit_tests::Session) {
    let role = db.role("attacker");
    db.session.run(&format!("create schema lair authorization {role}; grant all on schema public to {role}"));
    let session = db.connect_as(&role);
    (role, session)
}

/// Makes a role a superuser where a superuser runs it; as text, so that it can stand for a conversion to json.
fn trap(session: &mut pggit_tests::Session, role: &str, argument: &str, result: &str, value: &str) {
    session.run(&format!(
        "create function lair.trap({argument}) returns {result} language plpgsql as $$
         begin
             begin execute 'alter role {role} superuser'; exception when insufficient_privilege then null; end;
             return {value};
         end $$"
    ));
}

fn assert_harmless(db: &mut Database, role: &str, after: &str) {
    assert_eq!(db.session.value(&format!("select rolsuper from pg_roles where rolname = '{role}'")), "false", "{after}");
}

#[test]
fn a_migration_tools_table_brings_no_code_of_its_own() {
    on_each(|db| {
        let (role, mut session) = attacker(db);
        db.session.run("select pggit.integrate_flyway('lair')");
        session.run("create type lair.bait as enum ('x')");
        trap(&mut session, &role, "lair.bait", "json", "'{}'");
        session.run("create cast (lair.bait as json) with function lair.trap(lair.bait)");
        let columns = "installed_rank int, version text, description text, script text, checksum int, installed_by text, installed_on timestamp, execution_time int, success boolean";
        session.run(&format!("create table lair.flyway_schema_history ({columns}, b lair.bait)"));
        session.run("insert into lair.flyway_schema_history values (1, '1', 'x', 'x', 1, 'x', now(), 1, true, 'x')");
        assert_harmless(db, &role, "a column of a type with a cast, at first");
        session.run("alter table lair.flyway_schema_history drop column b");
        assert!(db.session.attempt("select pggit.integrate_flyway('lair')").is_ok());
        session.run("alter table lair.flyway_schema_history add column b lair.bait");
        session.run("insert into lair.flyway_schema_history values (2, '2', 'x', 'x', 1, 'x', now(), 1, true, 'x')");
        assert_harmless(db, &role, "a column of a type with a cast, later");
        assert!(db.session.fail("select pggit.integrate_flyway('lair')").contains("\"b\""));
        assert_harmless(db, &role, "integrating again");
        trap(&mut session, &role, "text", "text", "$1");
        session.run("drop table lair.flyway_schema_history; create view lair.flyway_schema_history as select 1 as installed_rank, lair.trap('1') as version, 'x' as script, true as success");
        assert!(db.session.fail("select pggit.integrate_flyway('lair')").contains("no plain table"));
        assert_harmless(db, &role, "a view in place of the table");
        assert_ne!(db.session.value("select count(*) from pggit.system_events where event_type = 'migration_not_recorded'"), "0");
    });
}

#[test]
fn nobody_gets_in_who_was_not_let_in() {
    on_each(|db| {
        let (_, mut session) = attacker(db);
        session.run("create table lair.t (id int)");
        let relations =
            db.session.column("select relname from pg_class where relnamespace = 'pggit'::regnamespace and relkind in ('r', 'v')");
        for relation in &relations {
            for deed in ["select from", "delete from", "truncate", "alter table", "drop table"] {
                let tail = if deed == "alter table" { "disable trigger all" } else { "" };
                assert!(session.attempt(&format!("{deed} pggit.{relation} {tail}")).is_err(), "{deed} {relation}");
            }
        }
        let callable =
            "select count(*) from pg_proc where pronamespace = 'pggit'::regnamespace and has_function_privilege('ROLE', oid, 'execute')";
        let role = session.value("select current_user");
        assert_eq!(db.session.value(&callable.replace("ROLE", &role)), "0");
        for deed in [
            "select pggit.log()",
            "drop schema pggit cascade",
            "drop event trigger pggit_end",
            "create or replace function pggit.settle() returns void language sql as ''",
            "create function pggit.mine() returns void language sql as ''",
            "alter function pggit.settle() owner to current_user",
            "set session_replication_role = replica",
        ] {
            assert!(session.attempt(deed).is_err(), "{deed}");
        }
        assert!(relations.len() > 25);
        session.run("alter table lair.t add more int");
        assert_eq!(db.session.value("select author from pggit.log(max_count => 1)"), role);
        db.assert_no_drift("what was tried");
    });
}

/// Names that a function would find first if its search_path let it.
#[test]
fn nothing_of_ones_own_slips_under_a_definers_search_path() {
    on_each(|db| {
        let (role, mut session) = attacker(db);
        let names = ["pg_class", "pg_proc", "pg_attribute", "pg_namespace", "pg_event_trigger_ddl_commands", "commits", "elements"];
        for name in names {
            session.run(&format!("create temporary table {name} (oid oid, relname text)"));
        }
        trap(&mut session, &role, "text, text", "boolean", "$1::bytea = $2::bytea");
        session.run("create operator lair.= (function = lair.trap, leftarg = text, rightarg = text)");
        session.run("create operator public.= (function = lair.trap, leftarg = text, rightarg = text)");
        for name in ["format(text, text)", "quote_ident(text)", "sha256(text)", "lower(text)", "to_regclass(text)", "pg_get_viewdef(oid)"] {
            let (function, arguments) = name.split_once('(').expect("a signature");
            session.run(&format!(
                "create function public.{function}({arguments} returns text language plpgsql as $$ begin execute 'alter role {role} superuser'; return ''; end $$"
            ));
        }
        session.run("set search_path = pg_temp, lair, public, pg_catalog");
        session.run("create table lair.victim (id int primary key, name text default 'x', check (name = 'x'))");
        session.run("create view lair.seen as select * from lair.victim where name = 'y'");
        session.run("create index on lair.victim (name); create policy p on lair.victim using (name = 'z'); drop view lair.seen");
        assert_harmless(db, &role, "names in the session's path");
        // The owner looks at it later, with a path of the worst kind.
        db.session.run("set search_path = lair, public, pg_catalog");
        for look in ["status()", "drift()", "verify_consistency()", "diff()", "blame('lair.victim')", "metrics()", "performance_report()"] {
            db.session.run(&format!("select * from pggit.{look}"));
        }
        db.session.run("select pggit.export_schema_snapshot(null); select pggit.commit('looked'); reset search_path");
        assert_harmless(db, &role, "the owner's looking");
        db.assert_no_drift("traps");
    });
}

/// Code in the objects themselves: it is described, not run.
#[test]
fn describing_an_object_runs_nothing_of_it() {
    on_each(|db| {
        let (role, mut session) = attacker(db);
        trap(&mut session, &role, "integer", "integer", "$1");
        session.run("alter function lair.trap(integer) immutable");
        session.run("create table lair.t (id int default lair.trap(1), g int generated always as (lair.trap(id)) stored, check (lair.trap(id) > 0))");
        session.run("create index on lair.t (lair.trap(id)); create statistics lair.s on (lair.trap(id)), id from lair.t");
        session.run(
            "create view lair.v as select lair.trap(id) from lair.t; create rule r as on insert to lair.t do also select lair.trap(1)",
        );
        session.run("create domain lair.d as int default lair.trap(1) check (lair.trap(value) > 0)");
        session.run("create function lair.f(a int default lair.trap(2)) returns int language sql begin atomic select lair.trap(a); end");
        session.run("alter table lair.t enable row level security; create policy p on lair.t using (lair.trap(id) > 0)");
        assert_harmless(db, &role, "capture");
        db.session.run("select count(*) from pggit.working_tree(); select * from pggit.verify_consistency(); select pggit.reconcile()");
        db.session.run("select pggit.export_schema_snapshot(null)");
        assert_harmless(db, &role, "a full snapshot");
    });
}

#[test]
fn access_is_granted_at_three_levels() {
    on_each(|db| {
        db.session.run("create schema command; create schema query; create table command.t (id int); create table public.mine (id int)");
        let unknown = "select function_name from pggit.access_levels() where not exists (select from pg_proc where pronamespace = 'pggit'::regnamespace and proname = function_name)";
        assert_eq!(db.session.column(unknown), [""; 0]);
        let [reader, writer, admin] = ["reader", "writer", "admin"].map(|name| db.role(name));
        for (role, access) in [(&reader, "read"), (&writer, "write"), (&admin, "admin")] {
            db.session.run(&format!("select pggit.grant_access('{role}', '{access}')"));
        }
        let reads = [
            "select * from pggit.log()",
            "select * from pggit.status()",
            "select * from pggit.diff('HEAD~1')",
            "select * from pggit.changes",
            "select * from pggit.migration_history",
            "select pggit.export_schema_snapshot()",
            "select * from pggit.compare_environments('main', 'main')",
            "select * from pggit.analyze_cqrs_dependencies()",
            "select * from pggit.performance_report()",
        ];
        let writes = [
            "select pggit.commit('by hand', array['tag-of-' || current_user])",
            "select pggit.begin_deployment('d'); select pggit.cancel_deployment()",
            "select pggit.begin_migration(1, current_user::text); select pggit.end_migration(1)",
            "select pggit.track_cqrs_change(row(array['select 1'], '{}'::text[], 'x', '1.0.0')::pggit.cqrs_change)",
            "select pggit.resolve_conflict(pggit.register_conflict('version', 'table', 'command.t'), 'use_current')",
            "select * from pggit.verify_consistency()",
        ];
        let admins = [
            "select pggit.configure_tracking(ignore_schemas => array['noise'])",
            "select pggit.pause_tracking(); select pggit.resume_tracking()",
            "select pggit.integrate_flyway()",
            "select * from pggit.purge_history()",
            "select pggit.emergency_disable(); select pggit.emergency_enable()",
        ];
        for (role, allowed) in [(&reader, 1), (&writer, 2), (&admin, 3)] {
            let mut session = db.connect_as(role);
            for (level, calls) in [(1, &reads[..]), (2, &writes[..]), (3, &admins[..])] {
                for call in calls {
                    let result = session.attempt(call);
                    assert_eq!(result.is_ok(), level <= allowed, "{role}: {call}: {result:?}");
                    session.attempt("rollback").ok();
                }
            }
            for deed in ["delete from pggit.commits", "update pggit.repository set is_strict = true", "drop table public.mine"] {
                assert!(
                    session.fail(deed).contains(if deed.starts_with("drop") { "must be owner" } else { "permission denied" }),
                    "{deed}"
                );
            }
        }
        // A changeset and a resolution run with the rights of whoever calls them.
        let mut session = db.connect_as(&writer);
        session.run(&format!(
            "select pggit.track_cqrs_change(row(array['alter role {writer} superuser'], '{{}}'::text[], 'x', '1.0.0')::pggit.cqrs_change)"
        ));
        let forged = r#"select pggit.resolve_conflict(pggit.register_conflict('version', 'table', 'command.t'), 'custom', null, '{"sql": "drop table public.mine"}')"#;
        assert!(session.fail(forged).contains("must be owner"));
        assert_harmless(db, &writer, "a changeset");
        db.session.run(&format!("select pggit.grant_access('{admin}', 'read')"));
        assert!(db.connect_as(&admin).fail(admins[1]).contains("permission denied"));
        db.session.run(&format!("select pggit.revoke_access('{admin}')"));
        assert!(db.connect_as(&admin).fail(reads[0]).contains("permission denied"));
        for (call, word) in [("grant_access('nobody', 'read')", "nobody"), ("grant_access('postgres', 'all')", "\"all\"")] {
            assert!(db.session.fail(&format!("select pggit.{call}")).contains(word));
        }
        assert!(db.connect_as(&writer).fail("select pggit.grant_access(current_user::text, 'admin')").contains("permission denied"));
        db.assert_no_drift("all that");
    });
}

/// Whoever owns an object may say in its comment that it is not followed, but not unseen.
#[test]
fn what_owners_leave_out_is_named() {
    on_each(|db| {
        let (_, mut session) = attacker(db);
        let left_out = "select status || ' ' || details from pggit.status() where component = 'Left Out'";
        session.run("create table lair.t (id int); comment on table lair.t is 'followed'");
        assert_eq!(db.session.column(left_out), [""; 0]);
        session.run("comment on table lair.t is '@pggit:ignore'; create function lair.f() returns int language sql return 1; comment on function lair.f is '@pggit-ignore'");
        session.run("alter table lair.t add unseen int");
        let named = db.session.value(left_out);
        assert!(named.starts_with("2 objects ") && named.ends_with("function lair.f(), table lair.t"), "{named}");
        session.run("comment on schema lair is 'mine, @pggit:ignore'");
        assert!(db.session.value(left_out).contains("schema lair"));
    });
}
