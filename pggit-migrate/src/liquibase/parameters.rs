//! `${parameters}` of changelogs.

use std::collections::HashMap;

use super::node::{Exact, Node, Value};
use super::selection::Selection;

/// What no text grows beyond when it is expanded.
const LONGEST: usize = 16 * 1024 * 1024;
const DEEPEST: usize = 32;
/// How many parameters are put into one text.
const MOST: usize = 100_000;

/// The parameters that are known so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Parameters {
    /// The first that was set counts.
    global: HashMap<String, Value>,
    /// Those of one changelog, by its path: the last that was set counts.
    local: HashMap<(String, String), Value>,
}

/// A text with its parameters put in.
#[derive(Debug, Default)]
pub(super) struct Expanded {
    pub text: String,
    /// Those that it depends on, known or not.
    pub parameters: Vec<String>,
}

impl Parameters {
    /// Those that Liquibase sets itself, after those that it was given.
    pub fn new(given: &[(String, String)]) -> Self {
        let own = [
            ("database.typeName", "postgresql"),
            ("database.databaseProductName", "PostgreSQL"),
            ("database.defaultSchemaName", "public"),
            ("database.currentDateTimeFunction", "NOW()"),
            ("database.databaseChangeLogTableName", "DATABASECHANGELOG"),
            ("database.databaseChangeLogLockTableName", "DATABASECHANGELOGLOCK"),
            ("database.lineComment", "--"),
        ];
        let mut parameters = Self::default();
        let given = given.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in given.chain(own) {
            parameters.set(name, Value::Text(value.to_owned()), None);
        }
        parameters
    }

    /// Sets one, for all changelogs or for one.
    pub fn set(&mut self, name: &str, value: Value, changelog: Option<&str>) {
        let name = name.to_lowercase();
        match changelog {
            None => drop(self.global.entry(name).or_insert(value)),
            Some(path) => drop(self.local.insert((path.to_owned(), name), value)),
        }
    }

    /// Sets what a `property` says, when it is for this database and these contexts. One from a file is none of these.
    pub fn set_property(&mut self, node: &Node, changelog: &str, selection: &Selection) -> Exact<()> {
        let context =
            node.text("contextFilter")?.filter(|text| !text.is_empty()).map_or_else(|| node.text("context"), |text| Ok(Some(text)))?;
        let labels = node.text("labels")?;
        let is_meant =
            super::selection::dbms_matches(node.text("dbms")?.as_deref()) && selection.runs(context.as_deref(), labels.as_deref());
        let Some(name) = node.text("name")?.filter(|_| is_meant) else { return Ok(()) };
        let is_global = node.flag("global")?.unwrap_or(true);
        let value = node.child("value")?.map(|child| child.value.clone()).unwrap_or_default();
        self.set(&name, value, (!is_global).then_some(changelog));
        Ok(())
    }

    fn get(&self, name: &str, changelog: &str) -> Option<&Value> {
        let name = name.to_lowercase();
        self.global.get(&name).or_else(|| self.local.get(&(changelog.to_owned(), name))).filter(|value| **value != Value::Absent)
    }

    /// Puts the parameters into a text; what is not known stays as it is.
    pub fn expand(&self, text: &str, changelog: &str) -> Exact<Expanded> {
        let mut expanded = Expanded::default();
        if text.contains("${") {
            self.expand_into(text, changelog, 0, &mut expanded)?;
        } else {
            text.clone_into(&mut expanded.text);
        }
        Ok(expanded)
    }

    fn expand_into(&self, text: &str, changelog: &str, depth: usize, out: &mut Expanded) -> Exact<()> {
        if depth > DEEPEST {
            return Err("a parameter leads back to itself".into());
        }
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            out.text.push_str(before);
            // One inside another, as ${a${b}}, is put in first: nobody writes it, and it is not computed here.
            let Some((name, tail)) = after.split_once('}') else {
                out.text.push_str("${");
                out.text.push_str(after);
                return Ok(());
            };
            if name.contains("${") {
                return Err("a parameter stands inside another".into());
            }
            out.parameters.push(name.trim().to_owned());
            match self.get(name.trim(), changelog) {
                None => {
                    out.text.push_str("${");
                    out.text.push_str(name);
                    out.text.push('}');
                }
                Some(Value::Text(value)) => self.expand_into(value, changelog, depth + 1, out)?,
                Some(value) => out.text.push_str(&value.text()?.unwrap_or_default()),
            }
            if out.text.len() > LONGEST || out.parameters.len() > MOST {
                return Err("its parameters make it too long".into());
            }
            rest = tail;
        }
        out.text.push_str(rest);
        Ok(())
    }

    /// Puts the parameters into a node and all below it.
    pub fn expand_node(&self, node: &mut Node, changelog: &str) {
        if let Value::Text(text) = &node.value
            && text.contains("${")
        {
            match self.expand(text, changelog) {
                Ok(expanded) => {
                    node.value = Value::Text(expanded.text);
                    node.parameters = expanded.parameters;
                }
                Err(_) => node.value = Value::Opaque("parameters that cannot be put in"),
            }
        }
        for child in &mut node.children {
            self.expand_node(child, changelog);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_put_in_as_liquibase_does() {
        let mut parameters = Parameters::new(&[("given".into(), "1".into())]);
        parameters.set("given", Value::Text("2".into()), None);
        parameters.set("a", Value::Text("<${b}>".into()), None);
        parameters.set("B", Value::Number("7".into()), Some("x.xml"));
        parameters.set("loop", Value::Text("${loop}".into()), None);
        let text = |text: &str, path: &str| parameters.expand(text, path).map(|e| e.text);
        assert_eq!(text("${given} ${a} ${ A } $x ${none} ${", "x.xml").as_deref(), Ok("1 <7> <7> $x ${none} ${"));
        assert_eq!(text("${b}", "y.xml").as_deref(), Ok("${b}"));
        assert!(text("${loop}", "").is_err());
        let mut bomb = Parameters::default();
        bomb.set("p0", Value::Text("xxxxxxxxxx".into()), None);
        for level in 1..30 {
            bomb.set(&format!("p{level}"), Value::Text(format!("${{p{0}}}${{p{0}}}${{p{0}}}", level - 1)), None);
        }
        assert!(bomb.expand("${p29}", "").is_err());
    }
}
