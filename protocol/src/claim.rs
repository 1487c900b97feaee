//! Who of several tabs answers a prompt: a word that is kept where all tabs of a browser profile can read it.

use std::fmt;

use crate::Time;

/// After this long without another word, whoever was sending is believed to be gone with its answer. Longer than a request may take.
pub(crate) const CLAIM_MS: u64 = 45_000;

/// What a tab says of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClaimState {
    /// It is on its way.
    Sending,
    /// The server accepted it.
    Sent,
    /// The answer to the request was lost.
    Unknown,
    /// No step wanted it: any tab may answer again.
    Unhandled,
}

/// A tab's claim to have answered a prompt. It is taken before the request is made, and given back when the server refuses the
/// answer. Otherwise it stays, also when the prompt is closed: another tab may be behind with the run's events, and must not answer
/// what is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Claim {
    /// What became of the answer.
    pub state: ClaimState,
    /// When it was sent.
    pub at: Time,
    /// Tells claims of the same moment apart.
    pub nonce: u64,
    /// The sequence of the event that told that no step wanted the answer: a later answer is not meant by it.
    pub after: Option<u64>,
}

impl Claim {
    /// Reads what [`Display`](fmt::Display) writes.
    ///
    /// ```
    /// # use workflow_protocol::{Claim, ClaimState, Time};
    /// let claim = Claim { state: ClaimState::Sent, at: Time(12), nonce: 255, after: None };
    /// assert_eq!(claim.to_string(), "sent 12 ff");
    /// assert_eq!(Claim::parse("sent 12 ff"), Some(claim));
    /// assert_eq!(Claim::parse("something else"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let state = match words.next()? {
            "sending" => ClaimState::Sending,
            "sent" => ClaimState::Sent,
            "unknown" => ClaimState::Unknown,
            "unhandled" => ClaimState::Unhandled,
            _ => return None,
        };
        let at = Time(words.next()?.parse().ok()?);
        let nonce = u64::from_str_radix(words.next()?, 16).ok()?;
        let after = match words.next() {
            Some(word) => Some(word.parse().ok()?),
            None => None,
        };
        words.next().is_none().then_some(Self {
            state,
            at,
            nonce,
            after,
        })
    }

    /// Whether a tab that believes `known` to be claimed may claim the prompt where `stored` is. Who has waited long enough for a
    /// tab that was sending may answer in its place, unless that tab has said more since.
    pub fn may_replace(stored: Option<&Self>, known: Option<&Self>) -> bool {
        match (stored, known) {
            (Some(stored), Some(known)) => {
                let expired = known.state == ClaimState::Unknown && stored.state == ClaimState::Sending;
                // The run's events showed it, and the tab that answered may be gone.
                let unhandled = known.state == ClaimState::Unhandled;
                stored.is_same(known) && (stored.state == known.state || expired || unhandled)
            }
            // What was known may have been given back, or cleared with the browser's data.
            (None, _) => true,
            (Some(_), None) => false,
        }
    }

    /// Whether both are about the same answer.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.at == other.at && self.nonce == other.nonce
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            ClaimState::Sending => "sending",
            ClaimState::Sent => "sent",
            ClaimState::Unknown => "unknown",
            ClaimState::Unhandled => "unhandled",
        };
        write!(f, "{state} {} {:x}", self.at.0, self.nonce)?;
        self.after.map_or(Ok(()), |after| write!(f, " {after}"))
    }
}
