//! Deployments: many transactions, one commit.

use std::time::{Duration, Instant};

use pggit_tests::on_each;

#[test]
fn the_example_runs_as_it_stands() {
    on_each(|db| {
        db.session.run("SELECT pggit.begin_deployment('Q1 2024 Release')");
        assert_eq!(db.session.value("select pggit.in_deployment_mode()"), "true");
        assert_eq!(db.session.value("select is_active from pggit.deployment_state"), "true");
        db.session.run("create table public.a (i int)");
        db.session.run("alter table public.a add j int");
        db.assert_no_drift("changes are recorded as they happen");
        assert_eq!(db.session.value("select count(*) from pggit.commits"), "1");
        db.session.run("SELECT pggit.end_deployment('Q1 release completed successfully', array['q1'])");
        assert_eq!(
            db.session
                .value("select message || ' ' || kind || ' ' || changes_count from pggit.commits order by commit_number desc limit 1"),
            "Q1 release completed successfully deployment 3"
        );
        assert_eq!(db.session.value("select status || ' ' || changes_count from pggit.deployment_mode"), "completed 3");
        assert_eq!(db.session.value("select commit_id = pggit.resolve_revision('q1') from pggit.deployment_mode"), "true");
        db.session.run("create table public.b (i int)");
        assert_eq!(db.session.value("select count(*) from pggit.commits"), "3");
    });
}

#[test]
fn another_sessions_changes_join_and_wait_for_nobody() {
    on_each(|db| {
        db.session.run("begin; select pggit.begin_deployment('open'); create table public.mine (i int)");
        let mut other = db.connect();
        other.run("set lock_timeout = '1s'");
        let started = Instant::now();
        other.run("create table public.unaware (i int)");
        db.session.run("commit");
        other.run("create table public.joined (i int)");
        other.run("begin; create table public.late (i int)");
        assert!(started.elapsed() < Duration::from_secs(1));
        db.session.run("select pggit.end_deployment('all of it')");
        other.run("commit");
        let commits = db.session.column("select message from pggit.log() order by message");
        assert!(commits.contains(&"CREATE TABLE public.late".to_owned()), "{commits:?}");
        let all = db.session.column("select object_identity from pggit.changes as g join pggit.commits as c using (commit_id) where c.kind = 'deployment' and object_type = 'table' order by 1");
        assert!(all.contains(&"public.joined".to_owned()) && all.contains(&"public.mine".to_owned()), "{all:?}");
        db.assert_no_drift("the deployment");
    });
}

#[test]
fn without_a_message_the_changes_wait_for_a_commit() {
    on_each(|db| {
        db.session.run("select pggit.begin_deployment('quiet'); create table public.a (i int)");
        db.session.run("select pggit.end_deployment()");
        assert_eq!(db.session.value("select status from pggit.deployment_mode"), "staged");
        assert_eq!(db.session.value("select status from pggit.status() where component = 'Deployment Mode'"), "staged");
        assert!(db.session.fail("select pggit.begin_deployment('next')").contains("wait for a commit"));
        db.session.run("select pggit.commit('Now')");
        assert_eq!(db.session.value("select message || ' ' || changes_count from pggit.log(max_count => 1)"), "Now 2");
        assert_eq!(db.session.value("select status from pggit.deployment_mode"), "completed");
        db.session.run("select pggit.begin_deployment('automatic', true); create table public.b (i int); select pggit.end_deployment()");
        assert_eq!(db.session.value("select message from pggit.log(max_count => 1)"), "automatic");
    });
}

#[test]
fn a_cancelled_deployment_becomes_ordinary_commits() {
    on_each(|db| {
        db.session.run("select pggit.begin_deployment('wrong')");
        db.session.run("create table public.a (i int)");
        db.session.run("create table public.b (i int)");
        db.session.run("select pggit.cancel_deployment('wrong day')");
        assert_eq!(db.session.column("select message from pggit.log(max_count => 2)"), ["CREATE TABLE public.b", "CREATE TABLE public.a"]);
        assert_eq!(db.session.value("select status || ' ' || message from pggit.deployment_mode"), "cancelled wrong day");
    });
}

#[test]
fn what_does_not_fit_the_state_is_an_error() {
    on_each(|db| {
        for call in ["end_deployment('x')", "cancel_deployment()"] {
            assert!(db.session.fail(&format!("select pggit.{call}")).contains("no deployment is under way"));
        }
        assert!(db.session.fail("select pggit.begin_deployment(' ')").contains("needs a name"));
        db.session.run("select pggit.begin_deployment('first')");
        assert!(db.session.fail("select pggit.begin_deployment('second')").contains("\"first\" is under way"));
        assert!(db.session.fail("select pggit.commit('x')").contains("a deployment is under way"));
        db.session.run("select pggit.end_deployment('nothing')");
        assert_eq!(db.session.value("select status || ' ' || changes_count from pggit.deployment_mode"), "completed 0");
    });
}

#[test]
fn a_directive_acts_on_the_whole_deployment() {
    on_each(|db| {
        db.session.run("select pggit.begin_deployment('d')");
        db.session.run("create table public.secret (i int)");
        db.session.run("create table public.open (i int)");
        db.session.run("comment on table public.secret is '@pggit:ignore'");
        db.session.run("select pggit.end_deployment('done')");
        assert_eq!(db.session.column("select object_identity from pggit.show('HEAD')"), ["public.open", "public.open.i"]);
    });
}
