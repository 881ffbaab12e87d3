//! Migrations of other tools: recorded as the tools record them, and linked to the commits that they made.

use pggit_tests::{Database, on_each};

const FLYWAY: &str =
    "create table public.flyway_schema_history (installed_rank int primary key, version varchar(50), description varchar(200) not null,
    type varchar(20) not null, script varchar(1000) not null, checksum int, installed_by varchar(100) not null,
    installed_on timestamp not null default now(), execution_time int not null, success boolean not null)";

const LIQUIBASE: &str = "create table public.databasechangelog (id varchar(255) not null, author varchar(255) not null, filename varchar(255) not null,
    dateexecuted timestamp not null, orderexecuted int not null, exectype varchar(10) not null, md5sum varchar(35), description varchar(255),
    comments varchar(255), tag varchar(255), liquibase varchar(20), contexts varchar(255), labels varchar(255), deployment_id varchar(10))";

fn flyway_row(rank: u32, version: &str, description: &str) -> String {
    format!(
        "insert into flyway_schema_history values ({rank}, nullif('{version}', ''), '{description}', 'SQL', 'V{version}__{description}.sql', {rank}, current_user, now(), 12, true)"
    )
}

fn liquibase_row(order: u32, id: &str) -> String {
    format!(
        "insert into databasechangelog values ('{id}', 'ann', 'db/changelog.xml', now(), {order}, 'EXECUTED', '9:abc', 'sql', '', null, '5.0.4', null, null, '1')"
    )
}

const HISTORY: &str = "select concat_ws(' ', tool_name, migration_id, migration_name, checksum, success, link, commit_message) from pggit.migration_history order by tool_name, migration_id";

#[test]
fn a_migration_of_flyway_is_linked_by_its_transaction() {
    on_each(|db| {
        db.session.run(FLYWAY);
        db.session.run("select pggit.integrate_flyway()");
        db.session.run(&format!("begin; create table a (id int); {}; commit", flyway_row(1, "1", "a")));
        db.session.run(&format!("begin; create table b (id int); {}; commit", flyway_row(2, "2.1", "b")));
        let history = db.session.column(HISTORY);
        assert_eq!(history, ["flyway -2 b 2 t transaction CREATE TABLE public.b", "flyway 1 a 1 t transaction CREATE TABLE public.a"]);
        assert_eq!(db.session.column("select distinct execution_time from pggit.migration_history"), ["00:00:00.012"]);
        assert_eq!(
            db.session.column("select object_name || ' ' || operation || ' ' || impact_level from pggit.analyze_migration_impact(1)"),
            ["public.a create low", "public.a.id create low"]
        );
        assert_eq!(db.session.column("select status from pggit.validate_migrations()"), Vec::<String>::new());
        db.assert_no_drift("the integration");
        // What undo and repair do.
        db.session.run(
            "update flyway_schema_history set checksum = 77 where version = '1'; delete from flyway_schema_history where version = '2.1'",
        );
        assert_eq!(db.session.column(HISTORY), ["flyway 1 a 77 t transaction CREATE TABLE public.a"]);
    });
}

#[test]
fn a_history_row_on_another_connection_is_linked_by_time() {
    on_each(|db| {
        db.session.run(FLYWAY);
        db.session.run("select pggit.integrate_flyway('public')");
        let mut other = db.connect();
        db.session.run("begin; create table a (id int); commit");
        other.run(&flyway_row(1, "1", "a"));
        assert_eq!(db.session.column(HISTORY), ["flyway 1 a 1 t time CREATE TABLE public.a"]);
    });
}

#[test]
fn a_migration_that_changed_no_schema_says_so_where_that_is_certain() {
    on_each(|db| {
        db.session.run("set application_name = 'by hand'; create table data (id int)");
        db.session.run(LIQUIBASE);
        db.session.run(&liquibase_row(1, "before pgGit listened").replace("now()", "now() - interval '1 hour'"));
        db.session.run("select pggit.integrate_liquibase()");
        let mut tool = db.connect();
        let links = "select concat_ws(' ', split_part(migration_key, '::', 2), '->', coalesce(link, 'unknown')) from pggit.migration_history order by applied_at";
        tool.run(&format!("begin; create table a (id int); {}; commit", liquibase_row(2, "table")));
        tool.run(&format!("begin; insert into data values (1); {}; commit", liquibase_row(3, "rows")));
        tool.run(&liquibase_row(4, "marked"));
        db.session.run("create table by_hand (id int)");
        tool.run(&liquibase_row(5, "after something else"));
        db.session.run("select pggit.pause_tracking()");
        tool.run(&format!("begin; create table b (id int); {}; commit", liquibase_row(6, "while paused")));
        db.session.run("select pggit.resume_tracking()");
        let expected = [
            "before pgGit listened -> unknown",
            "table -> transaction",
            "rows -> no schema change",
            "marked -> no schema change",
            "after something else -> unknown",
            "while paused -> unknown",
        ];
        assert_eq!(db.session.column(links), expected);
        let said = db
            .session
            .column("select message from pggit.validate_migrations() where status = 'unlinked' and message like '%changed no schema'");
        assert_eq!(said.len(), 2, "{said:?}");
    });
}

#[test]
fn a_migration_in_a_deployment_is_linked_to_its_commit() {
    on_each(|db| {
        db.session.run(FLYWAY);
        db.session.run("select pggit.integrate_flyway(); select pggit.begin_deployment('release', true)");
        db.session.run(&format!("begin; create table a (id int); {}; commit", flyway_row(1, "1", "a")));
        db.session.run(&flyway_row(2, "2", "data"));
        assert_eq!(db.session.column(HISTORY), ["flyway 1 a 1 t", "flyway 2 data 2 t"]);
        db.session.run("select pggit.end_deployment()");
        assert_eq!(db.session.column(HISTORY), ["flyway 1 a 1 t transaction release", "flyway 2 data 2 t"]);
    });
}

#[test]
fn a_table_that_the_tool_creates_later_is_listened_to() {
    on_each(|db| {
        db.session.run("select pggit.integrate_flyway(); select pggit.integrate_liquibase()");
        db.session.run(FLYWAY);
        db.session.run(LIQUIBASE);
        db.session.run(&format!("begin; create table a (id int); {}; commit", flyway_row(1, "1", "a")));
        db.session.run(&format!("begin; create table b (id int); {}; commit", liquibase_row(1, "first")));
        db.session.run(&format!("begin; create table c (id int); {}; commit", liquibase_row(1, "again")));
        assert_eq!(
            db.session.column(HISTORY),
            [
                "flyway 1 a 1 t transaction CREATE TABLE public.a",
                "liquibase 1 sql 9:abc t transaction CREATE TABLE public.b",
                "liquibase 2 sql 9:abc t transaction CREATE TABLE public.c"
            ]
        );
        db.assert_no_drift("two tools");
    });
}

#[test]
fn what_ran_before_the_integration_is_imported() {
    on_each(|db| {
        db.session.run(FLYWAY);
        db.session.run(&format!("begin; create table a (id int); {}; commit", flyway_row(1, "1", "a")));
        db.session.run("select pggit.integrate_flyway()");
        assert_eq!(db.session.column("select migration_id || ' ' || coalesce(link, 'none') from pggit.migration_history"), ["1 time"]);
    });
}

#[test]
fn the_tool_goes_on_whatever_happens_inside() {
    on_each(|db| {
        db.session.run(FLYWAY);
        db.session.run("select pggit.integrate_flyway()");
        let tool = migrating_role(db);
        let mut session = db.connect_as(&tool);
        // Less time than pgGit itself would wait for a lock.
        session.run("set statement_timeout = '400ms'");
        session.run(&flyway_row(1, "99999999999999999999999999", "a long version"));
        db.session.run("alter table pggit.external_migrations add constraint never check (false) not valid");
        session.run(&flyway_row(2, "2", "refused inside"));
        db.session.run("select from pggit.migration_history");
        // Transactions that pgGit would wait for: a row, then the whole table, then everything that it writes to.
        db.session.run("alter table pggit.external_migrations drop constraint never");
        db.session.run("begin; select pggit.begin_migration(3)");
        session.run(&flyway_row(3, "3", "locked"));
        db.session.run("rollback");
        db.session.run("begin; lock table pggit.external_migrations");
        session.run(&flyway_row(4, "4", "the table is locked"));
        db.session.run("rollback");
        db.session.run("begin; lock table pggit.external_migrations, pggit.noted_migrations, pggit.system_events");
        session.run(&flyway_row(5, "5", "everything is locked"));
        db.session.run("rollback");
        for level in ["repeatable read", "serializable"] {
            let rank = if level == "serializable" { 7 } else { 6 };
            let mut other = db.connect();
            session.run(&format!("begin isolation level {level}; select count(*) from flyway_schema_history"));
            other.run(&format!("select pggit.link_migration({rank}, 'meanwhile')"));
            session.run(&format!("{}; commit", flyway_row(rank, &rank.to_string(), level)));
        }
        assert_eq!(session.value("select count(*) from flyway_schema_history"), "7");
        assert_eq!(
            db.session.column("select concat_ws(' ', migration_id, migration_name) from pggit.migration_history where tool_name = 'flyway' order by migration_id"),
            ["-1 a long version", "3 locked", "4 the table is locked", "6 repeatable read", "7 serializable"]
        );
        let events = "select event_data ->> 'message' from pggit.system_events where event_type = 'migration_not_recorded'";
        let events = db.session.column(events);
        assert!(events.len() == 1 && events[0].contains("never"), "{events:?}");
        let refused = session.fail("select pggit.record_flyway('{}', '{}')");
        assert!(refused.contains("permission denied"), "{refused}");
    });
}

#[test]
fn what_happens_to_the_tools_table_is_lived_with() {
    on_each(|db| {
        db.session.run(FLYWAY);
        db.session.run("select pggit.integrate_flyway()");
        let names = "select migration_name from pggit.migration_history order by applied_at";
        db.session.run(&flyway_row(1, "1", "a"));
        db.session.run("alter table flyway_schema_history rename to renamed");
        db.session.run(&flyway_row(2, "2", "b").replace("flyway_schema_history", "renamed"));
        db.session.run("alter table renamed drop column installed_on, drop column checksum");
        db.session.run("insert into renamed values (3, '3', 'c', 'SQL', 'x', current_user, 1, true)");
        db.session.run("alter table renamed drop column installed_rank, drop column version, drop column script");
        db.session.run("insert into renamed values ('d', 'SQL', current_user, 1, true)");
        assert_eq!(db.session.column(names), ["a", "b", "c"]);
        // Another table of that name is listened to as the first one was.
        db.session.run(FLYWAY);
        db.session.run(&flyway_row(5, "5", "e"));
        db.session.run("drop table flyway_schema_history");
        db.session.run(FLYWAY);
        db.session.run(&flyway_row(6, "6", "f"));
        // An upgrade takes all functions away, and with them the triggers that call them.
        db.repository().install(&mut |_| {}).expect("an upgrade");
        db.session.run(&flyway_row(7, "7", "g"));
        assert_eq!(db.session.column(names), ["a", "b", "c", "e", "f", "g"]);
        db.assert_no_drift("tables come and go");
    });
}

#[test]
fn migrations_in_quick_succession_on_two_connections_have_their_own_commits() {
    on_each(|db| {
        db.session.run(FLYWAY);
        db.session.run("select pggit.integrate_flyway('public')");
        // As Flyway works: a lock held in a transaction on one connection, scripts on another, rows on a third.
        let (mut locking, mut history) = (db.connect(), db.connect());
        // Data only: the commit of Flyway's own table is not what it made.
        history.run(&flyway_row(99, "0", "data"));
        locking.run("begin; select pg_advisory_xact_lock(77431708279161)");
        let mut stranger = db.connect();
        stranger.run("set application_name = 'somebody else'");
        for n in 1..=8 {
            if n == 4 {
                stranger.run("create table strange (id int)");
            }
            db.session.run(&format!("begin; create table t{n} (id int); create index on t{n} (id); commit"));
            history.run(&flyway_row(n, &n.to_string(), &format!("t{n}")));
        }
        locking.run("commit");
        let mut expected: Vec<_> = (1..=8).map(|n| format!("flyway {n} t{n} {n} t time CREATE TABLE public.t{n}")).collect();
        expected.insert(0, "flyway 0 data 99 t no schema change".into());
        let found: Vec<_> = db.session.column(HISTORY).into_iter().map(|l| l.split(" (").next().unwrap_or_default().to_owned()).collect();
        assert_eq!(found, expected);
        let drift = "select distinct concat_ws(' ', application_name, operation, object_identity) from pggit.migration_drift('flyway') where object_type = 'table'";
        assert_eq!(db.session.column(drift), ["somebody else create public.strange"]);
    });
}

#[test]
fn undo_and_repair_are_understood() {
    on_each(|db| {
        db.session.run(FLYWAY);
        db.session.run("select pggit.integrate_flyway()");
        let row = |rank: u32, version: &str, kind: &str| flyway_row(rank, version, "x").replace("'SQL', 'V", &format!("'{kind}', 'V"));
        db.session.run(&format!("begin; create table a (id int); {}; commit", row(1, "1", "SQL")));
        db.session.run(&format!("begin; create table b (id int); {}; commit", row(2, "2", "SQL")));
        db.session.run(&format!("begin; drop table b; {}; commit", row(3, "2", "UNDO_SQL")));
        let keys = "select concat_ws(' ', migration_key, commit_message) from pggit.migration_history order by applied_at";
        assert_eq!(db.session.column(keys), ["1 CREATE TABLE public.a", "U2 DROP TABLE public.b"]);
        db.session.run(&format!("begin; create table c (id int); {}; commit", row(4, "2", "SQL")));
        assert_eq!(db.session.column(keys)[2], "2 CREATE TABLE public.c");
        db.session.run(&row(5, "1", "DELETE"));
        assert_eq!(db.session.column(keys), ["U2 DROP TABLE public.b", "2 CREATE TABLE public.c"]);
    });
}

#[test]
fn the_simpler_tools_are_listened_to_as_well() {
    on_each(|db| {
        for tool in ["sqlx", "diesel", "refinery", "golang-migrate", "sqitch"] {
            db.session.run(&format!("select pggit.integrate_migrations('{tool}')"));
        }
        db.session.run("create table _sqlx_migrations (version bigint primary key, description text not null, installed_on timestamptz not null default now(), success boolean not null, checksum bytea not null, execution_time bigint not null)");
        db.session
            .run("begin; create table a (id int); insert into _sqlx_migrations values (20260101, 'a', now(), true, '\\xabcd', 77); commit");
        db.session.run("create table __diesel_schema_migrations (version varchar(50) primary key not null, run_on timestamp not null default current_timestamp)");
        db.session.run("begin; create table b (id int); insert into __diesel_schema_migrations values ('20260131120000'); commit");
        db.session.run("create table refinery_schema_history (version int4 primary key, name varchar(255), applied_on varchar(255), checksum varchar(255))");
        db.session.run(
            "begin; create table c (id int); insert into refinery_schema_history values (1, 'c', '2026-01-31T12:00:00.5Z', '77'); commit",
        );
        db.session.run("create table schema_migrations (version bigint not null primary key, dirty boolean not null)");
        let version =
            |n: u32, dirty: bool| format!("begin; truncate schema_migrations; insert into schema_migrations values ({n}, {dirty}); commit");
        for n in 1..=3 {
            db.session.run(&version(n, true));
            db.session.run(&format!("create table d{n} (id int)"));
            db.session.run(&version(n, false));
        }
        db.session.run(&version(1, true));
        db.session.run(&version(1, false));
        db.session.run("create schema sqitch; create table sqitch.changes (change_id text primary key, script_hash text unique, change text not null, note text not null default '', committed_at timestamptz not null default clock_timestamp())");
        db.session.run("begin; create table e (id int); insert into sqitch.changes values ('x', 'h', 'add_e', 'a note'); commit");
        assert_eq!(
            db.session.column(HISTORY),
            [
                "diesel 20260131120000 t transaction CREATE TABLE public.b",
                "golang-migrate 1 t time CREATE TABLE public.d1",
                "refinery 1 c 77 t transaction CREATE TABLE public.c",
                "sqitch 1 a note h t transaction CREATE TABLE public.e",
                "sqlx 20260101 a abcd t transaction CREATE TABLE public.a",
            ]
        );
        assert!(db.session.fail("select pggit.integrate_migrations('rails')").contains("rails"));
        db.session.run("create table f (id int); select pggit.link_migration(9, 'data only', 'sqlx')");
        assert_eq!(db.session.value("select pggit.baseline_migrations('sqlx')"), "0");
    });
}

fn migrating_role(db: &mut Database) -> String {
    let role = db.role("flyway");
    db.session.run(&format!("grant select, insert, update, delete on flyway_schema_history to {role}"));
    role
}

#[test]
fn migrations_are_begun_ended_and_linked_by_calls() {
    on_each(|db| {
        db.session.run("select pggit.begin_migration(1, 'custom', 'orders')");
        assert_eq!(db.session.column("select status from pggit.validate_migrations('custom')"), ["running"]);
        db.session.run("create table orders (id int)");
        db.session.run("create index on orders (id)");
        db.session.run("select pggit.end_migration(1, 'sum')");
        db.session.run(
            "begin; select pggit.begin_migration(4, 'custom', 'more'); alter table orders add n int; select pggit.end_migration(4); commit",
        );
        db.session.run("begin; create view v as select 1 as one; select pggit.link_migration(5, 'a view', 'custom'); commit");
        db.session.run("create view w as select 1 as one");
        db.session.run("select pggit.link_migration(7, 'another', 'other')");
        assert_eq!(
            db.session.column(HISTORY),
            [
                "custom 1 orders sum t time CREATE INDEX public.orders_id_idx on public.orders",
                "custom 4 more t transaction ALTER TABLE public.orders",
                "custom 5 a view t transaction CREATE VIEW public.v",
                "other 7 another t explicit CREATE VIEW public.w",
            ]
        );
        db.session.run("select pggit.begin_migration(6, 'custom'); select pggit.end_migration(6, null, false, 'no disk')");
        assert_eq!(
            db.session.column("select migration_id || ' ' || status || ' ' || message from pggit.validate_migrations('custom')"),
            ["3 gap the migrations 2 to 3 are missing", "6 failed migration 6 failed: no disk"]
        );
        let impact =
            "select object_name || ' ' || impact_level from pggit.analyze_migration_impact(1) where object_type in ('table', 'index')";
        assert_eq!(db.session.column(impact), ["public.orders low", "public.orders_id_idx low"]);
        let ddl = db.session.value("select pggit.export_migration_schema(4)");
        assert!(ddl.contains("n integer") && !ddl.contains("view"), "{ddl}");
        assert!(db.session.fail("select pggit.begin_migration(1, 'custom')").contains("applied already"));
        assert!(db.session.fail("select pggit.end_migration(99)").contains("99"));
        assert!(db.session.fail("select pggit.analyze_migration_impact(99)").contains("99"));
        assert!(db.session.fail("select pggit.begin_migration(1, 'no name!')").contains("no name!"));
        assert!(db.session.fail("select pggit.integrate_flyway('nowhere')").contains("nowhere"));
    });
}
