//! What no argument should be: every function says what is wrong with it and what to do, and nothing is half done.

use pggit_tests::on_each;

/// Makes the table of complaints, and calls what is to be called.
const CALLS: &str = include_str!("bad_arguments.sql");

#[test]
fn every_function_says_what_is_wrong_with_an_argument() {
    on_each(|db| {
        db.session.run("create schema command; create schema query; create table command.t (id int primary key, a text)");
        db.session.run("create function command.f(a int) returns int language sql return 1; create materialized view query.m as select * from command.t");
        db.session.run("select count(*) from pggit.log()");
        // all of this is undone again
        let state = "select md5(schema_to_xml('pggit', false, false, '')::text)";
        let before = db.session.value(state);
        db.session.run("set statement_timeout = '10min'");
        db.session.run(CALLS);
        assert!(db.session.value("select made from calls").parse::<i64>().expect("a number") > 1000);
        let complaints = db.session.column("select complaint from complaints order by 1");
        assert!(complaints.is_empty(), "{complaints:#?}");
        assert_eq!(db.session.value(state), before, "something was half done");
        db.assert_no_drift("all these calls");
    });
}

#[test]
fn durations_that_end_at_no_date_are_refused() {
    on_each(|db| {
        for call in ["pause_tracking", "emergency_disable"] {
            let error = db.session.fail(&format!("select pggit.{call}('300000 years')"));
            assert!(error.contains("300000 years"), "{error}");
        }
        assert!(db.session.fail("select * from pggit.purge_history('300000 years')").contains("300000 years"));
        assert!(db.session.fail("select * from pggit.performance_report(2147483647)").contains("2147483647"));
        assert!(db.session.fail("select pggit.export_schema_snapshot('snapshot.sql')").contains("\"snapshot.sql\" is not absolute"));
        assert!(db.session.fail("select pggit.refresh_query_side('a.b.c.d')").contains("a.b.c.d"));
        let tracking = "select status from pggit.status() where component = 'Tracking'";
        assert_eq!(db.session.value(tracking), "enabled");
    });
}
