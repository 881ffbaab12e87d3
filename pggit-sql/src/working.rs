//! The live schema of a database, which may be on a server without pgGit, and read-only.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Integer, Jsonb, Nullable, Oid, Text};
use pggit_core::model::canonical::{Hash, definition_id};
use pggit_core::model::tree::{ElementKey, Tree};
use pggit_core::objects;
use serde::Serialize;
use serde_json::Value;

use crate::queries::unqualified;
use crate::settled::settled;

/// A schema that could not be read.
#[derive(Debug, thiserror::Error)]
pub enum WorkingError {
    /// No connection.
    #[error("cannot connect: {0}")]
    Connect(#[from] ConnectionError),
    /// A query failed.
    #[error("cannot read the schema: {0}")]
    Read(#[from] diesel::result::Error),
}

/// An element as the catalogs have it.
#[derive(Debug, Clone, PartialEq, Serialize, QueryableByName)]
pub struct Element {
    /// The type, as `table column`.
    #[diesel(sql_type = Text)]
    pub object_type: String,
    /// The identity, as `public.users.email`.
    #[diesel(sql_type = Text)]
    pub object_identity: String,
    /// The object that it is a part of, as `table public.users`; none for what stands by itself.
    #[diesel(sql_type = Nullable<Text>)]
    pub parent_key: Option<String>,
    /// The definition.
    #[diesel(sql_type = Jsonb)]
    pub definition: Value,
}

#[derive(QueryableByName)]
struct Root {
    #[diesel(sql_type = Oid)]
    oid: u32,
}

/// What goes with temporary objects, if there are any, and whether there are privileges on columns that are no elements.
#[derive(QueryableByName)]
struct Bound {
    #[diesel(sql_type = Nullable<Jsonb>)]
    value: Option<Value>,
    #[diesel(sql_type = Bool)]
    granted: bool,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = Integer)]
    value: i32,
}

/// Gives every text that is marked as an expression its one form.
fn settle(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some(expression) = text.strip_prefix('\u{1}') {
                *text = settled(expression);
            } else if let Some(query) = text.strip_prefix('\u{2}') {
                *text = settled(&unqualified(query));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(settle),
        Value::Object(properties) => properties.values_mut().for_each(settle),
        _ => {}
    }
}

/// The one door to a live schema.
///
/// ```no_run
/// use pggit_sql::WorkingSchema;
/// let mut schema = WorkingSchema::connect("postgresql://replica/shop")?;
/// println!("{}", schema.tree()?.root());
/// # Ok::<(), pggit_sql::WorkingError>(())
/// ```
pub struct WorkingSchema {
    connection: PgConnection,
}

impl WorkingSchema {
    /// Connects. An empty URL leaves all to libpq's environment.
    ///
    /// # Errors
    /// [`WorkingError::Connect`].
    pub fn connect(url: &str) -> Result<Self, WorkingError> {
        Ok(Self { connection: PgConnection::establish(url)? })
    }

    /// Reads every element, in one read-only transaction that sees one state.
    ///
    /// # Errors
    /// [`WorkingError::Read`].
    pub fn elements(&mut self) -> Result<Vec<Element>, WorkingError> {
        self.connection.build_transaction().repeatable_read().read_only().run(|connection| {
            let settings: String = objects::READING_SETTINGS.iter().map(|(name, value)| format!("set local {name} = '{value}';")).collect();
            connection.batch_execute(&format!(
                "set local search_path = pg_catalog, pg_temp; set local jit = off; set local standard_conforming_strings = on; {settings}"
            ))?;
            let bound = objects::BOUND.replace("$1", objects::TEMPORARY_SCHEMAS);
            let bound: Bound = diesel::sql_query(format!("select ({bound}) as value, {} as granted", objects::HAS_COLUMN_PRIVILEGES))
                .get_result(connection)?;
            let mut elements = Vec::new();
            for kind in objects::kinds() {
                let roots: Vec<Root> = diesel::sql_query(objects::roots_select(kind)).load(connection)?;
                let roots: Vec<u32> = roots.into_iter().map(|r| r.oid).collect();
                if roots.is_empty() {
                    continue;
                }
                // What is a function in a database with pgGit is done here, where there may be none. What bounds name are dependencies,
                // which nobody asks for here.
                let mut select = objects::portable(&kind.select)
                    .replace("pggit.named_in_bound(c.oid)", "null::text[]")
                    .replace("pggit.settled(", "(chr(1) || ")
                    .replace(
                        "pggit.settled_query(",
                        "(case when pg_catalog.current_setting('server_version_num')::int < 160000 then chr(2) else chr(1) end || ",
                    );
                let columns = "e.object_type, e.object_identity, e.parent_key";
                if kind.labels {
                    let address = "e.classid, e.objid, e.objsubid, e.root_classid, e.root_objid";
                    let mut rest = objects::labels("e");
                    if bound.granted && kind.column_privileges {
                        rest = format!("{rest} || {}", objects::column_privileges("e"));
                    }
                    select = format!("select {columns}, {address}, e.definition || {rest} as definition from ({select}) as e");
                }
                let query = if bound.value.is_some() {
                    let (definition, lasts) = (objects::lasting_definition("e.", "$2"), objects::lasts("e.", "$2"));
                    diesel::sql_query(format!("select {columns}, {definition} as definition from ({select}) as e where {lasts}"))
                } else {
                    diesel::sql_query(select)
                };
                let query = query.into_boxed::<diesel::pg::Pg>().bind::<Array<Oid>, _>(roots);
                let mut found: Vec<Element> = match &bound.value {
                    Some(bound) => query.bind::<Jsonb, _>(bound).load(connection)?,
                    None => query.load(connection)?,
                };
                found.iter_mut().for_each(|e| settle(&mut e.definition));
                elements.extend(found);
            }
            Ok(elements)
        })
    }

    /// The major version of the server.
    ///
    /// # Errors
    /// [`WorkingError::Read`].
    pub fn version(&mut self) -> Result<u32, WorkingError> {
        let row: Number = diesel::sql_query("select pg_catalog.current_setting('server_version_num')::int / 10000 as value")
            .get_result(&mut self.connection)?;
        Ok(row.value.unsigned_abs())
    }

    /// The tree of the schema: equal to that of a commit exactly when the schema is what the commit says.
    ///
    /// # Errors
    /// [`WorkingError::Read`].
    pub fn tree(&mut self) -> Result<Tree, WorkingError> {
        let mut tree = Tree::default();
        for element in self.elements()? {
            let id: Hash = definition_id(&element.definition);
            let key = ElementKey { object_type: element.object_type, object_identity: element.object_identity };
            let object_key = element.parent_key.unwrap_or_else(|| format!("{} {}", key.object_type, key.object_identity));
            tree.insert(&object_key, key, id);
        }
        Ok(tree)
    }
}
