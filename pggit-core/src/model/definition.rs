//! Definitions compared property by property.

use serde::Serialize;
use serde_json::Value;

/// A property that differs between two definitions of an element.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PropertyChange {
    /// The name of the property, as `not_null`.
    pub property: String,
    /// Its value before, if it was set.
    pub old: Option<Value>,
    /// Its value after, if it is set.
    pub new: Option<Value>,
}

/// The properties in which two definitions differ, by name.
///
/// ```
/// use serde_json::json;
/// let changes = pggit_core::model::definition::compare(&json!({"type": "integer"}), &json!({"type": "bigint", "comment": "x"}));
/// let names: Vec<_> = changes.iter().map(|c| c.property.as_str()).collect();
/// assert_eq!(names, ["comment", "type"]);
/// assert_eq!(changes[0].old, None);
/// ```
#[must_use]
pub fn compare(old: &Value, new: &Value) -> Vec<PropertyChange> {
    let empty = serde_json::Map::new();
    let (old, new) = (old.as_object().unwrap_or(&empty), new.as_object().unwrap_or(&empty));
    let mut names: Vec<_> = old.keys().chain(new.keys()).collect();
    names.sort();
    names.dedup();
    names
        .into_iter()
        .filter(|name| old.get(*name) != new.get(*name))
        .map(|name| PropertyChange { property: name.clone(), old: old.get(name).cloned(), new: new.get(name).cloned() })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn equal_definitions_have_no_changes() {
        assert_eq!(compare(&json!({"a": 1, "b": [2]}), &json!({"b": [2], "a": 1})), []);
    }
}
