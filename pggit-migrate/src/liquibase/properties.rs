//! Java's files of properties.

/// The names and values of a file; the line of an escape that is none.
pub(super) fn entries(text: &str) -> Result<Vec<(String, String)>, usize> {
    let blank = |c: char| matches!(c, ' ' | '\t' | '\u{c}');
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let line = line.trim_start_matches(blank);
        if line.is_empty() || line.starts_with(['#', '!']) {
            continue;
        }
        let mut logical = line.to_owned();
        while logical.len() > logical.trim_end_matches('\\').len() && (logical.len() - logical.trim_end_matches('\\').len()) % 2 == 1 {
            logical.pop();
            match lines.next() {
                Some((_, more)) => logical.push_str(more.trim_start_matches(blank)),
                None => break,
            }
        }
        let mut end = logical.len();
        let mut is_escaped = false;
        for (place, c) in logical.char_indices() {
            if !is_escaped && (blank(c) || matches!(c, '=' | ':')) {
                end = place;
                break;
            }
            is_escaped = !is_escaped && c == '\\';
        }
        let (name, rest) = logical.split_at(end);
        let rest = rest.trim_start_matches(blank);
        let value = rest.strip_prefix(['=', ':']).map_or(rest, |value| value.trim_start_matches(blank));
        found.push((unescaped(name).ok_or(index + 1)?, unescaped(value).ok_or(index + 1)?));
    }
    Ok(found)
}

fn unescaped(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        match chars.next() {
            Some('u') => {
                let digits: String = chars.by_ref().take(4).collect();
                plain.push(u32::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 4).and_then(char::from_u32)?);
            }
            Some('t') => plain.push('\t'),
            Some('n') => plain.push('\n'),
            Some('r') => plain.push('\r'),
            Some('f') => plain.push('\u{c}'),
            Some(c) => plain.push(c),
            None => {}
        }
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_javas() {
        let text = "# c\n! c\n a = b \nc:d\ne\\ f=g\\u00e9\\\n   h\ni\n";
        let expected = [("a", "b "), ("c", "d"), ("e f", "géh"), ("i", "")];
        let found = entries(text).expect("good escapes");
        assert_eq!(found, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(entries("\na=\\u12"), Err(2));
    }
}
