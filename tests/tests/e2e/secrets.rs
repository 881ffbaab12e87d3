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
    "create foreign table far (a int options (secret_column 'hidden')) server s options (secret 'hidden')",
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
        assert_ne!(db.session.value("select count(*) from pggit.statements where statement like '%***%'"), "0");
        db.session.run("alter role current_user password null; alter subscription sub set (slot_name = none); drop subscription sub");
    });
}
