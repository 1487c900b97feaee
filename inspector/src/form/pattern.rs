//! Whether a schema's pattern can be tried where nobody can end it.

/// How many steps an engine may take on its way through all the choices that a pattern leaves.
const STEPS: u64 = 100_000_000;

/// Whether a backtracking engine may take forever to try a pattern on a text of this many characters.
///
/// Patterns come with the server's schemas, and the browser's engine can't be ended on the page itself. What repeats something that
/// repeats, or that has alternatives, may take exponential time: `(a+)+$` or `(a|a)*$`. Repetitions beside each other take a power of
/// the text's length. Many such patterns are harmless; those who ask leave them to the server all the same, which tries every value
/// anyway.
#[must_use]
pub fn may_hang(pattern: &str, length: usize) -> bool {
    let mut groups = vec![Group::default()];
    let mut repetitions = u32::from(!pattern.starts_with('^'));
    let mut letters = pattern.chars().peekable();
    // What the next quantifier repeats: whether that has choices inside.
    let mut last = false;
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => {
                // A reference to a group repeats what that found, whatever it was.
                last = letters.next().is_some_and(|next| matches!(next, '1'..='9' | 'k'));
            }
            '[' => {
                while let Some(letter) = letters.next() {
                    match letter {
                        '\\' => {
                            letters.next();
                        }
                        ']' => break,
                        _ => {}
                    }
                }
                last = false;
            }
            '(' => groups.push(Group::default()),
            ')' => {
                let group = if groups.len() > 1 {
                    groups.pop().unwrap_or_default()
                } else {
                    Group::default()
                };
                last = group.has_choices;
                if let Some(outer) = groups.last_mut() {
                    outer.has_choices |= group.has_choices;
                }
            }
            '|' => {
                if let Some(group) = groups.last_mut() {
                    group.has_choices = true;
                }
                last = false;
            }
            '*' | '+' | '{' | '?' => {
                let many = match letter {
                    '{' => {
                        let mut bounds = String::new();
                        let ahead = letters.clone();
                        for letter in ahead.take_while(|letter| *letter != '}') {
                            bounds.push(letter);
                        }
                        // A brace that bounds nothing stands for itself.
                        let Some(many) = repeats(&bounds) else {
                            last = false;
                            continue;
                        };
                        letters.by_ref().take(bounds.chars().count() + 1).for_each(drop);
                        many
                    }
                    letter => letter != '?',
                };
                if many {
                    if last {
                        return true;
                    }
                    repetitions += 1;
                }
                if let Some(group) = groups.last_mut() {
                    group.has_choices = true;
                }
                // Lazy or not is the same to us.
                if letters.peek() == Some(&'?') {
                    letters.next();
                }
                last = false;
            }
            _ => last = false,
        }
    }
    (length as u64).saturating_pow(repetitions) > STEPS
}

/// What stands between two brackets.
#[derive(Clone, Copy, Default)]
struct Group {
    /// Whether it can match the same text in several ways, as far as we look.
    has_choices: bool,
}

/// Whether the bounds in braces allow many repetitions; none when they are no bounds.
fn repeats(bounds: &str) -> Option<bool> {
    let (least, most) = bounds.split_once(',').unwrap_or((bounds, bounds));
    let least: u32 = least.parse().ok()?;
    if most.is_empty() {
        return Some(true);
    }
    let most: u32 = most.parse().ok()?;
    Some(most > least && most > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_take_forever_are_known() {
        for pattern in [
            "^(a+)+$",
            "^(a|a)*$",
            "^(a*)*$",
            "^([a-z]+\\d?)+!",
            "(x+x+)+y",
            "^(a?){40,}$",
            "^((ab)*)+$",
            "^(.+)\\1+$",
            "^(?:a|ab){2,}$",
            "^(a{1,9}){1,9}$",
        ] {
            assert!(may_hang(pattern, 30), "{pattern}");
        }
    }

    #[test]
    fn everyday_patterns_are_tried() {
        for pattern in [
            "^[A-Z]{3}-\\d{4}$",
            "^\\S+@\\S+\\.\\S+$",
            "^#[0-9a-f]{6}$",
            "^(foo|bar)$",
            "^a{2}$",
            "^[(+)]+$",
            "^(ab)+$",
            "^\\(+\\)+$",
            "^a{,3}b{x}$",
            "^-?\\d+(\\.\\d+)?$",
            "^[a-z]+(-[a-z]+)?$",
        ] {
            assert!(!may_hang(pattern, 60), "{pattern}");
        }
    }

    #[test]
    fn a_long_text_makes_many_repetitions_too_many() {
        assert!(!may_hang("^.*a.*b.*$", 100), "a million steps");
        assert!(may_hang("^.*a.*b.*$", 10_000), "a million million");
        assert!(!may_hang("^\\d+$", 1_000_000), "one after the other");
    }

    #[test]
    fn nothing_panics_on_broken_patterns() {
        for pattern in [
            "",
            "(",
            ")",
            "[",
            "\\",
            "a{",
            "a{1",
            "*",
            "((",
            "))",
            "[\\",
            "{1,2}",
            "a{99999999999}",
        ] {
            let _ = may_hang(pattern, usize::MAX);
        }
    }
}
