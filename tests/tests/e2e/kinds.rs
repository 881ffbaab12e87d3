//! Law 1 for the kinds that few applications have: after any statement that fires an event trigger, the index equals a full snapshot.

use pggit_tests::clients::Clients;
use pggit_tests::{Database, on_each};

/// A life of each kind of object.
pub const SCRIPT: &[&str] = &[
    "create schema app",
    // operators, their classes and families
    "create function app.eq(int, text) returns boolean language sql immutable as 'select $1::text = $2'",
    "create function app.qe(text, int) returns boolean language sql immutable as 'select $1 = $2::text'",
    "create operator app.=== (leftarg = int, rightarg = text, function = app.eq, commutator = operator(app.===), negator = operator(app.!==))",
    "create operator app.=== (leftarg = text, rightarg = int, function = app.qe, commutator = operator(app.===))",
    "create operator app.!== (leftarg = int, rightarg = text, function = app.eq, negator = operator(app.===))",
    "alter operator app.=== (int, text) set (restrict = eqsel)",
    "comment on operator app.=== (int, text) is 'equal as text'",
    "alter operator app.=== (int, text) owner to current_user",
    "create function app.reverse(int, int) returns int language sql immutable as 'select btint4cmp($2, $1)'",
    "create operator class app.backwards for type int using btree as operator 1 >, operator 2 >=, operator 3 =, operator 4 <=, operator 5 <, function 1 app.reverse(int, int)",
    "alter operator class app.backwards using btree rename to reversed",
    "comment on operator class app.reversed using btree is 'from the end'",
    "create operator family app.numbers using btree",
    "alter operator family app.numbers using btree add operator 1 <(int4, int8), operator 3 =(int4, int8), function 1 btint48cmp(int4, int8)",
    "alter operator family app.numbers using btree drop operator 1 (int4, int8), function 1 (int4, int8)",
    "alter operator family app.numbers using btree rename to figures",
    "create table app.sorted (a int)",
    "create index on app.sorted (a app.reversed)",
    // types and casts
    "create type app.shell",
    "create function app.shell_in(cstring) returns app.shell language internal immutable strict as 'int4in'",
    "create function app.shell_out(app.shell) returns cstring language internal immutable strict as 'int4out'",
    "create type app.shell (input = app.shell_in, output = app.shell_out, internallength = 4, passedbyvalue, alignment = int4, default = '7')",
    "alter type app.shell set (storage = plain)",
    "create cast (app.shell as int) without function as assignment",
    "create cast (int as app.shell) without function",
    "comment on cast (app.shell as int) is 'the same bits'",
    "create table app.shells (s app.shell)",
    "alter type app.shell rename to pearl",
    "drop cast (int as app.pearl)",
    // collations and conversions
    "create collation app.plain from \"C\"",
    "alter collation app.plain rename to simple",
    "create table app.sentences (t text collate app.simple)",
    "create conversion app.latin for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8",
    "alter conversion app.latin rename to western",
    "comment on conversion app.western is 'old files'",
    // text search
    "create text search dictionary app.stems (template = snowball, language = english)",
    "alter text search dictionary app.stems (stopwords = english)",
    "create text search configuration app.search (copy = simple)",
    "alter text search configuration app.search alter mapping for asciiword, word with app.stems, simple",
    "alter text search configuration app.search drop mapping for email",
    "alter text search dictionary app.stems rename to roots",
    "create text search parser app.parser (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype, headline = prsd_headline)",
    "alter text search parser app.parser rename to reader",
    "create text search template app.template (init = dsimple_init, lexize = dsimple_lexize)",
    "comment on text search template app.template is 'as simple'",
    "create text search configuration app.read (parser = app.reader)",
    // foreign data
    "create foreign data wrapper wrapper options (debug 'true', password 'hidden')",
    "alter foreign data wrapper wrapper options (set debug 'false')",
    "create server remote type 'db' version '1' foreign data wrapper wrapper options (host 'h', password 'hidden')",
    "alter server remote version '2' options (set host 'i')",
    "grant usage on foreign server remote to public",
    "grant usage on foreign data wrapper wrapper to public",
    "create user mapping for current_user server remote options (user 'u', password 'hidden')",
    "alter user mapping for current_user server remote options (set user 'v')",
    "create foreign table app.far (a int options (column_name 'x') not null, b text) server remote options (table_name 't')",
    "alter foreign table app.far add column c int default 3, options (set table_name 'u')",
    "alter foreign table app.far alter column a options (set column_name 'y')",
    "alter foreign table app.far add constraint positive check (a > 0)",
    "comment on column app.far.b is 'beta'",
    "alter foreign table app.far rename column b to beta",
    "alter foreign table app.far drop column c",
    "create function app.touch() returns trigger language plpgsql as 'begin return new; end'",
    "create trigger touch before insert on app.far for each row execute function app.touch()",
    "create table app.parts (a int, b text) partition by list (a)",
    "create foreign table app.parts_far partition of app.parts for values in (1) server remote",
    "alter table app.parts add column d int",
    "alter foreign table app.far rename to distant",
    "alter server remote rename to elsewhere",
    "alter foreign data wrapper wrapper rename to wrapping",
    // publications and subscriptions
    "create table app.sent (id int primary key, name text, extra text)",
    "create publication pub for table app.sent",
    "alter publication pub set table app.sent (id, name) where (id > 10)",
    "alter publication pub add table app.sorted",
    "alter publication pub drop table app.sorted",
    "alter publication pub set (publish = 'insert, update')",
    "create publication everything for tables in schema app",
    "alter publication everything drop tables in schema app",
    "alter publication everything add tables in schema app",
    "alter table app.sent rename column name to title",
    "alter table app.sent rename to mailed",
    "alter publication pub rename to news",
    "comment on publication news is 'for readers'",
    "create subscription sub connection 'host=nowhere password=hidden' publication p with (connect = false)",
    "alter subscription sub set (slot_name = none)",
    "alter subscription sub set publication q with (refresh = false)",
    "alter subscription sub rename to subscribed",
    // statistics
    "create table app.correlated (a int, b int, c text)",
    "create statistics app.ab (dependencies, ndistinct) on a, b from app.correlated",
    "alter statistics app.ab set statistics 500",
    "alter table app.correlated rename column a to alpha",
    "alter table app.correlated alter column b type bigint",
    "alter statistics app.ab rename to alpha_b",
    "create statistics app.lowered on (lower(c)), b from app.correlated",
    "alter table app.correlated drop column b",
    // languages, transforms, access methods
    "create language other handler plpgsql_call_handler inline plpgsql_inline_handler validator plpgsql_validator",
    "alter language other rename to another",
    "create trusted language third handler plpgsql_call_handler",
    "grant usage on language third to public",
    "comment on language third is 'of three'",
    "create function app.from_sql(internal) returns internal language internal immutable as 'int4abs'",
    "create transform for int language another (from sql with function app.from_sql(internal))",
    "drop transform for int language another",
    "create access method heaps type table handler heap_tableam_handler",
    "create table app.heaped (a int) using heaps",
    "comment on access method heaps is 'as heap'",
    // default privileges
    "alter default privileges in schema app grant select on tables to public",
    "alter default privileges grant execute on functions to public",
    "alter default privileges in schema app revoke select on tables from public",
    "alter default privileges revoke execute on functions from public",
    "alter default privileges grant usage on types to public",
    // what hangs together
    "alter schema app rename to application",
    "drop function application.reverse(int, int) cascade",
    "drop operator application.=== (int, text)",
    "drop operator family application.figures using btree",
    "drop table application.mailed",
    "drop subscription subscribed",
    "drop foreign data wrapper wrapping cascade",
    "drop language another cascade",
    "drop access method heaps cascade",
    "drop schema application cascade",
    "drop publication news, everything",
];

#[test]
fn the_index_is_a_snapshot_after_every_statement() {
    on_each(|db| {
        for statement in SCRIPT {
            db.session.run(statement);
            db.assert_no_drift(statement);
        }
        let kept = db.session.value("select schema_to_xml('pggit', false, false, '')::text");
        assert!(kept.contains("password=***") && !kept.contains("hidden"), "the passwords of the script are in a table of pgGit's");
    });
}

#[test]
fn the_index_is_a_snapshot_also_inside_one_transaction() {
    on_each(|db| {
        db.session.run("begin");
        for statement in SCRIPT.iter().filter(|s| !s.contains("subscription")) {
            db.session.run(statement);
            db.assert_no_drift(statement);
        }
        db.session.run("commit");
        db.assert_no_drift("commit");
    });
}

/// What pg_dump calls its entries, and the types that the elements behind them have. Comments, privileges, defaults and the like are
/// properties of the element that they belong to.
const DUMPED: &[(&str, &str)] = &[
    ("ACCESS METHOD", "access method"),
    ("ACL", "default acl"),
    ("AGGREGATE", "aggregate"),
    ("CAST", "cast"),
    ("CHECK CONSTRAINT", "table constraint"),
    ("COLLATION", "collation"),
    ("COMMENT", "schema"),
    ("CONSTRAINT", "table constraint"),
    ("CONVERSION", "conversion"),
    ("DEFAULT", "table column"),
    ("DEFAULT ACL", "default acl"),
    ("DOMAIN", "type"),
    ("EVENT TRIGGER", "event trigger"),
    ("EXTENSION", "extension"),
    ("FK CONSTRAINT", "table constraint"),
    ("FOREIGN DATA WRAPPER", "foreign-data wrapper"),
    ("FOREIGN TABLE", "foreign table"),
    ("FUNCTION", "function"),
    ("INDEX", "index"),
    ("INDEX ATTACH", "index"),
    ("MATERIALIZED VIEW", "materialized view"),
    ("OPERATOR", "operator"),
    ("OPERATOR CLASS", "operator class"),
    ("OPERATOR FAMILY", "operator family"),
    ("POLICY", "policy"),
    ("PROCEDURE", "procedure"),
    ("PROCEDURAL LANGUAGE", "language"),
    ("PUBLICATION", "publication"),
    ("PUBLICATION TABLE", "publication"),
    ("PUBLICATION TABLES IN SCHEMA", "publication"),
    ("ROW SECURITY", "table"),
    ("RULE", "rule"),
    ("SCHEMA", "schema"),
    ("SEQUENCE", "sequence"),
    ("SEQUENCE OWNED BY", "sequence"),
    ("SERVER", "server"),
    ("SHELL TYPE", "type"),
    ("STATISTICS", "statistics object"),
    ("SUBSCRIPTION", "subscription"),
    ("TABLE", "table"),
    ("TABLE ATTACH", "table"),
    ("TEXT SEARCH CONFIGURATION", "text search configuration"),
    ("TEXT SEARCH DICTIONARY", "text search dictionary"),
    ("TEXT SEARCH PARSER", "text search parser"),
    ("TEXT SEARCH TEMPLATE", "text search template"),
    ("TRANSFORM", "transform"),
    ("TRIGGER", "trigger"),
    ("TYPE", "type"),
    ("USER MAPPING", "user mapping"),
    ("VIEW", "view"),
];

/// What the script does not make.
const MORE: &[&str] = &[
    "create extension pgcrypto",
    "create view v as select 1 as one",
    "create rule r as on delete to v do instead nothing",
    "create materialized view m as select 1 as one",
    "create sequence s",
    "create procedure p() language sql as ''",
    "create aggregate agg (int) (sfunc = int4pl, stype = int)",
    "create table fk (id serial primary key references fk, n int check (n > 0))",
    "alter table fk add constraint later check (n < 100) not valid",
    "create statistics st on id, n from fk",
    "alter table fk enable row level security",
    "create policy own on fk using (true)",
    "create domain d as int check (value > 0)",
    "create type shell",
    "create function on_event() returns event_trigger language plpgsql as 'begin end'",
    "create event trigger theirs on ddl_command_end execute function on_event()",
    "grant select on fk to public",
    "create table pt (a int primary key) partition by range (a)",
    "create table pt1 partition of pt for values from (1) to (2)",
    "create transform for int language another (from sql with function application.from_sql(internal))",
];

/// A database with one of each kind of object.
pub fn one_of_each(db: &mut Database) {
    for statement in SCRIPT.iter().take_while(|s| !s.starts_with("drop function application.reverse")).chain(MORE) {
        db.session.run(statement);
    }
}

#[test]
fn pg_dump_knows_no_kind_that_we_do_not() {
    on_each(|db| {
        let Some(clients) = Clients::of(db.version()) else { return };
        one_of_each(db);
        let dump = clients.schema(db);
        let headers = dump.iter().filter(|l| l.starts_with("-- Name: "));
        let mut types: Vec<&str> = headers.filter_map(|l| l.split("; Type: ").nth(1)?.split(';').next()).collect();
        types.sort_unstable();
        types.dedup();
        let tracked = db.session.column("select distinct object_type from pggit.read_all()");
        for found in &types {
            let (_, element) = DUMPED.iter().find(|(dumped, _)| dumped == found).unwrap_or_else(|| panic!("pg_dump knows {found}; do we?"));
            assert!(tracked.iter().any(|t| t == element), "pg_dump gives {found}, and there is no {element} in the snapshot");
        }
        let missing: Vec<_> = DUMPED.iter().map(|(dumped, _)| dumped).filter(|d| !types.contains(d)).collect();
        assert!(missing.is_empty(), "the database does not have one of each on {}: {missing:?}", db.version());
        assert_eq!(db.session.column("select object_type || ' ' || object_identity from pggit.unknown_objects()"), [""; 0]);
    });
}
