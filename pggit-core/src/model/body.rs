//! Bodies of functions, as PostgreSQL's lexer reads them: whether two of them differ in blanks and comments only.
//!
//! The same answers as `sql/bodies.sql`; a property test compares the two.

/// The longest body that is looked into, in characters: recording a change must not take long.
const LONGEST: usize = 100_000;

/// A text in SQL or `PL/pgSQL` without comments and with one blank between any two tokens, literals as they are.
///
/// A text that ends inside of something, or in which it depends on `standard_conforming_strings` what a literal is, stays as it is; so
/// does one of more than 100,000 characters.
///
/// ```
/// use pggit_core::model::body::normalise_body;
/// assert_eq!(normalise_body("select 1+2 -- three"), normalise_body("select  1 + 2"));
/// assert_ne!(normalise_body("select 'a  b'"), normalise_body("select 'a b'"));
/// ```
#[must_use]
pub fn normalise_body(source: &str) -> String {
    if source.chars().nth(LONGEST).is_some() {
        return source.to_owned();
    }
    Lexer { pieces: pieces(source), place: 0 }.tokens().unwrap_or_else(|| source.to_owned())
}

fn is_word_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

fn is_operator(c: char) -> bool {
    "~!@#^&|`?+%<>=".contains(c)
}

fn is_line_end(piece: &str) -> bool {
    matches!(piece, "\n" | "\r")
}

/// A text cut into pieces no smaller than a lexer needs, whatever stands around them.
fn pieces(source: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let run = |wanted: fn(char) -> bool| rest.find(|c: char| !wanted(c)).unwrap_or(rest.len());
        let length = match first {
            ' ' | '\t' | '\u{c}' => run(|c| matches!(c, ' ' | '\t' | '\u{c}')),
            _ if is_word_start(first) => run(|c| is_word_start(c) || c.is_ascii_digit()),
            '0'..='9' => number(rest),
            '.' => match rest[1..].chars().next() {
                Some('.') => 2,
                Some('0'..='9') => 1 + digits(&rest[1..], true),
                _ => 1,
            },
            ':' if rest[1..].starts_with([':', '=']) => 2,
            _ if is_operator(first) => run(is_operator),
            _ => first.len_utf8(),
        };
        found.push(&rest[..length]);
        rest = &rest[length..];
    }
    found
}

/// The length of digits, or of digits and letters, from the start.
fn digits(text: &str, with_letters: bool) -> usize {
    let belongs = |c: char| c.is_ascii_digit() || c == '_' || (with_letters && c.is_ascii_alphabetic());
    text.find(|c: char| !belongs(c)).unwrap_or(text.len())
}

/// The length of a number: with an exponent that has a sign, or as many letters, digits and one point as there are.
fn number(text: &str) -> usize {
    // A point belongs to it with the digits after it, or without any, but 1..2 has two numbers.
    let fraction = |start: usize, with_letters: bool| match text[start..].strip_prefix('.') {
        Some(rest) if !rest.starts_with('.') && (with_letters || rest.starts_with(|c: char| c.is_ascii_digit())) => {
            start + 1 + digits(rest, with_letters)
        }
        _ => start,
    };
    let mantissa = fraction(digits(text, false), false);
    let exponent = text[mantissa..].strip_prefix(['e', 'E']).and_then(|rest| rest.strip_prefix(['-', '+']));
    if let Some(exponent) = exponent {
        let length = exponent.find(|c: char| !c.is_ascii_digit()).unwrap_or(exponent.len());
        if length > 0 {
            return mantissa + 2 + length;
        }
    }
    fraction(digits(text, true), true)
}

struct Lexer<'a> {
    pieces: Vec<&'a str>,
    place: usize,
}

impl<'a> Lexer<'a> {
    fn at(&self, place: usize) -> &'a str {
        self.pieces.get(place).copied().unwrap_or("")
    }

    fn take(&mut self, tokens: &mut String) {
        tokens.push_str(self.at(self.place));
        self.place += 1;
    }

    fn begins(&self, place: usize, sign: &str, next: &str) -> bool {
        self.at(place) == sign && self.at(place + 1) == next
    }

    fn tokens(mut self) -> Option<String> {
        let mut tokens = String::new();
        // Whether a backslash escapes in the literal that is open, or was the last token.
        let mut escapes = false;
        let mut is_literal = false;
        let mut gap = Gap::default();
        while self.place < self.pieces.len() {
            if self.skip(&mut gap)? {
                continue;
            }
            if !tokens.is_empty() {
                tokens.push(' ');
            }
            if self.at(self.place) == "'" && is_literal && gap.has_line && !gap.has_block {
                tokens.push('\n');
            } else {
                escapes = false;
            }
            is_literal = false;
            gap = Gap::default();
            if let Some(quote) = self.token(&mut tokens, &mut escapes)? {
                self.quoted(quote, escapes, &mut tokens)?;
                is_literal = quote == "'";
            }
        }
        Some(tokens)
    }

    /// Passes one blank or comment; false where there is none, nothing where a comment does not end.
    fn skip(&mut self, gap: &mut Gap) -> Option<bool> {
        let piece = self.at(self.place);
        if is_line_end(piece) {
            gap.has_line = true;
            self.place += 1;
        } else if piece.starts_with([' ', '\t', '\u{c}']) {
            self.place += 1;
        } else if self.begins(self.place, "-", "-") {
            while self.place < self.pieces.len() && !is_line_end(self.at(self.place)) {
                self.place += 1;
            }
        } else if self.begins(self.place, "/", "*") {
            gap.has_block = true;
            let mut depth = 1;
            self.place += 2;
            while depth > 0 {
                if self.place >= self.pieces.len() {
                    return None;
                } else if self.begins(self.place, "/", "*") {
                    depth += 1;
                    self.place += 2;
                } else if self.begins(self.place, "*", "/") {
                    depth -= 1;
                    self.place += 2;
                } else {
                    self.place += 1;
                }
            }
        } else {
            return Some(false);
        }
        Some(true)
    }

    /// Takes a token; gives the quote where one opens that is still to be read.
    fn token(&mut self, tokens: &mut String, escapes: &mut bool) -> Option<Option<&'a str>> {
        let (piece, following) = (self.at(self.place), self.at(self.place + 1));
        let is_sign = |piece: &str| piece.starts_with(|c: char| is_operator(c) || matches!(c, '-' | '*' | '/'));
        if is_sign(piece) {
            let mut run = String::new();
            while is_sign(self.at(self.place)) && !self.begins(self.place, "-", "-") && !self.begins(self.place, "/", "*") {
                self.take(&mut run);
            }
            operators(&run, tokens);
        } else if piece.starts_with(is_word_start) {
            self.take(tokens);
            if following == "'" && matches!(piece, "e" | "E" | "b" | "B" | "x" | "X" | "n" | "N") {
                *escapes = matches!(piece, "e" | "E");
                return Some(Some(following));
            } else if matches!(piece, "u" | "U") && following == "&" && matches!(self.at(self.place + 1), "'" | "\"") {
                self.take(tokens);
                return Some(Some(self.at(self.place)));
            }
            while self.at(self.place).starts_with(|c: char| c == '$' || c.is_ascii_digit() || is_word_start(c)) {
                self.take(tokens);
            }
        } else if matches!(piece, "'" | "\"") {
            return Some(Some(piece));
        } else if self.begins(self.place, "$", "$")
            || (piece == "$" && following.starts_with(is_word_start) && self.at(self.place + 2) == "$")
        {
            self.dollar_quoted(tokens)?;
        } else {
            self.take(tokens);
            if piece == "$" && following.starts_with(|c: char| c.is_ascii_digit()) {
                self.take(tokens);
            }
        }
        Some(None)
    }

    fn dollar_quoted(&mut self, tokens: &mut String) -> Option<()> {
        let head = self.at(self.place + 1);
        let length = if head == "$" { 2 } else { 3 };
        for _ in 0..length {
            self.take(tokens);
        }
        while !(self.begins(self.place, "$", head) && (length == 2 || self.at(self.place + 2) == "$")) {
            if self.place >= self.pieces.len() {
                return None;
            }
            self.take(tokens);
        }
        for _ in 0..length {
            self.take(tokens);
        }
        Some(())
    }

    /// A literal or a quoted name, from the quote that opens it.
    fn quoted(&mut self, quote: &str, escapes: bool, tokens: &mut String) -> Option<()> {
        self.take(tokens);
        loop {
            if self.place >= self.pieces.len() {
                return None;
            }
            let piece = self.at(self.place);
            self.take(tokens);
            if piece == quote {
                if self.at(self.place) != quote {
                    return Some(());
                }
                self.take(tokens);
            } else if piece == "\\" && quote == "'" && (escapes || self.at(self.place) == "'") {
                if !escapes || self.place >= self.pieces.len() {
                    return None;
                }
                self.take(tokens);
            }
        }
    }
}

/// What stands between two tokens.
#[derive(Default)]
struct Gap {
    has_line: bool,
    has_block: bool,
}

/// The operators of a run of signs: none of SQL's own signs ends with + or -, so that these are operators by themselves.
fn operators(run: &str, tokens: &mut String) {
    let first = if run.contains(['~', '!', '@', '#', '^', '&', '|', '`', '?', '%']) {
        run.len()
    } else {
        run.trim_end_matches(['+', '-']).len().max(1)
    };
    tokens.push_str(&run[..first]);
    for sign in run[first..].chars() {
        tokens.push(' ');
        tokens.push(sign);
    }
}
