//! One text for expressions that mean the same, as `pggit.settled()` makes it in a database that has pgGit.

use std::sync::LazyLock;

use regex::{Captures, Regex};

const LITERAL: &str = r"E?'(?:[^']|'')*'";

fn regex(pattern: &str) -> Regex {
    Regex::new(&pattern.replace("LITERAL", LITERAL)).expect("the expression is constant")
}

/// An item of an array that is cast one by one, with the parentheses of a statistics object or of all else.
static ITEM: LazyLock<Regex> = LazyLock::new(|| regex(r#"^(?s)(\(?)(LITERAL(::[a-z_ ."]+))(\)?)(::[a-z ]+)"#));

/// A literal and its type.
static PLAIN: LazyLock<Regex> = LazyLock::new(|| regex(r#"^(?s)LITERAL(::[a-z_ ."]+)$"#));

/// The pieces of an expression.
static PIECE: LazyLock<Regex> = LazyLock::new(|| regex(r#"(?s)LITERAL|"(?:[^"]|"")*"|ARRAY\[| AND | OR |[\]\[(),]|[^\]\[(),'" ]+| "#));

/// Literals, quoted names, and what XMLSERIALIZE says from 16 on where nothing was said.
static NO_INDENT: LazyLock<Regex> = LazyLock::new(|| regex(r#"(?s)(LITERAL|"(?:[^"]|"")*")| NO INDENT(\))"#));

/// The one text for an expression that PostgreSQL printed.
pub(crate) fn settled(sql: &str) -> String {
    let mut settled = if sql.contains("ARRAY[") { settled_arrays(&cast_whole(sql)) } else { sql.to_owned() };
    if settled.contains("((") && (settled.contains(") AND ") || settled.contains(") OR ")) {
        settled = settled_conditions(&settled);
    }
    if settled.contains(" NO INDENT)") {
        settled = NO_INDENT
            .replace_all(&settled, |c: &Captures<'_>| [c.get(1), c.get(2)].map(|m| m.map_or("", |m| m.as_str())).concat())
            .into_owned();
    }
    settled
}

/// `ARRAY[('a'::character varying)::text, ...]` as `(ARRAY['a'::character varying, ...])::text[]`.
fn cast_whole(sql: &str) -> String {
    const ARRAY: &str = "ARRAY[";
    let mut settled = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(place) = rest.find(ARRAY) {
        settled.push_str(&rest[..place]);
        let array = &rest[place + ARRAY.len()..];
        if let Some((text, length)) = literals(array) {
            settled.push_str(&text);
            rest = &array[length..];
        } else {
            settled.push_str(ARRAY);
            rest = array;
        }
    }
    settled + rest
}

/// An array of literals that are cast one by one, as it is cast whole, and the length of the text up to its end.
fn literals(array: &str) -> Option<(String, usize)> {
    let first = ITEM.captures(array)?;
    let part = |captures: &Captures<'_>, n: usize| captures.get(n).map(|m| m.as_str().to_owned());
    if part(&first, 1)?.is_empty() != part(&first, 4)?.is_empty() {
        return None;
    }
    let mut items = Vec::new();
    let mut length = 0;
    loop {
        let item = ITEM.captures(&array[length..])?;
        if [3, 4, 5].iter().any(|n| part(&item, *n) != part(&first, *n)) {
            return None;
        }
        items.push(part(&item, 2)?);
        length += item.get(0)?.end();
        match &array[length..] {
            more if more.starts_with(", ") => length += 2,
            end if end.starts_with(']') => {
                let (items, cast) = (items.join(", "), part(&first, 5)?);
                let text =
                    if part(&first, 1)?.is_empty() { format!("ARRAY[{items}]{cast}[]") } else { format!("(ARRAY[{items}]){cast}[]") };
                return Some((text, length + 1));
            }
            _ => return None,
        }
    }
}

fn pieces(sql: &str) -> Vec<&str> {
    PIECE.find_iter(sql).map(|m| m.as_str()).collect()
}

/// `((a AND b) AND c)` as `(a AND b AND c)`: what stands first in a condition is a part of it.
fn settled_conditions(sql: &str) -> String {
    let mut pieces = pieces(sql);
    // where each parenthesis opens, and the word that joins what stands in it
    let mut open: Vec<(usize, &str)> = Vec::new();
    for place in 0..pieces.len() {
        match pieces[place] {
            "(" => open.push((place, "")),
            word @ (" AND " | " OR ") => {
                if let Some(last) = open.last_mut() {
                    last.1 = word;
                }
            }
            ")" => {
                let Some((start, word)) = open.pop() else { continue };
                if !word.is_empty() && pieces.get(place + 1) == Some(&word) && start > 0 && pieces[start - 1] == "(" {
                    pieces[start] = "";
                    pieces[place] = "";
                }
            }
            _ => {}
        }
    }
    pieces.concat()
}

/// `(ARRAY[a, b])::text[]` as `ARRAY[(a)::text, (b)::text]`, but for arrays of literals.
fn settled_arrays(sql: &str) -> String {
    let pieces = pieces(sql);
    let mut texts: Vec<String> = pieces.iter().map(|&p| p.to_owned()).collect();
    for open in 0..pieces.len().saturating_sub(1) {
        if pieces[open] == "("
            && pieces[open + 1] == "ARRAY["
            && let Some(array) = cast_array(&pieces, open + 2)
        {
            for &(start, end) in &array.items {
                texts[start].insert(0, '(');
                texts[end].push(')');
                texts[end].push_str(&array.cast);
            }
            texts[open].clear();
            texts[array.closes + 1..array.end].iter_mut().for_each(String::clear);
        }
    }
    texts.concat()
}

/// An array that is cast: the first and last piece of each item, where it closes, where the cast ends, and the cast.
struct CastArray {
    items: Vec<(usize, usize)>,
    closes: usize,
    end: usize,
    cast: String,
}

fn cast_array(pieces: &[&str], first: usize) -> Option<CastArray> {
    let (mut items, mut start, mut depth, mut closes) = (Vec::new(), first, 1, first);
    loop {
        match *pieces.get(closes)? {
            "ARRAY[" if depth == 1 => return None,
            "(" | "[" | "ARRAY[" => depth += 1,
            ")" | "]" => depth -= 1,
            "," if depth == 1 => {
                items.push((start, closes - 1));
                start = closes + 2;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
        closes += 1;
    }
    items.push((start, closes - 1));
    if *pieces.get(closes + 1)? != ")" || !pieces.get(closes + 2)?.starts_with("::") {
        return None;
    }
    // the type, which may have a modifier, as far as []
    let mut place = closes + 2;
    loop {
        match *pieces.get(place)? {
            "(" => place += pieces[place..].iter().position(|p| *p == ")")?,
            "[" => break,
            ")" | "]" | "," => return None,
            _ => {}
        }
        place += 1;
    }
    if *pieces.get(place + 1)? != "]" {
        return None;
    }
    let cast = pieces[closes + 2..place].concat();
    let types: Vec<_> = items
        .iter()
        .map(|&(start, end)| PLAIN.captures(&pieces[start..=end].concat()).and_then(|c| Some(c.get(1)?.as_str().to_owned())))
        .collect();
    let of_literals = types[0].is_some() && types.iter().all(|t| *t == types[0]);
    if of_literals && cast[2..].chars().all(|c| c.is_ascii_lowercase() || c == ' ') {
        return None;
    }
    Some(CastArray { items, closes, end: place + 2, cast })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn casts_of_items_become_one_of_the_array() {
        let printed = "((a)::text = ANY (ARRAY[('x'::character varying)::text, ('it''s)]'::character varying)::text]))";
        assert_eq!(settled(printed), "((a)::text = ANY ((ARRAY['x'::character varying, 'it''s)]'::character varying])::text[]))");
        assert_eq!(settled("ARRAY['x'::character varying::text]"), "ARRAY['x'::character varying]::text[]");
    }

    #[test]
    fn the_cast_of_other_arrays_becomes_one_of_each_item() {
        assert_eq!(
            settled("(n = ANY ((ARRAY[1, (2 + f(3, 4))])::numeric(5,1)[]))"),
            "(n = ANY (ARRAY[(1)::numeric(5,1), ((2 + f(3, 4)))::numeric(5,1)]))"
        );
        assert_eq!(
            settled("(ARRAY['a'::character varying, NULL::character varying])::text[]"),
            "ARRAY[('a'::character varying)::text, (NULL::character varying)::text]"
        );
    }

    #[test]
    fn what_stands_first_in_a_condition_is_a_part_of_it() {
        assert_eq!(settled("((((a >= 1) AND (a <= 2)) AND b) AND c)"), "((a >= 1) AND (a <= 2) AND b AND c)");
        assert_eq!(settled("(((a = 1) OR (a = 2)) AND b AND (c AND d))"), "(((a = 1) OR (a = 2)) AND b AND (c AND d))");
        assert_eq!(settled("((x = '((a AND b) AND c)') AND b)"), "((x = '((a AND b) AND c)') AND b)");
    }

    #[test]
    fn what_xmlserialize_does_by_itself_is_not_said() {
        assert_eq!(settled("XMLSERIALIZE(CONTENT f(' NO INDENT)') AS text NO INDENT)"), "XMLSERIALIZE(CONTENT f(' NO INDENT)') AS text)");
    }

    #[test]
    fn what_is_no_such_array_stays() {
        for sql in
            ["", "ARRAY[(1 + 2), 3]", "ARRAY[('a'::text)::name, ('b'::bpchar)::name]", "ARRAY[('a'::text)::name", "(ARRAY['a'::text])[1]"]
        {
            assert_eq!(settled(sql), sql);
        }
    }
}
