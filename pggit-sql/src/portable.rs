//! Definitions as two major versions of PostgreSQL have them alike.
//!
//! 17 knows a privilege more (MAINTAIN), and 18 calls NOT NULL a constraint.

use serde_json::Value;

/// Whether an element is one that a server of the version could have.
pub(crate) fn exists_in(version: u32, definition: &Value) -> bool {
    version >= 18 || definition.get("type").is_none_or(|t| t != "not null")
}

/// A definition as a server of an older version would have it, as far as only its words differ.
pub(crate) fn portable(version: u32, definition: &Value) -> Value {
    let mut portable = definition.clone();
    if version < 17 {
        forget_maintain(&mut portable);
    }
    portable
}

/// Takes MAINTAIN out of all privileges, as `postgres=arwdDxtm/postgres`.
fn forget_maintain(value: &mut Value) {
    match value {
        Value::Object(properties) => {
            for (name, value) in properties.iter_mut() {
                match value {
                    Value::Array(items) if name == "privileges" => {
                        for text in items.iter_mut() {
                            if let Some((role, granted)) = text.as_str().and_then(|t| t.rsplit_once('='))
                                && let Some((letters, grantor)) = granted.split_once('/')
                            {
                                *text = Value::from(format!("{role}={}/{grantor}", letters.replace("m*", "").replace('m', "")));
                            }
                        }
                    }
                    other => forget_maintain(other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(forget_maintain),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_privilege_that_is_new_is_no_difference() {
        let of = |item: &str| portable(16, &serde_json::json!({ "privileges": [item], "columns": [{ "privileges": [item] }] }));
        assert_eq!(of("postgres=arwdDxtm/postgres"), of("postgres=arwdDxt/postgres"));
        assert_eq!(of("\"m=m\"=m*r/postgres"), of("\"m=m\"=r/postgres"));
    }
}
