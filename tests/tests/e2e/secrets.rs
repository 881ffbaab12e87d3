//! Law 6: passwords never reach a table of pgGit's, however they are spelt.

use pggit_tests::on_each;

const STATEMENTS: &[&str] = &[
    "create foreign data wrapper w options (apikey 'hidden')",
    "create server s foreign data wrapper w options (host 'h', pass 'hidden', auth 'hidden', pin 'hidden')",
    "alter server s options (set pass 'hidden', add U&\"t\\006fken\" 'hidden')",
    "create user mapping for current_user server s options (user 'u', whatever 'hidden')",
    "alter user /* c */ mapping for current_user server s options (set whatever $q$hidden$q$)",
    "alter user -- c\n mapping for current_user server s options (set whatever E'hid\\144en')",
    "do $$ begin execute 'alter user mapping for current_user server s options (set whatever ''hidden'')'; end $$",
    "do $x$ begin execute format('alter %s %s for current_user server s %s (set whatever %L)', 'user', 'map' || 'ping', 'op' || 'tions', 'hidden'); end $x$",
    "do $$ declare k text := 'hidden'; begin create table made (a int); execute format('alter %s current_user pass' || 'word %L', 'ro' || 'le', k); end $$",
    "create procedure rotate(who text, word text) language plpgsql as 'begin create table if not exists rotated (a int); drop table rotated; end'",
    "create function rotated(word text) returns int language plpgsql as 'begin create table if not exists rotated (a int); drop table rotated; return 1; end'",
    "call rotate('bob', 'hidden')",
    "/* c */ select rotated('hidden')",
    "prepare p (text) as select rotated($1)",
    "execute p ('hidden')",
    "do $$ begin perform rotated('hidden'); end $$",
    "create table setting (a int); set app.key = 'hidden'",
    "create table settings (a int); set local \"app\".key to 'hidden'",
    "alter server s options (add link 'postgresql://u:hidden@h/db', add extra 'password=hidden')",
    "create table beside (a int); alter role current_user password 'hidden'",
    "create table besides (a int); select set_config('my.token', 'hidden', false)",
    "create table s1 (a int); set app . key = 'hidden'",
    "create table s2 (a int); set app/**/.key = 'hidden'",
    "create table s3 (a int); set /* c */ app.key to hidden",
    "create table s4 (a int); set local -- c\n app.key to 'hidden'",
    "create table s5 (a int); set U&\"app\".key = hidden",
    "create table s6 (a int); set \"app\" . key = hidden",
    "create table s7 as/* c */ select rotated('hidden') as a",
    "create table s8 as -- c\n /* ( */ (select rotated('hidden') as a)",
    "create table s9 (a int); --c\rselect rotated('hidden')",
    "create function g1() returns int /* $a$ */ language sql as 'select 1'; select rotated('hidden') /* $a$ */",
    "create function \"g$a$\"() returns int language sql as 'select 1'; select rotated('hidden') as \"y$a$\"",
    "create function g2() returns int /* it's */ language sql as 'select 1'; select rotated('hidden')",
    "create function g3() returns int language sql as $b$ select 1; /* $a$ */ $b$; select rotated($a$hidden$a$)",
    "create table s17 (a int) -- my password is hidden",
    "create table s18 (a int /* token: hidden */)",
    "create table s10 (a text); alter table s10 alter a type int using rotated('hidden')",
    "alter table s10 add b int, alter /* c */ a type text using rotated('hidden')::text",
    "create table s11 (a int); alter/**/role current_user/**/set app . key = 'hidden'",
    "create table s12 (a int); alter/* c */role current_user password null; alter-- c\nrole current_user set app/**/. key = 'hidden'",
    "create table s13 (a int); alter role current_user reset all; create temporary table s14 as/**/select rotated('hidden')",
    "create function numbered(word int) returns int language plpgsql as 'begin create table if not exists rotated (a int); drop table rotated; return 1; end'",
    "alter server s options (add bearer 'hidden', add jwt 'hidden', add signature 'hidden', add sas 'hidden')",
    "alter server s options (add conn 'host=h user=u pass = hidden', add dsn 'Server=h;PWD=hidden;', add login_as 'u/hidden@h')",
    "alter server s options (add url 'https://h/?sig=hidden', add url2 'https://h/?api_key=hidden', add pem '-----BEGIN hidden')",
    "create foreign table far2 (a int options (pw 'hidden')) server s options (connection 'Pwd=hidden')",
    "alter foreign data wrapper w options (add private_part 'hidden')",
    "create foreign table far (a int options (secret_column 'hidden')) server s options (secret 'hidden')",
    "create table fetched as select rotated('hidden') as a",
    "create unlogged table fetched2 as (select rotated($q$hidden$q$) as a)",
    "create table pair (a int); select rotated('hidden')",
    "create table pair2 (a int); call rotate('bob', 'hidden')",
    "begin; select rotated('hidden'); create table pair3 (a int); commit",
    "create table pair4 (a text); insert into pair4 values ('hidden')",
    "create table pair5 (a int); do $$ begin perform rotated('hidden'); end $$",
    "create table pair6 (a text) ; /* c */ -- d\n with w as (select 'hidden') insert into pair6 select * from w",
    "create function f1() returns int language sql as $$ select 1; $$; select rotated('hidden'); create function f2() returns int language sql as $$ select 1; $$",
    "create function f3() returns int language sql as 'select 1;'; select rotated('hidden'); create function f4() returns int language sql as 'select 1'",
    "create table noted (a int); /* password=hidden */ create table noted2 (a int) -- the token is hidden\n",
    "/* a password /* is */ hidden */ create table noted3 (a int)",
    "create table bare (a int); set app.key to hidden",
    "create table bare2 (a int); set local app.key = hidden",
    "create table q1 (a int); set \"app.key\" = 'hidden'",
    "create table q2 (a int); set local \"app.key\" to hidden",
    "create table q3 (a int); set session \"app.key\" to hidden",
    "create table q4 (a int); set/**/\"app.key\"/**/= hidden",
    "create table q5 (a int); set -- c\n \"app.key\" = hidden",
    "create table q6 (a int); set U&\"app\\002ekey\" = hidden",
    "create table q7 (a int); set U&\"app!002ekey\" uescape '!' = hidden",
    "create table q8 (a int); alter role current_user set \"app.key\" to hidden",
    "create table q9 (a int); alter role current_user reset all; set \"app.k\".\"x\" to hidden",
    "create table n1 (a int); set müller.key = 'hidden'",
    "create table n2 (a int); set a$b.key to hidden",
    "create table n3 (a int); set local é.ü = hidden",
    "create table n4 (a int); set session/**/é/**/./**/ü to hidden",
    "create table n5 (a int); alter role current_user set é.ü = 'hidden'; alter role current_user set x$ . y to hidden",
    "do $$ begin execute format('alter database %I set \"app.key\" to %L', current_database(), 'hidden'); end $$",
    "alter server s options (add authorization 'hidden', add headers 'X-A: hidden', add header 'hidden', add x_headers 'A=hidden=1')",
    "alter server s options (add pat 'hidden', add git_pat 'hidden', add psw 'hidden', add session_id 'hidden', add sessionid 'hidden')",
    "alter server s options (add a1 'Bearer hidden', add a2 'x: basic hidden', add a3 'https://hidden@host/x', add a4 'u:hidden@tcp(host:3306)/db')",
    "create foreign table far3 (a int options (more 'u:hidden@h')) server s options (program 'curl -u user:hidden http://x')",
    "create foreign table far4 (a int) server s options (program 'curl --user=user:hidden http://x')",
    "create foreign table far5 (a int) server s options (program 'curl -H \"X-Api-Key: hidden\" http://x')",
    "create foreign table far6 (a int) server s options (program 'curl -H \"Authorization: x hidden\" http://x')",
    "create foreign table far7 (a int) server s options (program 'curl http://u:hid/hidden@x')",
    "create foreign table far8 (a int) server s options (program 'mysql -phidden -h h')",
    "create foreign table far9 (a int) server s options (program 'sshpass -p hidden ssh h')",
    "alter foreign table far9 options (set program '/bin/x\thidden')",
    "alter foreign table far9 options (set program '\"/bin/hidden x\" hidden')",
    "alter server s options (add blob1 'Endpoint=sb://h/;SharedAccessKeyName=n;SharedAccessKey=hidden', add blob2 'AccountName=n;AccountKey=hidden')",
    "alter server s options (add more_headers_too 'Cookie: hidden', add a5 'curl -b Set-Cookie: a=hidden')",
    "alter server s options (add \"api key\" 'hidden')",
    "alter user mapping for current_user server s options (add U&\"p\\0061ss\" 'hidden')",
    "alter user mapping for current_user server s options (add \"tok\"\"en\" E'hid\\u0064en', add more 'hidden')",
    "create table plain (a int); alter role current_user password $a$hidden$a$ valid until 'infinity'",
    "create subscription sub2 connection ' host = h  password = hidden ' publication p with (connect = false)",
    "alter subscription sub2 connection E'host=h pass\\x77ord=hidden'",
    "alter subscription sub2 connection 'postgresql://u:hid%64en@h/db?password=hidden'",
    "alter subscription sub2 set (slot_name = none); drop subscription sub2",
    "create subscription sub connection 'host=x password = ''hid den'' sslpassword=hidden' publication p with (connect = false)",
    "alter subscription sub connection 'postgresql://u:hidden@h/db?sslpassword=hidden'",
];

#[test]
fn no_secret_is_kept_in_any_spelling() {
    on_each(|db| {
        db.session.run("set password_encryption = 'scram-sha-256'");
        for statement in STATEMENTS {
            db.session.run(statement);
            db.assert_no_drift(statement);
            let kept = db.session.value("select schema_to_xml('pggit', false, false, '')::text");
            assert!(!kept.contains("hidden") && !kept.contains("hid den"), "a secret is kept of {statement}");
        }
        // a number may be a secret too
        for statement in
            ["select numbered(471147)", "do $$ begin perform numbered(471147); end $$", "create table s15 as select numbered(471147)"]
        {
            db.session.run(statement);
            assert!(!db.session.value("select schema_to_xml('pggit', false, false, '')::text").contains("471147"), "{statement}");
        }
        assert_ne!(db.session.value("select count(*) from pggit.statements where statement like '%***%'"), "0");
        db.session.run("alter role current_user password null; alter subscription sub set (slot_name = none); drop subscription sub");
    });
}

/// What holds no secret is kept as it was sent.
#[test]
fn what_is_no_secret_is_kept_whole() {
    on_each(|db| {
        for statement in [
            "create table t (id int primary key, a text default 'x', b text default E'\\n') -- all of it",
            "create function f() returns int language plpgsql as $$ begin perform 'x'; select 1; return 1; end $$",
            "create or replace function f() returns int language plpgsql as 'begin perform 1; select 1; return 1; end' strict;",
            "create table u (a text default 'x'); create index on u (a); -- done",
            "create view v as select a from t where a = 'x; select 1'",
            "begin; create table w (a text default 'x'); savepoint s; alter table w add b text default 'y'; release s; commit",
            "alter table t add c int generated always as (id + 1) stored",
            "comment on table t is 'It''s a table; select it'",
            "/* a /* nested */ comment; */ create table x (a text default 'x'); -- it's; 'not'\ncreate table y (a text default $$;$$)",
            "create function g() returns text language sql as $b$ select 'x'; $b$; comment on function g is 'select; it'",
            "create table z (\"a; select\" text default 'x'); alter table z alter column \"a; select\" set default 'y'",
        ] {
            db.session.run(statement);
            let kept = db.session.value("select statement from pggit.statements order by executed_at desc limit 1");
            assert_eq!(kept, statement);
        }
    });
}

/// What an export needs, and no secret is in.
#[test]
fn options_that_hold_no_secret_are_kept() {
    on_each(|db| {
        db.session.run("create foreign data wrapper w; create server s foreign data wrapper w");
        let options = "filename '/a/b:c.csv', header 'true', quote '@', null '', host 'h', port '5432', url 'https://h/x', program 'gzip -dc /a/b.gz', \"user\" 'u', use_remote_estimate 'on'";
        db.session.run(&format!("create foreign table t (a int) server s options ({options})"));
        let kept = db.session.value("select pggit.object_definition('public.t') -> 'definition' -> 'options'");
        assert!(!kept.contains("***") && kept.contains("header=true") && kept.contains("gzip"), "{kept}");
    });
}

/// What people put on record themselves: conflicts, errors of migrations and of changesets.
#[test]
fn no_secret_is_kept_of_what_people_register() {
    on_each(|db| {
        for (object_type, data) in [
            ("server", r#"{"incoming": {"options": ["host=h", "password=hidden"]}}"#),
            ("server", r#"{"current": "alter/**/server s options (set pin 'hidden')"}"#),
            ("foreign table", r#"{"base": {"options": ["conn=host=h password=hidden"]}}"#),
            ("foreign table column", r#"{"base": {"definition": {"foreign_options": ["pw=hidden"]}}}"#),
            ("user mapping", r#"{"incoming": {"options": ["user=u", "pin=hidden"]}}"#),
            ("subscription", r#"{"incoming": {"connection": "host=h password=hidden"}}"#),
            // in whatever place, under whatever name
            ("role", r#"{"sql": "create role r password 'hidden'"}"#),
            ("table", r#"{"incoming": "create table x (i int)", "tracked": "create role r password 'hidden'"}"#),
            ("table", r#"{"incoming": "insert into t values (1, 'hidden')"}"#),
            ("table", r#"{"theirs": "/* c */ select rotate('hidden')"}"#),
            ("table", r#"{"steps": [{"run": "with w as (select 'hidden') insert into t select * from w"}]}"#),
            ("user mapping", r#"{"incoming": ["user=u", "pin=hidden"]}"#),
            ("user mapping", r#"{"incoming": {"option": ["word=hidden"]}}"#),
            ("user mapping", r#"{"incoming": {"options": {"word": "hidden"}}}"#),
            ("server", r#"{"incoming": {"option": ["password=hidden"]}}"#),
            ("server", r#"{"incoming": {"password": "hidden"}}"#),
            ("server", r#"{"incoming": {"options": {"password": "hidden"}}}"#),
            ("server", r#"{"incoming": {"elements": [{"definition": {"options": ["password=hidden"]}}]}}"#),
            ("server", r#"{"where": "postgresql://u:hidden@h/db"}"#),
            ("server", r#"{"description": "theirs has password=hidden"}"#),
            ("server", r#"{"description": "isn't it create role r password 'hidden'"}"#),
            ("table", r#"{"pin": 471147}"#),
        ] {
            let error =
                db.session.fail(&format!("select pggit.register_conflict('merge', '{object_type}', 's', '{}')", data.replace('\'', "''")));
            assert!(error.contains("could hold a secret"), "{error}");
        }
        db.session
            .run(r#"select pggit.register_conflict('merge', 'server', 's', '{"incoming": {"options": ["host=h", "password=***"]}}')"#);
        for message in [
            "could not connect to postgresql://u:hidden@h/db",
            "no route for password=hidden",
            "alter role r password 'hidden': no such role",
        ] {
            let quoted = message.replace('\'', "''");
            db.session.run(&format!("select pggit.begin_migration(1); select pggit.end_migration(1, null, false, '{quoted}')"));
        }
        db.session.run("create function dial() returns int language plpgsql as $$ begin raise exception 'no route for %=%', 'pass' || 'word', reverse('neddih'); end $$");
        db.session.run("select pggit.execute_cqrs_changeset(pggit.track_cqrs_change(row(array['select dial()'], '{}'::text[], 'd', '1.0.0')::pggit.cqrs_change))");
        db.session.run("create function rotate(word text) returns void language plpgsql as 'begin end'");
        for (operation, again) in [
            ("select rotate(''hidden''); call nothing()", false),
            ("/* hidden */ select nothing(4)", false),
            ("select rotate(null), nothing()", true),
        ] {
            let id = db.session.value(&format!(
                "select pggit.track_cqrs_change(row(array['{operation}'], '{{}}'::text[], 'r', '1.0.0')::pggit.cqrs_change)"
            ));
            let said = db.session.attempt(&format!("select pggit.execute_cqrs_changeset('{id}')"));
            assert_eq!(said.err().is_none_or(|e| !e.to_string().contains("were not kept")), again, "{operation}");
        }
        db.session.run(r#"select pggit.resolve_conflict(pggit.register_conflict('merge', 'table', 'public.t'), 'custom', null, '{"sql": "select rotate(''hidden'')"}')"#);
        let kept = db.session.value("select schema_to_xml('pggit', false, false, '')::text");
        assert!(!kept.contains("hidden"), "a secret is kept");
        assert!(kept.contains("no route for password=***"));
    });
}

/// What people say of a conflict, and whatever pgGit itself records.
#[test]
fn conflicts_without_a_secret_are_registered() {
    on_each(|db| {
        for (object_type, data) in [
            (
                "table",
                r#"{"description": "ours isn't theirs: 2 columns differ, update 3 of them", "ticket": "SHOP-123", "base_version": "1.0.0"}"#,
            ),
            ("table", r#"{"incoming": "create table t (a text default 'x')", "description": "with the word 'x', for love"}"#),
            ("view", r#"{"incoming": {"query": "select password_hash from users where kind = 'a=b'", "comment": "don't"}}"#),
            ("function", r#"{"incoming": {"source": "begin perform 'x'; return token; end", "language": "plpgsql"}}"#),
            ("table constraint", r#"{"incoming": {"definition": "CHECK ((key = 'x'::text))"}}"#),
        ] {
            db.session.run(&format!("select pggit.register_conflict('merge', '{object_type}', 's', '{}')", data.replace('\'', "''")));
        }
        for (_, since, script) in crate::variations::SCHEMAS {
            if db.version() >= *since {
                for statement in crate::variations::statements(script) {
                    db.session.run(statement);
                }
            }
        }
        let refused = db.session.column(
            "select t.object_type || ' ' || t.object_identity || ': ' || b.definition::text
             from pggit.tracked_objects as t
             join pggit.blobs as b using (definition_id)
             where not b.definition ? 'connection'
               and pggit.could_hold_secret(t.object_type, jsonb_build_object('incoming', b.definition))",
        );
        assert_eq!(refused, [""; 0]);
    });
}

#[test]
fn a_very_long_string_is_told_up_to_its_first_literal() {
    on_each(|db| {
        let filler = "perform 1; /* nothing to see */\n".repeat(6000);
        db.session.run(&format!("create function long() returns void language plpgsql as $$ begin {filler} end $$"));
        assert_eq!(
            db.session.value("select statement from pggit.statements order by statement_id desc limit 1"),
            "create function long() returns void language plpgsql as '***'"
        );
        db.session.run(&format!("comment on function long() is '{}'", "it''s ".repeat(20_000)));
        assert_eq!(
            db.session.value("select statement from pggit.statements order by statement_id desc limit 1"),
            "comment on function long() is '***'"
        );
        db.assert_no_drift("long statements");
    });
}
