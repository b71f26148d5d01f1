//! Edits to what progenitor emits: answers decoded by us, setters that say why a value is refused,
//! documentation on everything, nothing that the client does not use.

use openapi::names;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{
    Attribute, Expr, File, ImplItem, ImplItemFn, Item, ItemImpl, ItemMod, Stmt, parse_quote,
};

use super::arguments::{Argument, Place};
use super::body::BodyKind;
use super::call::Call;
use crate::prose;

/// Applies every edit; an error names what progenitor did not emit as expected.
pub(super) fn rewrite(generated: TokenStream, calls: &[Call<'_>]) -> Result<File, String> {
    let mut file: File = syn::parse2(generated).map_err(|error| format!("not Rust: {error}"))?;
    file.items.retain(|item| !is_dropped(item));
    for item in &mut file.items {
        match item {
            Item::Struct(client) if client.ident == "Client" => {
                lines_of_documentation(&mut client.attrs);
            }
            Item::Impl(block) if is_inherent(block, "Client") => {
                drop_constructor(block);
                document_calls(block, calls);
            }
            Item::Mod(module) if module.ident == "builder" => rewrite_builders(module, calls)?,
            _ => {}
        }
    }
    Ok(file)
}

/// Imports are ours; `types` is empty and `prelude` pointless.
fn is_dropped(item: &Item) -> bool {
    match item {
        Item::Use(_) => true,
        Item::Mod(module) => module.ident == "types" || module.ident == "prelude",
        _ => false,
    }
}

fn is_inherent(block: &ItemImpl, name: &str) -> bool {
    block.trait_.is_none() && self_name(block).as_deref() == Some(name)
}

fn self_name(block: &ItemImpl) -> Option<String> {
    match block.self_ty.as_ref() {
        syn::Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        _ => None,
    }
}

/// `Client::new` has a timeout of 15 seconds in all and unwraps; the hand-written part builds one.
fn drop_constructor(block: &mut ItemImpl) {
    block
        .items
        .retain(|item| !matches!(item, ImplItem::Fn(function) if function.sig.ident == "new"));
}

/// Documentation of the client's methods; progenitor's own repeats every argument of the builder.
fn document_calls(block: &mut ItemImpl, calls: &[Call<'_>]) {
    for item in &mut block.items {
        let ImplItem::Fn(function) = item else { continue };
        let name = function.sig.ident.to_string();
        let Some(call) = calls.iter().find(|call| call.name == name) else { continue };
        let operation = call.operation;
        let summary = operation.summary.as_deref().map(prose::line);
        let description = operation.description.as_deref().map(prose::documentation);
        let target = format!("`{} {}`", operation.method, operation.path);
        let parts = [summary, description, Some(target)].into_iter().flatten();
        let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
        document(function, &parts.join("\n\n"));
        if operation.deprecated {
            function.attrs.push(parse_quote!(#[deprecated(note = "the document says so")]));
        }
    }
}

fn rewrite_builders(module: &mut ItemMod, calls: &[Call<'_>]) -> Result<(), String> {
    let Some((_, items)) = &mut module.content else { return Err("builder is empty".to_owned()) };
    items.retain(|item| !matches!(item, Item::Use(_)));
    items.insert(
        0,
        parse_quote!(
            #[allow(unused_imports, reason = "which are used depends on the document")]
            use super::{
                support, encode_path, ClientHooks, ClientInfo, Error, OperationInfo,
                RequestBuilderExt, ResponseValue,
            };
        ),
    );
    for call in calls {
        let builder = names::type_name(&call.name);
        let block = items.iter_mut().find_map(|item| match item {
            Item::Impl(block) if is_inherent(block, &builder) => Some(block),
            _ => None,
        });
        let block = block.ok_or_else(|| format!("there is no builder {builder}"))?;
        rewrite_builder(block, call)?;
        document_builder(items, &builder, call);
    }
    Ok(())
}

fn document_builder(items: &mut [Item], builder: &str, call: &Call<'_>) {
    for item in items {
        if let Item::Struct(item) = item
            && item.ident == builder
        {
            let prose = format!(" Request of [`Client::{0}`](super::Client::{0}).", call.name);
            item.attrs.retain(|attribute| !attribute.path().is_ident("doc"));
            item.attrs.insert(0, parse_quote!(#[doc = #prose]));
        }
    }
}

fn rewrite_builder(block: &mut ItemImpl, call: &Call<'_>) -> Result<(), String> {
    for argument in &call.arguments {
        let function = method(block, &argument.method, call)?;
        let prose = argument.description.as_deref().map(prose::documentation);
        let prose = prose.filter(|text| !text.is_empty());
        let prose = prose.unwrap_or_else(|| format!("Sets `{}`.", argument.name));
        let convert = converter(call, argument);
        rewrite_setter(function, &argument.rust, argument.required, &convert, &prose)?;
    }
    if let Some(body) = &call.body {
        let prose = body.description.as_deref().map(prose::documentation);
        let prose = prose.unwrap_or_else(|| "The request body.".to_owned());
        let function = method(block, "body", call)?;
        match &body.kind {
            BodyKind::Json(rust) | BodyKind::Form(rust) if body.optional => {
                let rust = quote!(::std::option::Option<#rust>);
                rewrite_setter(function, &rust, true, &quote!(argument), &prose)?;
            }
            BodyKind::Json(rust) | BodyKind::Form(rust) => {
                rewrite_setter(function, rust, true, &quote!(argument), &prose)?;
            }
            BodyKind::Text | BodyKind::Bytes => document(function, &prose),
        }
    }
    let new = method(block, "new", call)?;
    document(new, "Starts a request.");
    initial_values(new, call.body.as_ref().is_some_and(|body| body.optional))?;
    rewrite_send(method(block, "send", call)?, call)
}

/// The function of `client::support` that makes an argument of a value.
fn converter(call: &Call<'_>, argument: &Argument) -> TokenStream {
    let is_last = call.path.ends_with(&format!("{{{}}}", argument.told));
    match argument.place {
        Place::Path if call.wire.greedy && is_last => quote!(rest),
        Place::Path => quote!(segment),
        Place::Query | Place::Header => quote!(argument),
    }
}

fn method<'b>(
    block: &'b mut ItemImpl,
    name: &str,
    call: &Call<'_>,
) -> Result<&'b mut ImplItemFn, String> {
    let found = block.items.iter_mut().find_map(|item| match item {
        ImplItem::Fn(function) if function.sig.ident == name => Some(function),
        _ => None,
    });
    found.ok_or_else(|| format!("the builder of {} has no method {name}", call.name))
}

fn document(function: &mut ImplItemFn, prose: &str) {
    function.attrs.retain(|attribute| !attribute.path().is_ident("doc"));
    function.attrs.extend(documentation(prose));
}

/// An attribute for each line, which prints as `///`.
fn documentation(prose: &str) -> Vec<Attribute> {
    let lines = prose.lines().map(|line| {
        let line = if line.is_empty() { String::new() } else { format!(" {line}") };
        parse_quote!(#[doc = #line])
    });
    lines.collect()
}

/// Splits the documentation progenitor wrote as one attribute.
fn lines_of_documentation(attributes: &mut Vec<Attribute>) {
    let mut prose = Vec::new();
    attributes.retain(|attribute| match &attribute.meta {
        syn::Meta::NameValue(syn::MetaNameValue {
            path,
            value: Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }),
            ..
        }) if path.is_ident("doc") => {
            prose.extend(documentation(&text.value()));
            false
        }
        _ => true,
    });
    prose.append(attributes);
    *attributes = prose;
}

/// progenitor's setters drop the reason why a value is refused.
fn rewrite_setter(
    function: &mut ImplItemFn,
    rust: &TokenStream,
    required: bool,
    convert: &TokenStream,
    prose: &str,
) -> Result<(), String> {
    let name = function.sig.ident.clone();
    let label = name.to_string();
    let optional = (!required).then(|| quote!(.map(Some)));
    let setter = quote! {
        pub fn #name<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<#rust>,
            V::Error: ::std::fmt::Display,
        {
            self.#name = support::#convert(#label, value) #optional;
            self
        }
    };
    *function = syn::parse2(setter).map_err(|error| format!("setter {label}: {error}"))?;
    document(function, prose);
    Ok(())
}

/// An optional body starts as none; what is required starts as an error, told in our words.
fn initial_values(new: &mut ImplItemFn, optional_body: bool) -> Result<(), String> {
    let Some(Stmt::Expr(Expr::Struct(value), _)) = new.block.stmts.last_mut() else {
        return Err("new does not end in a struct".to_owned());
    };
    for field in &mut value.fields {
        let name = field.member.to_token_stream().to_string();
        if optional_body && name == "body" {
            field.expr = parse_quote!(Ok(::std::default::Default::default()));
        } else if field.expr.to_token_stream().to_string().contains("was not initialized") {
            let missing = format!("{name} is missing");
            field.expr = parse_quote!(Err(#missing.to_string()));
        }
    }
    Ok(())
}

/// Puts our decoder in the place of progenitor's, which ends the function.
fn rewrite_send(send: &mut ImplItemFn, call: &Call<'_>) -> Result<(), String> {
    // The document's version, which no operation declares: a preflight or a request validator
    // would object.
    send.block.stmts.retain(|statement| !is_version_header(statement));
    for statement in &mut send.block.stmts {
        if let Stmt::Local(syn::Local { init: Some(init), .. }) = statement {
            rewrite_request(&mut init.expr);
        }
    }
    let success = call.answers.success_type(&call.name);
    let error = call.answers.error_type(&call.name);
    let decoder = call.answers.decoder(&call.name);
    match send.block.stmts.last_mut() {
        Some(Stmt::Expr(tail @ Expr::Match(_), None)) => {
            *tail = syn::parse2(decoder).map_err(|error| format!("decoder: {error}"))?;
        }
        _ => return Err(format!("send of {} does not end in a match", call.name)),
    }
    send.sig.output = parse_quote!(-> Result<ResponseValue<#success>, Error<#error>>);
    let prose = format!(
        "{}\n\n# Errors\nA declared error, an undeclared answer, or no answer at all.",
        call.answers.documentation()
    );
    document(send, &prose);
    Ok(())
}

/// `header_map.append(HeaderName::from_static("api-version"), ...)`
fn is_version_header(statement: &Stmt) -> bool {
    let Stmt::Expr(Expr::MethodCall(call), _) = statement else { return false };
    let name = call.args.first().map(|name| name.to_token_stream().to_string());
    call.method == "append"
        && call.receiver.to_token_stream().to_string() == "header_map"
        && name.is_some_and(|name| name.contains("HeaderName :: from_static (\"api-version\")"))
}

/// Goes through the calls that build a request. `reqwest::Client` has no method `options`, which
/// progenitor calls; and progenitor's query parameters fail on newtypes.
fn rewrite_request(expression: &mut Expr) {
    match expression {
        Expr::Try(inner) => rewrite_request(&mut inner.expr),
        Expr::MethodCall(call) => {
            if call.method == "options" {
                call.method = parse_quote!(request);
                call.args.insert(0, parse_quote!(::reqwest::Method::OPTIONS));
            } else if call.method == "query" {
                call.args.iter_mut().for_each(rewrite_query);
            }
            rewrite_request(&mut call.receiver);
        }
        _ => {}
    }
}

/// `&progenitor_client::QueryParam::new(name, &value)`
fn rewrite_query(argument: &mut Expr) {
    if let Expr::Reference(reference) = argument
        && let Expr::Call(call) = reference.expr.as_ref()
    {
        let arguments = &call.args;
        *reference.expr = parse_quote!(support::query(#arguments)?);
    }
}
