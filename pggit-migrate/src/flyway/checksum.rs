//! The checksum that Flyway stores.

/// CRC-32 over the lines without their endings, as a signed number.
///
/// ```
/// assert_eq!(pggit_migrate::flyway_checksum("SELECT 1;\r\n"), 78_787_420);
/// assert_eq!(pggit_migrate::flyway_checksum(""), 0);
/// ```
#[must_use]
pub fn flyway_checksum(text: &str) -> i32 {
    let mut hasher = crc32fast::Hasher::new();
    for line in text.strip_prefix('\u{feff}').unwrap_or(text).split(['\n', '\r']) {
        hasher.update(line.as_bytes());
    }
    hasher.finalize().cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_flyways() {
        for text in ["SELECT 1;", "SELECT 1;\n", "\u{feff}SELECT 1;", "SEL\nECT 1;", "SEL\r\nECT 1;\r"] {
            assert_eq!(flyway_checksum(text), 78_787_420, "{text:?}");
        }
        assert_eq!(flyway_checksum("CREATE TABLE t (id int);\n\n"), 92_137_680);
    }
}
