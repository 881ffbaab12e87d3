//! Versions of Flyway: numbers of any length, with dots or underscores between them.

use std::cmp::Ordering;

/// A version. `1`, `1.0` and `01` are the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Version {
    parts: Vec<String>,
}

impl Version {
    /// Reads a version; none for what is none.
    pub fn parse(text: &str) -> Option<Self> {
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !text.split(['.', '_']).all(is_number) {
            return None;
        }
        let mut parts: Vec<_> = text.split(['.', '_']).map(|part| part.trim_start_matches('0').to_owned()).collect();
        while parts.len() > 1 && parts.last().is_some_and(String::is_empty) {
            parts.pop();
        }
        Some(Self { parts })
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_number = |a: &String, b: &String| a.len().cmp(&b.len()).then_with(|| a.cmp(b));
        let first = self.parts.iter().zip(&other.parts).map(|(a, b)| by_number(a, b)).find(|o| o.is_ne());
        first.unwrap_or_else(|| self.parts.len().cmp(&other.parts.len()))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers_of_any_length() {
        let order = |a, b| Version::parse(a).expect("a version").cmp(&Version::parse(b).expect("a version"));
        for (a, b) in [("1", "1.0"), ("01", "1"), ("1_1", "1.1"), ("0", "0.0")] {
            assert_eq!(order(a, b), Ordering::Equal, "{a} {b}");
        }
        for (a, b) in [("1.9", "1.10"), ("2", "10"), ("1", "1.0.1"), ("99999999999999999999", "100000000000000000000")] {
            assert_eq!(order(a, b), Ordering::Less, "{a} {b}");
        }
        for text in ["", "1.", ".1", "1..2", "1a", "current", "-1", "１"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }
}
