//! Dependencies as drawings: DOT for Graphviz, Mermaid for documents, SVG for a browser.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::dependencies::Dependencies;

/// The steps of all paths, each once, and whether it is part of a violation.
fn steps(found: &Dependencies) -> BTreeSet<(&str, &str, bool)> {
    let mut steps = BTreeSet::new();
    for (list, is_violation) in [(&found.dependencies, false), (&found.violations, true)] {
        for pair in list.iter().flat_map(|d| d.path.windows(2)) {
            steps.insert((pair[0].as_str(), pair[1].as_str(), is_violation));
        }
    }
    steps
}

/// A directed graph for Graphviz; what runs the wrong way is red.
#[must_use]
pub fn dot(found: &Dependencies) -> String {
    let quoted = |name: &str| format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""));
    let mut text = "digraph cqrs {\n    rankdir = LR;\n    node [shape = box];\n".to_owned();
    for (from, to, is_violation) in steps(found) {
        let style = if is_violation { " [color = red]" } else { "" };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "    {} -> {}{style};", quoted(from), quoted(to));
    }
    text + "}\n"
}

/// A flowchart for Mermaid; what runs the wrong way is dotted.
#[must_use]
pub fn mermaid(found: &Dependencies) -> String {
    let steps = steps(found);
    let names: Vec<&str> = steps.iter().flat_map(|(a, b, _)| [*a, *b]).collect::<BTreeSet<_>>().into_iter().collect();
    let place = |name: &str| names.binary_search(&name).unwrap_or_default();
    let mut text = "flowchart LR\n".to_owned();
    for (n, name) in names.iter().enumerate() {
        let _ = writeln!(text, "    n{n}[\"{}\"]", name.replace('"', "#quot;"));
    }
    for (from, to, is_violation) in &steps {
        let _ = writeln!(text, "    n{} {} n{}", place(from), if *is_violation { "-.->" } else { "-->" }, place(to));
    }
    text
}

/// A drawing of two columns and lines between them: who needs on the left, what is needed on the right.
#[must_use]
pub fn svg(found: &Dependencies) -> String {
    const ROW: usize = 28;
    let escaped = |name: &str| name.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let all: Vec<_> = found.dependencies.iter().map(|d| (d, "#557")).chain(found.violations.iter().map(|d| (d, "#c22"))).collect();
    let left: Vec<&str> = all.iter().map(|(d, _)| d.dependant.as_str()).collect::<BTreeSet<_>>().into_iter().collect();
    let right: Vec<&str> = all.iter().map(|(d, _)| d.needed.as_str()).collect::<BTreeSet<_>>().into_iter().collect();
    let longest = |names: &[&str]| names.iter().map(|n| n.chars().count()).max().unwrap_or_default() * 8 + 20;
    let (start, end) = (longest(&left), longest(&left) + 160);
    let height = left.len().max(right.len()) * ROW + ROW;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{height}\" font-family=\"monospace\" font-size=\"13\">\n",
        end + longest(&right),
    );
    for (n, name) in left.iter().enumerate() {
        let _ = writeln!(text, "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>", start - 10, (n + 1) * ROW, escaped(name));
    }
    for (n, name) in right.iter().enumerate() {
        let _ = writeln!(text, "<text x=\"{}\" y=\"{}\">{}</text>", end + 10, (n + 1) * ROW, escaped(name));
    }
    for (dependency, colour) in all {
        let y = |names: &[&str], name: &str| (names.binary_search(&name).unwrap_or_default() + 1) * ROW - 4;
        let dash = if dependency.path.len() > 2 { " stroke-dasharray=\"4\"" } else { "" };
        let _ = writeln!(
            text,
            "<line x1=\"{start}\" y1=\"{}\" x2=\"{end}\" y2=\"{}\" stroke=\"{colour}\"{dash}><title>{}</title></line>",
            y(&left, &dependency.dependant),
            y(&right, &dependency.needed),
            escaped(&dependency.path.join(" → ")),
        );
    }
    text + "</svg>\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dependencies::{Dependency, Kind};

    #[test]
    fn names_are_escaped() {
        let path = vec!["query.\"a & <b>\"".to_owned(), "command.t".to_owned()];
        let dependency = Dependency { needed: path[1].clone(), dependant: path[0].clone(), kind: Kind::Direct, path };
        let found = Dependencies { dependencies: vec![dependency], violations: vec![], cycles: vec![], unknown: vec![] };
        assert!(dot(&found).contains("\"query.\\\"a & <b>\\\"\" -> \"command.t\";"));
        assert!(mermaid(&found).contains("n1[\"query.#quot;a & <b>#quot;\"]") && mermaid(&found).contains("n1 --> n0"));
        assert!(svg(&found).contains("query.&quot;a &amp; &lt;b&gt;&quot;"));
    }
}
