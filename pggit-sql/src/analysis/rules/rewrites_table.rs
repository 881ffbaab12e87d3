//! What writes a whole table anew: time and space in proportion to the table, under a lock that keeps everybody out.

use pg_query::protobuf::node::Node;
use pg_query::protobuf::{AlterTableType, ColumnDef, ConstrType};

use super::{Finding, Parsed, Severity, column, commands, finding};
use crate::analysis::tree;

/// Functions whose value is one for the whole statement: a default from them is stored once.
const STABLE: &[&str] = &["now", "transaction_timestamp", "statement_timestamp", "current_user", "session_user", "current_database"];

pub fn check(parsed: &Parsed<'_>) -> Vec<Finding> {
    let mut reasons: Vec<String> = Vec::new();
    match parsed.node {
        Node::VacuumStmt(_) if tree::value(parsed.node).to_string().contains("\"defname\":\"full\"") => {
            reasons.push("VACUUM FULL writes it anew".into())
        }
        Node::ClusterStmt(_) => reasons.push("CLUSTER writes it anew in the order of an index".into()),
        _ => {}
    }
    for (kind, command) in commands(parsed.node) {
        match kind {
            AlterTableType::AtAddColumn if column(command).is_some_and(computes_each_row) => {
                reasons.push("the new column has a value of its own for each row".into());
            }
            AlterTableType::AtAlterColumnType if !column(command).is_some_and(only_widens) => {
                reasons.push(format!("the values of {} are converted", command.name));
            }
            AlterTableType::AtSetLogged | AlterTableType::AtSetUnLogged => reasons.push("it is copied to change how it is logged".into()),
            AlterTableType::AtSetAccessMethod => reasons.push("it is copied to the other access method".into()),
            AlterTableType::AtSetTableSpace => reasons.push("its files are copied to the other tablespace".into()),
            AlterTableType::AtSetExpression => reasons.push("the generated column is computed anew".into()),
            _ => {}
        }
    }
    let hint = "On a large table: add a new column, fill it in batches, and swap.";
    reasons
        .into_iter()
        .map(|r| finding(Severity::Warning, parsed.target(), format!("the whole table is written anew: {r}"), Some(hint)))
        .collect()
}

/// True for a default that is volatile as far as can be told, an identity, or a stored generated column.
fn computes_each_row(definition: &ColumnDef) -> bool {
    let serial = definition.type_name.as_ref().is_some_and(|t| tree::strings(&t.names).last().is_some_and(|n| n.contains("serial")));
    serial
        || definition.constraints.iter().any(|c| match &c.node {
            Some(pg_query::NodeEnum::Constraint(c)) => match ConstrType::try_from(c.contype) {
                Ok(ConstrType::ConstrIdentity) => true,
                Ok(ConstrType::ConstrGenerated) => c.generated_kind != "v",
                Ok(ConstrType::ConstrDefault) => c.raw_expr.as_ref().and_then(|e| e.node.as_ref()).is_some_and(calls_volatile),
                _ => false,
            },
            _ => false,
        })
}

fn calls_volatile(expression: &Node) -> bool {
    let whole = tree::value(expression);
    let mut volatile = false;
    tree::walk(&whole, &mut |fields| {
        if let Some(name) = fields.get("FuncCall").and_then(|c| c.get("funcname")) {
            volatile |= !tree::value_strings(name).last().is_some_and(|n| STABLE.contains(&n.as_str()));
        }
    });
    volatile
}

/// Types that hold whatever was there without a conversion: text, and varchar and numeric without a limit.
fn only_widens(definition: &ColumnDef) -> bool {
    let Some(kind) = &definition.type_name else { return false };
    let name = tree::strings(&kind.names).last().cloned().unwrap_or_default();
    definition.raw_default.is_none() && kind.array_bounds.is_empty() && (name == "text" || (name == "varchar" && kind.typmods.is_empty()))
}
