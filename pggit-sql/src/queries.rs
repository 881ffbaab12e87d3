//! One text for the queries of views on all versions, as `pggit.unqualified()` makes it in a database that has pgGit.

use std::sync::LazyLock;

use regex::Regex;

/// What stands before a word, and the word: literals and quoted names whole.
static WORD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?s)([ \t\r\n]*)(E?'(?:[^']|'')*'|"(?:[^"]|"")*"|[A-Za-z_][A-Za-z0-9_]*|[^ \t\r\n])"#)
        .expect("the expression is constant")
});

/// What follows the relations of a query.
const AFTER_FROM: [&str; 10] = ["WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR", ";"];

/// The words with which a subquery begins.
const QUERY: [&str; 3] = ["SELECT", "WITH", "VALUES"];

/// What ends a list that is sorted by.
const AFTER_SORT: [&str; 8] = ["ROWS", "RANGE", "GROUPS", "LIMIT", "OFFSET", "FETCH", "FOR", "FROM"];

/// Where a query names its one relation, and what it calls its columns.
struct Relation<'a> {
    alias: &'a str,
    from: usize,
    end: usize,
    outputs: Vec<&'a str>,
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase() || c == '_' || c == '"')
}

/// The one relation of a query; none where it has several.
fn relation<'a>(words: &[&'a str]) -> Option<Relation<'a>> {
    let word = |place: usize| words.get(place).copied().unwrap_or_default();
    let mut depth = 0_usize;
    let (mut from, mut alias, mut sampled, mut outputs) = (None, None, false, Vec::new());
    for (place, &current) in words.iter().enumerate() {
        match current {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            "UNION" | "INTERSECT" | "EXCEPT" | "JOIN" => return None,
            "FROM" if from.is_none() => {
                from = Some(place);
                if word(place + 1) == "(" && !QUERY.contains(&word(place + 2)) {
                    return None;
                }
            }
            "AS" if from.is_none() => outputs.push(word(place + 1)),
            _ if from.is_none() => {}
            "," => return None,
            "TABLESAMPLE" => sampled = true,
            end if AFTER_FROM.contains(&end) => return Some(Relation { alias: alias?, from: from?, end: place, outputs }),
            name if !sampled && is_name(name) => alias = Some(name),
            _ => {}
        }
    }
    None
}

/// The query of a view as PostgreSQL 15 printed it, as 16 and later print it: without the name of its one relation before columns.
pub(crate) fn unqualified(query: &str) -> String {
    let found: Vec<(&str, &str)> = WORD.captures_iter(query).map(|c| c.extract::<2>().1.into()).collect();
    let words: Vec<&str> = found.iter().map(|(_, word)| *word).collect();
    let Some(relation) = relation(&words) else { return query.to_owned() };
    let word = |place: usize| words.get(place).copied().unwrap_or_default();
    let before = |place: usize, distance: usize| place.checked_sub(distance).map_or("", word);
    let mut gone = vec![false; words.len()];
    // for each depth of parentheses whether a list that is sorted by stands there, and the depth at which a subquery began
    let (mut sorts, mut inside) = (vec![false], None);
    for (place, &current) in words.iter().enumerate() {
        let sorted = sorts.last().copied().unwrap_or_default();
        match current {
            "(" => {
                sorts.push(before(place, 1) == "ON" && before(place, 2) == "DISTINCT");
                if inside.is_none() && QUERY.contains(&word(place + 1)) {
                    inside = Some(sorts.len());
                }
            }
            ")" => {
                if inside == Some(sorts.len()) {
                    inside = None;
                }
                sorts.pop();
            }
            _ if inside.is_some() || (place > relation.from && place < relation.end) => {}
            "BY" => set(&mut sorts, ["ORDER", "PARTITION"].contains(&before(place, 1))),
            end if AFTER_SORT.contains(&end) => set(&mut sorts, false),
            name if name == relation.alias && word(place + 1) == "." && is_name(word(place + 2)) && word(place + 3) != "(" => {
                let is_column =
                    ![".", ":", "COLLATE"].contains(&before(place, 1)) && (before(place, 1) != "(" || before(place, 2) != "OPERATOR");
                // it would be taken for the column of the result
                let ambiguous = sorted && ["BY", ",", "("].contains(&before(place, 1)) && relation.outputs.contains(&word(place + 2));
                if is_column && !ambiguous {
                    gone[place] = true;
                    gone[place + 1] = true;
                }
            }
            _ => {}
        }
    }
    let mut text = String::with_capacity(query.len());
    for ((gap, word), gone) in found.iter().zip(gone) {
        text.push_str(gap);
        if !gone {
            text.push_str(word);
        }
    }
    text
}

fn set(sorts: &mut [bool], sorted: bool) {
    if let Some(last) = sorts.last_mut() {
        *last = sorted;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What 15 prints, and what 18 prints.
    #[track_caller]
    fn alike(older: &str, newer: &str) {
        assert_eq!(unqualified(older), newer);
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
        alike(" SELECT t.a FROM s.t TABLESAMPLE bernoulli (1);", " SELECT a FROM s.t TABLESAMPLE bernoulli (1);");
    }

    #[test]
    fn what_is_no_column_keeps_its_name() {
        let query = " SELECT t.*::t.t AS t, t.f((1)::t.m) AS f FROM t.t;";
        alike(query, query);
        alike(" SELECT (o.c + 1) AS a FROM o ORDER BY o.a, o.c, (f(o.a));", " SELECT (c + 1) AS a FROM o ORDER BY o.a, c, (f(a));");
    }

    #[test]
    fn several_relations_keep_their_names() {
        for query in
            [" SELECT a.id FROM a, b;", " SELECT a.id FROM (a JOIN b USING (id));", " SELECT a.id FROM a UNION SELECT b.id FROM b;"]
        {
            alike(query, query);
        }
    }
}
