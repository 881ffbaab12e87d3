//! The kinds of changes of Liquibase's core, and the fields that are part of their checksums.

use super::columns::Columns;

/// A field of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Flag,
    Integer,
    Columns(Columns),
}

/// `name` is text, `name?` true or false, `name#` a whole number.
const CHANGES: &[(&str, &str)] = &[
    (
        "addAutoIncrement",
        "catalogName schemaName tableName columnName columnDataType generationType defaultOnNull? incrementBy# startWith#",
    ),
    ("addColumn", "catalogName schemaName tableName columns@placed"),
    (
        "addDefaultValue",
        "catalogName schemaName tableName columnName columnDataType defaultValue defaultValueNumeric defaultValueDate \
         defaultValueBoolean? defaultValueComputed defaultValueSequenceNext defaultValueConstraintName",
    ),
    (
        "addForeignKeyConstraint",
        "baseTableCatalogName baseTableSchemaName baseTableName baseColumnNames referencedTableCatalogName referencedTableSchemaName \
         referencedTableName referencedColumnNames constraintName onDelete onUpdate deferrable? initiallyDeferred? validate?",
    ),
    (
        "addLookupTable",
        "existingTableCatalogName existingTableSchemaName existingTableName existingColumnName newTableCatalogName newTableSchemaName \
         newTableName newColumnName newColumnDataType constraintName",
    ),
    ("addNotNullConstraint", "catalogName schemaName tableName columnName columnDataType defaultNullValue constraintName validate?"),
    (
        "addPrimaryKey",
        "catalogName schemaName tableName columnNames constraintName tablespace clustered? validate? forIndexCatalogName forIndexSchemaName \
         forIndexName",
    ),
    (
        "addUniqueConstraint",
        "catalogName schemaName tableName columnNames constraintName tablespace clustered? deferrable? initiallyDeferred? disabled? \
         validate? forIndexCatalogName forIndexSchemaName forIndexName",
    ),
    ("alterSequence", "catalogName schemaName sequenceName incrementBy# maxValue# minValue# ordered? cacheSize# cycle? dataType"),
    ("createIndex", "catalogName schemaName tableName indexName tablespace unique? clustered? columns@indexed"),
    ("createProcedure", "catalogName schemaName procedureName replaceIfExists? !comments !dbms !path !relativeToChangelogFile? !encoding"),
    (
        "createSequence",
        "catalogName schemaName sequenceName startValue# incrementBy# maxValue# minValue# ordered? cacheSize# cycle? dataType",
    ),
    ("createTable", "catalogName schemaName tableName tablespace remarks tableType columns@plain"),
    ("createView", "catalogName schemaName viewName replaceIfExists? fullDefinition? remarks !path !relativeToChangelogFile? !encoding"),
    ("delete", "catalogName schemaName tableName where"),
    ("dropAllForeignKeyConstraints", "baseTableCatalogName baseTableSchemaName baseTableName"),
    ("dropColumn", "catalogName schemaName tableName columnName columns@plain"),
    ("dropDefaultValue", "catalogName schemaName tableName columnName columnDataType"),
    ("dropForeignKeyConstraint", "baseTableCatalogName baseTableSchemaName baseTableName constraintName"),
    ("dropIndex", "catalogName schemaName tableName indexName"),
    ("dropNotNullConstraint", "catalogName schemaName tableName columnName columnDataType constraintName"),
    ("dropPrimaryKey", "catalogName schemaName tableName constraintName dropIndex?"),
    ("dropProcedure", "catalogName schemaName procedureName"),
    ("dropSequence", "catalogName schemaName sequenceName"),
    ("dropTable", "catalogName schemaName tableName cascadeConstraints?"),
    ("dropUniqueConstraint", "catalogName schemaName tableName constraintName uniqueColumns"),
    ("dropView", "catalogName schemaName viewName ifExists?"),
    ("empty", ""),
    ("executeCommand", "executable timeout"),
    ("insert", "catalogName schemaName tableName dbms columns@plain"),
    ("mergeColumns", "catalogName schemaName tableName column1Name joinString column2Name finalColumnName finalColumnType"),
    ("modifyDataType", "catalogName schemaName tableName columnName newDataType"),
    ("output", ""),
    ("renameColumn", "catalogName schemaName tableName oldColumnName newColumnName columnDataType remarks"),
    ("renameSequence", "catalogName schemaName oldSequenceName newSequenceName"),
    ("renameTable", "catalogName schemaName oldTableName newTableName"),
    ("renameView", "catalogName schemaName oldViewName newViewName"),
    ("setColumnRemarks", "catalogName schemaName tableName columnName columnDataType columnParentType remarks"),
    ("setTableRemarks", "catalogName schemaName tableName remarks"),
    ("stop", ""),
    ("tagDatabase", "tag"),
    ("update", "catalogName schemaName tableName where columns@plain"),
    // These make their checksums of what they run or load.
    ("loadData", ""),
    ("loadUpdateData", ""),
    ("sql", ""),
    ("sqlFile", ""),
];

/// A field and whether it counts at both versions; those before 9 only do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FieldOf {
    pub name: &'static str,
    pub kind: Kind,
    pub before_nine_only: bool,
}

/// The fields of a change of Liquibase's core; none for any other.
pub(super) fn fields(change: &str) -> Option<impl Iterator<Item = FieldOf>> {
    let (_, fields) = CHANGES.iter().find(|(name, _)| *name == change)?;
    Some(fields.split_whitespace().map(|field| {
        let (before_nine_only, field) = field.strip_prefix('!').map_or((false, field), |field| (true, field));
        let (name, kind) = match field.split_once('@') {
            Some((name, "placed")) => (name, Kind::Columns(Columns::Placed)),
            Some((name, "indexed")) => (name, Kind::Columns(Columns::Indexed)),
            Some((name, _)) => (name, Kind::Columns(Columns::Plain)),
            None => match (field.strip_suffix('?'), field.strip_suffix('#')) {
                (Some(name), _) => (name, Kind::Flag),
                (_, Some(name)) => (name, Kind::Integer),
                _ => (field, Kind::Text),
            },
        };
        FieldOf { name, kind, before_nine_only }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_from_the_list() {
        let fields: Vec<_> = fields("dropTable").expect("known").collect();
        assert_eq!(fields.len(), 4);
        assert_eq!(fields[3], FieldOf { name: "cascadeConstraints", kind: Kind::Flag, before_nine_only: false });
        assert!(super::fields("customChange").is_none());
    }
}
