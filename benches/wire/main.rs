//! The programs that `benches/send` and `benches/leave` time: a receiver that throws everything away, and a sender.
//!
//!     wire receive [strict]                 prints its port, serves until its input ends, prints how many messages it took; strict: by
//!                                           the receiver that Postrider has built in, which judges every line
//!     wire send PORT MESSAGES CONNECTIONS [unsigned|ed25519|rsa] [BODY-OCTETS]
//!                                           plans so many recipients in a ledger on disk, sends to each, prints JSON
//!     wire crowd FOLDER PORT PEOPLE [OCTETS]
//!                                           plans so many people in a ledger there, or goes on with them, sends to 100,000 of them, prints
//!                                           how long it took until the first was accepted, and the most memory it had
//!     wire pool PORT MESSAGES CONNECTIONS [BODY-OCTETS]
//!                                           the same by lettre's builder and pool, without a ledger
//!     wire proxy PORT MICROSECONDS          prints its port; what goes through it takes so long each way
//!     wire hello                            prints its port; answers every POST with a word, until its input ends
//!     wire links KEYS LIST PEOPLE           prints the paths of so many readers' links to leave
//!     wire press PORT FILE CONNECTIONS      presses every link of a file once, prints JSON
#![expect(clippy::print_stdout, reason = "its figures are what it is run for")]

mod pool;
mod press;
mod proxy;
mod receiver;
mod sender;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let number = |at: usize, default: usize| arguments.get(at).map_or(default, |text| text.parse().expect("a number"));
    let port = || u16::try_from(number(1, 0)).expect("a port");
    match arguments.first().map(String::as_str) {
        Some("receive") if arguments.get(1).is_some_and(|word| word == "strict") => receiver::run_built_in(),
        Some("receive") => receiver::run(),
        Some("send") => {
            let port = u16::try_from(number(1, 0)).expect("a port");
            sender::run(
                port,
                number(2, 10_000),
                number(3, 8),
                arguments.get(4).map_or("unsigned", String::as_str),
                number(5, 70_000),
            );
        }
        Some("crowd") => {
            let folder = arguments.get(1).expect("a folder");
            let port = u16::try_from(number(2, 0)).expect("a port");
            sender::crowd(std::path::Path::new(folder), port, number(3, 1_000_000), number(4, 2_000));
        }
        Some("pool") => pool::run(port(), number(2, 10_000), number(3, 8), number(4, 70_000)),
        Some("proxy") => {
            let delay = u64::try_from(number(2, 12_500)).expect("a delay");
            proxy::run(port(), std::time::Duration::from_micros(delay));
        }
        Some("hello") => press::hello(),
        Some("links") => press::links(&arguments[1], &arguments[2], number(3, 1_000)),
        Some("press") => press::run(port(), &arguments[2], number(3, 64)),
        _ => println!("wire: see benches/send and benches/leave"),
    }
}
