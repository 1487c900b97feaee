//! One workflow's module.

use crate::WorkflowSchemas;
use crate::{names, normalize};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use schemars::schema::Schema;
use serde_json::Value;
use std::collections::BTreeMap;
use syn::{Attribute, Expr, Field, Fields, Item, Lit, LitStr, Meta, parse_quote};
use typify_impl::{TypeSpace, TypeSpaceSettings};

/// The source of the module of the workflow `name`, or why there is none. Its identifier has the number, if there is one.
pub(crate) fn module(name: &str, number: Option<u32>, workflow: &WorkflowSchemas) -> Result<String, String> {
    let mut classes = Classes::default();
    let ends = [("StartEvent", &workflow.start), ("StopEvent", &workflow.stop)];
    let all = || {
        ends.into_iter()
            .chain(workflow.events.iter().map(|event| ("Event", event)))
    };
    for (otherwise, schema) in all() {
        classes.reserve(otherwise, schema);
    }
    for (otherwise, schema) in all() {
        classes.add(otherwise, schema);
    }
    let [start, stop] = ends.map(|(otherwise, schema)| class_name(otherwise, schema));
    let mut file = types(&classes)?;
    plain(&mut file.items);
    constructors(&mut file.items);
    for class in classes.names.keys() {
        let ident = type_ident(class);
        if has_type(&file.items, &ident) {
            file.items.push(parse_quote! {
                impl #ident {
                    /// The name by which the server knows the class.
                    pub const TYPE: &'static str = #class;
                }
            });
        }
    }
    for (alias, class, doc) in [
        ("Start", &start, " The class of the start event."),
        ("Stop", &stop, " The class of the stop event."),
    ] {
        let (alias, ident) = (type_ident(alias), type_ident(class));
        if has_type(&file.items, &ident) && !has_type(&file.items, &alias) {
            file.items
                .push(parse_quote! { #[doc = #doc] pub type #alias = #ident; });
        }
    }
    let items = file.items;
    let ident = module_ident(&number.map_or_else(|| name.to_owned(), |number| format!("{name} {number}")));
    let doc = format!(" The classes of the workflow `{name}`.");
    let file = parse_quote! {
        #[doc = #doc]
        #[allow(clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction, dead_code, missing_docs, missing_debug_implementations, unreachable_pub)]
        pub mod #ident {
            /// The name by which the server knows the workflow.
            pub const NAME: &str = #name;
            #(#items)*
        }
    };
    Ok(short_paths(&names::unmark(&prettyplease::unparse(&file))))
}

/// The schemas of a workflow's classes and of what they are made of, each under a name of its own.
#[derive(Default)]
struct Classes {
    schemas: BTreeMap<String, Value>,
    /// The classes themselves, by the server's name for them: no other thing may take it.
    names: BTreeMap<String, Value>,
}

fn class_name(otherwise: &str, schema: &Value) -> String {
    schema
        .get("title")
        .and_then(Value::as_str)
        .unwrap_or(otherwise)
        .to_owned()
}

/// The `$defs` of a class, with the tags of their unions required.
fn definitions(schema: &Value) -> serde_json::Map<String, Value> {
    let mut definitions = match schema.get("$defs") {
        Some(Value::Object(definitions)) => definitions.clone(),
        _ => serde_json::Map::new(),
    };
    let mut tags = Vec::new();
    normalize::tags(schema, &mut tags);
    for (branch, tag) in &tags {
        if let Some(branch) = definitions.get_mut(branch) {
            normalize::require(branch, tag);
        }
    }
    definitions
}

/// A class or a definition without its `$defs`, in the shape for `typify`.
fn shaped(schema: &Value, definitions: &serde_json::Map<String, Value>) -> Value {
    let mut schema = schema.clone();
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("$defs");
    }
    let mut schema = normalize::class(schema);
    normalize::order(&mut schema, &|name| {
        let part = |key: &str| definitions.get(name).and_then(|branch| branch.get(key));
        let required = part("required").and_then(Value::as_array).map_or(0, Vec::len);
        let properties = part("properties").and_then(Value::as_object);
        (required, properties.map_or(0, serde_json::Map::len))
    });
    normalize::plain_keys(&mut schema, &|name| {
        let body = definitions.get(name).cloned().map(normalize::class);
        body.is_some_and(|body| body.get("enum").is_some())
    });
    schema
}

impl Classes {
    /// The definition that another one is nothing but a reference to.
    fn target(&self, name: &str) -> Option<&str> {
        let reference = self.schemas.get(name)?.get("$ref")?.as_str()?;
        normalize::definition_name(reference)
    }

    fn reserve(&mut self, otherwise: &str, schema: &Value) {
        self.names
            .entry(class_name(otherwise, schema))
            .or_insert_with(|| shaped(schema, &definitions(schema)));
    }

    /// Takes in a class with its `$defs`.
    fn add(&mut self, otherwise: &str, schema: &Value) {
        let definitions = definitions(schema);
        let mut class = shaped(schema, &definitions);
        let bodies: Vec<(String, Value)> = definitions
            .iter()
            .map(|(definition, body)| (definition.clone(), shaped(body, &definitions)))
            .collect();
        // Two classes can be made of different things of one name.
        let mut renamed = BTreeMap::new();
        for (definition, body) in &bodies {
            let mut free = definition.clone();
            let other = |kept: Option<&Value>| kept.is_some_and(|kept| kept != body);
            let taken = |free: &String| other(self.schemas.get(free)) || other(self.names.get(free));
            for number in 2.. {
                if !taken(&free) {
                    break;
                }
                free = format!("{definition}{number}");
            }
            if free != *definition {
                renamed.insert(definition.clone(), free);
            }
        }
        for (definition, mut body) in bodies {
            rename(&mut body, &renamed);
            let definition = renamed.get(&definition).cloned().unwrap_or(definition);
            self.schemas.entry(definition).or_insert(body);
        }
        rename(&mut class, &renamed);
        self.schemas.entry(class_name(otherwise, schema)).or_insert(class);
    }
}

fn rename(schema: &mut Value, renamed: &BTreeMap<String, String>) {
    match schema {
        Value::Object(object) => {
            let new = object
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(normalize::definition_name);
            if let Some(new) = new.and_then(|name| renamed.get(name)) {
                let new = format!("#/$defs/{new}");
                object.insert("$ref".to_owned(), Value::String(new));
            }
            object.values_mut().for_each(|value| rename(value, renamed));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| rename(value, renamed)),
        _ => {}
    }
}

/// What `typify` makes of the classes.
fn types(classes: &Classes) -> Result<syn::File, String> {
    if let Some(name) = circle(classes) {
        return Err(format!(
            "`{name}` is defined by nothing but references that lead back to it"
        ));
    }
    let mut schemas = Vec::new();
    for (name, schema) in &classes.schemas {
        let schema: Schema =
            serde_json::from_value(schema.clone()).map_err(|error| format!("{name}: {error}"))?;
        schemas.push((name.clone(), schema));
    }
    let tokens = std::panic::catch_unwind(|| {
        let mut settings = TypeSpaceSettings::default();
        settings.with_derive("PartialEq".to_owned());
        settings.with_map_type("::std::collections::BTreeMap".to_owned());
        let mut types = TypeSpace::new(&settings);
        types.add_ref_types(schemas).map_err(|error| error.to_string())?;
        // As text: tokens don't pass the border of `catch_unwind` well.
        Ok(types.to_stream().to_string())
    });
    // `typify` meets schemas that contradict themselves (a default of another type, say) with a panic here and there.
    let tokens: Result<String, String> =
        tokens.unwrap_or_else(|_| Err("a schema contradicts itself".to_owned()));
    syn::parse_str(&tokens?).map_err(|error| error.to_string())
}

/// A definition that is a reference to another, and so on in a circle: it is no type, and following it has no end.
fn circle(classes: &Classes) -> Option<&str> {
    classes.schemas.keys().map(String::as_str).find(|name| {
        // Each step leads to another definition, or the chain is a circle.
        let chain = std::iter::successors(Some(*name), |name| classes.target(name));
        chain.take(classes.schemas.len() + 1).count() > classes.schemas.len()
    })
}

fn has_type(items: &[Item], ident: &Ident) -> bool {
    items.iter().any(|item| match item {
        Item::Struct(item) => item.ident == *ident,
        Item::Enum(item) => item.ident == *ident,
        Item::Type(item) => item.ident == *ident,
        _ => false,
    })
}

/// Leaves out what nobody reads: schemas in the documentation, names as documentation, and conversions of a reference by
/// cloning.
fn plain(items: &mut Vec<Item>) {
    items.retain(|item| match item {
        Item::Impl(item) => !item.trait_.as_ref().is_some_and(|(path, _)| {
            let path = path.to_token_stream().to_string();
            path.contains("From < &") && !path.contains("str")
        }),
        _ => true,
    });
    for item in items {
        match item {
            Item::Struct(item) => {
                shorten(&mut item.attrs);
                item.fields.iter_mut().for_each(|field| shorten(&mut field.attrs));
            }
            Item::Enum(item) => {
                shorten(&mut item.attrs);
                item.variants
                    .iter_mut()
                    .for_each(|variant| shorten(&mut variant.attrs));
            }
            _ => {}
        }
    }
}

fn shorten(attributes: &mut Vec<Attribute>) {
    attributes.retain_mut(|attribute| {
        let Meta::NameValue(meta) = &mut attribute.meta else {
            return true;
        };
        let (true, Expr::Lit(value)) = (meta.path.is_ident("doc"), &mut meta.value) else {
            return true;
        };
        let Lit::Str(text) = &mut value.lit else {
            return true;
        };
        let words = text.value();
        let words = words.split("<details>").next().unwrap_or_default().trim();
        let only_a_name = words.starts_with('`') && words.ends_with('`') && !words.contains(' ');
        *text = LitStr::new(&format!(" {}", words.replace("\n\n", "\n\n ")), text.span());
        !words.is_empty() && !only_a_name
    });
}

/// Gives every struct a `new` that takes what is required and leaves the rest at its default.
fn constructors(items: &mut Vec<Item>) {
    let mut made: Vec<Item> = Vec::new();
    for item in items.iter() {
        let Item::Struct(item) = item else { continue };
        let Fields::Named(fields) = &item.fields else {
            continue;
        };
        let (mut parameters, mut values) = (Vec::new(), Vec::new());
        for field in &fields.named {
            let (name, kind) = (&field.ident, &field.ty);
            match default_of(field) {
                None => {
                    parameters.push(quote! { #name: #kind });
                    values.push(quote! { #name });
                }
                Some(default) => values.push(quote! { #name: #default }),
            }
        }
        let ident = &item.ident;
        made.push(parse_quote! {
            impl #ident {
                /// With everything that is required; the rest has its default.
                pub fn new(#(#parameters),*) -> Self {
                    Self { #(#values),* }
                }
            }
        });
    }
    items.extend(made);
}

/// The expression of a field's default; none when the field is required.
fn default_of(field: &Field) -> Option<TokenStream> {
    let mut default = None;
    for attribute in field
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("serde"))
    {
        // What `typify` writes there can be read.
        let _ = attribute.parse_nested_meta(|meta| {
            let value = meta
                .value()
                .ok()
                .map(|value| value.parse::<LitStr>())
                .transpose()?;
            if meta.path.is_ident("default") {
                default = Some(match value.map(|path| path.parse::<Expr>()).transpose()? {
                    Some(path) => quote! { #path() },
                    None => quote! { Default::default() },
                });
            } else if meta.path.is_ident("skip_serializing_if") || meta.path.is_ident("flatten") {
                default.get_or_insert_with(|| quote! { Default::default() });
            }
            Ok(())
        });
    }
    default
}

/// `String` instead of `::std::string::String`, where no class has that name.
fn short_paths(source: &str) -> String {
    let mut source = source.to_owned();
    for (long, short) in [
        ("::std::string::String", "String"),
        ("::std::option::Option", "Option"),
        ("::std::vec::Vec", "Vec"),
        ("::std::boxed::Box", "Box"),
        ("::std::result::Result", "Result"),
    ] {
        let declared = ["struct", "enum", "type"].iter().any(|kind| {
            source.contains(&format!("pub {kind} {short} "))
                || source.contains(&format!("pub {kind} {short}("))
        });
        if !declared {
            source = source.replace(long, short);
        }
    }
    source
}

/// The identifier of a workflow's module.
pub(crate) fn module_ident(name: &str) -> Ident {
    let name = heck::ToSnakeCase::to_snake_case(name);
    let valid = |name: &str| syn::parse_str::<Ident>(name).ok();
    valid(&name)
        .or_else(|| valid(&format!("r#{name}")))
        .or_else(|| valid(&format!("workflow_{name}")))
        .unwrap_or_else(|| Ident::new("workflow", Span::call_site()))
}

/// The name that `typify` gives the type of a class.
fn type_ident(class: &str) -> Ident {
    let name = heck::ToPascalCase::to_pascal_case(class);
    syn::parse_str(&name).unwrap_or_else(|_| Ident::new("Class", Span::call_site()))
}
