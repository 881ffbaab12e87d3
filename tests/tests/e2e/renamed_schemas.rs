//! What is made in a schema while another transaction renames it has its new name in the history, in whatever order they come to commits.

use pggit_tests::{Database, on_each};

/// What is made in the schema, as its name was.
const MADE: [(&str, &str); 4] = [
    ("create function s.made() returns int language sql as 'select 1'", "function after.made()"),
    ("create type s.made as enum ('a')", "type after.made"),
    ("create table s.made (id int primary key, x int)", "table after.made"),
    ("alter function s.f() cost 7", "function after.f()"),
];

fn assert_recorded(db: &mut Database, object: &str, what: &str) {
    let found = db.session.column("select object_type || ' ' || object_identity from pggit.drift()");
    assert!(found.is_empty(), "{what}, on {}: {found:?}", db.version());
    let recorded = format!("select count(*) from pggit.tracked_objects where object_type || ' ' || object_identity = '{object}'");
    assert_eq!(db.session.value(&recorded), "1", "{what}, on {}", db.version());
    assert_eq!(db.session.value("select count(*) from pggit.tracked_objects where object_identity like 's.%'"), "0", "{what}");
    let wrong = db.session.column("select check_name || ': ' || details from pggit.verify_consistency() where status = 'error'");
    assert!(wrong.is_empty(), "{what}: {wrong:?}");
}

#[test]
fn what_is_made_while_its_schema_is_renamed_is_recorded_under_its_name() {
    on_each(|db| {
        let mut other = db.connect();
        other.run("set lock_timeout = '1s'");
        for (make, object) in MADE {
            for looks in [false, true] {
                for level in ["read committed", "repeatable read"] {
                    // the one that makes it commits first, or last
                    for makes_first in [true, false] {
                        let what = format!("{make}, looks {looks}, {level}, makes first {makes_first}");
                        db.session.run(
                            "drop schema if exists s, after cascade; create schema s;
                             create function s.f() returns int language sql as 'select 1'; select pggit.settle()",
                        );
                        let (first, second) = ("alter schema s rename to after", make);
                        let (early, late) = if makes_first { (first, second) } else { (second, first) };
                        db.session.run(&format!("begin isolation level {level}; {early}"));
                        if other.attempt(late).is_err() {
                            // without pgGit it would wait as well
                            db.session.run("rollback");
                            continue;
                        }
                        if looks {
                            other.run("select pggit.settle()");
                        }
                        db.session.run("commit; select pggit.settle()");
                        assert_recorded(db, object, &what);
                    }
                }
            }
        }
    });
}
