//! Signatures of functions, whatever their spelling.

use std::fmt;
use std::str::FromStr;

/// A function with the types of its input arguments, as PostgreSQL's `regprocedure` reads and prints it.
///
/// Names of arguments, defaults, OUT arguments, modifiers of types and the spelling of built-in types make no difference:
///
/// ```
/// use pggit_core::FunctionSignature;
///
/// let spelled: FunctionSignature = "API.pay(amount DECIMAL(10, 2) DEFAULT 0, VARIADIC tags varchar[], OUT id int)".parse()?;
/// assert_eq!(spelled.to_string(), "api.pay(numeric,character varying[])");
/// assert_eq!(spelled, "api.pay(numeric, character varying [])".parse()?);
/// # Ok::<(), pggit_core::SignatureError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FunctionSignature {
    schema: Option<String>,
    name: String,
    arguments: Vec<String>,
}

/// Why a text is no signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is no signature of a function: {reason}")]
pub struct SignatureError {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl FunctionSignature {
    /// The schema, without quotes; none where the text names none.
    #[must_use]
    pub fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    /// The name, without quotes.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The types of the input arguments, as `format_type` prints them.
    #[must_use]
    pub fn arguments(&self) -> &[String] {
        &self.arguments
    }
}

impl fmt::Display for FunctionSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{}.", quoted(schema))?;
        }
        write!(f, "{}({})", quoted(&self.name), self.arguments.join(","))
    }
}

impl FromStr for FunctionSignature {
    type Err = SignatureError;

    fn from_str(text: &str) -> Result<Self, SignatureError> {
        let error = |reason| SignatureError { text: text.to_owned(), reason };
        let tokens = tokens(text).map_err(error)?;
        let open = tokens.iter().position(|t| *t == Token::Sign('(')).ok_or_else(|| error("the list of its arguments is missing"))?;
        let (schema, name) = match &tokens[..open] {
            [Token::Word(name, _)] => (None, name.clone()),
            [Token::Word(schema, _), Token::Sign('.'), Token::Word(name, _)] => (Some(schema.clone()), name.clone()),
            _ => return Err(error("it begins with a name, or a schema, a dot and a name")),
        };
        if tokens.last() != Some(&Token::Sign(')')) {
            return Err(error("it ends with the closing parenthesis"));
        }
        let inner = &tokens[open + 1..tokens.len() - 1];
        let mut arguments = Vec::new();
        if !inner.is_empty() {
            for argument in split(inner).map_err(error)? {
                arguments.extend(input_type(argument).map_err(error)?);
            }
        }
        Ok(Self { schema, name, arguments })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A name, folded to lower case unless it was quoted; whether it was.
    Word(String, bool),
    /// A literal, as it may stand in a default.
    Literal,
    /// Any other character.
    Sign(char),
}

impl Token {
    fn is(&self, keyword: &str) -> bool {
        matches!(self, Self::Word(word, false) if word == keyword)
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, &'static str> {
    let mut tokens = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            _ if c.is_whitespace() => {}
            '"' | '\'' => {
                let mut word = String::new();
                loop {
                    match rest.next() {
                        Some(d) if d == c && rest.peek() == Some(&c) => word.extend(rest.next()),
                        Some(d) if d == c => break,
                        Some(d) => word.push(d),
                        None => return Err("a quote is not closed"),
                    }
                }
                if c == '"' && word.is_empty() {
                    return Err("a name is empty");
                }
                tokens.push(if c == '"' { Token::Word(word, true) } else { Token::Literal });
            }
            _ if c.is_alphanumeric() || c == '_' || !c.is_ascii() => {
                let mut word = String::from(c.to_ascii_lowercase());
                while let Some(d) = rest.next_if(|d| d.is_alphanumeric() || matches!(d, '_' | '$') || !d.is_ascii()) {
                    word.push(d.to_ascii_lowercase());
                }
                tokens.push(Token::Word(word, false));
            }
            _ => tokens.push(Token::Sign(c)),
        }
    }
    Ok(tokens)
}

/// The arguments: what stands between commas that are in no parentheses.
fn split(tokens: &[Token]) -> Result<Vec<&[Token]>, &'static str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_u32);
    for (n, token) in tokens.iter().enumerate() {
        match token {
            Token::Sign('(' | '[') => depth += 1,
            Token::Sign(')' | ']') => depth = depth.checked_sub(1).ok_or("a parenthesis is closed that was not opened")?,
            Token::Sign(',') if depth == 0 => {
                parts.push(&tokens[start..n]);
                start = n + 1;
            }
            _ => {}
        }
    }
    if depth > 0 {
        return Err("a parenthesis is not closed");
    }
    parts.push(&tokens[start..]);
    Ok(parts)
}

/// Types of more than one word, by the first of them: such a word is not the name of an argument when the second follows.
const LONG_TYPES: [(&str, &str); 8] = [
    ("double", "precision"),
    ("character", "varying"),
    ("char", "varying"),
    ("bit", "varying"),
    ("timestamp", "with"),
    ("timestamp", "without"),
    ("time", "with"),
    ("time", "without"),
];

/// The type of an argument that callers give; none for OUT.
fn input_type(argument: &[Token]) -> Result<Option<String>, &'static str> {
    let end = argument.iter().position(|t| t.is("default") || *t == Token::Sign('=')).unwrap_or(argument.len());
    // The first colon of := belongs to the default too.
    let end = if end > 0 && argument.get(end - 1) == Some(&Token::Sign(':')) { end - 1 } else { end };
    let mut argument = &argument[..end];
    let mode = |t: &Token| ["in", "out", "inout", "variadic"].iter().any(|m| t.is(m));
    let mut is_output = false;
    // The mode may stand before or after the name.
    if argument.first().is_some_and(mode) && argument.len() > 1 {
        is_output = argument[0].is("out");
        argument = &argument[1..];
        if argument.first().is_some_and(|t| t.is("out")) && argument.len() > 1 {
            argument = &argument[1..];
            is_output = false;
        }
    }
    if argument.len() > 2 && mode(&argument[1]) {
        is_output = argument[1].is("out");
        return if is_output { Ok(None) } else { type_name(&argument[2..]).map(Some) };
    }
    if is_output {
        return Ok(None);
    }
    if let [Token::Word(first, quoted), second @ Token::Word(..), ..] = argument {
        let is_long = !quoted && (LONG_TYPES.iter().any(|(a, b)| first == a && second.is(b)) || first == "interval");
        if !is_long {
            return type_name(&argument[1..]).map(Some);
        }
    }
    type_name(argument).map(Some)
}

/// A type as `format_type` prints it without a modifier.
fn type_name(tokens: &[Token]) -> Result<String, &'static str> {
    let mut words: Vec<&Token> = Vec::new();
    let mut is_array = false;
    let mut depth = 0_u32;
    for token in tokens {
        match token {
            Token::Sign('(') => depth += 1,
            Token::Sign(')') => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            Token::Sign('[') => is_array = true,
            Token::Sign(']') => {}
            Token::Word(word, false) if word == "array" && !words.is_empty() => is_array = true,
            Token::Word(word, false) if is_array && word.chars().all(|c| c.is_ascii_digit()) => {}
            Token::Word(..) | Token::Sign('.') => words.push(token),
            Token::Sign(_) | Token::Literal => return Err("a type has a sign in it that no type has"),
        }
    }
    let mut name = match words.as_slice() {
        [] => return Err("the type of an argument is missing"),
        [Token::Word(schema, _), Token::Sign('.'), Token::Word(name, _)] if schema == "pg_catalog" => in_catalog(name),
        [Token::Word(schema, _), Token::Sign('.'), Token::Word(name, _)] => format!("{}.{}", quoted(schema), quoted(name)),
        [Token::Word(name, true)] => in_catalog(name),
        words => {
            let mut plain = Vec::new();
            for word in words {
                match word {
                    Token::Word(word, false) => plain.push(word.as_str()),
                    _ => return Err("a type has more than a schema, a dot and a name"),
                }
            }
            let plain = plain.join(" ");
            match built_in(&plain) {
                Some(name) => name.to_owned(),
                None if plain.starts_with("interval ") => "interval".to_owned(),
                None if words.len() == 1 => quoted(&plain),
                None => return Err("the type of an argument has too many words"),
            }
        }
    };
    if is_array {
        name.push_str("[]");
    }
    Ok(name)
}

/// The name that PostgreSQL prints for a built-in type that has several.
fn built_in(name: &str) -> Option<&'static str> {
    Some(match name {
        "int" | "int4" | "integer" => "integer",
        "int2" | "smallint" => "smallint",
        "int8" | "bigint" => "bigint",
        "decimal" | "dec" | "numeric" => "numeric",
        "float4" | "real" => "real",
        "float" | "float8" | "double precision" => "double precision",
        "bool" | "boolean" => "boolean",
        "varchar" | "character varying" | "char varying" => "character varying",
        "char" | "character" | "bpchar" => "character",
        "varbit" | "bit varying" => "bit varying",
        "bit" => "bit",
        "interval" => "interval",
        "timestamp" | "timestamp without time zone" => "timestamp without time zone",
        "timestamptz" | "timestamp with time zone" => "timestamp with time zone",
        "time" | "time without time zone" => "time without time zone",
        "timetz" | "time with time zone" => "time with time zone",
        _ => return None,
    })
}

/// The printed name of a type by its name in the catalog: what a quoted name means.
fn in_catalog(name: &str) -> String {
    let names = ["int2", "int4", "int8", "float4", "float8", "bool", "numeric", "varchar", "bpchar", "bit", "varbit", "interval"];
    let times = ["timestamp", "timestamptz", "time", "timetz"];
    let known = names.into_iter().chain(times).any(|n| n == name);
    built_in(name).filter(|_| known).map_or_else(|| quoted(name), str::to_owned)
}

/// A name as PostgreSQL prints it: quoted where it would be read as something else.
fn quoted(name: &str) -> String {
    let is_plain = name.chars().enumerate().all(|(n, c)| c.is_ascii_lowercase() || c == '_' || (n > 0 && c.is_ascii_digit()))
        && !RESERVED.split_whitespace().any(|word| word == name);
    if is_plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// The words that PostgreSQL quotes when it prints them as names.
const RESERVED: &str = "\
    all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case cast \
    char character check coalesce collate collation column concurrently constraint create cross current_catalog \
    current_date current_role current_schema current_time current_timestamp current_user dec decimal default deferrable \
    desc distinct do else end except exists extract false fetch float for foreign freeze from full grant greatest group \
    grouping having ilike in initially inner inout int integer intersect interval into is isnull join lateral leading \
    least left like limit localtime localtimestamp national natural nchar none normalize not notnull null nullif numeric \
    offset on only or order out outer overlaps overlay placing position precision primary real references returning right \
    row select session_user setof similar smallint some substring symmetric table tablesample then time timestamp to \
    trailing treat trim true union unique user using values varchar variadic verbose when where window with xmlattributes \
    xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable";
