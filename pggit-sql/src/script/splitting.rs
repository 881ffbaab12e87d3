//! Where a statement ends, told without a parser: for scripts that PostgreSQL cannot parse, and for those that are too long for it.

/// The statements of a text, as far as semicolons outside of quotes, comments, parentheses and `BEGIN ATOMIC` tell; or the place of the
/// first quote or comment that does not end.
pub(super) fn split(text: &str) -> Result<Vec<&str>, usize> {
    let (mut found, mut start, mut place, mut nested) = (Vec::new(), 0, 0, Nested::default());
    while let Some(step) = text[place..].find(|c: char| "'\"$-/;()".contains(c) || c.is_alphabetic()) {
        let here = place + step;
        let rest = &text[here..];
        let end = match rest.as_bytes() {
            [b'-', b'-', ..] => Some(rest.find('\n').unwrap_or(rest.len())),
            [b'/', b'*', ..] => comment(rest),
            [b'\'', ..] => quote(rest, '\'', text[..here].ends_with(['e', 'E'])),
            [b'"', ..] => quote(rest, '"', false),
            [b'$', ..] => dollar(rest),
            [b'(', ..] => nested.parenthesis(1),
            [b')', ..] => nested.parenthesis(-1),
            [b';', ..] if nested.is_outside() => {
                found.push(&text[start..here]);
                start = here + 1;
                nested = Nested::default();
                Some(1)
            }
            [b';' | b'-' | b'/', ..] => Some(1),
            _ => {
                let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').unwrap_or(rest.len());
                nested.word(&rest[..length]);
                Some(length)
            }
        };
        place = here + end.ok_or(here)?;
    }
    found.push(&text[start..]);
    Ok(found)
}

/// What a semicolon stands in.
#[derive(Default)]
struct Nested {
    parentheses: i32,
    /// How many blocks of `BEGIN ATOMIC` and `CASE` within are open.
    blocks: i32,
    after_begin: bool,
}

impl Nested {
    fn is_outside(&self) -> bool {
        self.parentheses <= 0 && self.blocks == 0
    }

    #[expect(clippy::unnecessary_wraps, reason = "it has the length of a token, as all that can end have")]
    fn parenthesis(&mut self, step: i32) -> Option<usize> {
        self.parentheses += step;
        Some(1)
    }

    fn word(&mut self, word: &str) {
        let opens = (self.after_begin && word.eq_ignore_ascii_case("atomic")) || (self.blocks > 0 && word.eq_ignore_ascii_case("case"));
        self.blocks += i32::from(opens);
        self.blocks -= i32::from(self.blocks > 0 && word.eq_ignore_ascii_case("end"));
        self.after_begin = word.eq_ignore_ascii_case("begin");
    }
}

/// The length of a quoted text, in which a doubled mark stands for one.
fn quote(text: &str, mark: char, escapes: bool) -> Option<usize> {
    let mut rest = text.char_indices().skip(1).peekable();
    while let Some((place, character)) = rest.next() {
        if escapes && character == '\\' {
            rest.next();
        } else if character == mark && rest.next_if(|(_, next)| *next == mark).is_none() {
            return Some(place + 1);
        }
    }
    None
}

/// The length of a dollar quote; of a dollar that begins none it is one.
fn dollar(text: &str) -> Option<usize> {
    let Some(end) = text[1..].find('$') else { return Some(1) };
    let tag = &text[..end + 2];
    let name = &tag[1..=end];
    if name.starts_with(|c: char| c.is_ascii_digit()) || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return Some(1);
    }
    text[tag.len()..].find(tag).map(|place| tag.len() * 2 + place)
}

/// The length of a block comment; they nest.
fn comment(text: &str) -> Option<usize> {
    let (mut depth, mut place) = (0, 0);
    while let Some(step) = text[place..].find(['*', '/']) {
        place += step;
        match text.as_bytes().get(place..place + 2) {
            Some(b"/*") => (depth, place) = (depth + 1, place + 2),
            Some(b"*/") => (depth, place) = (depth - 1, place + 2),
            _ => place += 1,
        }
        if depth == 0 {
            return Some(place);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn statements_end_at_semicolons_outside() {
        for text in [
            "select 'a;''b;', \"c;\"\"d\", $1, $$e';$$, $x$ ; $$ $x$ -- ';\n /* /*;*/ ' */ - / ",
            "create rule r as on insert to t do also (select 1; select 2)",
            "create function f() returns int begin atomic select case when true then 1 end; select 2; end",
            "select e'a\\';'",
            "select a$b, c $$;$$",
        ] {
            let twice = format!("{text}\n;{text}");
            assert_eq!(split(&twice).map(|s| s.len()), Ok(2), "{text}");
        }
        assert_eq!(split("begin; create x; end;"), Ok(vec!["begin", " create x", " end", ""]));
    }

    #[test]
    fn the_first_that_does_not_end_is_found() {
        for (text, place) in [
            ("select 'a", 7),
            ("select '' 'a''", 10),
            ("select 'a\\', 'b", 13),
            ("select e'a\\', 'b'", 16),
            ("select \"a", 7),
            ("select $$ a $", 7),
            ("select 1 /* a /* b */", 9),
            ("é 'ü", 3),
        ] {
            assert_eq!(split(text), Err(place), "{text}");
        }
    }
}
