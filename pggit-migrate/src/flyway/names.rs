//! The names of Flyway's files: `V2.1__add_orders.sql`.

use super::settings::Flags;
use super::version::Version;

/// The kinds of scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Baseline,
    Versioned,
    Undo,
    Repeatable,
}

impl Kind {
    /// The type of the rows that Flyway writes for a script in SQL.
    pub const fn row_type(self) -> &'static str {
        match self {
            Self::Versioned | Self::Repeatable => "SQL",
            Self::Undo => "UNDO_SQL",
            Self::Baseline => "SQL_BASELINE",
        }
    }
}

/// What a file's name says.
#[derive(Debug, PartialEq, Eq)]
pub enum Named {
    Migration {
        kind: Kind,
        /// None for a repeatable one.
        version: Option<String>,
        description: String,
    },
    /// It looks like a migration, and Flyway passes it over.
    Almost(String),
    /// A callback, or something else.
    Other,
}

/// Reads a file's name. None where it has none of the suffixes of scripts.
pub fn parse(flags: &Flags, name: &str) -> Option<Named> {
    let stem = stem(flags, name)?;
    Some(parse_stem(flags, stem))
}

/// A file's name without the suffix of scripts in SQL; none where it has none of them.
fn stem<'n>(flags: &Flags, name: &'n str) -> Option<&'n str> {
    let ends = |suffix: &String| {
        let cut = name.len().checked_sub(suffix.len())?;
        name.get(cut..).filter(|end| end.eq_ignore_ascii_case(suffix)).map(|_| &name[..cut])
    };
    flags.suffixes.iter().find_map(ends)
}

/// Reads the name of a script or a program without its suffix.
pub fn parse_stem(flags: &Flags, stem: &str) -> Named {
    let (prefixes, (head, tail)) =
        (&flags.prefixes, stem.split_once(&flags.separator).map_or((stem, None), |(head, tail)| (head, Some(tail))));
    let description = tail.unwrap_or_default().replace('_', " ");
    if head == prefixes.repeatable && tail.is_some() {
        return Named::Migration { kind: Kind::Repeatable, version: None, description };
    }
    let mut kinds = [(Kind::Versioned, &prefixes.versioned), (Kind::Undo, &prefixes.undo), (Kind::Baseline, &prefixes.baseline)];
    kinds.sort_by_key(|(_, prefix)| std::cmp::Reverse(prefix.len()));
    for (kind, prefix) in kinds {
        let Some(number) = head.strip_prefix(prefix.as_str()).filter(|number| number.starts_with(|c: char| c.is_ascii_digit())) else {
            continue;
        };
        return match (Version::parse(number), tail) {
            (Some(_), Some(_)) => Named::Migration { kind, version: Some(number.replace('_', ".")), description },
            (_, None) => Named::Almost(format!("its name lacks the separator {} before the description", flags.separator)),
            (None, _) => Named::Almost(format!("\"{number}\" is no version")),
        };
    }
    Named::Other
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;

    #[test]
    fn names_are_flyways() {
        let flags = Flags::new(&Settings::default()).expect("the defaults");
        let read = |name: &str| match parse(&flags, name) {
            Some(Named::Migration { kind, version, description }) => format!("{kind:?} {} {description}", version.unwrap_or_default()),
            Some(Named::Almost(reason)) => reason,
            Some(Named::Other) => "other".into(),
            None => "none".into(),
        };
        for (name, expected) in [
            ("V2_1__add_orders.SQL", "Versioned 2.1 add orders"),
            ("R__all_views.sql", "Repeatable  all views"),
            ("U2__add.sql", "Undo 2 add"),
            ("B10__all.sql", "Baseline 10 all"),
            ("V1__a__b.sql", "Versioned 1 a  b"),
            ("V1__.sql", "Versioned 1 "),
            ("v1__lower.sql", "other"),
            ("V1.sql", "its name lacks the separator __ before the description"),
            ("V1a__x.sql", "\"1a\" is no version"),
            ("R1__x.sql", "other"),
            ("beforeMigrate.sql", "other"),
            ("beforeMigrate__views.sql", "other"),
            ("V1__a.txt", "none"),
            ("é", "none"),
        ] {
            assert_eq!(read(name), expected, "{name}");
        }
    }
}
