//! The Merkle tree of a schema: elements, hashed by object, by bucket, and all together.
//!
//! A bucket is the first byte of the SHA-256 of an object's key, so that a change re-hashes one object, one bucket and the
//! root, whatever the size of the schema; and equal trees have equal roots in any two databases.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::model::canonical::Hash;

/// What identifies an element: the type and identity that `pg_identify_object` gives.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ElementKey {
    /// The type, as `table column`.
    pub object_type: String,
    /// The identity, as `public.users.email`.
    pub object_identity: String,
}

/// The tree of a schema: for each element the object that it belongs to and its definition's hash.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    objects: BTreeMap<String, BTreeMap<ElementKey, Hash>>,
}

impl Tree {
    /// Adds an element, or replaces it.
    ///
    /// ```
    /// use pggit_core::model::canonical::Hash;
    /// use pggit_core::model::tree::{ElementKey, Tree};
    /// let mut tree = Tree::default();
    /// let empty = tree.root();
    /// let key = ElementKey { object_type: "table".into(), object_identity: "public.users".into() };
    /// tree.insert("table public.users", key.clone(), Hash::of("{}"));
    /// assert_ne!(tree.root(), empty);
    /// tree.remove("table public.users", &key);
    /// assert_eq!(tree.root(), empty);
    /// ```
    pub fn insert(&mut self, object_key: &str, element: ElementKey, definition_id: Hash) {
        self.objects.entry(object_key.to_owned()).or_default().insert(element, definition_id);
    }

    /// Takes an element out.
    pub fn remove(&mut self, object_key: &str, element: &ElementKey) {
        if let Some(elements) = self.objects.get_mut(object_key) {
            elements.remove(element);
            if elements.is_empty() {
                self.objects.remove(object_key);
            }
        }
    }

    /// The hash of the whole: equal for equal trees, in any database.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut buckets: BTreeMap<u8, String> = BTreeMap::new();
        for (key, elements) in &self.objects {
            let mut lines = String::new();
            for (element, definition_id) in elements {
                lines.push_str(&format!("{}\t{}\t{definition_id}\n", escape(&element.object_type), escape(&element.object_identity)));
            }
            let bucket = Sha256::digest(key.as_bytes())[0];
            buckets.entry(bucket).or_default().push_str(&format!("{}\t{}\n", escape(key), Hash::of(&lines)));
        }
        let lines: String = buckets.iter().map(|(bucket, lines)| format!("{bucket:02x}\t{}\n", Hash::of(lines))).collect();
        Hash::of(&lines)
    }
}

/// A text as a field of a hashed line.
fn escape(field: &str) -> String {
    field.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_root_does_not_depend_on_order(names in prop::collection::btree_set("[a-z]{1,6}", 1..20), seed in any::<u64>()) {
            let mut entries: Vec<_> = names.into_iter().collect();
            let build = |entries: &[String]| {
                let mut tree = Tree::default();
                for name in entries {
                    let key = ElementKey { object_type: "table".into(), object_identity: format!("public.{name}") };
                    tree.insert(&format!("table public.{name}"), key, Hash::of(name));
                }
                tree.root()
            };
            let forward = build(&entries);
            let middle = usize::try_from(seed % entries.len() as u64).expect("small");
            entries.rotate_left(middle);
            prop_assert_eq!(build(&entries), forward);
        }
    }
}
