//! Where in a value a check is.

/// A place in a value: the names that lead to it. Written out only for problems: a name may be as long as the request, and have as
/// many children.
#[derive(Debug, Clone, Copy)]
pub(super) struct Path<'p> {
    parent: Option<&'p Self>,
    name: Name<'p>,
}

#[derive(Debug, Clone, Copy)]
enum Name<'p> {
    Key(&'p str),
    Index(usize),
}

impl<'p> Path<'p> {
    /// The value itself.
    pub(super) const ROOT: Path<'static> = Path {
        parent: None,
        name: Name::Key(""),
    };

    pub(super) const fn key(&'p self, name: &'p str) -> Self {
        Self {
            parent: Some(self),
            name: Name::Key(name),
        }
    }

    pub(super) const fn index(&'p self, index: usize) -> Self {
        Self {
            parent: Some(self),
            name: Name::Index(index),
        }
    }

    /// The names with dots between them.
    pub(super) fn write(&self) -> String {
        let mut names = Vec::new();
        let mut at = Some(self);
        while let Some(Self { parent, name }) = at {
            if parent.is_some() {
                names.push(match name {
                    Name::Key(key) => (*key).to_owned(),
                    Name::Index(index) => index.to_string(),
                });
            }
            at = *parent;
        }
        names.reverse();
        names.join(".")
    }
}
