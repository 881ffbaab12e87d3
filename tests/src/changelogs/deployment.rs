//! A hundred changesets that Liquibase can run: twenty-five in each format, with some that fail and some that are only marked.

use super::element::{Element, Value};
use super::random::Random;
use super::{Files, Release, write};

/// What changesets that change no schema are called: they have no commit.
pub const WITHOUT_COMMIT: [&str; 2] = ["rows", "marked"];

/// The changelogs, and `root.xml`, which ends with `last.sql`.
#[must_use]
pub fn deployment(last: &str) -> Files {
    let mut random = Random::new(1);
    let names = ["part.sql", "part.xml", "part.yaml", "part.json", "last.sql"];
    let includes = names.map(|name| format!("<include file=\"db/{name}\"/>\n"));
    let files = [
        ("root.xml", write::xml_document(Release::New, &includes.concat())),
        ("db/part.sql", in_sql()),
        ("db/part.xml", write::xml(&mut random, Release::New, &part("xml"))),
        ("db/part.yaml", write::yaml(&mut random, &part("yaml"))),
        ("db/part.json", write::json(&part("json"))),
        ("db/last.sql", format!("--liquibase formatted sql\n--changeset ann:last\n{last}\n--rollback select 1\n")),
    ];
    files.map(|(path, text)| (path.to_owned(), text)).into()
}

fn element(name: &str, attributes: &[(&str, &str)], children: Vec<Element>) -> Element {
    let mut made = Element::new(name);
    for (name, value) in attributes {
        made.attribute(name, Value::Text((*value).to_owned()));
    }
    made.children = children;
    made
}

fn column(attributes: &[(&str, &str)]) -> Element {
    element("column", attributes, Vec::new())
}

/// The changesets of a format; its name begins the names of what they make.
fn part(format: &str) -> Vec<Element> {
    let table = |suffix: &str| format!("{format}_{suffix}");
    let (a, b) = (table("a"), table("b"));
    let key = || element("column", &[("name", "id"), ("type", "int")], vec![element("constraints", &[("primaryKey", "true")], Vec::new())]);
    let sql = |text: &str| Element::with_body("sql", "sql", text.to_owned());
    let on = |name: &str, attributes: &[(&str, &str)], children: Vec<Element>| {
        let mut all = vec![("tableName", a.as_str())];
        all.extend_from_slice(attributes);
        element(name, &all, children)
    };
    let mut changes = vec![
        ("first", on("createTable", &[], vec![key(), column(&[("name", "name"), ("type", "varchar(50)")])])),
        ("second", element("createTable", &[("tableName", &b)], vec![key(), column(&[("name", "a_id"), ("type", "int")])])),
        (
            "reference",
            element(
                "addForeignKeyConstraint",
                &[
                    ("baseTableName", b.as_str()),
                    ("baseColumnNames", "a_id"),
                    ("constraintName", &table("fk")),
                    ("referencedTableName", &a),
                    ("referencedColumnNames", "id"),
                ],
                Vec::new(),
            ),
        ),
        ("index", on("createIndex", &[("indexName", &table("i"))], vec![column(&[("name", "name")])])),
        ("more", on("addColumn", &[], vec![column(&[("name", "more"), ("type", "text")])])),
        ("rows", on("insert", &[], vec![column(&[("name", "id"), ("valueNumeric", "1")]), column(&[("name", "name"), ("value", "é")])])),
        ("view", {
            let mut view = element("createView", &[("viewName", &table("v"))], Vec::new());
            view.attribute("selectQuery", Value::Body(format!("select id, name from {a}")));
            view
        }),
        ("sequence", element("createSequence", &[("sequenceName", &table("s"))], Vec::new())),
        ("function", sql(&format!("create function {format}_f() returns int language sql return 1"))),
        ("unique", on("addUniqueConstraint", &[("columnNames", "name"), ("constraintName", &table("u"))], Vec::new())),
        ("renamed", on("renameColumn", &[("oldColumnName", "more"), ("newColumnName", "most"), ("columnDataType", "text")], Vec::new())),
        ("default", on("addDefaultValue", &[("columnName", "most"), ("defaultValue", "x")], Vec::new())),
        ("needed", on("addNotNullConstraint", &[("columnName", "name"), ("columnDataType", "varchar(50)")], Vec::new())),
        ("remarks", on("setTableRemarks", &[("remarks", "it's a \"table\"")], Vec::new())),
        ("failing", sql("create table never (id int); select 1/0")),
        ("marked", sql("create table never (id int)")),
    ];
    let others: Vec<_> = (changes.len()..25).map(|number| (format!("other{number}"), table(&format!("t{number}")))).collect();
    changes.extend(others.iter().map(|(id, table)| (id.as_str(), element("createTable", &[("tableName", table.as_str())], vec![key()]))));
    changes.into_iter().map(|(id, change)| changeset(id, change)).collect()
}

fn changeset(id: &str, change: Element) -> Element {
    let mut made = element("changeSet", &[("id", id), ("author", "ann")], Vec::new());
    if id == "failing" {
        made.attribute("failOnError", Value::Flag(false));
    }
    if id == "marked" {
        let condition = element("tableExists", &[("tableName", "nowhere")], Vec::new());
        made.children.push(element("preConditions", &[("onFail", "MARK_RAN")], vec![condition]));
    }
    made.children.push(change);
    made
}

fn in_sql() -> String {
    let mut changes = vec![
        ("first".to_owned(), "create table sql_a (id int primary key, name varchar(50));".to_owned()),
        ("second".into(), "create table sql_b (id int primary key, a_id int references sql_a);".into()),
        ("index".into(), "create index sql_i on sql_a (name);\ncreate index sql_j on sql_b (a_id);".into()),
        ("rows".into(), "insert into sql_a values (1, 'é'), (2, 'b');".into()),
        ("view".into(), "create view sql_v as\n-- all of them\nselect * from sql_a;".into()),
    ];
    changes.push((
        "function splitStatements:false".into(),
        "create function sql_f() returns int language plpgsql as $$ begin return 1; end $$;".into(),
    ));
    changes.push(("failing failOnError:false".into(), "create table never (id int); select 1/0;".into()));
    changes.push((
        "marked".into(),
        "--preconditions onFail:MARK_RAN\n--precondition-sql-check expectedResult:1 select 0\ncreate table never (id int);".into(),
    ));
    let others = (changes.len()..25).map(|number| (format!("other{number}"), format!("create table sql_t{number} (id int);")));
    changes.extend(others.collect::<Vec<_>>());
    changes.iter().fold("--liquibase formatted sql\n".to_owned(), |text, (id, sql)| {
        format!("{text}\n--changeset ann:{id}\n{sql}\n--rollback select 1;\n")
    })
}
