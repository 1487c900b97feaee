//! Claims: which of several tabs answers a prompt. Stored where all tabs of a browser profile can read them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Time;

/// A sending tab that has not updated its claim for this long counts as closed, and its answer as lost. Longer than a request may take.
pub(crate) const CLAIM_MS: u64 = 45_000;

/// The state of a claimed answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimState {
    /// The request is pending.
    Sending,
    /// The server accepted it.
    Sent,
    /// The response to the request was lost.
    Unknown,
    /// No step accepted it: any tab may answer again.
    Unhandled,
}

/// A tab's claim to have answered a prompt. It is taken before the request, and removed if the server refuses the answer. Otherwise it
/// stays, even when the prompt is closed: another tab may not have read the latest events, and must not answer again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Claim {
    /// The state of the answer.
    pub state: ClaimState,
    /// When it was sent, by the clock of the page that sent it.
    pub at: Time,
    /// Distinguishes claims of the same moment.
    pub nonce: u64,
    /// The sequence of the event which showed that no step accepted the answer. It does not apply to a later answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
}

impl Claim {
    /// Reads what [`Display`](fmt::Display) writes. `None` for any other text.
    ///
    /// ```
    /// # use workflow_protocol::{Claim, ClaimState, Time};
    /// let claim = Claim { state: ClaimState::Sent, at: Time(12), nonce: 255, after: None };
    /// assert_eq!(claim.to_string(), r#"{"state":"sent","at":12,"nonce":255}"#);
    /// assert_eq!(Claim::parse(&claim.to_string()), Some(claim));
    /// assert_eq!(Claim::parse("something else"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Whether a tab that knows the claim `known` may claim the prompt if `stored` is stored. After the timeout of a sending tab another
    /// tab may answer in its place, unless the stored claim has changed.
    pub fn may_replace(stored: Option<&Self>, known: Option<&Self>) -> bool {
        match (stored, known) {
            (Some(stored), Some(known)) => {
                let expired = known.state == ClaimState::Unknown && stored.state == ClaimState::Sending;
                // The run's events showed it, and the tab that answered may be closed.
                let unhandled = known.state == ClaimState::Unhandled;
                stored.is_same(known) && (stored.state == known.state || expired || unhandled)
            }
            // The known claim may have been removed, also with the browser's data.
            (None, _) => true,
            (Some(_), None) => false,
        }
    }

    /// Whether both are about the same answer.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.at == other.at && self.nonce == other.nonce
    }
}

/// The claim as JSON, for storage.
impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}
