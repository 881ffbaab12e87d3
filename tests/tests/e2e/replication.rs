//! Logical replication from and to databases with pgGit: each keeps a history of its own, and nothing stops the other.

use std::time::{Duration, Instant};

use pggit_core::Repository;
use pggit_server::{Binaries, PrivateServer};
use pggit_tests::{Server, Session, servers, skipped};

/// A publisher and a subscriber on one server; the subscription is `sub`.
struct Pair {
    _server: PrivateServer,
    publisher: Session,
    subscriber: Session,
    publisher_url: String,
}

/// What both have, and what makes a trigger of the subscriber's run DDL in the worker that applies.
const TABLES: &str = "create table orders (id int primary key, note text)";

fn pair(server: &Server) -> Option<Pair> {
    let Some(binaries) = Binaries::find(Some(server.version)) else {
        skipped(&format!("the programs of PostgreSQL {} are not here", server.version));
        return None;
    };
    let private = PrivateServer::start(
        &binaries,
        &[("wal_level", "logical"), ("max_sync_workers_per_subscription", "4"), ("wal_retrieve_retry_interval", "100ms")],
    )
    .expect("a server");
    let mut admin = Session::connect(&private.url("postgres"));
    admin.run("create database publisher");
    admin.run("create database subscriber");
    let publisher_url = private.url("publisher");
    for name in ["publisher", "subscriber"] {
        Repository::connect(&private.url(name)).expect("connect").install(&mut |_| {}).expect("install");
    }
    let mut publisher = Session::connect(&publisher_url);
    let mut subscriber = Session::connect(&private.url("subscriber"));
    publisher.run(TABLES);
    subscriber.run(TABLES);
    Some(Pair { _server: private, publisher, subscriber, publisher_url })
}

impl Pair {
    fn subscribe(&mut self) {
        self.publisher.run("create publication everything for all tables");
        self.publisher.run("select pg_create_logical_replication_slot('sub', 'pgoutput')");
        let url = self.publisher_url.clone();
        self.subscriber.run(&format!(
            "create subscription sub connection '{url}' publication everything with (create_slot = false, slot_name = 'sub')"
        ));
    }

    /// Waits until the subscriber has everything.
    fn catch_up(&mut self, until: &str) {
        let begun = Instant::now();
        let pending = "select coalesce(string_agg(srrelid::regclass || ' ' || srsubstate::text, ', '), '') from pg_subscription_rel where srsubstate not in ('r', 's')";
        while !self.subscriber.value(pending).is_empty() || self.subscriber.value(&format!("select exists ({until})")) != "true" {
            let stuck = self.subscriber.value(pending);
            assert!(begun.elapsed() < Duration::from_secs(60), "{until}: it does not come; not in step: {stuck}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Ends the subscription, so that both databases can go.
    fn unsubscribe(mut self) {
        self.subscriber.run("alter subscription sub disable; alter subscription sub set (slot_name = none); drop subscription sub");
    }
}

fn whole(session: &mut Session, place: &str) {
    session.run("select count(*) from pggit.log()");
    session.assert_no_drift(place);
    let faults = session.column("select check_name || ': ' || details from pggit.verify_consistency() where status <> 'ok'");
    assert!(faults.is_empty(), "{place}: {faults:#?}");
}

/// What a database says of its own history.
const HISTORY: &str = "select commit_id from pggit.commit_records order by commit_number";

#[test]
fn all_tables_are_published_to_a_subscriber_with_a_history_of_its_own() {
    for server in servers() {
        let Some(mut pair) = pair(server) else { continue };
        pair.publisher
            .run("insert into orders values (1, 'first'); select pggit.tag('before'); create view staged_there as select 1 as one");
        pair.subscriber.run("select count(*) from pggit.log()");
        let own = pair.subscriber.column(HISTORY);
        pair.subscribe();
        // Everything that updates or deletes rows of pgGit's while they are published.
        for step in [
            "create table t (id int primary key)",
            "begin; alter table t add a int; select pggit.commit('half'); alter table t add b int; commit",
            "select pggit.begin_deployment('d'); alter table t drop a; select pggit.end_deployment('done', array['tagged'])",
            "select pggit.pause_tracking(); alter table t add c int; select pggit.resume_tracking()",
            "select pggit.configure_tracking(ignore_schemas => array['noise']); select pggit.configure_tracking(ignore_schemas => '{}')",
            "select pggit.create_branch('side'); select pggit.delete_branch('side', true)",
            "create function f() returns int language sql as 'select 1'; select pggit.track_function('f()', '2.0.0'); drop function f()",
            "create materialized view m as select 1 as one; refresh materialized view m; refresh materialized view m",
            "select pggit.track_cqrs_change(row(array['create schema command; create table command.o (id int)'], '{}'::text[], 'x', '1.0.0')::pggit.cqrs_change)",
            "select pggit.begin_migration(1); select pggit.end_migration(1)",
            "select pggit.resolve_conflict(pggit.register_conflict('version', 'table', 'public.t'), 'use_current')",
            "alter table t rename to u; drop table u",
            "select * from pggit.verify_consistency(fix_issues => true)",
            "select * from pggit.purge_history('0 seconds', false, false)",
            "insert into orders values (2, 'second')",
        ] {
            pair.publisher.run(step);
        }
        pair.catch_up("select from orders where id = 2");
        let failed = pair.publisher.column("select event_data::text from pggit.system_events where event_type ~ 'failed'");
        assert!(failed.is_empty(), "{failed:#?}");
        whole(&mut pair.publisher, "the publisher");
        // The subscription itself is a commit of the subscriber's; nothing else is.
        whole(&mut pair.subscriber, "the subscriber");
        let now = pair.subscriber.column(HISTORY);
        assert_eq!(now[..own.len()], own[..]);
        assert_eq!(now.len(), own.len() + 1, "{now:?}");
        assert_eq!(pair.subscriber.value("select count(*) from pggit.statements where statement like '%staged_there%'"), "0");
        let told = pair.publisher.value("select status from pggit.status() where component = 'Replication'");
        assert_eq!(told, "everything");
        pair.unsubscribe();
    }
}

/// A worker runs whatever triggers fire always, and these may change the schema.
#[test]
fn what_a_worker_changes_in_the_schema_is_recorded() {
    for server in servers() {
        let Some(mut pair) = pair(server) else { continue };
        pair.subscriber.run(
            "create function made() returns trigger language plpgsql as $$
             begin
                 execute format('create table public.of_%s (id int)', new.id);
                 execute format('alter table public.of_%s add note text default %L', new.id, new.note);
                 if new.id > 1 then
                     execute format('drop table public.of_%s', new.id - 1);
                 end if;
                 return null;
             end $$;
             create trigger made after insert on orders for each row execute function made();
             alter table orders enable always trigger made",
        );
        pair.subscribe();
        pair.publisher.run("insert into orders values (1, 'a')");
        pair.catch_up("select from orders where id = 1");
        pair.publisher.run("begin; insert into orders values (2, 'b'); insert into orders values (3, 'c'); commit; update orders set note = 'd' where id = 1; truncate orders; insert into orders values (4, 'e')");
        pair.catch_up("select from orders where id = 4");
        whole(&mut pair.subscriber, "the worker's DDL");
        let recorded = "select operation || ' ' || object_identity from pggit.changes where object_type = 'table' and object_identity ~ 'of_' order by object_identity collate \"C\", operation collate \"C\"";
        // what came and went in one transaction is in no commit
        assert_eq!(
            pair.subscriber.column(recorded),
            ["create public.of_1", "drop public.of_1", "create public.of_3", "drop public.of_3", "create public.of_4"]
        );
        assert_eq!(pair.subscriber.value("select count(*) from pggit.system_events where event_type ~ 'failed'"), "0");
        pair.unsubscribe();
    }
}

/// A row that replication would change needs an identity: without one the command that changes it fails where it is published.
#[test]
fn every_table_of_pggits_has_a_replica_identity() {
    pggit_tests::on_each(|db| {
        let without = "select c.relname::text from pg_class as c where c.relnamespace = 'pggit'::regnamespace and c.relkind = 'r'
            and not (c.relreplident = 'f' or (c.relreplident = 'd' and exists (select from pg_index as x where x.indrelid = c.oid and x.indisprimary and x.indimmediate)))";
        assert_eq!(db.session.column(without), [""; 0]);
        let unguarded = "select c.relname::text from pg_class as c where c.relnamespace = 'pggit'::regnamespace and c.relkind = 'r' and c.relname <> '__diesel_schema_migrations'
            and not exists (select from pg_trigger as t where t.tgrelid = c.oid and t.tgname = 'skip_replicated' and t.tgenabled = 'R')";
        assert_eq!(db.session.column(unguarded), [""; 0]);
    });
}
