//! Migrations of Flyway's that are programs: in Java and its relatives, whose names are read and nothing else, and scripts of a shell,
//! which have a checksum as those in SQL do.

/// The kind of a row that a migration in Java writes.
pub const JAVA: &str = "JDBC";

/// The kind of a row that a script of a shell writes.
const SCRIPT: &str = "SCRIPT";

/// The suffixes of programs, with the kind of row that Flyway writes for each.
const SUFFIXES: [(&str, &str); 13] = [
    (".java", JAVA),
    (".class", JAVA),
    (".kt", JAVA),
    (".kts", JAVA),
    (".groovy", JAVA),
    (".scala", JAVA),
    (".js", JAVA),
    (".sh", SCRIPT),
    (".bash", SCRIPT),
    (".py", SCRIPT),
    (".ps1", SCRIPT),
    (".bat", SCRIPT),
    (".cmd", SCRIPT),
];

/// The name of a program without its suffix, and the kind of its rows; none for any other file, and for the classes inside another.
pub fn stem(name: &str) -> Option<(&str, &'static str)> {
    let found = SUFFIXES.iter().find_map(|(suffix, kind)| Some((name.strip_suffix(suffix)?, *kind)))?;
    (!found.0.contains('$')).then_some(found)
}

/// Whether a row is one of a program whose text is not looked at. Kinds that nobody here has heard of are programs too.
pub fn is_opaque(row_kind: &str) -> bool {
    let kind = row_kind.strip_prefix("UNDO_").unwrap_or(row_kind);
    !matches!(kind.strip_suffix("_BASELINE").unwrap_or(kind), "SQL" | "SCRIPT" | "BASELINE" | "DELETE" | "SCHEMA" | "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_told_by_their_suffix() {
        assert_eq!(stem("V2__Anonymize.java"), Some(("V2__Anonymize", "JDBC")));
        assert_eq!(stem("V3__load.sh"), Some(("V3__load", "SCRIPT")));
        assert_eq!((stem("V2__Anonymize$1.class"), stem("V1__a.sql")), (None, None));
        for (kind, expected) in [
            ("JDBC", true),
            ("UNDO_JDBC", true),
            ("SPRING_JDBC", true),
            ("SQL", false),
            ("UNDO_SQL", false),
            ("SQL_BASELINE", false),
            ("SCRIPT", false),
        ] {
            assert_eq!(is_opaque(kind), expected, "{kind}");
        }
    }
}
