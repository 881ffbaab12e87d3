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
        session.run(&flyway_row(1, "99999999999999999999999999", "too large"));
        db.session.run("alter table pggit.external_migrations add constraint never check (false) not valid");
        session.run(&flyway_row(2, "2", "refused inside"));
        // A transaction that pgGit would wait for.
        db.session.run("alter table pggit.external_migrations drop constraint never; begin; select pggit.begin_migration(3)");
        session.run(&flyway_row(3, "3", "locked"));
        db.session.run("rollback");
        assert_eq!(session.value("select count(*) from flyway_schema_history"), "3");
        let events = db.session.value("select count(*) from pggit.system_events where event_type = 'migration_not_recorded'");
        assert_eq!(events, "2");
        assert!(session.fail("select pggit.record_flyway('{}', null, 'trigger')").contains("permission denied"));
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
                "custom 1 orders sum t time CREATE INDEX public.orders",
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
