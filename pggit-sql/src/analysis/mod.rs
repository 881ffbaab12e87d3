//! What a statement does, known before it runs: the objects it touches, the locks it takes, what it rewrites and what it loses.
//!
//! Each thing to be known stands in a file of its own in `rules`; what they look at is prepared here once for all of them.

mod effects;
mod objects;
mod references;
mod rules;
mod tree;

use pg_query::protobuf::node::Node;
use serde::{Deserialize, Serialize};

use crate::script::{Script, ScriptError, Statement};

pub use objects::{Action, Touched};
pub use references::{References, body_references, statement_references};

/// A name with the schema that was written before it, if any.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Name {
    /// The schema, where the statement names one.
    pub schema: Option<String>,
    /// The name itself.
    pub name: String,
}

impl Name {
    fn new(schema: &str, name: &str) -> Self {
        Self { schema: (!schema.is_empty()).then(|| schema.to_owned()), name: name.to_owned() }
    }

    /// A name from its parts, the last of which is the name itself.
    fn from_parts(parts: &[String]) -> Option<Self> {
        match parts {
            [] => None,
            [name] => Some(Self::new("", name)),
            [.., schema, name] => Some(Self::new(schema, name)),
        }
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}.")?;
        }
        f.write_str(&self.name)
    }
}

/// How much a finding means for a server that is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Note,
    /// It can hold others up, or break who relies on what it changes.
    Warning,
    /// Data is gone afterwards.
    Danger,
}

/// Something that a rule found in a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule, as `rewrites_table`.
    pub rule: String,
    /// How much it means.
    pub severity: Severity,
    /// The object that it is about, where there is one.
    pub object: Option<Name>,
    /// What happens.
    pub message: String,
    /// What to do instead, where there is something.
    pub hint: Option<String>,
}

/// All that is known of a statement before it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Analysis {
    /// The statement.
    pub statement: Statement,
    /// The objects that it creates, alters, drops, writes or reads, in the order in which they appear.
    pub touched: Vec<Touched>,
    /// What its text refers to, bodies of functions included, and what cannot be known.
    pub references: References,
    /// Why only running it would tell what it changes, as of a function that it calls; nothing where its text tells all.
    pub unknown_effects: Vec<String>,
    /// What the rules found.
    pub findings: Vec<Finding>,
}

/// What the rules look at.
struct Parsed<'a> {
    node: &'a Node,
    touched: &'a [Touched],
}

impl Parsed<'_> {
    /// The first object that the statement changes.
    fn target(&self) -> Option<&Name> {
        self.touched.iter().find(|t| t.action != Action::Read).map(|t| &t.name)
    }
}

/// Analyses every statement of a script, in order.
///
/// ```
/// use pggit_sql::analysis::{Severity, analyze};
/// let found = analyze("alter table shop.orders drop column note")?;
/// assert_eq!(found[0].touched[0].name.to_string(), "shop.orders");
/// assert!(found[0].findings.iter().any(|f| f.rule == "drops_column" && f.severity == Severity::Danger));
/// # Ok::<(), pggit_sql::ScriptError>(())
/// ```
///
/// # Errors
/// [`ScriptError::Syntax`] for a script that PostgreSQL cannot parse.
pub fn analyze(text: &str) -> Result<Vec<Analysis>, ScriptError> {
    Script::parse(text)?.statements.into_iter().map(analyze_statement).collect()
}

/// Analyses one statement.
///
/// # Errors
/// [`ScriptError::Syntax`] for a text that PostgreSQL cannot parse.
pub fn analyze_statement(statement: Statement) -> Result<Analysis, ScriptError> {
    let parsed = pg_query::parse(&statement.text, 0).map_err(|e| ScriptError::Syntax(e.to_string()))?;
    let mut touched = Vec::new();
    let mut references = References::default();
    let mut findings = Vec::new();
    let mut unknown_effects = Vec::new();
    for raw in &parsed.protobuf.stmts {
        let Some(node) = raw.stmt.as_ref().and_then(|s| s.node.as_ref()) else { continue };
        let inside = effects::body(node, &statement.text);
        for node in std::iter::once(node).chain(&inside) {
            objects::collect(node, &mut touched);
        }
        unknown_effects.extend(effects::unknown(node, &statement.text, &touched));
        references::collect(node, &statement.text, &mut references);
        let changed: Vec<Name> = touched.iter().map(|t| t.name.clone()).collect();
        // In CREATE SCHEMA a name without a schema is one of that schema's.
        let is_own = |r: &Name| r.schema.is_none() && matches!(node, Node::CreateSchemaStmt(_)) && changed.iter().any(|c| c.name == r.name);
        let read = references.relations.iter().filter(|r| !changed.contains(r) && !is_own(r));
        touched.extend(read.map(|r| Touched::new(Action::Read, "relation", r.clone())));
        findings.extend(check(node, &touched));
        for node in &inside {
            let mut own = Vec::new();
            objects::collect(node, &mut own);
            findings.extend(check(node, &own));
        }
    }
    Ok(Analysis { statement, touched, references, unknown_effects, findings })
}

/// What the rules find in one statement, or in one of those in the body of DO.
fn check(node: &Node, touched: &[Touched]) -> Vec<Finding> {
    let found = |(name, rule): &(&str, rules::Rule)| {
        let named = |finding| Finding { rule: (*name).to_owned(), ..finding };
        rule(&Parsed { node, touched }).into_iter().map(named).collect::<Vec<_>>()
    };
    rules::RULES.iter().flat_map(found).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touched(sql: &str) -> Vec<String> {
        let analyses = analyze(sql).expect("SQL");
        analyses.iter().flat_map(|a| &a.touched).map(|t| format!("{:?} {} {}", t.action, t.object_type, t.name)).collect()
    }

    fn rules(sql: &str) -> Vec<String> {
        let analyses = analyze(sql).expect("SQL");
        analyses.into_iter().flat_map(|a| a.findings).map(|f| f.rule).collect()
    }

    #[test]
    fn what_a_statement_touches() {
        assert_eq!(touched("create table a.t (id int references b.r)"), ["Create table a.t", "Read relation b.r"]);
        assert_eq!(touched("drop table a.b, c cascade"), ["Drop table a.b", "Drop table c"]);
        assert_eq!(touched("alter table t rename to u"), ["Alter table t"]);
        assert_eq!(touched("create view q.v as with w as (select 1) select * from w, c.t"), ["Create view q.v", "Read relation c.t"]);
        assert_eq!(touched("create index i on a.t (x)"), ["Create index a.i", "Alter table a.t"]);
        assert_eq!(touched("drop function a.f(int)"), ["Drop function a.f"]);
        assert_eq!(touched("comment on column a.b.c is 'x'"), ["Alter table a.b"]);
        assert_eq!(touched("insert into a.t select * from b.u"), ["Write relation a.t", "Read relation b.u"]);
        assert_eq!(touched("alter type a.b add value 'x'"), ["Alter type a.b"]);
        assert_eq!(touched("grant select on a.t to public"), ["Alter table a.t"]);
        assert_eq!(
            touched("create function f() returns int language sql as 'select id from a.t'"),
            ["Create function f", "Read relation a.t"]
        );
        assert_eq!(touched("create trigger k after insert on a.t execute function a.g()"), ["Create trigger a.k", "Alter table a.t"]);
        assert_eq!(touched("create materialized view q.m as select 1"), ["Create materialized view q.m"]);
        assert_eq!(touched("drop schema s cascade"), ["Drop schema s"]);
        assert_eq!(touched("select 1"), [""; 0]);
        assert_eq!(touched("do 'begin alter table a.t add x int; end'"), ["Alter table a.t"]);
        assert_eq!(
            touched("with w as (delete from a.t returning id) insert into b.u select id from w")[..2],
            ["Write relation b.u", "Write relation a.t"]
        );
        assert_eq!(touched("select * into a.copy from a.t"), ["Create table a.copy", "Read relation a.t"]);
        assert_eq!(touched("create schema s create table t (id int)"), ["Create schema s", "Create table s.t"]);
        assert_eq!(touched("create aggregate a.total(int) (sfunc = int4pl, stype = int)"), ["Create aggregate a.total"]);
        assert_eq!(touched("alter default privileges in schema a grant select on tables to public"), ["Alter schema a"]);
    }

    #[test]
    fn what_each_rule_finds() {
        for (sql, expected) in [
            ("drop table t", &["locks_table", "drops_table"][..]),
            ("drop schema s cascade", &["drops_schema", "cascades"]),
            ("truncate t", &["locks_table", "truncates"]),
            ("delete from t", &["touches_every_row"]),
            ("delete from t where id = 1", &[]),
            ("create index i on t (a)", &["locks_table", "scans_table"]),
            ("create index concurrently i on t (a)", &["locks_table", "scans_table", "outside_transactions"]),
            ("alter table t add column a int", &["locks_table"]),
            ("alter table t add column a int default 3", &["locks_table"]),
            ("alter table t add column a uuid default gen_random_uuid()", &["locks_table", "rewrites_table"]),
            ("alter table t alter column a type bigint", &["locks_table", "rewrites_table", "changes_type"]),
            ("alter table t alter column a type text", &["locks_table", "rewrites_table", "changes_type"]),
            ("alter table t alter column a set not null", &["locks_table", "scans_table"]),
            ("alter table t add foreign key (a) references u", &["locks_table", "locks_table", "scans_table"]),
            ("alter table t add constraint k check (a > 0) not valid", &["locks_table"]),
            ("alter table t add primary key (id)", &["locks_table", "scans_table"]),
            ("alter table t drop column a", &["locks_table", "drops_column"]),
            ("alter table t rename column a to b", &["locks_table", "renames"]),
            ("alter table t validate constraint k", &["locks_table", "scans_table"]),
            ("vacuum full t", &["locks_table", "rewrites_table", "outside_transactions"]),
            ("refresh materialized view m", &["locks_table"]),
            ("alter table t set (fillfactor = 70)", &["locks_table"]),
            ("alter table t enable row level security", &["locks_table", "enables_row_security"]),
            ("drop view v cascade", &["locks_table", "cascades"]),
            ("create table t (id int)", &[]),
            ("do 'begin drop table t; end'", &["locks_table", "drops_table"]),
        ] {
            assert_eq!(rules(sql), expected, "{sql}");
        }
    }
}
