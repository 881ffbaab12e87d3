//! The objects that a statement changes.

use pg_query::NodeEnum;
use pg_query::protobuf::node::Node;
use pg_query::protobuf::{ObjectType, RangeVar};
use serde::{Deserialize, Serialize};

use super::{Name, effects, tree};

/// What happens to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is made, or made anew.
    Create,
    /// It is changed.
    Alter,
    /// It goes.
    Drop,
    /// Its rows are written.
    Write,
    /// It is referred to.
    Read,
}

/// An object, and what happens to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touched {
    /// What happens to it.
    pub action: Action,
    /// Its type as far as the statement says: `table`, `view`, `function`, ...; `relation` where it could be several.
    pub object_type: String,
    /// Its name.
    pub name: Name,
}

impl Touched {
    pub(super) fn new(action: Action, object_type: &str, name: Name) -> Self {
        Self { action, object_type: object_type.to_owned(), name }
    }
}

fn relation(var: Option<&RangeVar>) -> Option<Name> {
    var.map(|v| Name::new(&v.schemaname, &v.relname))
}

/// The name that a node is: a list of strings, a string, a relation, a function with arguments, a type.
fn name_of(node: Option<&pg_query::protobuf::Node>) -> Option<Vec<String>> {
    match node?.node.as_ref()? {
        NodeEnum::List(list) => Some(tree::strings(&list.items)),
        NodeEnum::String(s) => Some(vec![s.sval.clone()]),
        NodeEnum::RangeVar(v) => Some([&v.schemaname, &v.relname].into_iter().filter(|p| !p.is_empty()).cloned().collect()),
        NodeEnum::ObjectWithArgs(o) => Some(tree::strings(&o.objname)),
        NodeEnum::TypeName(t) => Some(tree::strings(&t.names)),
        _ => None,
    }
}

/// The word for a type of object, and how many of the last parts of its name are not the object's own: `a.t.c` is a column of `a.t`.
fn word(object_type: i32) -> (&'static str, usize) {
    match ObjectType::try_from(object_type) {
        Ok(ObjectType::ObjectTable) => ("table", 0),
        Ok(ObjectType::ObjectView) => ("view", 0),
        Ok(ObjectType::ObjectMatview) => ("materialized view", 0),
        Ok(ObjectType::ObjectForeignTable) => ("foreign table", 0),
        Ok(ObjectType::ObjectSequence) => ("sequence", 0),
        Ok(ObjectType::ObjectIndex) => ("index", 0),
        Ok(ObjectType::ObjectFunction) => ("function", 0),
        Ok(ObjectType::ObjectProcedure) => ("procedure", 0),
        Ok(ObjectType::ObjectAggregate) => ("aggregate", 0),
        Ok(ObjectType::ObjectRoutine) => ("function", 0),
        Ok(ObjectType::ObjectSchema) => ("schema", 0),
        Ok(ObjectType::ObjectType) => ("type", 0),
        Ok(ObjectType::ObjectDomain) => ("domain", 0),
        Ok(ObjectType::ObjectExtension) => ("extension", 0),
        Ok(
            ObjectType::ObjectColumn
            | ObjectType::ObjectTabconstraint
            | ObjectType::ObjectTrigger
            | ObjectType::ObjectPolicy
            | ObjectType::ObjectRule,
        ) => ("table", 1),
        Ok(ObjectType::ObjectDomconstraint) => ("domain", 1),
        _ => ("object", 0),
    }
}

/// Adds what a statement changes. A part of an object (column, trigger, policy) counts as a change of the object.
pub fn collect(node: &Node, found: &mut Vec<Touched>) {
    let mut add = |action, object_type: &str, name: Option<Name>| {
        if let Some(name) = name {
            found.push(Touched::new(action, object_type, name));
        }
    };
    match node {
        Node::CreateStmt(s) => add(Action::Create, "table", relation(s.relation.as_ref())),
        Node::CreateForeignTableStmt(s) => {
            add(Action::Create, "foreign table", relation(s.base_stmt.as_ref().and_then(|b| b.relation.as_ref())));
        }
        Node::CreateTableAsStmt(s) => {
            let kind = if s.objtype == ObjectType::ObjectMatview as i32 { "materialized view" } else { "table" };
            add(Action::Create, kind, relation(s.into.as_ref().and_then(|i| i.rel.as_ref())));
        }
        Node::ViewStmt(s) => add(Action::Create, "view", relation(s.view.as_ref())),
        Node::CreateSeqStmt(s) => add(Action::Create, "sequence", relation(s.sequence.as_ref())),
        Node::CreateSchemaStmt(s) => {
            add(Action::Create, "schema", Some(Name::new("", &s.schemaname)));
            let start = found.len();
            s.schema_elts.iter().filter_map(|e| e.node.as_ref()).for_each(|element| collect(element, found));
            for inside in found[start..].iter_mut().filter(|t| t.name.schema.is_none()) {
                inside.name.schema = Some(s.schemaname.clone());
            }
        }
        Node::SelectStmt(s) => {
            add(Action::Create, "table", relation(s.into_clause.as_ref().and_then(|i| i.rel.as_ref())));
        }
        Node::DefineStmt(s) => add(Action::Create, word(s.kind).0, Name::from_parts(&tree::strings(&s.defnames))),
        Node::CreateStatsStmt(s) => add(Action::Create, "statistics object", Name::from_parts(&tree::strings(&s.defnames))),
        Node::AlterDefaultPrivilegesStmt(s) => {
            for option in &s.options {
                let Some(NodeEnum::DefElem(element)) = &option.node else { continue };
                let Some(NodeEnum::List(schemas)) = element.arg.as_ref().and_then(|a| a.node.as_ref()) else { continue };
                if element.defname == "schemas" {
                    tree::strings(&schemas.items).iter().for_each(|schema| add(Action::Alter, "schema", Some(Name::new("", schema))));
                }
            }
        }
        Node::CreateFunctionStmt(s) => {
            add(Action::Create, if s.is_procedure { "procedure" } else { "function" }, Name::from_parts(&tree::strings(&s.funcname)));
        }
        Node::CreateEnumStmt(s) => add(Action::Create, "type", Name::from_parts(&tree::strings(&s.type_name))),
        Node::CreateRangeStmt(s) => add(Action::Create, "type", Name::from_parts(&tree::strings(&s.type_name))),
        Node::CompositeTypeStmt(s) => add(Action::Create, "type", relation(s.typevar.as_ref())),
        Node::CreateDomainStmt(s) => add(Action::Create, "domain", Name::from_parts(&tree::strings(&s.domainname))),
        Node::CreateExtensionStmt(s) => add(Action::Create, "extension", Some(Name::new("", &s.extname))),
        Node::IndexStmt(s) => {
            let table = relation(s.relation.as_ref());
            let schema = table.as_ref().and_then(|t| t.schema.clone()).unwrap_or_default();
            add(Action::Create, "index", (!s.idxname.is_empty()).then(|| Name::new(&schema, &s.idxname)));
            add(Action::Alter, "table", table);
        }
        Node::CreateTrigStmt(s) => {
            let table = relation(s.relation.as_ref());
            let schema = table.as_ref().and_then(|t| t.schema.clone()).unwrap_or_default();
            add(Action::Create, "trigger", Some(Name::new(&schema, &s.trigname)));
            add(Action::Alter, "table", table);
        }
        Node::CreatePolicyStmt(s) => add(Action::Alter, "table", relation(s.table.as_ref())),
        Node::AlterPolicyStmt(s) => add(Action::Alter, "table", relation(s.table.as_ref())),
        Node::RuleStmt(s) => add(Action::Alter, "relation", relation(s.relation.as_ref())),
        Node::AlterTableStmt(s) => add(Action::Alter, word(s.objtype).0, relation(s.relation.as_ref())),
        Node::AlterSeqStmt(s) => add(Action::Alter, "sequence", relation(s.sequence.as_ref())),
        Node::AlterEnumStmt(s) => add(Action::Alter, "type", Name::from_parts(&tree::strings(&s.type_name))),
        Node::AlterDomainStmt(s) => add(Action::Alter, "domain", Name::from_parts(&tree::strings(&s.type_name))),
        Node::AlterFunctionStmt(s) => {
            add(Action::Alter, "function", s.func.as_ref().and_then(|f| Name::from_parts(&tree::strings(&f.objname))));
        }
        Node::RenameStmt(s) => {
            let whole = s.relation.as_ref().map_or_else(
                || name_of(s.object.as_deref()).and_then(|parts| Name::from_parts(&parts)),
                |r| Some(Name::new(&r.schemaname, &r.relname)),
            );
            let kind = if s.relation.is_some() && s.rename_type == ObjectType::ObjectColumn as i32 {
                word(s.relation_type).0
            } else {
                word(s.rename_type).0
            };
            let schema = s.rename_type == ObjectType::ObjectSchema as i32;
            add(Action::Alter, kind, if schema { Some(Name::new("", &s.subname)) } else { whole });
        }
        Node::AlterObjectSchemaStmt(s) => {
            let whole = s.relation.as_ref().map_or_else(
                || name_of(s.object.as_deref()).and_then(|parts| Name::from_parts(&parts)),
                |r| Some(Name::new(&r.schemaname, &r.relname)),
            );
            add(Action::Alter, word(s.object_type).0, whole);
        }
        Node::AlterOwnerStmt(s) => {
            add(Action::Alter, word(s.object_type).0, name_of(s.object.as_deref()).and_then(|parts| Name::from_parts(&parts)));
        }
        Node::CommentStmt(s) => {
            let (kind, extra) = word(s.objtype);
            let parts = name_of(s.object.as_deref()).unwrap_or_default();
            add(Action::Alter, kind, Name::from_parts(&parts[..parts.len().saturating_sub(extra)]));
        }
        Node::GrantStmt(s) => {
            for object in &s.objects {
                add(Action::Alter, word(s.objtype).0, name_of(Some(object)).and_then(|parts| Name::from_parts(&parts)));
            }
        }
        Node::DropStmt(s) => {
            let (kind, extra) = word(s.remove_type);
            for object in &s.objects {
                let parts = name_of(Some(object)).unwrap_or_default();
                let action = if extra > 0 { Action::Alter } else { Action::Drop };
                add(action, kind, Name::from_parts(&parts[..parts.len().saturating_sub(extra)]));
            }
        }
        Node::TruncateStmt(s) => {
            for object in &s.relations {
                add(Action::Write, "table", name_of(Some(object)).and_then(|parts| Name::from_parts(&parts)));
            }
        }
        Node::InsertStmt(s) => add(Action::Write, "relation", relation(s.relation.as_ref())),
        Node::UpdateStmt(s) => add(Action::Write, "relation", relation(s.relation.as_ref())),
        Node::DeleteStmt(s) => add(Action::Write, "relation", relation(s.relation.as_ref())),
        Node::MergeStmt(s) => add(Action::Write, "relation", relation(s.relation.as_ref())),
        Node::CopyStmt(s) if s.is_from => add(Action::Write, "relation", relation(s.relation.as_ref())),
        Node::RefreshMatViewStmt(s) => add(Action::Write, "materialized view", relation(s.relation.as_ref())),
        Node::VacuumStmt(s) => {
            for item in &s.rels {
                if let Some(NodeEnum::VacuumRelation(v)) = &item.node {
                    add(Action::Write, "table", relation(v.relation.as_ref()));
                }
            }
        }
        Node::ClusterStmt(s) => add(Action::Write, "table", relation(s.relation.as_ref())),
        _ => {}
    }
    for (schema, name) in effects::written_inside(node) {
        let name = Name::new(&schema, &name);
        if !found.iter().any(|t| t.action == Action::Write && t.name == name) {
            found.push(Touched::new(Action::Write, "relation", name));
        }
    }
}
