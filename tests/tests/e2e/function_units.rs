//! One change is one version, however it is said; who may say it; and how a version comes back.

use pggit_tests::{Session, on_each};

fn version(session: &mut Session, signature: &str) -> String {
    session.value(&format!("select version from pggit.get_function_version($s${signature}$s$)"))
}

/// The versions of a function, oldest first.
fn versions(session: &mut Session, name: &str) -> Vec<String> {
    session.column(&format!(
        "select version || ' ' || impact from pggit.function_versions join pggit.function_signatures using (signature_id) where function_name = '{name}' order by version_id"
    ))
}

#[test]
fn one_change_is_one_version() {
    on_each(|db| {
        db.session.run("create schema api");
        let body = |n: u32| format!("create or replace function api.f() returns int language sql as 'select {n}'");
        // Said first and changed after, in one transaction.
        let said = "select pggit.track_function('api.f()', '2.0.0', '{\"team\": \"x\"}')";
        db.session.run(&format!("begin; {}; {said}; {}; commit", body(1), body(2)));
        assert_eq!(versions(&mut db.session, "f"), ["2.0.0 new"]);
        assert_eq!(
            db.session.value("select source || metadata::text || (commit_id is not null)::text from pggit.function_history"),
            "select 2{\"team\": \"x\"}true"
        );
        // Folded in the middle of it.
        db.session.run(&format!("begin; {}; select pggit.commit('half'); {}; commit", body(3), body(4)));
        assert_eq!(versions(&mut db.session, "f"), ["2.0.0 new", "2.0.1 patch"]);
        assert_eq!(
            db.session.value("select source || ' ' || commit_message from pggit.function_history where version = '2.0.1'"),
            "select 4 half"
        );
        // What comes back to where it was is no change.
        db.session.run(&format!("begin; {}; select pggit.commit('there'); {}; commit", body(5), body(4)));
        assert_eq!(versions(&mut db.session, "f"), ["2.0.0 new", "2.0.1 patch"]);
        // Said afterwards.
        db.session.run(&body(6));
        db.session.run("select pggit.track_function('api.f()', '3.0.0')");
        db.session.run("select pggit.track_function('api.f()')");
        assert_eq!(versions(&mut db.session, "f"), ["2.0.0 new", "2.0.1 patch", "3.0.0 patch"]);
        // In a deployment, by call and by comment, from several transactions.
        db.session.run("select pggit.begin_deployment('d')");
        db.session.run(&body(7));
        db.session.run("select pggit.track_function('api.f()', '3.1.0')");
        db.session.run(&body(8));
        assert!(db.session.fail("select pggit.track_function('api.f()', '3.0.9')").contains("cannot go back from 3.1.0 to 3.0.9"));
        db.session.run("comment on function api.f() is '@pggit-version: 3.2.0'");
        db.session.run("select pggit.end_deployment('Release')");
        assert_eq!(versions(&mut db.session, "f")[3..], ["3.2.0 patch"]);
        assert_eq!(db.session.value("select commit_message from pggit.function_history where version = '3.2.0'"), "Release");
        // A rollback leaves none.
        db.session.run(&format!("begin; {}; select pggit.track_function('api.f()', '9.0.0'); rollback", body(9)));
        db.session.run(&format!("begin; savepoint s; {}; select pggit.track_function('api.f()', '9.0.0'); rollback to s; commit", body(9)));
        assert_eq!(version(&mut db.session, "api.f()"), "3.2.0");
        // Two marks of different times are two versions, though nothing changed between.
        db.session.run("select pggit.track_function('api.f()', '4.0.0')");
        assert_eq!(versions(&mut db.session, "f")[4..], ["4.0.0 explicit"]);
    });
}

#[test]
fn nobody_waits_for_who_gives_a_version() {
    on_each(|db| {
        db.session.run("create schema api; create function api.f() returns int language sql as 'select 1'");
        db.session.run("begin; select pggit.track_function('api.f()', '2.0.0')");
        let mut other = db.connect();
        other.run("set statement_timeout = '3s'; create or replace function api.f() returns int language sql as 'select 2'");
        db.session.run("commit");
        assert_eq!(version(&mut db.session, "api.f()"), "2.0.1");
        assert_eq!(versions(&mut db.session, "f"), ["2.0.0 new", "2.0.1 patch"]);
        // Several at once for a function that nobody has seen.
        db.session.run("select pggit.configure_tracking(ignore_schemas => '{quiet}'); create schema quiet");
        db.session.run("create function quiet.g() returns int language sql as 'select 1'");
        let url = db.url();
        let track = |n: usize| {
            let url = url.clone();
            std::thread::spawn(move || Session::connect(&url).attempt(&format!("select pggit.track_function('quiet.g()', '1.{n}.0')")))
        };
        let threads: Vec<_> = (0..4).map(track).collect();
        let results: Vec<_> = threads.into_iter().map(|t| t.join().expect("a thread")).collect();
        assert!(results.iter().any(Result::is_ok));
        assert!(results.iter().all(|r| r.as_ref().err().is_none_or(|e| e.contains("cannot go back"))), "{results:?}");
    });
}

#[test]
fn signatures_are_read_along_the_callers_path() {
    on_each(|db| {
        db.session.run(
            r#"create schema "Odd Schema"; create type "Odd Schema"."T, x" as enum ('a');
               create function "Odd Schema"."F (x)"(a "Odd Schema"."T, x", variadic b text[] default '{}') returns int language sql as 'select 1';
               create function plain(a text, "pg_catalog." int) returns int language sql as 'select 1';
               set search_path = "Odd Schema", public"#,
        );
        for (signature, printed) in [
            (r#""F (x)"("T, x", text[])"#, r#""Odd Schema"."F (x)"("Odd Schema"."T, x",text[])"#),
            ("plain(text,int4)", "public.plain(text,integer)"),
            ("PUBLIC.Plain(TEXT, integer)", "public.plain(text,integer)"),
        ] {
            db.session.run(&format!("select pggit.track_function($s${signature}$s$, '2.0.0')"));
            assert_eq!(version(&mut db.session, signature), "2.0.0");
            let found = format!("select signature from pggit.function_history where signature = $s${printed}$s$ and version = '2.0.0'");
            assert_eq!(db.session.column(&found), [printed]);
        }
        assert!(db.session.fail("select pggit.track_function('plain(varchar)')").contains("there is no function \"plain(varchar)\""));
        assert_eq!(
            db.session.value("select array_to_string(argument_types, ';') from pggit.function_signatures where schema_name = 'Odd Schema'"),
            r#""Odd Schema"."T, x";text[]"#
        );
        db.session.run("drop function plain(text, int)");
        assert_eq!(version(&mut db.session, "public.plain(text,int4)"), "2.0.0", "also when it is gone");
        assert!(db.session.fail("select pggit.track_function('public.plain(text,integer)')").contains("is dropped"));
        assert!(db.session.fail("select pggit.track_function('lower(text)')").contains("no function of yours"));
    });
}

#[test]
fn a_version_comes_back() {
    on_each(|db| {
        let role = db.role("keeper");
        let keep = format!(
            "alter function api.f(int) owner to {role}; revoke all on function api.f(int) from public; comment on function api.f(int) is 'kept'"
        );
        db.session.run("create schema api; create function api.f(a int default 7) returns int language sql stable as 'select a'");
        db.session.run("create or replace function api.f(a int default 7) returns int language sql as 'select a + 1'");
        db.session.run(&keep);
        assert_eq!(db.session.value("select pggit.restore_function('api.f(int)', '1.0.0')"), "1.1.1");
        assert_eq!(db.session.value("select api.f()"), "7");
        // PostgreSQL does not replace what has another result: dropped and made again, with what stood beside it.
        db.session.run("drop function api.f(int); create function api.f(a int) returns text language sql as 'select a::text'");
        db.session.run(&keep);
        let before = versions(&mut db.session, "f");
        assert_eq!(before.last().map(String::as_str), Some("2.0.0 major"));
        assert_eq!(db.session.value("select pggit.restore_function('api.f(int)', '1.0.0')"), "3.0.0");
        assert_eq!(
            db.session.value(
                "select format_type(prorettype, null) || ' ' || pg_get_userbyid(proowner) || ' ' || has_function_privilege('public', oid, 'execute')::text || ' ' || obj_description(oid)
                 from pg_proc where proname = 'f' and pronamespace = 'api'::regnamespace"
            ),
            format!("integer {role} false kept")
        );
        assert_eq!(
            db.session.value("select (metadata ->> 'restored-from') || source from pggit.function_history where version = '3.0.0'"),
            "1.0.0select a"
        );
        assert!(db.session.fail("select pggit.restore_function('api.f(int)', '0.9.0')").contains("has no version 0.9.0"));
        db.session.run("drop function api.f(int)");
        assert_eq!(db.session.value("select pggit.restore_function('api.f(integer)', '1.1.0')"), "4.0.0");
        // What others need is not dropped under them, and then nothing has happened.
        db.session.run("create view api.v as select api.f(1)");
        assert!(db.session.fail("select pggit.restore_function('api.f(int)', '2.0.0')").contains("depend"));
        assert_eq!(version(&mut db.session, "api.f(int)"), "4.0.0");
        db.session.run("create aggregate api.total(int) (sfunc = int4pl, stype = int)");
        db.session.run("drop aggregate api.total(int); select pggit.restore_function('api.total(int)', '1.0.0')");
        db.session.run("create procedure api.p(a int, out b int) language plpgsql as 'begin b := a; end'");
        db.session.run("create or replace procedure api.p(a int, out b int) language plpgsql as 'begin b := 2; end'");
        let procedure = db.session.value("select signature from pggit.function_signatures where function_name = 'p'");
        assert_eq!(db.session.value(&format!("select pggit.restore_function('{procedure}', '1.0.0')")), "1.0.2");
        db.assert_no_drift("restoring");
        db.session.run(&format!("drop owned by {role} cascade; drop role {role}"));
    });
}

#[test]
fn versions_are_the_owners_to_say() {
    on_each(|db| {
        let role = db.role("writer");
        db.session.run(&format!(
            "create schema api; create function api.f() returns int language sql as 'select 1'; grant all on schema api to {role}; select pggit.grant_access('{role}', 'write')"
        ));
        let mut session = db.connect_as(&role);
        assert!(session.fail("select pggit.track_function('api.f()', '9.0.0')").contains("is not yours"));
        assert!(session.fail("select pggit.track_exact_function('api.f()', '9.0.0', null)").contains("is not yours"));
        assert!(session.fail("select pggit.restore_function('api.f()', '1.0.0')").contains("must be owner"));
        for tool in ["record_function('function', 'api.f()', '{}', null, null, null, 'x', '9.0.0')", "version_functions(1, 'x')"] {
            assert!(session.fail(&format!("select pggit.{tool}")).contains("permission denied"), "{tool}");
        }
        session.run("create function api.own() returns int language sql as 'select 1'");
        session.run("select pggit.track_function('api.own()', '2.0.0')");
        assert_eq!(
            session.value("select version || created_by from pggit.function_history where function_name = 'own'"),
            format!("2.0.0{role}")
        );
        db.session.run(&format!("drop owned by {role} cascade; drop role {role}"));
    });
}

#[test]
fn names_change_places() {
    on_each(|db| {
        db.session.run("create schema api");
        db.session.run("create function api.a() returns int language sql as 'select 1'; create function api.b() returns int language sql as 'select 2'");
        db.session.run(
            "begin; alter function api.a() rename to c; alter function api.b() rename to a; alter function api.c() rename to b; commit",
        );
        let listed =
            "select signature || ' ' || (dropped_at is null)::text from pggit.function_signatures where schema_name = 'api' order by 1";
        assert_eq!(db.session.column(listed), ["api.a() true", "api.b() true"]);
        db.session.run("drop function api.b()");
        db.session.run("alter function api.a() rename to b");
        assert_eq!(db.session.column(listed), ["api.a() false", "api.b() true"]);
        let overloaded = "select is_overloaded from pggit.function_signatures where function_name = 'b' order by signature";
        db.session.run("create function api.b(int) returns int language sql as 'select 1'");
        assert_eq!(db.session.column(overloaded), ["true", "true"]);
        db.session.run("create schema other; create function api.m() returns int language sql as 'select 1'");
        db.session.run("alter function api.m() set schema other");
        assert_eq!(version(&mut db.session, "other.m()"), "2.0.0");
        db.session.run("drop function api.b(int)");
        assert_eq!(db.session.column(overloaded), ["false", "true"], "one is there, one is gone");
    });
}

#[test]
fn what_scripts_read_is_there() {
    on_each(|db| {
        db.session.run(
            "select schema_name, function_name, full_signature, argument_types, return_type, is_overloaded, version, created_at, created_by, metadata, commit_message, commit_id from pggit.function_history;
             select signature_id, schema_name, function_name, argument_types, return_type, signature_hash, is_overloaded, created_at from pggit.function_signatures;
             select version_id, signature_id, version, source_hash, metadata, created_at, created_by, commit_id from pggit.function_versions",
        );
    });
}

#[test]
fn odd_versions_and_large_bodies() {
    on_each(|db| {
        db.session.run("create schema api; create function api.f() returns int language sql as 'select 1'");
        for version in ["1.0.0+build.7", "1.0.0+build.8", "99999999999999999999999.0.0"] {
            db.session.run(&format!("select pggit.track_function('api.f()', '{version}')"));
        }
        assert!(db.session.fail("select pggit.track_function('api.f()', '99999999999999999999998.9.9')").contains("cannot go back"));
        db.session.run("create or replace function api.f() returns int language sql as 'select 2'");
        assert_eq!(version(&mut db.session, "api.f()"), "99999999999999999999999.0.1");
        let replace = |lines: &str| {
            format!("create or replace function api.large() returns void language plpgsql as $large$begin\n{lines}end$large$")
        };
        let lines = |n: u32| (0..n).map(|line| format!("  perform {line}; -- line {line}\n")).collect::<String>();
        db.session.run(&replace(&lines(1500)));
        db.session.run(&replace(&lines(1499)));
        let changed =
            "select count(*) || min(change_type) from pggit.diff_function_versions('api.large()') where change_type <> 'unchanged'";
        assert_eq!(db.session.value(changed), "1removed");
        db.session.run(&replace(&(0..1500).map(|line| format!("  perform {line} + 1;\n")).collect::<String>()));
        assert_eq!(db.session.value(changed), "2999added");
        db.session.run(&replace(&lines(40_000)));
        assert_eq!(version(&mut db.session, "api.large()"), "1.0.3");
        assert_eq!(db.session.column("select event_type from pggit.system_events where event_type like '%failed'"), [""; 0]);
    });
}
