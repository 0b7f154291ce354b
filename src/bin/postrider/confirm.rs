//! A person's yes to a real send: nothing that a tired hand types by accident.

use std::io::{BufRead, IsTerminal, Write};

use crate::failure::Failure;

/// Asks for the list's name and the number of recipients; goes on only if both are right. Without a terminal there is nobody to ask.
pub(crate) fn ask(name: &str, recipients: u64) -> Result<(), Failure> {
    let input = std::io::stdin();
    if !input.is_terminal() {
        let words = format!("there is nobody to ask here; a script confirms with --expect-recipients {recipients}");
        return Err(Failure::Usage(words));
    }
    anstream::eprint!("To send it, type the list's name and the number of recipients ({name} {recipients}): ");
    let _ = std::io::stderr().flush();
    let mut answer = String::new();
    input.lock().read_line(&mut answer).map_err(Failure::while_doing("read the answer"))?;
    if is_yes(&answer, name, recipients) {
        return Ok(());
    }
    Err(Failure::Failed("that is not what was asked for; nothing was sent".to_owned()))
}

fn is_yes(answer: &str, name: &str, recipients: u64) -> bool {
    let words: Vec<_> = answer.split_whitespace().collect();
    let wanted = format!("{name} {recipients}");
    words == wanted.split_whitespace().collect::<Vec<_>>()
}
