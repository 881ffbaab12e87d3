//! Versions of functions.

use pggit_tests::{Session, on_each};

fn version(session: &mut Session, signature: &str) -> String {
    session.value(&format!("select version from pggit.get_function_version('{signature}')"))
}

/// The rule table: a change to `f.f`, and the version that follows.
const RULES: &[(&str, &str)] = &[
    ("create function f.f(a int, out x int) language sql as 'select 1'", "1.0.0"),
    ("create or replace function f.f(a int, out x int) language sql as 'select  1 -- one'", "1.0.0"),
    ("create or replace function f.f(a int, out x int) language sql as 'select 2'", "1.0.1"),
    ("comment on function f.f(int) is 'two'", "1.0.1"),
    ("grant execute on function f.f(int) to public", "1.0.1"),
    ("create or replace function f.f(a int default 1, out x int) language sql as 'select 2'", "1.1.0"),
    ("alter function f.f(int) cost 7", "1.1.1"),
    ("alter function f.f(int) immutable", "1.1.2"),
    ("alter function f.f(int) stable", "1.2.0"),
    ("alter function f.f(int) strict", "2.0.0"),
    ("alter function f.f(int) security definer", "3.0.0"),
    ("alter function f.f(int) set work_mem = '1MB'", "3.0.1"),
    ("do $$ begin drop function f.f(int); create function f.f(a int, out x int) language sql as 'select 2'; end $$", "4.0.0"),
    ("drop function f.f(int)", "4.0.0"),
    ("create function f.f(a int) returns table (x int) language sql as 'select 2'", "5.0.0"),
    (
        "do $$ begin drop function f.f(int); create function f.f(a int) returns table (x int, y int) language sql as 'select 2, 3'; end $$",
        "5.1.0",
    ),
    ("do $$ begin drop function f.f(int); create function f.f(a int) returns bigint language sql as 'select 2::bigint'; end $$", "6.0.0"),
    ("do $$ begin drop function f.f(int); create function f.f(b int) returns bigint language sql as 'select 2::bigint'; end $$", "7.0.0"),
];

#[test]
fn the_rule_table_of_the_guide() {
    on_each(|db| {
        db.session.run("create schema f");
        for (change, expected) in RULES {
            db.session.run(change);
            assert_eq!(version(&mut db.session, "f.f(integer)"), *expected, "after {change}");
        }
        assert_eq!(db.session.column("select event_type from pggit.system_events where event_type like '%failed'"), [""; 0]);
    });
}

#[test]
fn explicit_versions_are_valid_and_never_go_back() {
    on_each(|db| {
        db.session.run("create schema api; create function api.f(a numeric) returns int language sql as 'select 1'");
        assert_eq!(db.session.value("select pggit.track_function('api.f(decimal)', '3.0.0', '{\"team\": \"x\"}')"), "3.0.0");
        assert_eq!(db.session.value("select count(*)::text from pggit.function_history"), "1", "one change is one version");
        for (call, word) in [
            ("select pggit.track_function('api.f(numeric)', '2.9.9')", "cannot go back from 3.0.0 to 2.9.9"),
            ("select pggit.track_function('api.f(numeric)', '3.0')", "not a semantic version"),
            ("select pggit.track_function('api.g(numeric)')", "no function \"api.g(numeric)\""),
            ("select pggit.track_function('no signature at all(')", "no function"),
            ("select pggit.track_function('api.f(numeric)', metadata => '[1]')", "no object"),
            ("select * from pggit.diff_function_versions('api.f(numeric)', '9.9.9')", "no version 9.9.9"),
        ] {
            let error = db.session.attempt(call).expect_err(call).to_string();
            assert!(error.contains(word), "{call}: {error}");
        }
        db.session.run("comment on function api.f(numeric) is '@pggit-version: 1.0.0'");
        assert_eq!(version(&mut db.session, "api.f(numeric)"), "3.0.0");
        assert_eq!(
            db.session.value("select event_data ->> 'reason' from pggit.system_events where event_type = 'version_refused'"),
            "the version of api.f(numeric) cannot go back from 3.0.0 to 1.0.0"
        );
        db.session.run("comment on function api.f(numeric) is '@pggit-version: 3.1.0-rc.1'");
        assert_eq!(version(&mut db.session, "api.f(numeric)"), "3.1.0-rc.1");
        db.session.run("begin; create function api.h() returns int language sql as 'select 1'; select pggit.track_function('api.h()', '5.0.0'); commit");
        assert_eq!(
            db.session.column("select version from pggit.function_history where function_name = 'h' and commit_id is not null"),
            ["5.0.0"]
        );
    });
}

#[test]
fn semantic_versions_have_their_order() {
    on_each(|db| {
        let ordered = [
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0",
            "1.0.1",
            "1.2.0",
            "1.10.0",
            "2.0.0",
        ];
        for pair in ordered.windows(2) {
            let older = format!("select (pggit.version_key('{}') < pggit.version_key('{}'))::text", pair[0], pair[1]);
            assert_eq!(db.session.value(&older), "true", "{pair:?}");
        }
    });
}

#[test]
fn overloads_metadata_and_comparison() {
    on_each(|db| {
        db.session.run(
            "create schema api;
             create function api.f(a int) returns int language plpgsql as $$
begin
    -- @pggit-tags: one, two
    /* @pggit-author: ann */
    return 1;
end $$;
             create function api.f(a int, b text) returns text language sql as 'select b';
             create procedure api.f(a text) language sql as 'select 1';
             create aggregate api.f(bigint) (sfunc = int8pl, stype = bigint)",
        );
        assert_eq!(
            db.session.column("select signature || ' ' || current_version from pggit.list_function_overloads('api', 'f')"),
            ["api.f(bigint) 1.0.0", "api.f(integer) 1.0.0", "api.f(integer,text) 1.0.0", "api.f(text) 1.0.0"]
        );
        assert_eq!(
            db.session.value("select pggit.extract_function_metadata('api.f(int)'::regprocedure)::text"),
            r#"{"tags": ["one", "two"], "author": "ann"}"#
        );
        db.session.run(
            "create function api.one_line(int) returns int language plpgsql as 'begin -- @pggit-feature: x @pggit-fix: 7\n return 1; end';
             comment on function api.one_line(int) is 'Adds. @pggit-author: joe @pggit-tags: a, b'",
        );
        assert_eq!(
            db.session.value("select pggit.extract_function_metadata('api.one_line(int)'::regprocedure)::text"),
            r#"{"fix": "7", "tags": ["a", "b"], "author": "joe", "feature": "x"}"#
        );
        db.session.run("drop function api.one_line");
        db.session.run("create or replace function api.f(a int) returns int language plpgsql as $$\nbegin\n    return 2;\nend $$");
        assert_eq!(
            db.session.column(
                "select change_type || ':' || coalesce(version1_line, version2_line) from pggit.diff_function_versions('api.f(int)')"
            ),
            [
                "unchanged:",
                "unchanged:begin",
                "removed:    -- @pggit-tags: one, two",
                "removed:    /* @pggit-author: ann */",
                "removed:    return 1;",
                "added:    return 2;",
                "unchanged:end "
            ]
        );
        db.session.run("alter function api.f(int) rename to g");
        assert_eq!(version(&mut db.session, "api.g(int)"), "2.0.0");
        db.session.run("drop function api.f(int, text)");
        assert_eq!(db.session.column("select signature from pggit.list_function_overloads('api', 'f')"), ["api.f(bigint)", "api.f(text)"]);
    });
}
