//! Law 7, for every function there is or will be: what runs with its owner's rights pins its search_path and is nobody's to call, and
//! what people call with their own rights leaves nothing to what stands in their search_path.

use pggit_tests::on_each;

/// What PUBLIC may call, each with the reason why that is harmless.
const PUBLIC: &[(&str, &str)] = &[];

/// Functions that run with their owner's rights and run text as SQL, each with the reason why that text is nobody's.
const DYNAMIC: &[(&str, &str)] = &[];

/// The words that a body may have before a parenthesis. What finds its operator by name (in, nullif, like) is not among them.
const WORDS: &[&str] =
    &["coalesce", "values", "and", "or", "not", "as", "if", "select", "from", "when", "then", "by", "operator", "exists", "on", "over"];

/// The body of a function without its comments and with empty literals.
fn stripped(body: &str) -> String {
    let mut out = String::new();
    let mut rest = body;
    while let Some(at) = rest.find(['\'', '-']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("--") {
            rest = comment.find('\n').map_or("", |end| &comment[end..]);
        } else if let Some(literal) = rest.strip_prefix('\'') {
            out.push_str("''");
            rest = literal.find('\'').map_or("", |end| &literal[end + 1..]);
        } else {
            out.push('-');
            rest = &rest[1..];
        }
    }
    out + rest
}

/// What a body leaves to the search_path: calls without a schema, operators, and what stands for an operator.
fn unqualified(body: &str) -> Vec<String> {
    let body = stripped(body);
    let mut found = Vec::new();
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    for (at, _) in body.match_indices('(') {
        let before = body[..at].trim_end();
        let start = before.rfind(|c| !is_word(c)).map_or(0, |i| i + 1);
        let (word, context) = (&before[start..], before[..start].trim_end());
        // the columns of an alias
        if !word.is_empty() && !context.ends_with('.') && !WORDS.contains(&word) && !context.ends_with(" as") {
            found.push(format!("{word}("));
        }
    }
    let plain =
        body.replace(":=", " ").replace("=>", " ").replace("..", " ").replace("::", " ").replace("errcode =", " ").replace("hint =", " ");
    for line in plain.lines() {
        let mut rest = line.to_owned();
        while let Some(at) = rest.find("operator(pg_catalog.") {
            let end = rest[at..].find(')').map_or(rest.len(), |i| at + i + 1);
            rest.replace_range(at..end, " ");
        }
        // all columns
        let rest = rest.replace("select *", "select").replace(".*", "");
        if rest.contains(|c| "+-*/<>=~!@#%^&|`?".contains(c)) {
            found.push(line.trim().to_owned());
        }
        for word in [" in (", "nullif", " like ", " between ", "distinct from", " using (", " any (", " all ("] {
            if rest.contains(word) {
                found.push(format!("{}: {}", word.trim(), line.trim()));
            }
        }
    }
    found
}

#[test]
fn what_runs_with_its_owners_rights_is_closed() {
    on_each(|db| {
        let definers = db
            .session
            .column("select p.oid::regprocedure::text from pg_proc as p where p.pronamespace = 'pggit'::regnamespace and p.prosecdef");
        assert!(definers.len() > 140, "{}", definers.len());
        let open_paths = "select p.oid::regprocedure::text || ': ' || coalesce(p.proconfig::text, '') from pg_proc as p where p.pronamespace = 'pggit'::regnamespace
            and case when p.prosecdef then not coalesce('search_path=pg_catalog, pg_temp' = any (p.proconfig), false)
                     else exists (select from unnest(p.proconfig) as c (setting) where c.setting like 'search_path=%' and c.setting <> 'search_path=pg_catalog, pg_temp') end";
        assert_eq!(db.session.column(open_paths), [""; 0]);
        let public = "select p.proname::text from pg_proc as p where p.pronamespace = 'pggit'::regnamespace and has_function_privilege('public', p.oid, 'execute') order by 1";
        assert_eq!(db.session.column(public), PUBLIC.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        let dynamic = "select p.proname::text from pg_proc as p join pg_language as l on l.oid = p.prolang
            where p.pronamespace = 'pggit'::regnamespace and p.prosecdef and l.lanname = 'plpgsql' and p.prosrc ~* '\\mexecute\\M' order by 1";
        assert_eq!(db.session.column(dynamic), DYNAMIC.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        let owners = "select distinct p.proowner::regrole::text from pg_proc as p where p.pronamespace = 'pggit'::regnamespace
            union select c.relowner::regrole::text from pg_class as c where c.relnamespace = 'pggit'::regnamespace
            union select t.evtowner::regrole::text from pg_event_trigger as t union select n.nspowner::regrole::text from pg_namespace as n where n.nspname = 'pggit'";
        assert_eq!(db.session.column(owners), ["postgres"]);
    });
}

/// Nothing of anybody else's runs when pgGit's own tables are read or written.
#[test]
fn pggits_tables_hold_no_code_of_others() {
    on_each(|db| {
        let code = "select t.tgrelid::regclass || ' ' || t.tgname from pg_trigger as t join pg_class as c on c.oid = t.tgrelid
                where c.relnamespace = 'pggit'::regnamespace and not t.tgisinternal and t.tgname not in ('fold_on_commit', 'note_kept_statement', 'skip_replicated')
            union all select p.polrelid::regclass || ' ' || p.polname from pg_policy as p join pg_class as c on c.oid = p.polrelid where c.relnamespace = 'pggit'::regnamespace
            union all select r.ev_class::regclass || ' ' || r.rulename from pg_rewrite as r join pg_class as c on c.oid = r.ev_class
                where c.relnamespace = 'pggit'::regnamespace and c.relkind = 'r'
            union all select d.classid::regclass || ' ' || d.objid || ' on ' || p.oid::regprocedure from pg_depend as d join pg_proc as p on d.refclassid = 'pg_proc'::regclass and p.oid = d.refobjid
                left join pg_attrdef as a on d.classid = 'pg_attrdef'::regclass and a.oid = d.objid left join pg_class as i on d.classid = 'pg_class'::regclass and i.oid = d.objid
                left join pg_class as c on c.oid = coalesce(a.adrelid, i.oid)
                where c.relnamespace = 'pggit'::regnamespace and c.relkind in ('r', 'i') and p.pronamespace not in ('pggit'::regnamespace, 'pg_catalog'::regnamespace)";
        assert_eq!(db.session.column(code), [""; 0]);
        let held = db.role("held");
        let mut session = db.connect_as(&held);
        for deed in [
            "create trigger t after insert on pggit.statement_records for each row execute function pg_catalog.suppress_redundant_updates_trigger()",
            "create rule r as on insert to pggit.statement_records do nothing",
            "create policy p on pggit.statement_records",
            "create index on pggit.statement_records (statement)",
            "create statistics s on command_tag, statement from pggit.statement_records",
            "comment on table pggit.statement_records is 'mine'",
            "create view v as select * from pggit.statement_records; select * from v",
            "create table c () inherits (pggit.statement_records)",
            "alter table pggit.statement_records enable row level security",
            "create event trigger e on ddl_command_end execute function pggit.capture_commands()",
            "create trigger t after insert on held execute function pggit.note_migration('flyway')",
            "create publication p for tables in schema pggit",
        ] {
            session.run("create temporary table held (id int)");
            assert!(session.attempt(deed).is_err(), "{deed}");
            session.run("drop table held");
        }
    });
}

#[test]
fn what_people_call_takes_nothing_from_their_search_path() {
    on_each(|db| {
        let open = "select p.oid::regprocedure::text from pggit.functions_for('admin') as f join pg_proc as p on p.oid = f
            where not p.prosecdef and not coalesce(p.proconfig::text like '%search_path%', false) order by 1";
        let names = db.session.column(open);
        assert!(!names.is_empty());
        let mut left = Vec::new();
        for name in names {
            let body = db.session.value(&format!("select prosrc from pg_proc where oid = '{name}'::regprocedure"));
            left.extend(unqualified(&body).into_iter().map(|what| format!("{name}: {what}")));
        }
        assert!(left.is_empty(), "qualify it, or pin the search_path: {left:#?}");
    });
}

/// The test above sees what it should.
#[test]
fn what_is_left_to_the_path_is_seen() {
    for body in [
        "select a || b",
        "select f(1)",
        "x := y + 1",
        "select a from b where c in (1, 2)",
        "select nullif(a, '')",
        "select a = any (b)",
        "-- c\n if a <> b then",
    ] {
        assert!(!unqualified(body).is_empty(), "{body}");
    }
    for body in [
        "select * from pggit.f(a => 'x + y')",
        "x := a operator(pg_catalog.||) b; -- a + b",
        "select coalesce(a, b)",
        "for i in 1 .. pg_catalog.cardinality(a) loop",
    ] {
        assert_eq!(unqualified(body), [""; 0], "{body}");
    }
}
