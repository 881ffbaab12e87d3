//! Law 4: what a change costs grows with the change, and not faster.

use pggit_tests::on_each;

#[test]
fn commands_over_many_objects_do_not_take_the_square_of_their_time() {
    on_each(|db| {
        let role = format!("many_{}_{}", std::process::id(), db.version());
        db.session.run(&format!(
            "create role {role};
             do $$ begin for i in 1..800 loop execute format('create function public.f%s() returns int language sql as %L', i, 'select 1'); end loop; end $$"
        ));
        // Each takes a fraction of a second where the time grows with the number of objects, and minutes where it grows with its square.
        db.session.run("set statement_timeout = '20s'");
        db.session.run(&format!("grant execute on all functions in schema public to {role}"));
        db.session.run(&format!("drop owned by {role}"));
        db.session.run(&format!("drop role {role}"));
        db.assert_no_drift("grants over a whole schema");
    });
}

/// Tables with very many columns stand for very many objects: they are made quickly.
#[test]
fn one_transaction_over_thousands_of_elements_does_not_take_the_square_of_their_time() {
    on_each(|db| {
        db.session.run("create schema wide");
        db.session.run(
            "do $$ begin for t in 1..6 loop
                 execute format('create table wide.t%s (%s)', t, (select string_agg(format('c%s int', n), ', ') from generate_series(1, 1500) as n));
             end loop; end $$",
        );
        db.session.run("set statement_timeout = '8s'; select pggit.settle()");
        db.session.run("alter schema wide rename to wider");
        db.session.run("select pggit.settle()");
        assert_eq!(db.session.column("select distinct operation from pggit.show('HEAD')"), ["rename"]);
        db.session.run("drop schema wider cascade");
        db.session.run("select pggit.settle()");
        assert_eq!(db.session.value("select count(*) from pggit.show('HEAD') where operation = 'drop'"), "9007");
        db.assert_no_drift("wide tables");
    });
}

/// All with all would take minutes.
#[test]
fn the_export_of_many_tables_does_not_take_the_square_of_their_time() {
    on_each(|db| {
        db.session.run(
            "do $$ begin for n in 1..500 loop
                 execute format('create table above%s (a int, b text, c int, d int, e int, f int)', n);
                 execute format('create table below%s (g int) inherits (above%1$s)', n);
                 execute format('create table beside%s (a int, b text, c int, d int, e int, f int)', n);
             end loop; end $$; select pggit.settle(); set statement_timeout = '30s'",
        );
        assert_eq!(db.session.value("select count(*) from pggit.export_ddl() where statement like 'create table %'"), "1500");
    });
}

/// Every command of a block is captured; what is staged already is no burden to the next.
#[test]
fn many_tables_made_and_dropped_in_one_block_are_folded_quickly() {
    on_each(|db| {
        db.session.run("do $$ begin for n in 1..600 loop execute format('create table many%s (id int primary key)', n); end loop; end $$");
        db.session.run("select pggit.settle()");
        db.session.run("do $$ begin for n in 1..600 loop execute format('drop table many%s', n); end loop; end $$");
        db.session.run("set statement_timeout = '5s'; select pggit.settle()");
        assert_eq!(db.session.value("select changes_count from pggit.log(max_count => 1)"), "1800");
        db.assert_no_drift("many tables");
    });
}

/// One string with very many statements, of which each asks whether a pattern says no.
#[test]
fn patterns_over_a_long_script_do_not_take_the_square_of_their_time() {
    on_each(|db| {
        db.session.run("select pggit.add_ignore_pattern('CREATE TABLE public.scratch%')");
        let script: Vec<_> =
            (0..800).map(|n| format!("create table many{n} (id int primary key, a text not null default 'x', b numeric(10, 2))")).collect();
        db.session.run("set statement_timeout = '12s'");
        db.session.run(&script.join("; "));
        db.session.run("create table public.scratch (id int)");
        db.assert_no_drift("the script");
        assert_eq!(db.session.value("select count(*) from pggit.tracked_objects where object_type = 'table'"), "800");
    });
}

/// A session that folds much reads by indexes, from the first commit to the last.
#[test]
fn folding_does_not_read_whole_tables_for_each_commit() {
    on_each(|db| {
        db.session.run("select pggit.settle()");
        for n in 0..300 {
            db.session.run(&format!("create function f{n}() returns int language sql as 'select {n}'"));
        }
        db.session.run("select pggit.settle()");
        db.session.run("select pg_stat_clear_snapshot(), pg_stat_force_next_flush()");
        let read = db.session.column(
            "select relname || ': ' || seq_tup_read from pg_stat_user_tables
             where schemaname = 'pggit' and seq_tup_read > 5000 and relname not in ('repository', 'tree_buckets')",
        );
        assert_eq!(read, [""; 0]);
        assert_eq!(db.session.value("select pg_collation_for(pggit.caller())"), "\"default\"");
    });
}

/// What stages nothing leaves no word of the statement it came in, and yet the statement is not read for each.
#[test]
fn a_long_statement_of_commands_that_change_nothing_does_not_take_the_square_of_its_time() {
    // a timeout is for one statement, and not for a string of many
    let block = |commands: Vec<String>| format!("do $do$ begin {}; end $do$", commands.join(";\n"));
    on_each(|db| {
        let routines = |n: usize| {
            format!(
                "create or replace function f{n}(id int, name text) returns text language plpgsql as $$
                 declare v text; begin -- what's done
                   if id is null then raise exception 'no user %', id; end if; return v || ' - ' || name; end $$;
                 comment on function f{n}(int, text) is 'Gives the name of user number {n}, it''s short'"
            )
        };
        let routines = block((0..200).map(routines).collect());
        db.session.run(&routines);
        db.session.run("set statement_timeout = '4s'");
        db.session.run(&routines);
        let owners = |n: usize| {
            format!(
                "alter function f{n} owner to current_user; drop table if exists t{n} /* it's the same, and has been for a long time */"
            )
        };
        db.session.run(&block((0..200).map(owners).collect()));
        db.session.run("select pggit.configure_tracking(ignore_schemas => array['noise']); create schema noise");
        let noise = |n: usize| {
            format!(
                "create table noise.t{n} (id int primary key, a text default 'it''s', b int check (b > 0));
                 comment on table noise.t{n} is 'Number {n}, it''s noise and nothing more; select'; drop table noise.t{n}"
            )
        };
        db.session.run(&block((0..100).map(noise).collect()));
        db.session.run("set statement_timeout = '60s'");
        db.assert_no_drift("commands that change nothing");
        // what stages something at last is told with its statement
        let statements = "select count(*) from pggit.statements where statement like 'do %'";
        assert_eq!(db.session.value(statements), "1");
        db.session
            .run(&routines.replace("begin create", "begin perform 1; create").replace("end $do$", "create table told (id int); end $do$"));
        assert_eq!(db.session.value(statements), "2");
    });
}
