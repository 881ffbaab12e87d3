//! What is tracked: lists, patterns, directives, and pausing.

use pggit_core::model::rules::TrackingConfig;
use pggit_tests::{Session, on_each};

fn tracked(session: &mut Session, like: &str) -> Vec<String> {
    session.column(&format!("select object_identity from pggit.tracked_objects where object_type in ('table', 'view', 'materialized view', 'function') and object_identity like '{like}' order by 1"))
}

#[test]
fn the_example_runs_as_it_stands() {
    on_each(|db| {
        db.session.run(
            "SELECT pggit.configure_tracking(track_schemas => ARRAY['user_service','order_service','payment_service'],
                ignore_schemas => ARRAY['public','monitoring','audit_logs'], ignore_operations => ARRAY['REFRESH MATERIALIZED VIEW','REINDEX'])",
        );
        db.session.run("create schema user_service; create schema monitoring; create schema elsewhere");
        db.session.run("create table user_service.a (i int); create table monitoring.b (i int); create table public.c (i int); create table elsewhere.d (i int)");
        assert_eq!(tracked(&mut db.session, "%"), ["elsewhere.d", "user_service.a"]);
        assert_eq!(
            db.session.value("select rule from pggit.explain_tracking('monitoring', 'table', 'CREATE TABLE')"),
            "ignore_schemas: monitoring"
        );
        assert_eq!(db.session.value("select pggit.should_track_object('public', 'table', 'CREATE TABLE')"), "false");
        assert_eq!(db.session.value("select rule from pggit.explain_tracking('elsewhere', 'table', 'CREATE TABLE')"), "no rule");
        assert_eq!(db.session.value("select count(*) from pggit.tracking_config"), "8");
        db.assert_no_drift("ignored schemas are no drift");
        db.session.run("drop table monitoring.b; drop table public.c; drop table user_service.a");
        assert_eq!(tracked(&mut db.session, "%"), ["elsewhere.d"]);
        db.session.run("select pggit.configure_tracking(ignore_schemas => '{}')");
        assert_eq!(db.session.value("select count(*) from pggit.tracking_config"), "5");
    });
}

#[test]
fn bad_rules_are_refused_and_change_nothing() {
    on_each(|db| {
        db.session.run("select pggit.configure_tracking(ignore_schemas => array['a%'])");
        let cases = [
            ("select pggit.configure_tracking(ignore_operations => array['FROBNICATE'])", "no operation \"FROBNICATE\""),
            ("select pggit.configure_tracking(ignore_schemas => array['x', 'y\\'])", "ends with a backslash"),
            ("select pggit.add_ignore_pattern('')", "is empty"),
            ("select pggit.configure_tracking(track_schemas => array['b'], ignore_schemas => array[null])", "is empty"),
        ];
        for (sql, message) in cases {
            assert!(db.session.fail(sql).contains(message), "{sql}");
        }
        assert_eq!(db.session.column("select action || ' ' || pattern from pggit.tracking_config"), ["ignore a%"]);
    });
}

#[test]
fn patterns_match_the_command_wherever_it_runs() {
    on_each(|db| {
        db.session.run("SELECT pggit.add_ignore_pattern('CREATE UNLOGGED TABLE %')");
        db.session.run("select pggit.add_ignore_pattern('create view public.skip%')");
        db.session.run("create unlogged table public.fast (a int); create table public.slow (a int)");
        db.session.run("do $$ begin execute 'create unlogged   table public.hidden (a int)'; end $$");
        db.session.run("create view public.skip_me as select 1 as x; create view public.keep as select 1 as x");
        assert_eq!(tracked(&mut db.session, "public.%"), ["public.keep", "public.slow"]);
        db.session.run("select pggit.add_ignore_pattern('CREATE UNLOGGED TABLE %')");
        assert_eq!(db.session.value("select count(*) from pggit.tracking_config"), "2", "the same pattern twice is one");
    });
}

#[test]
fn directives_in_comments_decide_first() {
    on_each(|db| {
        db.session.run("begin; create table public.temp_data (a int); COMMENT ON TABLE temp_data IS 'Temporary data for migration @pggit:ignore'; commit");
        assert!(tracked(&mut db.session, "public.%").is_empty());
        assert_eq!(db.session.value("select count(*) from pggit.commits where kind <> 'initial'"), "0");
        db.session.run("alter table public.temp_data add b int");
        db.assert_no_drift("an ignored table");
        assert_eq!(db.session.value("select count(*) from pggit.commits where kind <> 'initial'"), "0");
        db.session.run("comment on table public.temp_data is 'Kept @pggit:track'");
        assert_eq!(tracked(&mut db.session, "public.%"), ["public.temp_data"]);
        db.assert_no_drift("tracked again");
        db.session.run("create schema scratch; comment on schema scratch is '@pggit:ignore'");
        db.session.run("create table scratch.t (a int); create function scratch.f() returns int language sql as 'select 1'");
        assert!(tracked(&mut db.session, "scratch.%").is_empty());
        db.session.run("begin; create function public.helper() returns int language sql as 'select 1'; comment on function public.helper() is '@pggit-ignore'; commit");
        assert!(tracked(&mut db.session, "public.helper%").is_empty());
        db.session.run("comment on table public.temp_data is '@pggit:unknown directive'; select pggit.configure_tracking(ignore_schemas => array['public'])");
        db.session.run("create table public.kept (a int); comment on table public.kept is '@pggit:track'");
        assert_eq!(tracked(&mut db.session, "public.kept"), ["public.kept"]);
    });
}

#[test]
fn the_configuration_is_a_value_in_rust() {
    on_each(|db| {
        let mut repository = db.repository();
        assert_eq!(repository.config().expect("a configuration"), TrackingConfig::default());
        let config: TrackingConfig =
            toml::from_str("track_schemas = ['a', 'b%']\nignore_patterns = ['CREATE UNLOGGED TABLE %']\nignore_operations = ['REINDEX']")
                .expect("TOML");
        repository.set_config(&config).expect("it is valid");
        assert_eq!(repository.config().expect("a configuration"), config);
        let broken = TrackingConfig { ignore_operations: vec!["NOPE".into()], ..TrackingConfig::default() };
        assert!(repository.set_config(&broken).expect_err("unknown").to_string().contains("NOPE"));
        assert_eq!(repository.config().expect("a configuration"), config, "a refused configuration changes nothing");
    });
}

#[test]
fn a_pause_ends_by_itself_and_loses_nothing() {
    on_each(|db| {
        db.session.run("create table public.before (a int)");
        db.session.run(
            "select pggit.pause_tracking('400 milliseconds'); create table public.meanwhile (a int); alter table public.before add b int",
        );
        assert_eq!(db.session.value("select status from pggit.status() where component = 'Tracking'"), "paused");
        assert_eq!(db.session.value("select count(*) from pggit.commits where kind <> 'initial'"), "1");
        db.session.run("select pg_sleep(0.5)");
        db.session.run("create table public.after (a int)");
        assert_eq!(
            db.session.column("select kind || ': ' || changes_count from pggit.commits where kind <> 'initial' order by commit_number"),
            ["transaction: 2", "out_of_band: 3", "transaction: 2"]
        );
        db.assert_no_drift("the pause");
        assert_eq!(db.session.value("select status from pggit.status() where component = 'Tracking'"), "enabled");
    });
}

#[test]
fn a_pause_that_ended_is_reconciled_by_the_first_reader() {
    on_each(|db| {
        db.session.run("select pggit.pause_tracking('100 milliseconds'); create table public.meanwhile (a int)");
        db.session.run("select pg_sleep(0.2)");
        assert_eq!(db.session.value("select changes_count from pggit.log(max_count => 1)"), "2");
    });
}

#[test]
fn resume_and_emergency_enable_record_what_changed() {
    on_each(|db| {
        db.session.run("select pggit.pause_tracking(); create table public.one (a int)");
        let resumed = db.session.value("select pggit.resume_tracking()");
        assert_eq!(db.session.value("select pggit.resolve_revision('HEAD')"), resumed);
        db.session.run("SELECT pggit.emergency_disable('1 hour'::interval)");
        db.session.run("create table public.two (a int); drop table public.one");
        assert_eq!(db.session.value("select status from pggit.status() where component = 'Tracking'"), "disabled");
        db.session.run("SELECT pggit.emergency_enable()");
        db.assert_no_drift("the emergency");
        assert_eq!(
            db.session.column("select operation || ' ' || object_identity from pggit.show('HEAD') where object_type = 'table' order by 1"),
            ["create public.two", "drop public.one"]
        );
        assert_eq!(db.session.value("select pggit.resume_tracking() is null"), "true");
        assert!(db.session.fail("select pggit.pause_tracking('-1 hour')").contains("not in the future"));
        let events = db.session.column("select event_type from pggit.system_events order by event_id");
        assert!(
            ["tracking_paused", "tracking_resumed", "tracking_disabled", "tracking_enabled"]
                .iter()
                .all(|e| events.contains(&(*e).to_owned())),
            "{events:?}"
        );
    });
}

/// A rule is about a command, and takes back nothing of what others recorded.
#[test]
fn a_command_that_is_ignored_takes_nothing_back() {
    on_each(|db| {
        db.session.run("select pggit.configure_tracking(ignore_operations => array['CREATE INDEX'])");
        db.session.run("create table apart (id int)");
        db.session.run("create index quiet on apart (id)");
        db.session.run("begin; create table together (id int); create index silent on together (id); commit");
        let tracked = "select object_identity from pggit.tracked_objects where object_type in ('table', 'index') order by 1";
        assert_eq!(db.session.column(tracked), ["public.apart", "public.together"]);
        assert_eq!(
            db.session.column("select message from pggit.log(null, 2)"),
            ["CREATE TABLE public.together", "CREATE TABLE public.apart"]
        );
        // a directive is about the object; what is a commit of another transaction stays
        db.session.run("create table said (id int)");
        db.session.run("comment on table said is '@pggit:ignore'; alter table said add a int");
        assert_eq!(
            db.session.value(
                "select string_agg(object_identity, ' ' order by 1) from pggit.tracked_objects where object_identity like 'public.said%'"
            ),
            "public.said public.said.id"
        );
        db.session.run("begin; create table unsaid (id int); comment on table unsaid is '@pggit:ignore'; commit");
        assert_eq!(db.session.value("select count(*) from pggit.tracked_objects where object_identity like 'public.unsaid%'"), "0");
        db.assert_no_drift("ignoring");
        // what goes while its schema is ignored stays as it was last recorded
        db.session.run("create schema quiet; create table quiet.gone (id int); create view quiet.also as select 1 as a");
        db.session.run("comment on schema quiet is '@pggit:ignore'");
        for statement in ["drop table quiet.gone", "drop view quiet.also", "create table quiet.made (id int)"] {
            db.session.run(statement);
            db.assert_no_drift(statement);
        }
    });
}
