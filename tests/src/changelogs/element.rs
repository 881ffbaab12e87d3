//! A part of a changelog, before it is written in a format.

/// What an attribute says.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Text(String),
    Flag(bool),
    Number(String),
    /// A text that is an element of its own in XML, or the element's own text.
    Body(String),
}

/// A part with its attributes and parts.
#[derive(Debug, Clone)]
pub(super) struct Element {
    pub name: String,
    pub attributes: Vec<(String, Value)>,
    pub children: Vec<Element>,
}

impl Element {
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), attributes: Vec::new(), children: Vec::new() }
    }

    pub fn with_body(name: &str, attribute: &str, body: String) -> Self {
        let mut made = Self::new(name);
        made.attribute(attribute, Value::Body(body));
        made
    }

    pub fn attribute(&mut self, name: &str, value: Value) {
        self.attributes.push((name.to_owned(), value));
    }

    /// The text of an attribute.
    pub fn text(&self, name: &str) -> Option<String> {
        let (_, value) = self.attributes.iter().find(|(known, _)| known == name)?;
        Some(match value {
            Value::Text(text) | Value::Number(text) | Value::Body(text) => text.clone(),
            Value::Flag(flag) => flag.to_string(),
        })
    }
}
