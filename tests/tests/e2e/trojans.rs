//! Operators that whoever owns the database has put where names are looked for: nobody who uses pgGit, and may do more, runs them.

use pggit_core::Repository;
use pggit_tests::{Database, on_each_empty};

/// Operators between all pairs of types, or those pairs only that PostgreSQL has no operator of its own for. Each fails when it is run.
fn plant(db: &mut Database, all: bool) {
    db.session.run(&format!(
        "do $plant$
         declare
             pair record;
         begin
             for pair in
                 select format_type(l.oid, null) as l, format_type(r.oid, null) as r, o.name, o.gives
                 from pg_type as l
                 cross join pg_type as r
                 cross join (values ('=', 'bool'), ('<>', 'bool'), ('<', 'bool'), ('>', 'bool'), ('<=', 'bool'), ('>=', 'bool'), ('~', 'bool'), ('!~', 'bool'),
                                    ('~~', 'bool'), ('~~*', 'bool'), ('!~~', 'bool'), ('~*', 'bool'), ('?', 'bool'), ('@>', 'bool'), ('<@', 'bool'), ('&&', 'bool'),
                                    ('||', 'text'), ('->>', 'text'), ('->', 'jsonb'), ('+', 'bigint'), ('-', 'bigint'), ('*', 'bigint'), ('/', 'bigint'), ('%', 'bigint')) as o (name, gives)
                 where l.oid in (select unnest('{{oid,regnamespace,regclass,regtype,name,text,\"char\",int4,int8,xid,xid8,jsonb,timestamptz,text[],oid[]}}'::regtype[]))
                   and r.oid in (select unnest('{{oid,regnamespace,regclass,regtype,name,text,\"char\",int4,int8,xid,xid8,jsonb,timestamptz,text[],oid[]}}'::regtype[]))
                   and ({all} or not exists (select from pg_operator as x where x.oprname = o.name and x.oprleft = l.oid and x.oprright = r.oid))
             loop
                 execute format('create or replace function public.trojan_%1$s(%2$s, %3$s) returns %1$s language plpgsql as $$ begin raise exception ''a trojan: %2$s and %3$s''; end $$', pair.gives, pair.l, pair.r);
                 execute format('create operator public.%s (leftarg = %s, rightarg = %s, function = public.trojan_%s)', pair.name, pair.l, pair.r, pair.gives);
             end loop;
         end $plant$"
    ));
}

/// What a superuser does with the library.
fn use_it(repository: &mut Repository) -> Result<(), pggit_core::Error> {
    repository.presence()?;
    repository.status()?;
    repository.log(None, 10)?;
    repository.show("HEAD")?;
    repository.diff(None, None)?;
    repository.history("public.noted")?;
    repository.export("HEAD", &["own".into()])?;
    repository.functions(Some("own"))?;
    repository.branches()?;
    repository.conflicts(None)?;
    repository.verify(false)?;
    Ok(())
}

/// And what he says in psql.
const SAID: &[&str] = &[
    "select count(*) from pggit.log()",
    "select count(*) from pggit.status()",
    "select count(*) from pggit.drift()",
    "select count(*) from pggit.diff('HEAD')",
    "select count(*) from pggit.show('HEAD')",
    "select count(*) from pggit.verify_consistency()",
    "select count(*) from pggit.performance_report()",
    "select count(*) from pggit.get_function_version('own.f(int)')",
    "select count(*) from pggit.access_levels()",
    "select count(*) from pggit.tracked_objects",
    "select pggit.commit('by hand')",
    "select pggit.tag('now')",
    "select pggit.grant_access('pg_monitor', 'read')",
];

#[test]
fn operators_between_types_that_postgresql_has_none_for_are_not_run() {
    on_each_empty(|db| {
        plant(db, false);
        db.session
            .run("create schema own; create function own.f(int) returns int language sql return 1; create table public.noted (a int)");
        let mut repository = Repository::connect(&db.url()).expect("connect");
        repository.install(&mut |_| {}).expect("install");
        db.session.run("alter table public.noted add b text");
        use_it(&mut repository).expect("use it");
        for statement in SAID {
            db.session.run(statement);
        }
        repository.install(&mut |_| {}).expect("install again");
        repository.uninstall().expect("uninstall");
    });
}

#[test]
fn nor_are_those_that_a_database_puts_before_postgresqls_own() {
    on_each_empty(|db| {
        plant(db, true);
        db.session
            .run("create schema own; create function own.f(int) returns int language sql return 1; create table public.noted (a int)");
        db.session.run(&format!("alter database {} set search_path = public, pg_catalog", db.name()));
        let mut repository = Repository::connect(&db.url()).expect("connect");
        repository.install(&mut |_| {}).expect("install");
        use_it(&mut repository).expect("use it");
        repository.install(&mut |_| {}).expect("install again");
        repository.uninstall().expect("uninstall");
    });
}
