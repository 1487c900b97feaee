//! What can be written into attributes and texts: values, and closures that give them.

/// What an attribute, a property or a text is set to.
#[doc(hidden)]
#[allow(missing_debug_implementations, reason = "holds a closure")]
pub enum Written {
    /// Once.
    Fixed(Option<String>),
    /// Whenever it gives something else.
    Live(Box<dyn Fn() -> Option<String>>),
}

/// A single text, or none.
#[doc(hidden)]
pub trait Scalar {
    /// The text.
    fn text(self) -> Option<String>;
}

/// What an attribute, a property or a text can be set to: texts, numbers, booleans, options of them, and closures that give one of
/// these and are run again when what they read has changed.
pub trait Value {
    #[doc(hidden)]
    fn written(self) -> Written;
}

macro_rules! scalars {
    ($($type:ty => |$value:ident| $text:expr;)*) => { $(
        impl Scalar for $type {
            fn text(self) -> Option<String> {
                let $value = self;
                Some($text)
            }
        }
        impl Value for $type {
            fn written(self) -> Written {
                Written::Fixed(self.text())
            }
        }
        impl Value for Option<$type> {
            fn written(self) -> Written {
                Written::Fixed(self.text())
            }
        }
    )* };
}

scalars! {
    &str => |value| value.to_owned();
    String => |value| value;
    bool => |value| String::from(if value { "true" } else { "false" });
    u64 => |value| value.to_string();
    usize => |value| value.to_string();
}

impl<S: Scalar> Scalar for Option<S> {
    fn text(self) -> Option<String> {
        self.and_then(Scalar::text)
    }
}

impl<F, S> Value for F
where
    F: Fn() -> S + 'static,
    S: Scalar,
{
    fn written(self) -> Written {
        Written::Live(Box::new(move || self().text()))
    }
}
