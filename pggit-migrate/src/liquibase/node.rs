//! A changelog as a tree of named nodes, whatever it was written in: an attribute and a child are the same thing.

/// What could not be computed, and why.
pub(super) type Exact<T> = Result<T, String>;

/// A value as Liquibase holds it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Value {
    #[default]
    Absent,
    Text(String),
    Bool(bool),
    /// A number as Java prints it.
    Number(String),
    List(Vec<Value>),
    /// One that Liquibase's result for is not known; what it is.
    Opaque(&'static str),
}

impl Value {
    /// As text; none where there is nothing.
    pub fn text(&self) -> Exact<Option<String>> {
        match self {
            Self::Absent => Ok(None),
            Self::Text(text) | Self::Number(text) => Ok(Some(text.clone())),
            Self::Bool(value) => Ok(Some(value.to_string())),
            Self::List(_) => Err("a list stands where one value belongs".into()),
            Self::Opaque(what) => Err(format!("it has {what}")),
        }
    }
}

/// A node with its children, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Node {
    pub name: String,
    /// The line that it begins on, from 1.
    pub line: usize,
    pub value: Value,
    pub children: Vec<Node>,
    /// The parameters that the value depends on.
    pub parameters: Vec<String>,
}

impl Node {
    pub fn new(name: &str, line: usize) -> Self {
        Self { name: name.to_owned(), line, ..Self::default() }
    }

    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name.eq_ignore_ascii_case(name))
    }

    /// The only child of a name.
    pub fn child<'a>(&'a self, name: &'a str) -> Exact<Option<&'a Self>> {
        let mut found = self.named(name);
        let first = found.next();
        if found.next().is_some() { Err(format!("\"{name}\" stands there twice")) } else { Ok(first) }
    }

    pub fn text(&self, name: &str) -> Exact<Option<String>> {
        self.child(name)?.map_or(Ok(None), |child| child.value.text())
    }

    /// A text without blanks around it; none where nothing is left.
    pub fn trimmed(&self, name: &str) -> Exact<Option<String>> {
        Ok(self.text(name)?.as_deref().and_then(trimmed).map(str::to_owned))
    }

    /// Anything but "true" is false. Blanks around it count in YAML and not in XML.
    pub fn flag(&self, name: &str) -> Exact<Option<bool>> {
        match self.text(name)? {
            Some(text) if text.trim() != text => Err(format!("{name} has blanks around it")),
            text => Ok(text.map(|text| text.eq_ignore_ascii_case("true"))),
        }
    }

    /// A whole number of any length.
    pub fn integer(&self, name: &str) -> Exact<Option<String>> {
        self.text(name)?.map(|text| integer(&text).ok_or_else(|| format!("the {name} \"{text}\" is no whole number"))).transpose()
    }

    /// The parameters that it and what is below depend on, apart from what has no part in a checksum.
    pub fn all_parameters(&self, into: &mut Vec<String>) {
        into.extend_from_slice(&self.parameters);
        for child in self.children.iter().filter(|c| !matches!(c.name.as_str(), "rollback" | "preConditions" | "comment")) {
            child.all_parameters(into);
        }
    }
}

/// A text without the blanks and control characters around it, as Java trims; none where nothing is left.
pub(super) fn trimmed(text: &str) -> Option<&str> {
    let text = text.trim_matches(|c| c <= ' ');
    (!text.is_empty()).then_some(text)
}

/// A whole number as Java prints it.
fn integer(text: &str) -> Option<String> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let digits = digits.trim_start_matches('0');
    Some(if digits.is_empty() { "0".to_owned() } else { format!("{sign}{digits}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_javas() {
        let known = [("7", "7"), ("+007", "7"), ("-0", "0"), ("-12", "-12"), ("99999999999999999999999", "99999999999999999999999")];
        for (text, number) in known {
            assert_eq!(integer(text).as_deref(), Some(number), "{text}");
        }
        for text in ["", "-", "1.0", " 1", "0x1", "1_000"] {
            assert_eq!(integer(text), None, "{text}");
        }
    }
}
