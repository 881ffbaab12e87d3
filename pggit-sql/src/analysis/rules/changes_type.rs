//! ALTER COLUMN ... TYPE can lose what the new type cannot hold.

use pg_query::protobuf::AlterTableType;

use super::{Finding, Parsed, Severity, column, commands, finding};
use crate::analysis::tree;

pub fn check(parsed: &Parsed<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (kind, command) in commands(parsed.node) {
        let (AlterTableType::AtAlterColumnType, Some(definition)) = (kind, column(command)) else { continue };
        let converted = definition.raw_default.is_some();
        let name = definition.type_name.as_ref().map(|t| tree::strings(&t.names).last().cloned().unwrap_or_default()).unwrap_or_default();
        let message = format!("the column {} becomes {name}{}", command.name, if converted { ", by an expression" } else { "" });
        let hint = "Values that do not fit make it fail; fractions, time zones and trailing blanks can get lost.";
        found.push(finding(Severity::Warning, parsed.target(), message, Some(hint)));
    }
    found
}
