//! A change as the text that Liquibase makes a digest of: fields sorted as whole lines, four blanks for each level.

/// What a field holds.
#[derive(Debug, Clone)]
pub(super) enum Field {
    Text(String),
    /// An object of its own; written without the field's name.
    Object(Fields),
    Objects(Vec<Fields>),
    Names(Vec<String>),
}

/// Fields with their names.
pub(super) type Fields = Vec<(&'static str, Field)>;

const INDENT: usize = 4;

/// The text of an object with a name.
pub(super) fn serialize(name: &str, fields: &Fields) -> String {
    format!("{name}:{}", object(fields, 1))
}

fn object(fields: &Fields, depth: usize) -> String {
    let blanks = " ".repeat(INDENT * depth);
    let mut lines: Vec<String> = fields
        .iter()
        .map(|(name, field)| match field {
            Field::Text(text) => format!("{blanks}{name}=\"{text}\""),
            Field::Object(fields) => format!("{blanks}{}", object(fields, depth + 1)),
            Field::Objects(objects) => {
                let items: Vec<_> = objects.iter().map(|fields| object(fields, depth + 2)).collect();
                format!("{blanks}{name}={}", list(&items, depth + 1))
            }
            Field::Names(names) => format!("{blanks}{name}={}", list(names, depth + 1)),
        })
        .collect();
    lines.sort();
    let inside = if lines.is_empty() { String::new() } else { format!("\n{}\n", lines.join("\n")) };
    format!("[{inside}{}]", " ".repeat(INDENT * (depth - 1))).replace("\r\n", "\n").replace('\r', "\n")
}

fn list(items: &[String], depth: usize) -> String {
    if items.is_empty() {
        return "[]".to_owned();
    }
    let blanks = " ".repeat(INDENT * depth);
    let lines: Vec<_> = items.iter().map(|item| format!("{blanks}{item}")).collect();
    format!("[\n{}\n{}]", lines.join(",\n"), " ".repeat(INDENT * (depth - 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_written_as_liquibase_writes_them() {
        let text = |text: &str| Field::Text(text.to_owned());
        let constraints = vec![("nullable", text("false"))];
        let column = vec![("type", text("int")), ("name", text("id")), ("constraints", Field::Object(constraints))];
        let table = vec![("tableName", text("t")), ("columns", Field::Objects(vec![column]))];
        let expected = r#"createTable:[
    columns=[
        [
            [
                nullable="false"
            ]
            name="id"
            type="int"
        ]
    ]
    tableName="t"
]"#;
        assert_eq!(serialize("createTable", &table), expected);
        assert_eq!(serialize("empty", &vec![]), "empty:[]");
        assert_eq!(serialize("insert", &vec![("columns", Field::Objects(vec![]))]), "insert:[\n    columns=[]\n]");
    }
}
