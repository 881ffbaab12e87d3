//! Branches as names for commits: which names there can be, and what is not there yet.

use pggit_tests::on_each;

const SAID: &str = "
    create function pg_temp.said(statement text) returns text language plpgsql as $$
    declare hint text; begin
        execute statement;
        return 'nothing';
    exception when others then
        get stacked diagnostics hint = pg_exception_hint;
        return concat_ws(' ', sqlstate, sqlerrm, hint);
    end $$";

#[test]
fn a_name_is_anything_that_a_revision_can_say() {
    on_each(|db| {
        db.session.run("create table a (id int)");
        let head = db.session.value("select pggit.resolve_revision('HEAD')");
        let good = ["release/1.2", "fix#12", "müller", "日本", "a'b\"c", "beef", "UPPER", "x@y", "a-b_c+d", "1", "head"];
        for name in good {
            let quoted = name.replace('\'', "''");
            for call in ["create_branch", "tag"] {
                let name = if call == "tag" { format!("{quoted}-tag") } else { quoted.clone() };
                assert_eq!(db.session.value(&format!("select pggit.{call}('{name}')")), head, "{call} {name}");
                assert_eq!(db.session.value(&format!("select pggit.resolve_revision('{name}')")), head, "{name}");
                assert_eq!(db.session.value(&format!("select count(*) > 0 from pggit.log('{name}~0')")), "true", "{name}");
            }
        }
        assert_eq!(db.session.value("select count(*) from pggit.list_branches()"), (good.len() + 1).to_string());
        for name in good {
            db.session.run(&format!("select pggit.delete_branch('{}')", name.replace('\'', "''")));
        }
        assert_eq!(db.session.column("select branch_name from pggit.list_branches()"), ["main"]);
    });
}

#[test]
fn a_name_that_is_none_says_why() {
    on_each(|db| {
        db.session.run(SAID);
        db.session.run("create table a (id int)");
        let head = db.session.value("select pggit.resolve_revision('HEAD')");
        let long = "x".repeat(256);
        let bad = [
            "", " ", "HEAD", "@", "a b", "a\tb", "a~1", "a^", "a@{1}", "a..b", "a//b", "/a", "a/", ".a", "a.", "-a", "a.lock", "a:b", "a?",
            "a*", "a[b", "a\\b", &head, &long,
        ];
        for name in bad {
            for call in ["create_branch", "tag"] {
                let said = db.session.value(&format!("select pg_temp.said($q$select pggit.{call}($n${name}$n$)$q$)"));
                assert!(said.starts_with("22023 ") && said.contains("is no name for a") && said.contains("release/1.2"), "{name}: {said}");
            }
        }
        for call in ["create_branch(null)", "tag(null)"] {
            assert!(
                db.session.value(&format!("select pg_temp.said('select pggit.{call}')")).starts_with("22023 null is no name"),
                "{call}"
            );
        }
        db.session.run("select pggit.tag('taken')");
        assert!(db.session.fail("select pggit.create_branch('taken')").contains("there is a tag \"taken\" already"));
        assert!(db.session.fail("select pggit.tag('main')").contains("there is a branch \"main\" already"));
        assert!(db.session.fail("select pggit.create_branch('main')").contains("there is a branch \"main\" already"));
        for from in ["nowhere", "", "HEAD~99", "deadbeef"] {
            assert!(
                db.session.value(&format!("select pg_temp.said('select pggit.create_branch(''n'', ''{from}'')')")).starts_with("42704 "),
                "{from}"
            );
        }
        assert_eq!(db.session.value("select count(*) from pggit.list_branches()"), "1");
    });
}

#[test]
fn what_is_not_there_yet_says_so() {
    on_each(|db| {
        db.session.run(SAID);
        db.session.run("select pggit.create_branch('side')");
        for call in ["checkout('side')", "merge('side')", "merge('side', 'main')", "abort_merge(gen_random_uuid())"] {
            let said = db.session.value(&format!("select pg_temp.said($q$select pggit.{call}$q$)"));
            assert!(
                said.starts_with("0A000 ") && said.contains("not there yet") && said.contains("compare_environments"),
                "{call}: {said}"
            );
        }
        for call in ["checkout('nowhere')", "merge('nowhere')", "merge('side', 'nowhere')"] {
            let said = db.session.value(&format!("select pg_temp.said($q$select pggit.{call}$q$)"));
            assert!(said.starts_with("42704 ") && said.contains("nowhere"), "{call}: {said}");
        }
        assert_eq!(db.session.value("select pggit.current_branch()"), "main");
        assert!(db.session.value("select pg_temp.said('select pggit.delete_branch(''main'')')").starts_with("55006 "));
        assert!(db.session.value("select pg_temp.said('select pggit.delete_branch(null)')").starts_with("42704 "));
    });
}
