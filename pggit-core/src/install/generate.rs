//! Makes the SQL functions that read objects from the catalogs, out of the files of `objects/`.
//!
//! Static SQL, one function a kind: PostgreSQL plans each once a session, which is what makes capture cheap.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::temporary::temporary;
use crate::objects::{
    GRAPH_EDGES, GRAPH_OBJECTS, HAS_COLUMN_PRIVILEGES, HAS_LABELS, HELPERS, Kind, ROOT_HAS_COLUMN_PRIVILEGES, SCRIPT_SETTINGS,
    TEMPORARY_SCHEMAS, column_privileges, eligible, kinds, labels, portable, roots_condition, rows,
};

/// The statements that create the reading functions.
pub(super) fn reading_functions() -> String {
    let mut sql = String::new();
    helpers(&mut sql);
    temporary(&mut sql);
    for kind in kinds() {
        read_kind(&mut sql, kind);
    }
    let catalogs = by_root();
    root_types(&mut sql);
    root_of(&mut sql);
    root_scope(&mut sql, &catalogs);
    read_root(&mut sql, &catalogs);
    read_all(&mut sql, &catalogs);
    others_written(&mut sql);
    part_owner(&mut sql);
    known_catalogs(&mut sql);
    graph(&mut sql);
    script_settings(&mut sql);
    sql
}

/// What a script of DDL sets first. A database without an encoding has names that are no UTF-8.
fn script_settings(sql: &mut String) {
    emit(
        sql,
        format_args!(
            "create or replace function pggit.script_settings()\nreturns text\nlanguage sql\nstable\nas $settings$\n    \
             select pg_catalog.replace($script${SCRIPT_SETTINGS}$script$, '''UTF8''', pg_catalog.quote_literal(case pg_catalog.getdatabaseencoding() when 'SQL_ASCII' then 'SQL_ASCII' else 'UTF8' end))\n$settings$;\n\
             comment on function pggit.script_settings() is 'What a script of DDL sets first, so that it makes the same schema whatever session runs it';\n\n"
        ),
    );
}

/// The graph of dependencies, by the queries that `pggit_sql::DependencyGraph` reads it with.
fn graph(sql: &mut String) {
    emit(
        sql,
        format_args!(
            "create or replace function pggit.graph_objects()\n\
             returns table (classid oid, objid oid, object_type text, schema_name text, object_name text, identity text, language text, body text, path text[])\n\
             language sql\nstable\nset search_path = pg_catalog, pg_temp\nas $graph$\n{GRAPH_OBJECTS}\n$graph$;\n\
             comment on function pggit.graph_objects() is 'What dependencies are between: relations, functions and types';\n\n\
             create or replace function pggit.graph_edges()\n\
             returns table (dependant_classid oid, dependant_objid oid, needed_classid oid, needed_objid oid)\n\
             language sql\nstable\nset search_path = pg_catalog, pg_temp\nas $graph$\n{GRAPH_EDGES}\n$graph$;\n\
             comment on function pggit.graph_edges() is 'What needs what, as the catalogs know it';\n\n"
        ),
    );
}

/// The kinds by the catalog of their roots.
fn by_root() -> BTreeMap<&'static str, Vec<&'static Kind>> {
    let mut catalogs: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for kind in kinds() {
        catalogs.entry(kind.root.as_str()).or_default().push(kind);
    }
    // What stands by itself comes first, so that its parts follow it wherever order shows.
    for list in catalogs.values_mut() {
        list.sort_by_key(|k| (!k.is_root(), position(k), k.kind.clone()));
    }
    catalogs
}

/// Columns before constraints before indexes, as people read a table.
fn position(kind: &Kind) -> usize {
    let order = ["pg_attribute", "pg_constraint", "pg_class"];
    order.iter().position(|c| *c == kind.catalog).unwrap_or(order.len())
}

/// What is asked for most comes first: PostgreSQL keeps a plan for every condition that was ever looked at in a session, and looks
/// through all of them whenever a catalog changes.
fn by_frequency<'n, 'a, T>(catalogs: &'a BTreeMap<&'n str, T>) -> Vec<(&'n str, &'a T)> {
    let often = ["pg_class", "pg_proc", "pg_type", "pg_namespace"];
    let mut list: Vec<_> = catalogs.iter().map(|(name, value)| (*name, value)).collect();
    list.sort_by_key(|(name, _)| often.iter().position(|o| o == name).unwrap_or(often.len()));
    list
}

pub(super) fn emit(sql: &mut String, text: std::fmt::Arguments<'_>) {
    sql.write_fmt(text).expect("writing to a String cannot fail");
}

/// The query that reads elements from `source`, with the labels and the privileges on columns that are no elements where there are any, and
/// without what goes with temporary objects.
fn read_with_rest(has_labels: bool, has_column_privileges: bool, source: &str) -> String {
    let mut definition = "e.definition".to_owned();
    if has_labels {
        definition = format!("case when labelled then {definition} || {} else {definition} end", labels("e"));
    }
    if has_column_privileges {
        definition = format!("case when granted then {definition} || {} else {definition} end", column_privileges("e"));
    }
    format!(
        "select e.classid, e.objid, e.objsubid, e.root_classid, e.root_objid, e.object_type, e.object_identity, e.schema_name, e.parent_key, e.position,\n        \
         case when bound is null then {definition} else pggit.lasting_definition(e.objid, e.objsubid, {definition}, bound) end,\n        \
         case when bound is null then e.dependencies else pggit.lasting_dependencies(e.dependencies) end\n        \
         from {source} as e\n        \
         where bound is null or pggit.lasts(e.classid, e.objid, e.objsubid, e.root_classid, e.root_objid, bound)",
    )
}

/// The functions of `objects/helpers`.
fn helpers(sql: &mut String) {
    for (name, arguments, result, body) in HELPERS {
        let (comment, query) = body.split_once('\n').unwrap_or(("", body));
        emit(
            sql,
            format_args!(
                "create or replace function pggit.{name}({arguments})\nreturns {result}\nlanguage plpgsql\nstable strict parallel safe\nas $help$\nbegin\n    return (\n{query});\nend\n$help$;\n\
                 comment on function pggit.{name}({arguments}) is '{comment}';\n\n",
                comment = comment.trim_start_matches("-- ").replace('\'', "''"),
            ),
        );
    }
}

fn read_kind(sql: &mut String, kind: &Kind) {
    emit(
        sql,
        format_args!(
            "create or replace function pggit.read_{name}(oid[])\nreturns setof pggit.element_state\nlanguage sql\nstable\nas $read$\n{select}\n$read$;\n\
             comment on function pggit.read_{name}(oid[]) is 'Reads objects of the kind {name} from the catalogs, by the oids of what they belong to';\n\n",
            name = kind.kind,
            select = kind.select,
        ),
    );
}

fn root_types(sql: &mut String) {
    type_list(sql, "root_types", "The types of object that stand by themselves", |k| k.is_root());
    type_list(sql, "element_types", "The types of object that pgGit tracks", |_| true);
}

fn type_list(sql: &mut String, name: &str, comment: &str, wanted: fn(&Kind) -> bool) {
    let mut types: Vec<_> = kinds().filter(|k| wanted(k)).flat_map(|k| &k.object_types).map(|t| format!("'{t}'")).collect();
    types.sort();
    types.dedup();
    emit(
        sql,
        format_args!(
            "create or replace function pggit.{name}()\nreturns text[]\nlanguage sql\nimmutable parallel safe\nas $types$\n    select array[{list}]\n$types$;\n\
             comment on function pggit.{name}() is '{comment}';\n\n",
            list = types.join(", "),
        ),
    );
}

/// `pggit.root_of`: from any object to the one that it belongs to.
fn root_of(sql: &mut String) {
    let mut rules: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for kind in kinds() {
        if let Some(expression) = &kind.root_of {
            rules.entry(&kind.catalog).or_default().push((expression, &kind.root));
        }
        if let Some(expression) = &kind.relation_root_of {
            rules.entry("pg_class").or_default().push((expression, &kind.root));
        }
        for (catalog, expression) in &kind.parts {
            rules.entry(catalog).or_default().push((expression, &kind.root));
        }
    }
    // The place of a default is the table that has it.
    rules.entry("pg_attrdef").or_default().push(("o.adrelid", "pg_class"));
    sql.push_str(
        "create or replace function pggit.root_of(in_classid oid, in_objid oid, in_object_type text, out root_classid oid, out root_objid oid)\n\
         language plpgsql\nstable\nas $root$\ndeclare\n    found_roots oid[];\nbegin\n",
    );
    let known: Vec<_> = rules.keys().map(|c| format!("'pg_catalog.{c}'::regclass")).collect();
    emit(
        sql,
        format_args!(
            "    if in_classid <> all (array[{}]::oid[]) then\n        root_classid := in_classid;\n        root_objid := in_objid;\n        return;\n    end if;\n",
            known.join(", ")
        ),
    );
    for (n, (catalog, list)) in by_frequency(&rules).into_iter().enumerate() {
        let keyword = if n == 0 { "if" } else { "elsif" };
        let expressions: Vec<_> = list.iter().map(|(expression, _)| format!("({expression})")).collect();
        emit(
            sql,
            format_args!(
                "    {keyword} in_classid = 'pg_catalog.{catalog}'::regclass {extra}then\n        select array[{list}]\n        into found_roots\n        from pg_catalog.{catalog} as o\n        where o.oid = in_objid;\n",
                extra = if catalog == "pg_class" { "and in_object_type not in ('table', 'view', 'materialized view') " } else { "" },
                list = expressions.join(", "),
            ),
        );
        for (index, (_, root)) in list.iter().enumerate() {
            let index = index + 1;
            emit(
                sql,
                format_args!(
                    "        if found_roots[{index}] is not null then\n            root_classid := 'pg_catalog.{root}'::regclass;\n            root_objid := found_roots[{index}];\n            return;\n        end if;\n"
                ),
            );
        }
    }
    sql.push_str(
        "    end if;\n    root_classid := in_classid;\n    root_objid := in_objid;\nend\n$root$;\n\
         comment on function pggit.root_of(oid, oid, text) is 'The object that an object belongs to: the table of an index, else the object itself';\n\n",
    );
}

fn root_scope(sql: &mut String, catalogs: &BTreeMap<&str, Vec<&Kind>>) {
    sql.push_str(
        "create or replace function pggit.root_scope(in_classid oid, in_objid oid, out eligible boolean, out schema_name text, out root_comment text, out schema_comment text)\n\
         language plpgsql\nstable\nas $scope$\nbegin\n",
    );
    for (n, (catalog, _)) in by_frequency(catalogs).into_iter().enumerate() {
        let (join, schema, condition) = eligible(catalog);
        let namespace_comment = if join.is_empty() {
            "null".to_owned()
        } else {
            "(select d.description from pg_catalog.pg_description as d where d.objoid = n.oid and d.classoid = 'pg_catalog.pg_namespace'::regclass and d.objsubid = 0)".to_owned()
        };
        emit(
            sql,
            format_args!(
                "    {keyword} in_classid = 'pg_catalog.{catalog}'::regclass then\n        select {condition},\n               {schema},\n               (select d.description from pg_catalog.pg_description as d where d.objoid = in_objid and d.classoid = in_classid and d.objsubid = 0),\n               {namespace_comment}\n        into eligible, schema_name, root_comment, schema_comment\n        from {rows} as r{join}\n        where r.oid = in_objid;\n",
                keyword = if n == 0 { "if" } else { "elsif" },
                rows = rows(catalog),
            ),
        );
    }
    sql.push_str(
        "    end if;\nend\n$scope$;\n\
         comment on function pggit.root_scope(oid, oid) is 'Whether an object can be tracked at all, its schema, and the comments that may hold directives';\n\n",
    );
}

fn read_root(sql: &mut String, catalogs: &BTreeMap<&str, Vec<&Kind>>) {
    emit(
        sql,
        format_args!(
            "create or replace function pggit.read_root(in_classid oid, in_objid oid)\nreturns setof pggit.element_state\n\
             language plpgsql\nstable\nas $read$\ndeclare\n    labelled boolean := {HAS_LABELS};\n    granted boolean;\n    bound jsonb;\n    present boolean[];\nbegin\n    \
             if pg_catalog.strpos(pg_catalog.current_query(), 'pg_temp_') > 0 then\n        bound := pggit.session_bound({TEMPORARY_SCHEMAS});\n    \
             elsif pg_catalog.pg_my_temp_schema() <> 0 then\n        bound := pggit.session_bound(array[pg_catalog.pg_my_temp_schema()]);\n    end if;\n"
        ),
    );
    for (n, (catalog, list)) in by_frequency(catalogs).into_iter().enumerate() {
        let mut conditions: Vec<_> =
            list.iter().map(|k| k.roots_when.as_deref().or(k.read_when.as_deref()).unwrap_or("true")).map(|c| format!("({c})")).collect();
        let may_be_granted = list.iter().any(|k| k.column_privileges);
        if may_be_granted {
            conditions.push(ROOT_HAS_COLUMN_PRIVILEGES.to_owned());
        }
        emit(
            sql,
            format_args!(
                "    {keyword} in_classid = 'pg_catalog.{catalog}'::regclass then\n        select array[{conditions}]\n        into present\n        from {rows} as r\n        where r.oid = in_objid;\n",
                keyword = if n == 0 { "if" } else { "elsif" },
                conditions = conditions.join(", "),
                rows = rows(catalog),
            ),
        );
        if may_be_granted {
            emit(sql, format_args!("        granted := present[{}];\n", conditions.len()));
        }
        for (index, kind) in list.iter().enumerate() {
            emit(
                sql,
                format_args!(
                    "        if present[{index}] then\n            return query {query};\n        end if;\n",
                    index = index + 1,
                    query = read_with_rest(kind.labels, kind.column_privileges, &format!("pggit.read_{}(array[in_objid])", kind.kind)),
                ),
            );
        }
    }
    sql.push_str(
        "    end if;\nend\n$read$;\n\
         comment on function pggit.read_root(oid, oid) is 'Reads an object with its elements from the catalogs';\n\n",
    );
}

/// `pggit.read_all`: one look at each catalog for the roots of all its kinds, then only the kinds that there are.
///
/// Labels and what goes with temporary objects, which few databases have, are a query over all of it: planned only where there are any.
fn read_all(sql: &mut String, catalogs: &BTreeMap<&str, Vec<&Kind>>) {
    let all = || catalogs.values().flatten();
    let variables: String = all().map(|k| format!("    {}_roots oid[];\n", k.kind)).collect();
    emit(
        sql,
        format_args!(
            "create or replace function pggit.read_all(in_as_it_stands boolean default false)\nreturns setof pggit.element_state\n\
             language plpgsql\nstable\nset search_path = pg_catalog, pg_temp\nas $read$\ndeclare\n    labelled boolean := not in_as_it_stands and ({HAS_LABELS});\n    \
             granted boolean := not in_as_it_stands and {HAS_COLUMN_PRIVILEGES};\n    \
             bound jsonb := pggit.session_bound({TEMPORARY_SCHEMAS});\n{variables}begin\n    \
             if not in_as_it_stands and (labelled or granted or bound is not null) then\n        return query {query};\n        return;\n    end if;\n",
            query = read_with_rest(true, true, "pggit.read_all(true)"),
        ),
    );
    for (catalog, list) in catalogs {
        let (join, _, condition) = eligible(catalog);
        let roots: Vec<_> = list.iter().map(|k| format!("array_agg(r.oid) filter (where {})", roots_condition(k))).collect();
        let names: Vec<_> = list.iter().map(|k| format!("{}_roots", k.kind)).collect();
        emit(
            sql,
            format_args!(
                "    select {roots}\n    into {names}\n    from {rows} as r{join}\n    where {condition};\n",
                roots = roots.join(",\n           "),
                names = names.join(", "),
                rows = rows(catalog),
            ),
        );
    }
    for kind in all() {
        let name = format!("{}_roots", kind.kind);
        // Over many rows a call costs more than a subquery.
        let query = portable(&kind.select).replace("$1", &name);
        emit(sql, format_args!("    if {name} is not null then\n        return query\n{query};\n    end if;\n"));
    }
    sql.push_str(
        "end\n$read$;\n\
         comment on function pggit.read_all(boolean) is 'Reads every object that can be tracked from the catalogs: a full snapshot; as it stands without labels, and with what goes with temporary objects';\n\n",
    );
}

/// `pggit.others_written`: what commands on a kind write beside the object that they name.
fn others_written(sql: &mut String) {
    type_list(sql, "writing_types", "The types of object whose commands write other objects of the type too", |k| k.writes_others);
    sql.push_str(
        "create or replace function pggit.others_written(in_object_type text)\nreturns table (root_classid oid, root_objid oid)\n\
         language plpgsql\nstable\nas $others$\ndeclare\n    own_age int := age(pg_current_xact_id()::xid);\nbegin\n",
    );
    for kind in kinds().filter(|k| k.writes_others) {
        emit(
            sql,
            format_args!(
                "    if in_object_type = '{object_type}' then\n        return query select 'pg_catalog.{catalog}'::regclass::oid, o.oid from pg_catalog.{catalog} as o where age(o.xmin) <= own_age;\n    end if;\n",
                object_type = kind.object_types[0],
                catalog = kind.catalog,
            ),
        );
    }
    sql.push_str(
        "end\n$others$;\n\
         comment on function pggit.others_written(text) is 'The objects of a type whose catalog rows this transaction has written';\n\n",
    );
}

/// `pggit.part_owner`: the object that a dropped part belonged to, found by the end of the part's identity.
fn part_owner(sql: &mut String) {
    sql.push_str(
        "create or replace function pggit.part_owner(in_object_type text, in_identity text)\nreturns table (root_classid oid, root_objid oid)\n\
         language plpgsql\nstable\nas $part$\nbegin\n",
    );
    for kind in kinds().filter(|k| !k.dropped_parts.is_empty()) {
        let types: Vec<_> = kind.dropped_parts.iter().map(|t| format!("'{t}'")).collect();
        emit(
            sql,
            format_args!(
                "    if in_object_type in ({types}) then\n        return query\n            select 'pg_catalog.{catalog}'::regclass::oid, o.oid\n            from pg_catalog.{catalog} as o\n            cross join lateral pg_identify_object('pg_catalog.{catalog}'::regclass, o.oid, 0) as i\n            cross join lateral (values (i.identity), (i.name), (replace(btrim(i.name, '\"'), '\"\"', '\"'))) as n (name)\n            where o.oid >= 16384 and right(in_identity, length(n.name) + 1) = ' ' || n.name;\n    end if;\n",
                types = types.join(", "),
                catalog = kind.catalog,
            ),
        );
    }
    sql.push_str(
        "end\n$part$;\n\
         comment on function pggit.part_owner(text, text) is 'The object that a dropped part belonged to which is no element itself';\n\n",
    );
}

/// `pggit.known_catalogs`: where the objects stand that pgGit tracks, or that are parts of them.
fn known_catalogs(sql: &mut String) {
    let mut names: Vec<&str> = vec!["pg_attrdef", "pg_rewrite", "pg_type", "pg_class", "pg_proc", "pg_constraint"];
    for kind in kinds() {
        names.push(&kind.catalog);
        names.extend(kind.parts.keys().map(String::as_str));
    }
    names.sort_unstable();
    names.dedup();
    let list: Vec<_> = names.iter().map(|n| format!("'pg_catalog.{n}'::regclass")).collect();
    emit(
        sql,
        format_args!(
            "create or replace function pggit.known_catalogs()\nreturns oid[]\nlanguage sql\nstable\nas $known$\n    select array[{}]::oid[]\n$known$;\n\
             comment on function pggit.known_catalogs() is 'The catalogs that hold what pgGit tracks, and the parts of it';\n\n",
            list.join(", "),
        ),
    );
}
