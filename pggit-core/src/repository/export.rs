//! Revisions as DDL.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text as SqlText};
use serde::Serialize;

use super::Repository;
use crate::error::Error;
use crate::objects::SCRIPT_SETTINGS;

/// One of the statements that make a revision again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, QueryableByName)]
pub struct ExportedStatement {
    /// Its place in the order that runs, from 1.
    #[diesel(sql_type = BigInt)]
    pub sequence: i64,
    /// The type of the element that it makes or sets, as `table`.
    #[diesel(sql_type = SqlText)]
    pub object_type: String,
    /// The identity of the element, as `public.users`.
    #[diesel(sql_type = SqlText)]
    pub object_identity: String,
    /// The schema of the element, quoted where it must be; none for what is in no schema.
    #[diesel(sql_type = Nullable<SqlText>)]
    pub schema_name: Option<String>,
    /// The statement, without a semicolon.
    #[diesel(sql_type = SqlText)]
    pub statement: String,
}

impl ExportedStatement {
    /// The statements as a script for psql, with the settings that it needs first.
    ///
    /// ```
    /// assert!(pggit_core::ExportedStatement::script(&[]).contains("check_function_bodies"));
    /// ```
    #[must_use]
    pub fn script(statements: &[Self]) -> String {
        let mut script = format!("{SCRIPT_SETTINGS}\n");
        for statement in statements {
            script.push_str(&statement.statement);
            script.push_str(";\n");
        }
        script
    }
}

impl Repository {
    /// The DDL that makes a revision again in an empty database, in an order that runs; no schemas mean all.
    ///
    /// # Errors
    /// When the revision or a schema does not exist.
    pub fn export(&mut self, revision: &str, schemas: &[String]) -> Result<Vec<ExportedStatement>, Error> {
        let schemas = (!schemas.is_empty()).then(|| schemas.to_vec());
        Ok(diesel::sql_query("select * from pggit.export_ddl($1, $2) order by sequence")
            .bind::<SqlText, _>(revision)
            .bind::<Nullable<Array<SqlText>>, _>(schemas)
            .load(self.connection())?)
    }
}
