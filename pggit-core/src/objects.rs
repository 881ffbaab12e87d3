//! What pgGit knows of PostgreSQL's objects: the files of `objects/`, one pair for each kind.
//!
//! `KIND.sql` reads the kind from the catalogs, `KIND.toml` says what its rows are called and how its DDL is
//! written. Nothing else in pgGit names a kind: the functions that capture calls are made from these files.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use include_dir::{Dir, include_dir};
use serde::Deserialize;
use serde_json::json;

/// The SELECT that lists what dependencies are between: `classid`, `objid`, `object_type`, `schema_name`, `object_name`, `identity`, and for
/// functions `language`, `body` and `path`.
pub const GRAPH_OBJECTS: &str = include_str!("../graph/objects.sql");

/// The SELECT that lists what needs what: `dependant_classid`, `dependant_objid`, `needed_classid`, `needed_objid`.
pub const GRAPH_EDGES: &str = include_str!("../graph/edges.sql");

static OBJECTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/objects");

/// A kind of object: one pair of files in `objects/`.
///
/// ```
/// let table = pggit_core::objects::kind("table").expect("tables are known");
/// assert_eq!(table.object_types, ["table"]);
/// assert!(table.is_root());
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// The name of the files, as `materialized_view`.
    pub kind: String,
    /// The types that `pg_identify_object` gives for objects of this kind.
    pub object_types: Vec<String>,
    /// The catalog that holds the objects, as `pg_attribute`.
    pub catalog: String,
    /// The catalog of the object that these belong to, as `pg_class` for columns.
    pub root: String,
    /// For kinds that stand by themselves: the condition over the catalog's row `r` that makes it one of this kind.
    pub roots_when: Option<String>,
    /// A cheap condition over the root's row `r` without which there is nothing of this kind.
    pub read_when: Option<String>,
    /// The column of `r` that holds the schema, where objects of this kind have one.
    pub namespace: Option<String>,
    /// For kinds that belong to another object: the expression over the catalog's row `o` that gives the root's oid.
    pub root_of: Option<String>,
    /// Where PostgreSQL names the relation behind an object (ALTER TYPE ... ADD ATTRIBUTE): the expression over the
    /// row `o` of `pg_class` that gives the root's oid.
    pub relation_root_of: Option<String>,
    /// Where the rows `r` of the catalog are read instead, for a catalog that is closed to those who are no superusers.
    pub rows: Option<String>,
    /// True where it is said of objects that are no elements themselves, those of PostgreSQL and of extensions: their oids are no reason
    /// to leave them out.
    #[serde(default)]
    pub others: bool,
    /// True where a command on one object writes others of the kind, which PostgreSQL does not name: a commutator, an extension that another needs.
    #[serde(default)]
    pub writes_others: bool,
    /// The types of what belongs to an object of this kind without being an element, as it is called when it is dropped.
    #[serde(default)]
    pub dropped_parts: Vec<String>,
    /// The catalogs of such parts, with the expression over their row `o` that gives the root's oid.
    #[serde(default)]
    pub parts: BTreeMap<String, String>,
    /// True where SECURITY LABEL knows the kind: under the words by which COMMENT names it.
    #[serde(default)]
    pub labels: bool,
    /// True where privileges on columns that are no elements belong to objects of this kind.
    #[serde(default)]
    pub column_privileges: bool,
    /// The statements that create, alter and drop objects of this kind.
    #[serde(default)]
    pub ddl: toml::Table,
    /// The SELECT of `KIND.sql`.
    #[serde(skip)]
    pub select: String,
}

impl Kind {
    /// The grammar of the kind, with the statements that label its objects: they name them as COMMENT does.
    #[must_use]
    pub fn grammar(&self) -> serde_json::Value {
        let mut grammar = serde_json::to_value(&self.ddl).expect("TOML without dates is JSON");
        if !self.labels {
            return grammar;
        }
        let statements: Vec<String> = rules(&grammar, "set").filter_map(|r| Some(r.get("statement")?.as_str()?.to_owned())).collect();
        let commented = statements.iter().filter_map(|s| s.strip_prefix("comment on ")?.strip_suffix(" is {comment:literal}"));
        for target in commented {
            let (each, property, provider) = if target.ends_with(".{name}") {
                ("column_labels", "label", "{provider:name}")
            } else {
                ("security_labels", "value", "{key:name}")
            };
            let label = format!("security label for {provider} on {target} is ");
            add(&mut grammar, "set", json!({ "each": each, "property": property, "statement": format!("{label}{{{property}:literal}}") }));
            add(&mut grammar, "alter", json!({ "each": each, "property": property, "lost": format!("{label}null") }));
        }
        grammar
    }

    /// Whether objects of this kind stand by themselves, and are not part of another.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.roots_when.is_some()
    }
}

/// The rules of one list of a grammar.
fn rules<'a>(grammar: &'a serde_json::Value, list: &str) -> impl Iterator<Item = &'a serde_json::Value> {
    grammar.get(list).and_then(serde_json::Value::as_array).into_iter().flatten()
}

/// Adds a rule to one list of a grammar.
fn add(grammar: &mut serde_json::Value, list: &str, rule: serde_json::Value) {
    if grammar.get(list).is_none() {
        grammar[list] = json!([]);
    }
    if let Some(rules) = grammar[list].as_array_mut() {
        rules.push(rule);
    }
}

static KINDS: LazyLock<BTreeMap<String, Kind>> = LazyLock::new(|| {
    OBJECTS
        .files()
        .filter(|file| file.path().extension().is_some_and(|e| e == "toml"))
        .map(|file| {
            let name = file.path().display().to_string();
            let text = file.contents_utf8().expect("objects/*.toml is UTF-8: a test reads them all");
            let mut kind: Kind = toml::from_str(text).unwrap_or_else(|e| panic!("objects/{name}: {e}"));
            kind.select = OBJECTS
                .get_file(file.path().with_extension("sql"))
                .and_then(include_dir::File::contents_utf8)
                .unwrap_or_else(|| panic!("objects/{name} has no .sql beside it"))
                .trim_end()
                .to_owned();
            (kind.kind.clone(), kind)
        })
        .collect()
});

/// Every kind that pgGit knows, ordered by name.
///
/// ```
/// assert!(pggit_core::objects::kinds().any(|k| k.kind == "table"));
/// ```
pub fn kinds() -> impl Iterator<Item = &'static Kind> {
    KINDS.values()
}

/// What sessions set that changes how PostgreSQL prints definitions, and what it has to be while `KIND.sql` is read: the same
/// object reads the same in every session.
pub const READING_SETTINGS: [(&str, &str); 8] = [
    ("quote_all_identifiers", "off"),
    ("datestyle", "ISO"),
    ("intervalstyle", "postgres"),
    ("timezone", "UTC"),
    ("extra_float_digits", "1"),
    ("bytea_output", "hex"),
    ("xmlbinary", "base64"),
    ("lc_monetary", "C"),
];

/// The kind of the given name.
///
/// ```
/// assert!(pggit_core::objects::kind("no such kind").is_none());
/// ```
#[must_use]
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.get(name)
}

/// What security labels add to the definition of an element whose row is `alias`: by provider, those of the columns that are no elements
/// of their own too.
#[must_use]
pub fn labels(alias: &str) -> String {
    LABELS.trim_end().replace("{element}", alias)
}

/// The expression behind [`labels`].
const LABELS: &str = include_str!("../objects/labels/definition.sql");

/// What privileges on columns that are no elements, those of the system and those of sequences, add to the definition of an element whose row
/// is `alias`.
#[must_use]
pub fn column_privileges(alias: &str) -> String {
    without_comments(include_str!("../objects/column_privileges/definition.sql")).trim_end().replace("{element}", alias)
}

/// Whether there are any such privileges: few databases have one.
pub const HAS_COLUMN_PRIVILEGES: &str = "exists (select from pg_catalog.pg_attribute as a where a.attacl is not null and (a.attnum < 0 or a.attrelid in (select q.seqrelid from pg_catalog.pg_sequence as q)))";

/// Whether the relation `r` or the sequence of one of its columns may have any.
pub(crate) const ROOT_HAS_COLUMN_PRIVILEGES: &str = include_str!("../objects/column_privileges/of_root.sql");

/// Whether there is any label at all: few databases have one.
pub const HAS_LABELS: &str = "exists (select from pg_catalog.pg_seclabel) or exists (select from pg_catalog.pg_shseclabel as l where l.classoid = 'pg_catalog.pg_subscription'::pg_catalog.regclass)";

/// What goes when temporary objects go: its addresses as the keys of an object, or null; `$1` are the schemas of the temporary objects.
/// PostgreSQL fires no event trigger then, so that what only lives as long as a session is left out of every snapshot.
pub const BOUND: &str = include_str!("../objects/temporary/bound.sql");

/// What a script of DDL sets first, so that it makes the same schema whatever session runs it.
pub(crate) const SCRIPT_SETTINGS: &str = include_str!("../objects/script/settings.sql");

/// The schemas of all sessions' temporary objects.
pub const TEMPORARY_SCHEMAS: &str =
    "array(select n.oid from pg_catalog.pg_namespace as n where n.nspname >= 'pg_temp_' and n.nspname < 'pg_temp`')";

/// Whether an element is none of what [`BOUND`] gives; the columns of its row begin with `prefix`, as `e.`.
#[must_use]
pub fn lasts(prefix: &str, bound: &str) -> String {
    without_comments(include_str!("../objects/temporary/lasts.sql")).replace("{element}.", prefix).replace("{bound}", bound)
}

/// The definition of an element without the parts of it that [`BOUND`] gives.
#[must_use]
pub fn lasting_definition(prefix: &str, bound: &str) -> String {
    without_comments(include_str!("../objects/temporary/definition.sql")).replace("{element}.", prefix).replace("{bound}", bound)
}

/// What the rows `r` of a root's catalog are read from.
pub(crate) fn rows(catalog: &str) -> String {
    let special = kinds().filter(|k| k.root == catalog).find_map(|k| k.rows.clone());
    special.unwrap_or_else(|| format!("pg_catalog.{catalog}"))
}

/// Which rows `r` of a root's catalog are objects that can be tracked at all: a join to the schema, the schema's name, and a condition.
pub(crate) fn eligible(catalog: &str) -> (String, &'static str, String) {
    let of_catalog = || kinds().filter(|k| k.root == catalog);
    let conditions: Vec<_> = of_catalog().filter_map(|k| k.roots_when.as_deref()).map(|c| format!("({c})")).collect();
    let (join, schema, visible) = match of_catalog().find_map(|k| k.namespace.as_deref()) {
        Some(column) => (
            format!("\n        join pg_catalog.pg_namespace as n on n.oid = r.{column}"),
            "n.nspname::text",
            "n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'pggit')",
        ),
        None => (String::new(), "null::text", if of_catalog().any(|k| k.others) { "true" } else { "r.oid >= 16384" }),
    };
    let condition = format!(
        "({}) and {visible} and not exists (select from pg_catalog.pg_depend as x where x.classid = 'pg_catalog.{catalog}'::regclass and x.objid = r.oid and x.objsubid = 0 and x.deptype in ('e', 'i'))",
        conditions.join(" or "),
    );
    (join, schema, condition)
}

/// The SELECT that gives the oids of all roots in a database that may have elements of a kind: what `KIND.sql` takes as its `$1`.
///
/// ```
/// let select = pggit_core::objects::roots_select(pggit_core::objects::kind("table").expect("tables are known"));
/// assert!(select.contains("pg_class"));
/// ```
#[must_use]
pub fn roots_select(kind: &Kind) -> String {
    let (join, _, condition) = eligible(&kind.root);
    format!("select r.oid from {} as r{join} where {condition} and ({})", rows(&kind.root), roots_condition(kind))
}

/// The condition over the row `r` of a root without which it has nothing of a kind.
pub(crate) fn roots_condition(kind: &Kind) -> &str {
    kind.roots_when.as_deref().or(kind.read_when.as_deref()).unwrap_or("true")
}

/// What many kinds have alike, or few objects have at all, is read by functions, since a subquery costs whenever the catalog is read: name,
/// arguments, result, body. What calls another of them comes before it.
pub(crate) const HELPERS: [(&str, &str, &str, &str); 10] = [
    ("needs", "oid, oid, text, oid", "text[]", include_str!("../objects/helpers/needs.sql")),
    ("comment_on", "oid, oid", "text", include_str!("../objects/helpers/comment_on.sql")),
    ("own_privileges", "aclitem[], \"char\", oid", "jsonb", include_str!("../objects/helpers/own_privileges.sql")),
    ("sorted", "text[]", "jsonb", include_str!("../objects/helpers/sorted.sql")),
    ("shown_option", "text", "text", include_str!("../objects/helpers/shown_option.sql")),
    ("table_privileges", "aclitem[]", "jsonb", include_str!("../objects/helpers/table_privileges.sql")),
    ("not_null_name", "text, text", "text", include_str!("../objects/helpers/not_null_name.sql")),
    ("identity_sequence", "oid, smallint, \"char\"", "jsonb", include_str!("../objects/helpers/identity_sequence.sql")),
    ("parents", "oid", "jsonb", include_str!("../objects/helpers/parents.sql")),
    ("marked_index", "oid, boolean", "text", include_str!("../objects/helpers/marked_index.sql")),
];

/// A SELECT of `KIND.sql` for a server without pgGit: what it calls of pgGit's functions stands in it as a subquery.
///
/// ```
/// let table = pggit_core::objects::kind("table").expect("tables are known");
/// assert!(!pggit_core::objects::portable(&table.select).contains("pggit.sorted("));
/// ```
#[must_use]
pub fn portable(select: &str) -> String {
    let mut text = select.to_owned();
    for (name, _, _, body) in HELPERS {
        let call = format!("pggit.{name}(");
        let query = without_comments(body);
        while let Some(start) = text.find(&call) {
            let (arguments, end) = arguments(&text, start + call.len());
            let mut expanded = query.clone();
            for (number, argument) in arguments.iter().enumerate() {
                expanded = expanded.replace(&format!("${}", number + 1), argument);
            }
            text.replace_range(start..end, &format!("({expanded})"));
        }
    }
    text
}

/// SQL without the lines that say what it is for.
fn without_comments(sql: &str) -> String {
    sql.lines().filter(|line| !line.starts_with("--")).flat_map(|line| [line, "\n"]).collect()
}

/// The arguments of the call whose parenthesis opens before `from`, and where it ends.
fn arguments(text: &str, from: usize) -> (Vec<String>, usize) {
    let mut arguments = vec![String::new()];
    let mut depth = 0;
    for (at, c) in text[from..].char_indices() {
        match c {
            ')' if depth == 0 => return (arguments.into_iter().map(|a| a.trim().to_owned()).collect(), from + at + 1),
            ',' if depth == 0 => {
                arguments.push(String::new());
                continue;
            }
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ => {}
        }
        if let Some(last) = arguments.last_mut() {
            last.push(c);
        }
    }
    (arguments, text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_named_like_its_files() {
        for file in OBJECTS.files() {
            let stem = file.path().file_stem().and_then(|s| s.to_str()).expect("UTF-8 names");
            assert!(kind(stem).is_some(), "{} belongs to no kind", file.path().display());
        }
    }

    #[test]
    fn labels_are_written_where_comments_are() {
        let grammar = kind("view").expect("views are known").grammar();
        let statements: Vec<_> = rules(&grammar, "set").filter_map(|r| r["statement"].as_str()).collect();
        assert!(statements.contains(&"security label for {key:name} on view {identity} is {value:literal}"), "{statements:?}");
        assert!(
            statements.contains(&"security label for {provider:name} on column {identity}.{name} is {label:literal}"),
            "{statements:?}"
        );
        for k in kinds().filter(|k| k.labels) {
            assert!(rules(&k.grammar(), "alter").any(|r| r["each"] == "security_labels"), "{}: nothing to label", k.kind);
        }
    }

    #[test]
    fn a_kind_is_a_root_or_tells_its_root() {
        for k in kinds() {
            assert!(
                k.is_root() || k.catalog == k.root || k.root_of.is_some() || k.catalog == "pg_attribute",
                "{}: no way to its root",
                k.kind
            );
        }
    }
}
