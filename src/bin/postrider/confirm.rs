//! A person's yes to a real send: nothing that a tired hand types by accident.

use std::io::{BufRead, IsTerminal, Write};

use postrider::deed::Consent;

use crate::failure::Failure;

/// Asks for the list's name and the number of recipients; goes on only if both are right. Without a terminal there is nobody to ask.
pub(crate) fn ask(consent: &Consent, recipients: u64) -> Result<(), Failure> {
    if !std::io::stdin().is_terminal() {
        let words = format!("there is nobody to ask here; a script confirms with --expect-recipients {recipients}");
        return Err(Failure::Usage(words));
    }
    let wanted = consent.password();
    let answer = answer_to(&format!("To send it, type the list's name and the number of recipients ({wanted}): "))?;
    if consent.is_password(&answer) {
        return Ok(());
    }
    Err(Failure::Failed("that is not what was asked for; nothing was sent".to_owned()))
}

/// Asks for the number of recipients once more, because it is far from the last issue's.
pub(crate) fn count(words: &str, recipients: u64) -> Result<(), Failure> {
    let answer = answer_to(&format!("{words} To go on all the same, type the number of recipients ({recipients}): "))?;
    if answer.trim() == recipients.to_string() {
        return Ok(());
    }
    Err(Failure::Failed("that is not what was asked for; nothing was sent".to_owned()))
}

/// Asks who approves. Without a terminal there is nobody to ask.
pub(crate) fn name() -> Result<String, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::Usage("there is nobody to ask here; name who approves with --name".to_owned()));
    }
    answer_to("To approve exactly this, type your name: ")
}

/// Asks something that is answered by y or n; only y goes on. Without a terminal there is nobody to ask.
pub(crate) fn yes_or_no(question: &str) -> Result<(), Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::Usage("there is nobody to ask here; a script adds --yes".to_owned()));
    }
    let answer = answer_to(&format!("{question} (y/N): "))?;
    if matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
        return Ok(());
    }
    Err(Failure::Failed("that is no yes; nothing was changed".to_owned()))
}

/// Says a question and reads a line.
fn answer_to(question: &str) -> Result<String, Failure> {
    anstream::eprint!("{question}");
    let _ = std::io::stderr().flush();
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).map_err(Failure::while_doing("read the answer"))?;
    Ok(answer)
}
