//! One text for expressions that mean the same, as `pggit.settled()` makes it in a database that has pgGit.

use std::sync::LazyLock;

use regex::{Captures, Regex};

const LITERAL: &str = r"E?'(?:[^']|'')*'";

fn regex(pattern: &str) -> Regex {
    Regex::new(&pattern.replace("LITERAL", LITERAL)).expect("the expression is constant")
}

/// An item of an array that is cast one by one.
static ITEM: LazyLock<Regex> = LazyLock::new(|| regex(r#"^(?s)\((LITERAL(::[a-z_ ."]+))\)(::[a-z ]+)"#));

/// A literal and its type.
static PLAIN: LazyLock<Regex> = LazyLock::new(|| regex(r#"^(?s)LITERAL(::[a-z_ ."]+)$"#));

/// The pieces of an expression.
static PIECE: LazyLock<Regex> = LazyLock::new(|| regex(r#"(?s)LITERAL|"(?:[^"]|"")*"|ARRAY\[| AND | OR |[\]\[(),]|[^\]\[(),'" ]+| "#));

/// An item of an array that says of itself that it is no array: a literal, a cast, a number, a truth value, what has a collation.
static NO_ARRAY: LazyLock<Regex> =
    LazyLock::new(|| regex(r#"(?s)^E?'|::[^()'\[\]]+(\([0-9,]+\))?$|^\(?-?[0-9.]+\)?$|^(true|false)$| COLLATE [^ ()]+\)$"#));

/// What has a collation.
static COLLATED: LazyLock<Regex> = LazyLock::new(|| regex(r"(?s)^\(.* COLLATE [^ ()]+\)$"));

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
    let mut items = Vec::new();
    let mut length = 0;
    loop {
        let item = ITEM.captures(&array[length..])?;
        if [2, 3].iter().any(|n| part(&item, *n) != part(&first, *n)) {
            return None;
        }
        items.push(part(&item, 1)?);
        length += item.get(0)?.end();
        match &array[length..] {
            more if more.starts_with(", ") => length += 2,
            end if end.starts_with(']') => {
                return Some((format!("(ARRAY[{}]){}[]", items.join(", "), part(&first, 3)?), length + 1));
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

/// `(ARRAY[a, b])::text[]` as `ARRAY[(a)::text, (b)::text]`, but for arrays of literals that are no item of another array
/// and not cast again. No array has more than six dimensions: what nests deeper fails when it is computed, and stays as it is
/// here, for each cast would go down through all that is in it.
fn settled_arrays(sql: &str) -> String {
    let pieces = pieces(sql);
    let mut texts: Vec<String> = pieces.iter().map(|&p| p.to_owned()).collect();
    // what is open at a place, the last at the end
    let mut open: Vec<&str> = Vec::new();
    let mut done = 0;
    for place in 0..pieces.len().saturating_sub(1) {
        let is_item = open.last() == Some(&"ARRAY[") && (pieces[place - 1] == "ARRAY[" || pieces[place - 2] == ",");
        match pieces[place] {
            opening @ ("(" | "[" | "ARRAY[") => {
                open.push(opening);
                if open.iter().filter(|o| **o == "ARRAY[").count() > 6 {
                    return sql.to_owned();
                }
            }
            ")" | "]" => drop(open.pop()),
            _ => {}
        }
        if place >= done
            && pieces[place] == "("
            && pieces[place + 1] == "ARRAY["
            && let Some(array) = cast_array(&pieces, place + 2, is_item)
        {
            for &item in &array.items {
                cast_item(&mut texts, &pieces, item, &array.cast);
            }
            texts[place].clear();
            texts[array.closes + 1..array.end].iter_mut().for_each(String::clear);
            done = array.end;
        }
    }
    // what stands in an array, or around it, is another text now
    if done > 0 { settled_arrays(&texts.concat()) } else { sql.to_owned() }
}

/// Casts an item of an array; under its collation, where it has one.
fn cast_item(texts: &mut [String], pieces: &[&str], (start, end): (usize, usize), cast: &str) {
    let collated = COLLATED.is_match(&pieces[start..=end].concat()).then(|| (start..=end).rev().find(|p| pieces[*p] == "COLLATE"));
    if let Some(collate) = collated.flatten() {
        texts[start] = "((".to_owned();
        texts[collate - 1] = format!("){cast} ");
    } else {
        texts[start].insert(0, '(');
        texts[end].push(')');
        texts[end].push_str(cast);
    }
}

/// An array that is cast: the first and last piece of each item, where it closes, where the cast ends, and the cast of an item.
struct CastArray {
    items: Vec<(usize, usize)>,
    closes: usize,
    end: usize,
    cast: String,
}

fn cast_array(pieces: &[&str], first: usize, is_item: bool) -> Option<CastArray> {
    let (mut items, mut start, mut depth, mut closes) = (Vec::new(), first, 1, first);
    loop {
        match *pieces.get(closes)? {
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
    let mut cast = pieces[closes + 2..place].concat();
    let texts: Vec<_> = items.iter().map(|&(start, end)| pieces.get(start..=end).unwrap_or_default().concat()).collect();
    let literal = |text: &String| PLAIN.captures(text).and_then(|c| Some(c.get(1)?.as_str().to_owned()));
    let of_literals = literal(&texts[0]).is_some_and(|first| texts.iter().all(|t| literal(t).as_ref() == Some(&first)));
    let is_cast_again = first > 2
        && pieces[first - 3] == "("
        && pieces.get(place + 2) == Some(&")")
        && pieces.get(place + 3).is_some_and(|p| p.starts_with("::"));
    if !is_item && !is_cast_again && of_literals && cast[2..].chars().all(|c| c.is_ascii_lowercase() || c == ' ') {
        return None;
    }
    if texts.iter().any(|t| t.starts_with("ARRAY[") || t.ends_with("[]")) {
        cast.push_str("[]");
    } else if !texts.iter().any(|t| NO_ARRAY.is_match(t)) {
        // whether columns and functions give arrays is not in the text
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
    fn the_cast_of_nested_arrays_becomes_one_of_each_item_of_the_inner_ones() {
        let settled_to =
            "ARRAY[ARRAY[('a'::character varying)::text, ('b'::character varying)::text], ARRAY[('c'::character varying)::text]]";
        for sql in [
            "(ARRAY[ARRAY['a'::character varying, 'b'::character varying], ARRAY['c'::character varying]])::text[]",
            "ARRAY[(ARRAY['a'::character varying, 'b'::character varying])::text[], (ARRAY['c'::character varying])::text[]]",
            settled_to,
        ] {
            assert_eq!(settled(sql), settled_to);
        }
        assert_eq!(
            settled("(ARRAY[v, (ARRAY['c'::text])::character varying[]])::text[]"),
            "ARRAY[(v)::text[], ARRAY[(('c'::text)::character varying)::text]]"
        );
        assert_eq!(settled("f(1, (ARRAY['a'::character varying])::text[])"), "f(1, (ARRAY['a'::character varying])::text[])");
    }

    #[test]
    fn arrays_in_more_dimensions_than_there_are_stay() {
        let nested = |depth: usize| {
            let casts = ["text", "character varying"];
            (0..depth).fold("a".to_owned(), |sql, level| format!("(ARRAY[{sql}])::{}[]", casts[level % 2]))
        };
        assert_ne!(settled(&nested(6)), nested(6));
        for depth in [7, 60, 600] {
            assert_eq!(settled(&nested(depth)), nested(depth));
        }
    }

    #[test]
    fn a_cast_goes_under_a_collation() {
        assert_eq!(
            settled("(ARRAY[('a'::character varying COLLATE \"C\"), v])::text[]"),
            "ARRAY[(('a'::character varying)::text COLLATE \"C\"), (v)::text]"
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
        for sql in [
            "",
            "(ARRAY[a, f(b)])::text[]",
            "ARRAY[(1 + 2), 3]",
            "ARRAY[('a'::text)::name, ('b'::bpchar)::name]",
            "ARRAY[('a'::text)::name",
            "(ARRAY['a'::text])[1]",
        ] {
            assert_eq!(settled(sql), sql);
        }
    }
}
