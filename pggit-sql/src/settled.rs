//! One text for expressions that mean the same, as `pggit.settled()` makes it in a database that has pgGit.

use std::sync::LazyLock;

use regex::Regex;

/// An item of an array that is cast one by one: `('a'::character varying)::text`.
static ITEM: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"^\((E?'(?:[^']|'')*'::([a-z_ ."]+))\)::([a-z ]+)"#).expect("the expression is constant"));

/// `ARRAY[('a'::character varying)::text, ...]` as `(ARRAY['a'::character varying, ...])::text[]`.
pub(crate) fn settled(sql: &str) -> String {
    let mut settled = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(place) = rest.find("ARRAY[(") {
        settled.push_str(&rest[..place]);
        let array = &rest[place + "ARRAY[".len()..];
        if let Some((items, cast, length)) = items(array) {
            settled.push_str(&format!("(ARRAY[{items}])::{cast}[]"));
            rest = &array[length..];
        } else {
            settled.push_str("ARRAY[(");
            rest = &array[1..];
        }
    }
    settled + rest
}

/// The items of an array without their casts, the type that all are cast to, and the length of the text up to its end.
fn items(array: &str) -> Option<(String, &str, usize)> {
    let first = ITEM.captures(array)?;
    let (item_type, cast) = (first.get(2)?.as_str(), first.get(3)?.as_str());
    let mut items = Vec::new();
    let mut length = 0;
    loop {
        let item = ITEM.captures(&array[length..])?;
        if item.get(2)?.as_str() != item_type || item.get(3)?.as_str() != cast {
            return None;
        }
        items.push(item.get(1)?.as_str().to_owned());
        length += item.get(0)?.end();
        match &array[length..] {
            more if more.starts_with(", ") => length += 2,
            end if end.starts_with(']') => return Some((items.join(", "), cast, length + 1)),
            _ => return None,
        }
    }
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
    fn what_is_no_such_array_stays() {
        for sql in ["", "ARRAY[(1 + 2), 3]", "ARRAY[('a'::text)::name, ('b'::bpchar)::name]", "ARRAY[('a'::text)::name"] {
            assert_eq!(settled(sql), sql);
        }
    }
}
