//! Makes the SQL functions that tell what goes with temporary objects, out of the files of `objects/temporary`.

use super::generate::emit;
use crate::objects::{BOUND, lasting_definition, lasts};

/// The functions of `objects/temporary`.
pub(super) fn temporary(sql: &mut String) {
    let functions = [
        ("session_bound", "in_schemas oid[]", "jsonb", BOUND.replace("$1", "in_schemas"), "What goes when the temporary objects in schemas go: their addresses; null if there is none"),
        (
            "lasts",
            "in_classid oid, in_objid oid, in_objsubid int, in_root_classid oid, in_root_objid oid, in_bound jsonb",
            "boolean",
            format!("select {}", lasts("in_", "in_bound")),
            "Whether an element is none of what goes with temporary objects",
        ),
        (
            "lasting_definition",
            "in_objid oid, in_objsubid int, in_definition jsonb, in_bound jsonb",
            "jsonb",
            format!("select {}", lasting_definition("in_", "in_bound")),
            "A definition without what goes with temporary objects while the element stays",
        ),
        (
            "lasting_dependencies",
            "in_dependencies text[]",
            "text[]",
            "select pg_catalog.array_agg(n.needed) from pg_catalog.unnest(in_dependencies) as n (needed) where n.needed !~ ' pg_temp(_[0-9]+)?[.]'".to_owned(),
            "Dependencies without those on temporary objects",
        ),
    ];
    for (name, arguments, result, query, comment) in functions {
        let types: Vec<_> = arguments.split(", ").filter_map(|a| a.split(' ').nth(1)).collect();
        emit(
            sql,
            format_args!(
                "create or replace function pggit.{name}({arguments})\nreturns {result}\nlanguage plpgsql\nstable\nas $temporary$\nbegin\n    return (\n{query});\nend\n$temporary$;\n\
                 comment on function pggit.{name}({types}) is '{comment}';\n\n",
                types = types.join(", "),
            ),
        );
    }
}
