//! Names that change hands, and columns that change places, within one transaction.

use pggit_tests::{Session, on_each};

/// Each statement is a transaction; then what the last one is told to have done.
const SCRIPTS: &[(&[&str], &[&str])] = &[
    (
        &["create table o (id int unique)", "alter table o rename to o_old; create table o (id bigint unique)"],
        &[
            "rename table public.o_old from public.o",
            "rename table column public.o_old.id from public.o.id",
            "rename table constraint o_id_key on public.o_old from o_id_key on public.o",
            "create table public.o",
            "create table column public.o.id",
            "create table constraint o_id_key1 on public.o",
        ],
    ),
    (
        &["create table t (a int, b int)", "alter table t rename a to a_old; alter table t add a text"],
        &["rename table column public.t.a_old from public.t.a", "create table column public.t.a"],
    ),
    (
        &[
            "create table t (a int); create table u (b int)",
            "alter table t rename to x; alter table u rename to t; alter table x rename to u",
        ],
        &[
            "rename table public.t from public.u",
            "rename table column public.t.b from public.u.b",
            "rename table public.u from public.t",
            "rename table column public.u.a from public.t.a",
        ],
    ),
    (
        &[
            "create function f() returns int language sql return 1",
            "alter function f() rename to g; create function f() returns int language sql return 1",
        ],
        &["rename function public.g() from public.f()", "create function public.f()"],
    ),
    (
        &["create table t (a int, b int); create index i on t (a); create index j on t (b)", "drop index i; alter index j rename to i"],
        &["drop index public.i", "rename index public.i from public.j"],
    ),
    (&["create table t (a int, d int, z int)", "alter table t drop d; alter table t add d int"], &["alter table column public.t.d"]),
    (
        &["create table t (a int, d int, z int)", "drop table t; create table t (z int, d int, a int)"],
        &["alter table column public.t.z", "alter table column public.t.a"],
    ),
    (
        &["create table t (a int, d int)", "alter table t rename a to x; alter table t rename d to a; alter table t rename x to d"],
        &["rename table column public.t.a from public.t.d", "rename table column public.t.d from public.t.a"],
    ),
    (
        &["create table t (a int, d int, z int)", "alter table t rename d to dd; alter table t add d int"],
        &["rename table column public.t.dd from public.t.d", "create table column public.t.d"],
    ),
    (&["create table t (a int, d int, z int)", "alter table t drop z; alter table t add z int"], &[]),
];

/// The columns of each table in their order, by HEAD and by the catalogs.
const ORDERS: [&str; 2] = [
    "select object_key || ': ' || string_agg(object_identity, ', ' order by position, object_identity) from pggit.elements
     where object_type = 'table column' group by object_key order by 1",
    "select 'table ' || attrelid::regclass::text || ': ' || string_agg(attrelid::regclass::text || '.' || attname, ', ' order by attnum)
     from pg_attribute where attrelid in (select oid from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace) and attnum > 0 and not attisdropped
     group by attrelid order by 1",
];

fn told(session: &mut Session, revision: &str) -> Vec<String> {
    session.column(&format!(
        "select operation || ' ' || object_type || ' ' || object_identity || coalesce(' from ' || previous_identity, '') from pggit.show('{revision}') order by sequence"
    ))
}

fn assert_as_it_is(session: &mut Session, context: &str) {
    session.run("set search_path = pg_catalog");
    let [recorded, real] = ORDERS.map(|order| session.column(order));
    session.run("reset search_path");
    assert_eq!(recorded, real, "{context}");
    assert_eq!(
        session.column("select check_name || ': ' || details from pggit.verify_consistency() where status <> 'ok'"),
        [""; 0],
        "{context}"
    );
    session.assert_no_drift(context);
}

/// Runs scripts in a schema that is empty, the statements but the last as `prepare` would have them and the last as `run` does.
fn each(run: impl Fn(&mut Session, &str)) {
    on_each(|db| {
        for (script, expected) in SCRIPTS {
            db.session.run("drop schema public cascade; create schema public");
            let (last, first) = script.split_last().expect("statements");
            for statement in first {
                db.session.run(statement);
            }
            let before = db.session.value("select commit_id from pggit.log(null, 1)");
            run(&mut db.session, last);
            let after = db.session.value("select commit_id from pggit.log(null, 1)");
            let context = format!("{script:?}");
            assert_as_it_is(&mut db.session, &context);
            let changes = if before == after { Vec::new() } else { told(&mut db.session, "HEAD") };
            let sorted = |list: &[String]| {
                let mut list = list.to_vec();
                list.sort();
                list
            };
            let expected: Vec<_> = expected.iter().map(|e| (*e).to_owned()).collect();
            assert_eq!(sorted(&changes), sorted(&expected), "{context}");
            if before != after {
                let diff = db.session.column(&format!(
                    "select operation || ' ' || object_type || ' ' || object_identity || coalesce(' from ' || previous_identity, '') from pggit.diff('{before}', 'HEAD')"
                ));
                // of columns that have changed places any may have moved
                let without_places =
                    |list: &[String]| sorted(list).into_iter().filter(|line| !line.starts_with("alter table column")).collect::<Vec<_>>();
                assert_eq!(without_places(&diff), without_places(&expected), "{context}: diff");
                assert_eq!(
                    diff.iter().any(|l| l.starts_with("alter")),
                    expected.iter().any(|l| l.starts_with("alter")),
                    "{context}: {diff:?}"
                );
            }
        }
    });
}

#[test]
fn a_transaction_tells_who_has_the_name_now() {
    each(|session, script| session.run(&format!("begin; {script}; commit")));
}

#[test]
fn so_does_one_with_an_old_snapshot() {
    each(|session, script| session.run(&format!("begin isolation level repeatable read; {script}; commit")));
}

/// Its commit is there before it ends, and is made anew.
#[test]
fn and_one_that_is_looked_at_after_each_command() {
    each(|session, script| session.run(&format!("begin; {}; commit", script.replace("; ", "; select pggit.commit('so far'); "))));
}

#[test]
fn a_purge_leaves_names_and_places_as_they_are() {
    on_each(|db| {
        for (number, (script, _)) in SCRIPTS.iter().enumerate() {
            let (last, first) = script.split_last().expect("statements");
            db.session.run("drop schema public cascade; create schema public");
            for statement in first {
                db.session.run(statement);
            }
            db.session.run(&format!("select pggit.tag('first{number}', 'HEAD')"));
            db.session.run("create table between_them ()");
            db.session.run("drop table between_them");
            db.session.run(&format!("begin; {last}; commit"));
            db.session.run(&format!("select pggit.tag('last{number}', 'HEAD')"));
        }
        db.session.run("select pggit.settle(); select pggit.purge_history('0 s', true, false)");
        assert_as_it_is(&mut db.session, "after the purge");
    });
}

#[test]
fn a_function_that_comes_and_goes_within_a_commit_leaves_a_version_of_no_commit() {
    on_each(|db| {
        db.session.run("create function g() returns int language sql return 1; drop function g(); select pggit.settle()");
        db.session.run("begin; create function g() returns int language sql return 2; select pggit.commit('one'); drop function g(); create table t (); select pggit.commit('two'); commit");
        assert_as_it_is(&mut db.session, "with a table that stays");
    });
}

#[test]
fn columns_that_changed_places_in_the_dark_are_drift() {
    on_each(|db| {
        db.session.run(
            "create table t (a int, d int, z int); create table gap (a int, x int, z int); alter table gap drop x; select pggit.settle()",
        );
        db.session.run("select pggit.pause_tracking(); alter table t drop d; alter table t add d int");
        assert_eq!(db.session.column("select operation || ' ' || object_identity from pggit.drift()"), ["alter public.t.d"]);
        db.session.run("select pggit.resume_tracking()");
        assert_eq!(told(&mut db.session, "HEAD"), ["alter table column public.t.d"]);
        assert_as_it_is(&mut db.session, "out of band");
    });
}
