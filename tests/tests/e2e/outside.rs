//! What others have made that stands on pgGit's views and functions outlives every install.

use pggit_core::{Error, Repository};
use pggit_tests::{Database, on_each};

const MADE: &str = "
    create view dashboard as select message, authored_at from pggit.commits;
    create view dashboard_of_dashboard as select count(*) as n from dashboard;
    create materialized view kept_branches as select * from pggit.branches;
    create table notes (id int, of_commit pggit.commits, others pggit.commits[]);
    insert into notes select 1, c, array[c] from pggit.commits as c limit 1;
    create function commits_logged() returns bigint language sql begin atomic select count(*) from pggit.log(); end;
    create table counted (n bigint default commits_logged(), hash text default pggit.sha256_hex('x'), check (hash <> pggit.sha256_hex('y')));
    create function told(pggit.commits) returns text language sql return $1.message";

/// All that stands outside of pgGit's schema, with what is in it.
fn outside(db: &mut Database) -> Vec<String> {
    db.session.column(
        "select i.type || ' ' || i.identity
         from (select 'pg_class'::regclass as classid, oid from pg_class where relnamespace = 'public'::regnamespace
               union all select 'pg_proc'::regclass, oid from pg_proc where pronamespace = 'public'::regnamespace
               union all select 'pg_attrdef'::regclass, oid from pg_attrdef where adrelid = 'counted'::regclass
               union all select 'pg_constraint'::regclass, oid from pg_constraint where connamespace = 'public'::regnamespace) as o
         cross join pg_identify_object(o.classid, o.oid, 0) as i
         union all
         select 'notes ' || id || (of_commit).message || (others[1]).commit_id from notes
         order by 1",
    )
}

#[test]
fn an_upgrade_takes_nothing_along_that_others_have_made() {
    on_each(|db| {
        db.session.run(MADE);
        let before = outside(db);
        let report = db.repository().install(&mut |_| {}).expect("install again");
        assert!(report.upgraded);
        assert_eq!(outside(db), before);
        db.session.run("create table later (a int)");
        assert_eq!(db.session.value("select message from dashboard where message like '%later%'"), "CREATE TABLE public.later");
        assert!(db.session.value("select n from dashboard_of_dashboard").parse::<i64>().expect("a number") > 1);
        db.session.run("insert into counted default values; refresh materialized view kept_branches");
        db.assert_no_drift("an upgrade");
        let own = db.session.value("select count(*)::text from pggit.verify_consistency() where status <> 'ok'");
        assert_eq!(own, "0");
    });
}

#[test]
fn what_cannot_be_replaced_is_refused_with_the_names_of_who_is_in_the_way() {
    on_each(|db| {
        db.session.run("drop function pggit.metrics cascade");
        db.session.run("create function pggit.metrics() returns int language sql return 1");
        db.session.run("create view in_the_way as select pggit.metrics() as n");
        let Err(error) = db.repository().install(&mut |_| {}) else { panic!("it was replaced") };
        assert!(matches!(&error, Error::StoodOn { dependents, .. } if dependents == "view public.in_the_way"), "{error}");
        assert_eq!(db.session.value("select n::text from in_the_way"), "1");
        db.session.run("create table t (a int)");
        db.assert_no_drift("a refused upgrade");
        db.session.run("drop view in_the_way");
        db.repository().install(&mut |_| {}).expect("install");
    });
}

#[test]
fn nothing_of_others_goes_with_pggit() {
    on_each(|db| {
        db.session.run(MADE);
        db.session.run("create table references_a_commit (id text references pggit.commit_records)");
        let before = outside(db);
        let Err(error) = Repository::connect(&db.url()).expect("connect").uninstall() else { panic!("it went") };
        let Error::StoodOn { dependents, .. } = &error else { panic!("{error}") };
        for named in [
            "view public.dashboard",
            "materialized view public.kept_branches",
            "table column public.notes.of_commit",
            "function public.commits_logged()",
            "default value for public.counted.hash",
            "table constraint counted_hash_check on public.counted",
            "table constraint references_a_commit_id_fkey on public.references_a_commit",
            "function public.told(pggit.commits)",
        ] {
            assert!(dependents.split(", ").any(|d| d == named), "{named}: {dependents}");
        }
        assert_eq!(outside(db), before);
        db.session.run(
            "drop view dashboard cascade; drop materialized view kept_branches; drop table notes, counted, references_a_commit; drop function told, commits_logged",
        );
        Repository::connect(&db.url()).expect("connect").uninstall().expect("uninstall");
    });
}

#[test]
fn nobody_waits_behind_an_install_that_has_to_wait() {
    on_each(|db| {
        let mut open = db.connect();
        db.session.run(&format!("alter database {} set lock_timeout = '1s'", db.name()));
        open.run("begin; create table opened (a int)");
        let mut repository = Repository::connect(&db.url()).expect("connect");
        let installing = std::thread::spawn(move || [repository.install(&mut |_| {}).map(|_| ()), repository.uninstall().map(|_| ())]);
        let mut made = 0;
        while !installing.is_finished() {
            db.session.run(&format!("set lock_timeout = '900ms'; create table beside_{made} (a int); select count(*) from pggit.log()"));
            made += 1;
        }
        for result in installing.join().expect("no panic") {
            let message = result.expect_err("it is in use").to_string();
            assert!(message.starts_with("pgGit is in use: session "), "{message}");
        }
        assert!(made > 2, "{made} tables were made meanwhile");
        open.run("commit");
        db.repository().install(&mut |_| {}).expect("install");
        db.assert_no_drift("an install after it was refused");
    });
}
