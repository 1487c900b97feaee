//! What must hold for any schema and any value: forms never panic, and what they send they read again.

use workflow_inspector::form::{Field, FieldKind, Form, Inputs};
use workflow_protocol::{FieldError, RawJson};

/// Fields that are visited. A schema may have no end of them.
const FIELDS: u32 = 40;

/// A schema, and after a NUL a value for it.
pub fn form(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (schema, value) = text.split_once('\0').unwrap_or((&text, "{}"));
    let Ok(schema) = RawJson::parse(schema) else {
        return;
    };
    for form in [Form::from_schema(&schema), Form::for_response(&schema)] {
        draft(&form, &Inputs::default());
        let mut inputs = Inputs::default();
        let mut left = FIELDS;
        fill(&form, &form.fields, &mut inputs, &mut left);
        draft(&form, &inputs);
        if let Ok(value) = RawJson::parse(value) {
            draft(&form, &form.decompose(&value));
            form.update(&mut inputs, &value);
            draft(&form, &inputs);
        }
        form.adopt(&mut inputs);
        draft(&form, &inputs);
    }
}

/// Does with each field what a person could do, and opens what is inside.
fn fill(form: &Form, fields: &[Field], inputs: &mut Inputs, left: &mut u32) {
    for field in fields {
        let Some(fewer) = left.checked_sub(1) else {
            return;
        };
        *left = fewer;
        let _ = (
            field.hint(),
            field.shown_default(inputs),
            field.is_checked(inputs),
        );
        let typed = field.text(inputs).into_owned();
        match &field.kind {
            FieldKind::Boolean => field.set_checked(inputs, true),
            FieldKind::Choice(_) => field.choose(inputs, Some(0)),
            FieldKind::Union(labels) => {
                for at in 0..labels.len().min(3) {
                    field.choose(inputs, Some(at));
                    let inside = form.children(field, inputs);
                    fill(form, &inside, inputs, left);
                }
            }
            FieldKind::List { .. } | FieldKind::Map { .. } => {
                form.enable(field, inputs);
                field.add_item(inputs);
                field.rename_item(inputs, 0, "key");
            }
            FieldKind::Object => form.enable(field, inputs),
            _ => field.type_text(inputs, if typed.is_empty() { "7" } else { &typed }),
        }
        if !matches!(field.kind, FieldKind::Union(_)) {
            let inside = form.children(field, inputs);
            fill(form, &inside, inputs, left);
        }
        let error = FieldError {
            path: field.name.clone(),
            message: String::from("wrong"),
        };
        let _ = form.place(inputs, &error);
    }
}

fn draft(form: &Form, inputs: &Inputs) {
    assert_eq!(Inputs::from_text(&inputs.to_text()), *inputs, "a draft is stored");
    let _ = (form.to_json(inputs), inputs.structure());
    let Ok(sent) = form.compose(inputs, &|_, _| None) else {
        return;
    };
    let again = form.compose(&form.decompose(&sent), &|_, _| None);
    assert_eq!(again.as_ref(), Ok(&sent), "what was sent is read again");
}
