//! The digests that Liquibase makes of text.

use md5::{Digest as _, Md5};
use unicode_normalization::UnicodeNormalization as _;

use super::node::Exact;

/// How checksums are computed: 9 since Liquibase 4.22, 8 from 3.5 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    Eight,
    Nine,
}

impl Version {
    pub const fn number(self) -> u8 {
        match self {
            Self::Eight => 8,
            Self::Nine => 9,
        }
    }

    /// A digest as Liquibase writes it, as `9:d41d8cd98f00b204e9800998ecf8427e`.
    pub fn label(self, digest: &str) -> String {
        format!("{}:{digest}", self.number())
    }

    /// A digest of bytes.
    pub fn of_bytes(self, bytes: &[u8]) -> String {
        let digest: String = Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        self.label(&digest)
    }

    /// A digest of text: composed, with line feeds at the ends of lines.
    pub fn of_text(self, text: &str) -> String {
        let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\u{fffd}', "");
        self.of_bytes(text.nfc().collect::<String>().as_bytes())
    }

    /// A digest of SQL: without blanks since 9, with every run of them as one before.
    pub fn of_sql(self, sql: &[u8], handling: &Handling) -> Exact<String> {
        match self {
            Self::Nine => {
                let kept: Vec<u8> = sql.iter().copied().filter(|byte| !is_blank(*byte)).collect();
                Ok(self.of_bytes(&kept))
            }
            Self::Eight => {
                let Handling { end_delimiter, split_statements, strip_comments } = handling;
                let header = format!("{}:{split_statements}:{strip_comments}:", end_delimiter.as_deref().unwrap_or("null"));
                let mut kept = header.into_bytes();
                let words = sql.split(|byte| is_blank(*byte)).filter(|word| !word.is_empty());
                for (index, word) in words.enumerate() {
                    if index > 0 {
                        kept.push(b' ');
                    }
                    kept.extend_from_slice(word);
                }
                // Liquibase looks ahead over blanks, so far and no further.
                if sql.split(|byte| !is_blank(*byte)).any(|run| run.len() > 2000) {
                    return Err("it has more than 2000 blanks in a row".into());
                }
                Ok(self.of_bytes(&kept))
            }
        }
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// What a change says of its SQL; part of a checksum of version 8.
#[derive(Debug, Clone)]
pub(super) struct Handling {
    pub end_delimiter: Option<String>,
    pub split_statements: bool,
    pub strip_comments: bool,
}

impl Handling {
    /// For the body of a view or a procedure in a file of its own.
    pub fn of_body() -> Self {
        Self { end_delimiter: Some(";".to_owned()), split_statements: false, strip_comments: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sql(version: Version, text: &str) -> String {
        let handling = Handling { end_delimiter: None, split_statements: true, strip_comments: false };
        let change = version.of_sql(text.as_bytes(), &handling).expect("no long blanks");
        version.of_text(&format!("{change}:"))
    }

    #[test]
    fn digests_are_liquibases() {
        assert_eq!(sql(Version::Nine, "select 1"), "9:3b78b9910981c62ca27148640fad7bc2");
        assert_eq!(sql(Version::Eight, "select 1"), "8:551a6b5455d661ce7101a063b818ca3e");
        assert_eq!(sql(Version::Eight, "select \r\n\t 1"), "8:551a6b5455d661ce7101a063b818ca3e");
        assert_eq!(Version::Nine.of_text(""), "9:d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(Version::Nine.of_text("e\u{301}\r\n\u{fffd}"), Version::Nine.of_text("é\n"));
    }
}
