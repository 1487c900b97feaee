//! The status of a record's review, as a shape, a word and a colour.

use crate::icon::Icon;
use workflow_cloud::ReviewStatus;

/// The shape of a status; unknown words get a dashed circle.
pub(super) fn review_icon(word: &str) -> Icon {
    match ReviewStatus::from(word) {
        ReviewStatus::PendingReview => Icon::Hourglass,
        ReviewStatus::Accepted => Icon::Check,
        ReviewStatus::Rejected => Icon::Slash,
        ReviewStatus::Error => Icon::Cross,
        ReviewStatus::Other(_) => Icon::Ghost,
    }
}

/// The word that is written for a status: `approved` is the same as `accepted`. Empty for a record without one.
pub(super) fn canonical(word: &str) -> String {
    match word {
        "" => String::new(),
        word => ReviewStatus::from(word).as_str().to_owned(),
    }
}

/// A status as people read it: `pending_review` → `pending review`.
pub(super) fn review_word(word: &str) -> &str {
    match word {
        "" => "no status",
        "pending_review" => "pending review",
        "approved" => "accepted",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::{canonical, review_icon, review_word};
    use crate::icon::Icon;

    #[test]
    fn approved_is_accepted_and_unknown_words_are_shown() {
        assert_eq!(canonical("approved"), "accepted");
        assert_eq!(review_icon("approved"), Icon::Check);
        assert_eq!(canonical("on_hold"), "on_hold");
        assert_eq!(review_icon("on_hold"), Icon::Ghost);
        assert_eq!(review_word("on_hold"), "on_hold");
        assert_eq!((canonical("").as_str(), review_word("")), ("", "no status"));
    }
}
