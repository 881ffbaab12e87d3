//! Which changesets run: contexts, labels and databases.

/// The contexts and the label expression that Liquibase is run with. With none, all run.
#[derive(Debug, Clone, Default)]
pub(super) struct Selection {
    pub contexts: Vec<String>,
    pub labels: String,
}

impl Selection {
    /// Whether something with these contexts and labels runs.
    pub fn runs(&self, contexts: Option<&str>, labels: Option<&str>) -> bool {
        let given: Vec<_> = self.contexts.iter().map(|context| context.to_lowercase()).collect();
        let wanted = items(labels.unwrap_or_default());
        any(contexts.unwrap_or_default(), &given) && any(&self.labels.replace('\\', ""), &wanted)
    }
}

fn items(list: &str) -> Vec<String> {
    list.split(',').map(|item| item.trim().to_lowercase()).filter(|item| !item.is_empty()).collect()
}

/// Whether one of several expressions holds; without any, yes.
fn any(expressions: &str, given: &[String]) -> bool {
    let expressions = items(expressions);
    expressions.is_empty() || expressions.iter().any(|expression| holds(expression, given, 0))
}

/// Whether an expression of names with and, or, not and brackets holds for what is given. Where nothing is given, all hold.
fn holds(expression: &str, given: &[String], depth: usize) -> bool {
    let expression = expression.trim();
    if given.is_empty() {
        return !expression.split([' ', '(', ')']).any(|word| word.starts_with('@'));
    }
    if depth > 32 {
        return false;
    }
    // Brackets, from the innermost: what is in them becomes a word that holds or not.
    if let Some(close) = expression.find(')')
        && let Some(open) = expression[..close].rfind('(')
    {
        let inside = if holds(&expression[open + 1..close], given, depth + 1) { ":true" } else { ":false" };
        return holds(&format!("{}{inside}{}", &expression[..open], &expression[close + 1..]), given, depth + 1);
    }
    if let Some((one, other)) = expression.split_once(" or ") {
        return holds(one, given, depth + 1) || holds(other, given, depth + 1);
    }
    if let Some((one, other)) = expression.split_once(" and ") {
        return holds(one, given, depth + 1) && holds(other, given, depth + 1);
    }
    if let Some(negated) = expression.strip_prefix("not ").or_else(|| expression.strip_prefix('!')) {
        return !holds(negated, given, depth + 1);
    }
    match expression {
        ":true" | "" => true,
        ":false" => false,
        name => given.iter().any(|item| item == name.strip_prefix('@').unwrap_or(name)),
    }
}

/// Whether a list of databases, as `postgresql,!oracle`, has PostgreSQL in it; without any, yes.
pub(super) fn dbms_matches(list: Option<&str>) -> bool {
    let names: Vec<_> = list.unwrap_or_default().trim().split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    if names.is_empty() || names.contains(&"all") {
        return true;
    }
    if names.contains(&"none") || names.contains(&"!postgresql") {
        return false;
    }
    names.iter().all(|name| name.starts_with('!')) || names.contains(&"postgresql")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_and_labels_select() {
        let run =
            |contexts: &str, expression: &str| Selection { contexts: items(contexts), labels: String::new() }.runs(Some(expression), None);
        for expression in ["test", "TEST", "prod, test", "test and !prod", "not prod", "(prod or test) and not (x)", "!(prod)", "@test", ""]
        {
            assert!(run("test", expression), "{expression}");
        }
        for expression in ["prod", "test and prod", "!test", "(test)and(prod)", "@prod"] {
            assert!(!run("test", expression), "{expression}");
        }
        assert!(run("", "prod and test") && !run("", "@prod"));
        let labelled = |labels: &str| Selection { contexts: vec![], labels: "a and !b".into() }.runs(None, Some(labels));
        assert!(labelled("a, c") && labelled("") && !labelled("a,b"));
    }

    #[test]
    fn databases_are_matched() {
        for list in ["", "postgresql", "oracle, postgresql", "!oracle", "all", " "] {
            assert!(dbms_matches(Some(list)), "{list}");
        }
        for list in ["oracle", "!postgresql", "none", "h2,!postgresql", "PostgreSQL"] {
            assert!(!dbms_matches(Some(list)), "{list}");
        }
    }
}
