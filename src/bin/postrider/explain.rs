//! `postrider check --explain`: the manual of rules.

use postrider::check::manual::{FAMILIES, Rule, all};

use crate::failure::Failure;
use crate::workspace;

/// Columns of a text in the terminal.
const WIDTH: usize = 80;

/// Says what a rule is for; without a name, lists all.
pub(crate) fn run(name: Option<&str>) -> Result<(), Failure> {
    if let Some(name) = name {
        explain(name)
    } else {
        list();
        Ok(())
    }
}

fn explain(name: &str) -> Result<(), Failure> {
    let rule = Rule::find(name).map_err(|near| {
        let end = near.map_or_else(|| ".".to_owned(), |near| format!("; did you mean `{near}`?"));
        let shown = workspace::printable(name);
        Failure::Usage(format!("there is no rule `{shown}`{end} All of them: postrider check --explain"))
    })?;
    anstream::println!("{} ({})\n\n{}.\n", rule.name, rule.severity(), rule.summary);
    anstream::println!("{}\n", wrapped(rule.why));
    anstream::println!("Wrong:\n\n{}\n\nRight:\n\n{}", indented(rule.wrong), indented(rule.right));
    Ok(())
}

fn list() {
    let width = all().map(|rule| rule.name.len()).max().unwrap_or_default();
    for (index, family) in FAMILIES.iter().enumerate() {
        anstream::println!("{}{}\n", if index == 0 { "" } else { "\n" }, family.title);
        for rule in family.rules {
            anstream::println!("  {:width$}  {}", rule.name, rule.summary);
        }
    }
    anstream::println!("\nMore of one: postrider check --explain RULE");
}

/// Broken into lines between words.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDTH => line.extend([" ", word]),
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}").trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}
