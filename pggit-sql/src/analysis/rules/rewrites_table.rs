//! What writes a whole table anew: time and space in proportion to the table, under a lock that keeps everybody out.

use pg_query::protobuf::node::Node;
use pg_query::protobuf::{AlterTableType, ColumnDef, ConstrType};

use super::{Finding, Parsed, Severity, column, commands, finding, has_option};
use crate::analysis::tree;

/// Functions whose value is one for the whole statement: a default from them is stored once.
const STABLE: &[&str] = &["now", "transaction_timestamp", "statement_timestamp", "current_user", "session_user", "current_database"];

pub fn check(parsed: &Parsed<'_>) -> Vec<Finding> {
    let mut reasons: Vec<String> = Vec::new();
    match parsed.node {
        Node::VacuumStmt(s) if s.is_vacuumcmd && has_option(&s.options, "full") => reasons.push("VACUUM FULL writes it anew".into()),
        Node::ClusterStmt(_) => reasons.push("CLUSTER writes it anew in the order of an index".into()),
        _ => {}
    }
    for (kind, command) in commands(parsed.node) {
        match kind {
            AlterTableType::AtAddColumn if column(command).is_some_and(computes_each_row) => {
                reasons.push("the new column has a value of its own for each row".into());
            }
            AlterTableType::AtAlterColumnType => {
                let unless = column(command).and_then(not_if).map(|was| format!(", unless {was}")).unwrap_or_default();
                reasons.push(format!("the values of {} are converted{unless}", command.name));
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

/// What the type must have been for its values to stay as they are; none where any other type has other values.
fn not_if(definition: &ColumnDef) -> Option<&'static str> {
    let kind = definition.type_name.as_ref()?;
    let name = tree::strings(&kind.names).last().cloned().unwrap_or_default();
    if definition.raw_default.is_some() || !kind.array_bounds.is_empty() {
        return Some("they are the same already");
    }
    Some(match name.as_str() {
        "text" | "varchar" => "it was text or varchar, and not longer than it may be now",
        "numeric" => "it was numeric with no more digits and as many after the point",
        "varbit" => "it was shorter",
        "timestamp" | "timestamptz" | "time" | "timetz" | "interval" => {
            "it was of this kind and not more exact, or only its time zone is new and the session's is UTC"
        }
        "int4" | "int8" | "int2" | "float4" | "float8" | "bool" | "bytea" | "json" | "jsonb" | "date" | "uuid" => {
            "it has this type already"
        }
        _ => "both types are kept alike, as a domain and its base type",
    })
}
