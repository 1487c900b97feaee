//! From which confidence on a value needs no look.

use leptos::prelude::*;

/// The default threshold.
const DEFAULT: f64 = 0.9;

#[derive(Clone, Copy)]
struct Threshold(Signal<f64>);

/// Sets the confidence, from 0 to 1, below which the reviews under the current owner mark values. May be a signal. Defaults to 0.9.
pub fn provide_review_threshold(threshold: impl Into<Signal<f64>>) {
    provide_context(Threshold(threshold.into()));
}

pub(super) fn threshold() -> Signal<f64> {
    use_context::<Threshold>().map_or_else(|| Signal::stored(DEFAULT), |threshold| threshold.0)
}

/// How a confidence is marked: `none`, `zero`, `low` or `high`.
pub(super) fn level(confidence: Option<f64>, threshold: f64) -> &'static str {
    match confidence {
        None => "none",
        Some(confidence) if confidence <= 0.0 => "zero",
        Some(confidence) if confidence < threshold => "low",
        Some(_) => "high",
    }
}

/// A confidence as people read it: `92 %`. What is beyond 0 and 1 is shown as it is.
pub(super) fn percent(confidence: Option<f64>) -> String {
    match confidence {
        None => "none".to_owned(),
        // Never rounded to 100 %: that would hide a doubt.
        Some(confidence) if (0.0..=1.0).contains(&confidence) => {
            format!("{} %", confidence.mul_add(100.0, 1e-9).floor())
        }
        Some(confidence) => confidence.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{level, percent};

    #[test]
    fn zero_is_a_confidence_and_none_is_not() {
        assert_eq!((level(None, 0.9), percent(None).as_str()), ("none", "none"));
        assert_eq!(
            (level(Some(0.0), 0.9), percent(Some(0.0)).as_str()),
            ("zero", "0 %")
        );
        assert_eq!(
            (level(Some(0.899), 0.9), percent(Some(0.899)).as_str()),
            ("low", "89 %")
        );
        assert_eq!(
            (level(Some(0.9), 0.9), percent(Some(0.999)).as_str()),
            ("high", "99 %")
        );
        assert_eq!(
            (level(Some(7.0), 0.9), percent(Some(7.0)).as_str()),
            ("high", "7")
        );
    }
}
