//! Definitions as two major versions of PostgreSQL have them alike.
//!
//! Up to version 15 a view over one relation is printed with that relation's name before each column (`SELECT t.id FROM t`), from 16 on
//! without; inside subqueries both write the name. 17 knows a privilege more (MAINTAIN), and 18 calls NOT NULL a constraint.

use serde_json::Value;

/// Whether an element is one that a server of the version could have.
pub(crate) fn exists_in(version: u32, definition: &Value) -> bool {
    version >= 18 || definition.get("type").is_none_or(|t| t != "not null")
}

/// A definition as a server of an older version would have it, as far as only its words differ.
pub(crate) fn portable(version: u32, definition: &Value) -> Value {
    let mut portable = definition.clone();
    if version < 16
        && let Some(query) = portable.get_mut("query")
        && let Some(text) = query.as_str()
    {
        *query = Value::from(unqualified(text).unwrap_or_else(|| text.to_owned()));
    }
    if version < 17 {
        forget_maintain(&mut portable);
    }
    portable
}

/// Takes MAINTAIN out of all privileges, as `postgres=arwdDxtm/postgres`.
fn forget_maintain(value: &mut Value) {
    match value {
        Value::Object(properties) => {
            for (name, value) in properties.iter_mut() {
                match value {
                    Value::Array(items) if name == "privileges" => {
                        for text in items.iter_mut() {
                            if let Some((role, granted)) = text.as_str().and_then(|t| t.rsplit_once('='))
                                && let Some((letters, grantor)) = granted.split_once('/')
                            {
                                *text = Value::from(format!("{role}={}/{grantor}", letters.replace("m*", "").replace('m', "")));
                            }
                        }
                    }
                    other => forget_maintain(other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(forget_maintain),
        _ => {}
    }
}

/// A word of a query, with the depth of parentheses that it stands at and whether that is inside a subquery.
struct Word<'a> {
    text: &'a str,
    start: usize,
    end: usize,
    depth: usize,
    inner: bool,
}

fn words(query: &str) -> Option<Vec<Word<'_>>> {
    let tokens = pg_query::scan(query).ok()?.tokens;
    let text = |t: &pg_query::protobuf::ScanToken| -> Option<(usize, usize)> {
        Some((usize::try_from(t.start).ok()?, usize::try_from(t.end).ok()?))
    };
    let spans: Vec<(usize, usize)> = tokens.iter().map(text).collect::<Option<_>>()?;
    let mut words = Vec::new();
    // for each open parenthesis, whether a subquery begins behind it
    let mut open: Vec<bool> = Vec::new();
    for (n, &(start, end)) in spans.iter().enumerate() {
        let word = query.get(start..end)?;
        if word == ")" {
            open.pop();
        }
        words.push(Word { text: word, start, end, depth: open.len(), inner: open.contains(&true) });
        if word == "(" {
            let next = spans.get(n + 1).and_then(|&(s, e)| query.get(s..e)).unwrap_or_default();
            open.push(next.eq_ignore_ascii_case("select") || next.eq_ignore_ascii_case("with") || next.eq_ignore_ascii_case("values"));
        }
    }
    Some(words)
}

/// The query without the name of its one relation before columns; none where it has several.
fn unqualified(query: &str) -> Option<String> {
    const AFTER_FROM: [&str; 10] = ["where", "group", "having", "window", "order", "limit", "offset", "fetch", "for", ";"];
    let words = words(query)?;
    let is = |w: &Word<'_>, text: &str| w.depth == 0 && w.text.eq_ignore_ascii_case(text);
    if words.iter().any(|w| ["union", "intersect", "except", "join", "lateral"].iter().any(|k| is(w, k))) {
        return None;
    }
    let from = words.iter().position(|w| is(w, "from"))?;
    let end = words.iter().skip(from).position(|w| AFTER_FROM.iter().any(|k| is(w, k))).map_or(words.len(), |n| from + n);
    let relation = &words[from + 1..end];
    if relation.iter().any(|w| is(w, ",")) {
        return None;
    }
    // the alias stands last, before the list of its columns
    let name = relation.iter().rfind(|w| w.depth == 0 && !["(", ")"].contains(&w.text))?.text;
    let mut portable = String::with_capacity(query.len());
    let mut place = 0;
    for pair in words.windows(3) {
        let qualifies = pair[0].text == name && pair[1].text == "." && !pair[0].inner;
        let follows_dot = words.iter().any(|w| w.end == pair[0].start && w.text == ".");
        let in_from = (from + 1..end).any(|n| words[n].start == pair[0].start);
        if qualifies && !follows_dot && !in_from {
            portable.push_str(&query[place..pair[0].start]);
            place = pair[1].end;
        }
    }
    portable.push_str(&query[place..]);
    // (t.x).y is what a column of a composite type needs, with or without the name
    Some(portable)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What 15 prints, and what 18 prints.
    #[track_caller]
    fn alike(older: &str, newer: &str) {
        let of = |query: &str| portable(15, &serde_json::json!({ "query": query }));
        assert_eq!(of(older), of(newer));
    }

    #[test]
    fn one_relation_needs_no_name_before_its_columns() {
        alike(" SELECT a.id,\n    a.b\n   FROM public.a\n  WHERE a.id > 1;", " SELECT id,\n    b\n   FROM public.a\n  WHERE id > 1;");
        alike(" SELECT x.id FROM public.a x ORDER BY x.id;", " SELECT id FROM public.a x ORDER BY id;");
        alike(
            " SELECT a.id FROM a WHERE (EXISTS ( SELECT b.id FROM b WHERE b.id = a.id));",
            " SELECT id FROM a WHERE (EXISTS ( SELECT b.id FROM b WHERE b.id = a.id));",
        );
        alike(" WITH x AS ( SELECT a.id FROM a) SELECT x.id FROM x;", " WITH x AS ( SELECT a.id FROM a) SELECT id FROM x;");
        alike(" SELECT g.n FROM generate_series(1, 2) g(n);", " SELECT n FROM generate_series(1, 2) g(n);");
    }

    #[test]
    fn a_privilege_that_is_new_is_no_difference() {
        let of = |item: &str| portable(16, &serde_json::json!({ "privileges": [item], "columns": [{ "privileges": [item] }] }));
        assert_eq!(of("postgres=arwdDxtm/postgres"), of("postgres=arwdDxt/postgres"));
        assert_eq!(of("\"m=m\"=m*r/postgres"), of("\"m=m\"=r/postgres"));
    }

    #[test]
    fn other_differences_stay() {
        for (one, other) in [(" SELECT a.id FROM a;", " SELECT a.b FROM a;"), (" SELECT a.id FROM a, b;", " SELECT b.id FROM a, b;")] {
            assert_ne!(portable(15, &serde_json::json!({ "query": one })), portable(15, &serde_json::json!({ "query": other })));
        }
    }
}
