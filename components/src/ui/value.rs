//! What can be written into attributes and texts: values, and closures that give them.

/// What an attribute, a property or a text is set to.
#[doc(hidden)]
#[allow(missing_debug_implementations, reason = "holds a closure")]
pub enum Written {
    /// Once.
    Fixed(Option<String>),
    /// Whenever it gives something else.
    Live(Box<dyn Give>),
}

/// Gives a text again and again.
#[doc(hidden)]
pub trait Give {
    /// Puts the text of now, if there is one.
    fn give(&self, to: &mut Text);
}

/// Takes a text, or none.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Text(pub(super) Option<String>);

impl Text {
    #[inline(never)]
    fn copy(&mut self, text: &str) {
        self.0 = Some(text.to_owned());
    }

    #[inline(never)]
    fn take(&mut self, text: String) {
        self.0 = Some(text);
    }

    #[inline(never)]
    fn flag(&mut self, on: bool) {
        self.copy(if on { "true" } else { "false" });
    }

    #[inline(never)]
    fn number(&mut self, number: u64) {
        self.take(number.to_string());
    }

    /// A text that is empty, or not there at all.
    #[inline(never)]
    pub(super) fn there(&mut self, there: bool) {
        self.0 = there.then(String::new);
    }
}

/// A single text, or none.
#[doc(hidden)]
pub trait Scalar {
    /// Puts the text.
    fn put(self, to: &mut Text);
}

/// What an attribute, a property or a text can be set to: texts, numbers, booleans, options of them, and closures that give one of
/// these and are run again when what they read has changed.
pub trait Value {
    #[doc(hidden)]
    fn written(self) -> Written;
}

macro_rules! scalars {
    ($($type:ty => |$value:ident, $to:ident| $put:expr;)*) => { $(
        impl Scalar for $type {
            fn put(self, $to: &mut Text) {
                let $value = self;
                $put;
            }
        }
        impl Value for $type {
            fn written(self) -> Written {
                fixed(self)
            }
        }
        impl Value for Option<$type> {
            fn written(self) -> Written {
                fixed(self)
            }
        }
    )* };
}

scalars! {
    &str => |value, to| to.copy(value);
    String => |value, to| to.take(value);
    bool => |value, to| to.flag(value);
    u64 => |value, to| to.number(value);
    usize => |value, to| to.number(value as u64);
}

fn fixed(value: impl Scalar) -> Written {
    let mut text = Text::default();
    value.put(&mut text);
    Written::Fixed(text.0)
}

impl<S: Scalar> Scalar for Option<S> {
    fn put(self, to: &mut Text) {
        if let Some(value) = self {
            value.put(to);
        }
    }
}

impl<F, S> Give for F
where
    F: Fn() -> S + 'static,
    S: Scalar,
{
    fn give(&self, to: &mut Text) {
        self().put(to);
    }
}

/// Whether an attribute is there.
pub(super) struct Flag<F>(pub(super) F);

impl<F: Fn() -> bool> Give for Flag<F> {
    fn give(&self, to: &mut Text) {
        to.there((self.0)());
    }
}

impl<F, S> Value for F
where
    F: Fn() -> S + 'static,
    S: Scalar,
{
    fn written(self) -> Written {
        Written::Live(Box::new(self))
    }
}
