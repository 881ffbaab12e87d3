//! ENABLE ROW LEVEL SECURITY hides every row that no policy shows.

use pg_query::protobuf::AlterTableType;

use super::{Finding, Parsed, Severity, commands, finding};

pub fn check(parsed: &Parsed<'_>) -> Vec<Finding> {
    let on = |kind: &AlterTableType| matches!(kind, AlterTableType::AtEnableRowSecurity | AlterTableType::AtForceRowSecurity);
    if !commands(parsed.node).iter().any(|(kind, _)| on(kind)) {
        return Vec::new();
    }
    let message = "others than the owner see no row but those that a policy shows";
    vec![finding(Severity::Warning, parsed.target(), message, Some("Create the policies before, in the same transaction."))]
}
