//! What `check` says of an issue that could be sent, but should not be as it is.

mod editions;
mod hostile;
mod links;
mod manual;
mod markup;
mod texts;
mod weight;

use crate::workspace::Workspace;

/// The edition that a new workspace has.
const EDITION: &str = "issues/2023-q3/en.toml";

/// The head of an edition with nothing wrong in it: lines 1 to 5.
const HEAD: &str = "subject = \"The third quarter\"\npreheader = \"A dialogue, and a draft policy\"\ntitle = \"The title\"\n\
                    period = \"July to September 2023\"\ndate = 2023-09-30\n";

/// A workspace whose one edition is this.
fn with_edition(edition: &str) -> Workspace {
    let workspace = Workspace::new();
    workspace.write(EDITION, edition);
    workspace
}

/// A workspace whose one edition has a sound head of five lines, and these blocks.
fn with_blocks(blocks: &str) -> Workspace {
    with_edition(&format!("{HEAD}{blocks}"))
}

/// What `check --format json` finds.
fn findings(workspace: &Workspace) -> Vec<serde_json::Value> {
    let ran = workspace.run(&["check", "--format", "json"]);
    assert!(matches!(ran.code, Some(0 | 1)) && ran.stderr.is_empty(), "{ran:?}");
    ran.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// The findings, each as `en.toml:line:column rule`.
fn found(workspace: &Workspace) -> Vec<String> {
    let text = |finding: &serde_json::Value| {
        let file = finding["file"].as_str().expect("a file");
        let number = |key: &str| finding[key].as_u64().map_or_else(|| "-".to_owned(), |number| number.to_string());
        let file = file.rsplit('/').next().unwrap_or(file);
        format!("{file}:{}:{} {}", number("line"), number("column"), finding["rule"].as_str().expect("a rule"))
    };
    findings(workspace).iter().map(text).collect()
}

/// What `check` prints.
fn printed(workspace: &Workspace) -> String {
    workspace.run(&["check"]).stdout
}
