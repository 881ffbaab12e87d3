//! That no kind of object and no property is forgotten, by the server's own catalogs: each catalog, each of its columns and each object of a
//! database that has one of every kind is read, or it is said here why not.

use std::collections::BTreeSet;

use pggit_core::objects;
use pggit_tests::{Database, on_each, servers};

use crate::kinds::one_of_each;

/// Catalogs that hold no objects of a database's schema.
const NOT_SCHEMA: &[(&str, &str)] = &[
    ("pg_auth_members", "roles are shared by all databases"),
    ("pg_authid", "roles are shared by all databases"),
    ("pg_database", "a database is not inside itself"),
    ("pg_db_role_setting", "settings of databases and roles are not inside a database"),
    ("pg_largeobject", "data"),
    ("pg_largeobject_metadata", "large objects are data"),
    ("pg_parameter_acl", "privileges on parameters are shared by all databases"),
    ("pg_replication_origin", "how far replication has come"),
    ("pg_shdepend", "who owns what is in the objects themselves"),
    ("pg_shdescription", "comments on what is shared by all databases"),
    ("pg_statistic", "statistics of data"),
    ("pg_statistic_ext_data", "statistics of data"),
    ("pg_subscription_rel", "how far replication has come"),
    ("pg_tablespace", "tablespaces are shared by all databases"),
];

/// Columns that no definition is read from.
const NOT_READ: &[(&str, &str, &str)] = &[
    ("pg_aggregate", "aggkind aggnumdirectargs", "in the arguments of the aggregate"),
    ("pg_amop", "amopmethod amoppurpose", "the family's method, and in the operator's text"),
    ("pg_attribute", "attalign attbyval attlen attndims", "the type's"),
    ("pg_attribute", "attcacheoff atthasmissing attmissingval", "how rows are stored"),
    ("pg_cast", "castsource casttarget", "in the identity"),
    ("pg_class", "relallfrozen relallvisible relfilenode relfrozenxid relminmxid relpages relrewrite reltuples", "storage"),
    ("pg_class", "relhassubclass relisshared relnatts", "said by other rows"),
    ("pg_class", "relispopulated", "data, of a materialized view"),
    ("pg_collation", "collencoding collname", "in the identity"),
    ("pg_collation", "collversion", "the system's library, which pg_dump leaves out too"),
    ("pg_constraint", "conbin condeferrable condeferred conenforced conexclop confdelsetcols confdeltype", "in pg_get_constraintdef"),
    ("pg_constraint", "conffeqop confkey confmatchtype confupdtype conperiod conpfeqop conppeqop", "in pg_get_constraintdef"),
    ("pg_extension", "extcondition extconfig extrelocatable", "the extension's script says so"),
    ("pg_extension", "extowner", "who makes it, as in a dump"),
    (
        "pg_index",
        "indclass indcollation indkey indnatts indnkeyatts indnullsnotdistinct indoption indpred indisunique",
        "in pg_get_indexdef",
    ),
    ("pg_index", "indcheckxmin indislive indisready", "how far an index is built: indisvalid tells"),
    ("pg_index", "indimmediate", "the constraint's"),
    ("pg_inherits", "inhdetachpending", "a detachment under way"),
    ("pg_init_privs", "privtype", "who gave them, initdb or an extension"),
    ("pg_language", "lanispl", "true of all that are made"),
    ("pg_opclass", "opcmethod", "in the identity"),
    ("pg_operator", "oprkind oprname oprresult", "in the identity, and the function's"),
    ("pg_opfamily", "opfmethod opfname", "in the identity"),
    ("pg_partitioned_table", "partattrs partclass partcollation partdefid partexprs partnatts partrelid partstrat", "in pg_get_partkeydef"),
    ("pg_proc", "proallargtypes proargdefaults proargmodes proargnames proargtypes proname", "in the identity and the arguments"),
    ("pg_proc", "pronargdefaults pronargs prorettype provariadic", "in the arguments and the result"),
    ("pg_publication", "pubname", "the identity"),
    ("pg_rewrite", "ev_action ev_qual ev_type is_instead", "in pg_get_ruledef"),
    ("pg_statistic_ext", "stxexprs stxkeys stxkind stxname stxrelid", "in pg_get_statisticsobjdef"),
    ("pg_subscription", "subconninfo", "it can hold a password"),
    ("pg_subscription", "subenabled subskiplsn", "what replication does now, which pg_dump leaves out too"),
    ("pg_subscription", "subname", "the identity"),
    ("pg_trigger", "tgargs tgattr tgconstraint tgconstrindid tgconstrrelid tgdeferrable tginitdeferred", "in pg_get_triggerdef"),
    ("pg_trigger", "tgnargs tgnewtable tgoldtable tgqual tgtype", "in pg_get_triggerdef"),
    ("pg_ts_config", "cfgname", "in the identity"),
    ("pg_ts_dict", "dictname", "in the identity"),
    ("pg_ts_parser", "prsname", "in the identity"),
    ("pg_ts_template", "tmplname", "in the identity"),
    ("pg_type", "typndims", "means nothing to PostgreSQL"),
    ("pg_user_mapping", "umserver", "in the identity"),
];

/// Objects that are no elements of their own. Nor are those of PostgreSQL itself and of extensions: comments and security labels on them
/// are left out, as `pg_dump` leaves them out; what is recorded of them are the privileges that differ from the first ones.
const PARTS: &[(&str, &str)] = &[
    ("default value", "a property of the column"),
    ("operator of access method", "a property of the family, or of the class that brought it"),
    ("function of access method", "a property of the family, or of the class that brought it"),
    ("publication relation", "a property of the publication"),
    ("publication namespace", "a property of the publication"),
    ("large object", "data"),
];

/// The words of all that reads objects.
fn words() -> BTreeSet<String> {
    let mut text = objects::labels("e");
    for kind in objects::kinds() {
        text += &objects::portable(&kind.select);
        text += &objects::roots_select(kind);
        text += &format!(" {} {:?} {:?} {:?} {:?}", kind.catalog, kind.root_of, kind.relation_root_of, kind.read_when, kind.parts);
    }
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).map(str::to_owned).collect()
}

const CATALOGS: &str =
    "select relname from pg_catalog.pg_class where relnamespace = 'pg_catalog'::regnamespace and relkind = 'r' order by 1";

#[test]
fn every_column_of_every_catalog_is_read_or_has_a_reason() {
    let words = words();
    let mut met = BTreeSet::new();
    for server in servers() {
        let mut db = Database::empty_on(server);
        for catalog in db.session.column(CATALOGS) {
            if NOT_SCHEMA.iter().any(|(name, _)| *name == catalog) {
                met.insert(catalog);
                continue;
            }
            let columns = format!(
                "select attname from pg_attribute where attrelid = 'pg_catalog.{catalog}'::regclass and attnum > 0 and not attisdropped"
            );
            for column in db.session.column(&columns) {
                let has_reason = NOT_READ.iter().any(|(name, columns, _)| *name == catalog && columns.split(' ').any(|c| c == column));
                if has_reason {
                    met.insert(format!("{catalog}.{column}"));
                }
                assert!(
                    has_reason || words.contains(&column),
                    "{} has {catalog}.{column}: no definition is read from it, and nothing says why",
                    db.version()
                );
            }
        }
    }
    let listed = NOT_READ.iter().flat_map(|(catalog, columns, _)| columns.split(' ').map(move |c| format!("{catalog}.{c}")));
    let stale: Vec<_> = listed.chain(NOT_SCHEMA.iter().map(|(name, _)| (*name).to_owned())).filter(|l| !met.contains(l)).collect();
    // what came later than the versions that the tests ran on
    let later = ["pg_class.relallfrozen", "pg_constraint.conenforced", "pg_constraint.conperiod"];
    let stale: Vec<_> = stale.into_iter().filter(|s| !later.contains(&s.as_str())).collect();
    assert!(stale.is_empty(), "no version has these: {stale:?}");
}

/// The catalogs that hold objects: those with an oid that something can be told of.
const OBJECT_CATALOGS: &str = "
    select c.relname
    from pg_catalog.pg_class as c
    join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attname = 'oid'
    where c.relnamespace = 'pg_catalog'::regnamespace
      and c.relkind = 'r'
      -- labels are a property of their type, and no objects to PostgreSQL either
      and c.relname <> 'pg_enum'
    order by 1";

/// What is in a catalog and neither PostgreSQL's own, pgGit's, an extension's, an internal part of something, nor an element.
fn others(db: &mut Database, catalog: &str) -> Vec<(String, String)> {
    let shared =
        if catalog == "pg_subscription" { "o.subdbid = (select oid from pg_database where datname = current_database())" } else { "true" };
    let query = format!(
        "select i.type || '|' || i.identity
         from pg_catalog.{catalog} as o
         cross join lateral pg_identify_object('pg_catalog.{catalog}'::regclass, o.oid, 0) as i
         where o.oid >= 16384
           and {shared}
           and i.identity !~ 'pggit|pg_toast'
           and not exists (
               select from pg_depend as d
               where d.classid = 'pg_catalog.{catalog}'::regclass and d.objid = o.oid and d.deptype in ('i', 'e')
           )
           and not exists (
               select from pggit.read_all() as e where e.classid = 'pg_catalog.{catalog}'::regclass and e.objid = o.oid
           )
         order by 1"
    );
    db.session.column(&query).iter().filter_map(|l| l.split_once('|').map(|(t, i)| (t.to_owned(), i.to_owned()))).collect()
}

#[test]
fn every_object_is_an_element_or_has_a_reason() {
    on_each(|db| {
        one_of_each(db);
        for catalog in db.session.column(OBJECT_CATALOGS) {
            if NOT_SCHEMA.iter().any(|(name, _)| *name == catalog) {
                continue;
            }
            let rows = db.session.value(&format!("select count(*) from pg_catalog.{catalog} where oid >= 16384"));
            assert_ne!(rows, "0", "{}: the database has nothing in {catalog}: let it have one of each", db.version());
            for (object_type, identity) in others(db, &catalog) {
                let column_says_so = object_type == "table constraint" && identity.contains("_not_null on ");
                assert!(
                    column_says_so || PARTS.iter().any(|(part, _)| *part == object_type),
                    "{}: {object_type} {identity} of {catalog} is no element, and nothing says why",
                    db.version()
                );
            }
        }
        let types =
            db.session.column("select t from unnest(pggit.element_types()) as t where t not in (select object_type from pggit.read_all())");
        assert_eq!(types, [""; 0], "{}: the database does not have one of each", db.version());
    });
}
