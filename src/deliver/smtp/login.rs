//! Logging in (RFC 4954).

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials as Secret, Mechanism};
use lettre::transport::smtp::commands::Auth;

use super::session::Session;
use super::{Credentials, Fault, OpenError, Step, Stop};

impl Session {
    /// Logs in: with a password by PLAIN or else LOGIN, with a token by XOAUTH2. Once, for servers lock accounts.
    pub(super) async fn log_in(&mut self, credentials: &Credentials, host: &str) -> Result<(), OpenError> {
        let host = host.to_owned();
        let known: &[(&str, Mechanism)] = if credentials.is_token() {
            &[("XOAUTH2", Mechanism::Xoauth2)]
        } else {
            &[("PLAIN", Mechanism::Plain), ("LOGIN", Mechanism::Login)]
        };
        let Some(&(_, mechanism)) = known.iter().find(|(name, _)| self.extensions.has_auth(name)) else {
            let known = known.iter().map(|&(name, _)| name).collect::<Vec<_>>().join(" or ");
            return Err(OpenError::Stop(Stop::LoginMissing { host, known, offered: self.extensions.auth_offered() }));
        };
        let secret = credentials.secret().await.map_err(|error| OpenError::Stop(Stop::Setup(error.to_string())))?;
        let secret = Secret::new(credentials.user().to_owned(), secret);
        let confused = |error: Error| OpenError::Stop(Stop::Setup(format!("cannot log in to the relay: {error}")));
        let mut answer = self.command(Step::Auth, Auth::new(mechanism, secret.clone(), None).map_err(confused)?).await;
        // LOGIN asks twice; a server that goes on asking will not stop.
        for _ in 0..3 {
            match answer {
                // XOAUTH2 asks only where it refuses: the question says why in JSON, and an empty answer brings the refusal itself.
                Ok(response) if response.has_code(334) && mechanism == Mechanism::Xoauth2 => {
                    answer = self.command(Step::Auth, "\r\n").await;
                }
                Ok(response) if response.has_code(334) => {
                    let auth = Auth::new_from_response(mechanism, secret.clone(), &response).map_err(confused)?;
                    answer = self.command(Step::Auth, auth).await;
                }
                Ok(_) => return Ok(()),
                Err(Fault::Reply(_, reply)) if reply.is_permanent() => {
                    return Err(OpenError::Stop(Stop::Login { host, reply }));
                }
                Err(fault) => return Err(OpenError::Retry(fault.into_words())),
            }
        }
        Err(OpenError::Retry("the relay keeps asking for the password".to_owned()))
    }
}
