//! What comes back: the type of an operation's success and error, and the code that decodes them.
//!
//! One type of body makes that type the answer; several make an enum with a variant per status.
//! progenitor allows one type on either side and panics at the second, so it is told of none.

use openapi::Diagnostic;
use openapi::model::{MediaType, Method, Operation, Response, ResponseStatus};
use openapi::names;
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};

use super::call::{Planner, Wire};
use crate::{prose, status};

/// The body of an answer.
#[derive(Clone, Debug)]
enum Payload {
    None,
    Json(TokenStream),
    Text,
    Raw,
}

/// A declared answer.
#[derive(Debug)]
struct Case {
    status: ResponseStatus,
    description: String,
    payload: Payload,
}

/// Whether an answer is what the caller asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Success,
    Error,
}

/// Both sides of what an operation answers.
#[derive(Debug)]
pub(super) struct Answers {
    success: Vec<Case>,
    error: Vec<Case>,
}

impl Answers {
    /// Sorts the declared responses of `operation` by side and chooses their media types.
    pub(super) fn plan(
        planner: &mut Planner<'_, '_>,
        operation: &Operation,
        wire: &mut Wire,
    ) -> Self {
        let mut answers = Self { success: Vec::new(), error: Vec::new() };
        let mut accept = Accept::default();
        let declares_success =
            operation.responses.iter().any(|response| side(response.status) == Some(Side::Success));
        for response in &operation.responses {
            let payload = payload(planner, operation, response);
            let case = || Case {
                status: response.status,
                description: response.description.clone(),
                payload: payload.clone(),
            };
            let side = side(response.status);
            if side == Some(Side::Success) || side.is_none() && !declares_success {
                accept.success(response, &payload);
                answers.success.push(case());
            }
            if side != Some(Side::Success) {
                accept.error(response, &payload);
                answers.error.push(case());
            }
        }
        if answers.success.is_empty() {
            // Nothing is known of a success: the caller gets it as it comes.
            answers.success.push(Case {
                status: ResponseStatus::Range(2),
                description: String::new(),
                payload: Payload::Raw,
            });
            accept.anything();
        }
        answers.success.sort_by_key(|case| case.status);
        answers.error.sort_by_key(|case| case.status);
        wire.accept = accept.header();
        answers
    }

    /// The type of what a success carries.
    pub(super) fn success_type(&self, call: &str) -> TokenStream {
        outcome(&self.success, Side::Success, call)
    }

    /// The type of a declared error.
    pub(super) fn error_type(&self, call: &str) -> TokenStream {
        outcome(&self.error, Side::Error, call)
    }

    /// `match response.status().as_u16() { ... }`.
    pub(super) fn decoder(&self, call: &str) -> TokenStream {
        let success = arms(&self.success, Side::Success, call);
        let error = arms(&self.error, Side::Error, call);
        let is_total = self.error.iter().any(|case| case.status == ResponseStatus::Default);
        let undeclared =
            (!is_total).then(|| quote!(_ => Err(support::undeclared(response).await),));
        quote! {
            match response.status().as_u16() {
                #(#success)*
                #(#error)*
                #undeclared
            }
        }
    }

    /// The enums of answers with several types.
    pub(super) fn enums(&self, call: &str) -> TokenStream {
        let success = enumeration(&self.success, Side::Success, call);
        let error = enumeration(&self.error, Side::Error, call);
        quote!(#success #error)
    }

    /// What the documentation of `send` says.
    pub(super) fn documentation(&self) -> String {
        let line = |case: &Case| -> String {
            let prose = prose::line(&case.description);
            format!("- {}{}{prose}", case.status, if prose.is_empty() { "" } else { ": " })
        };
        let lines: Vec<_> = self.success.iter().chain(&self.error).map(line).collect();
        let mut lines: Vec<_> = lines.into_iter().fold(Vec::new(), |mut seen, line| {
            // `default` stands on both sides.
            if !seen.contains(&line) {
                seen.push(line);
            }
            seen
        });
        lines.insert(0, "Sends the request. Declared answers:\n".to_owned());
        lines.join("\n")
    }
}

/// `None` for `default`, which is for whatever side is left.
fn side(status: ResponseStatus) -> Option<Side> {
    match status {
        ResponseStatus::Code(100..=399) | ResponseStatus::Range(1..=3) => Some(Side::Success),
        ResponseStatus::Code(_) | ResponseStatus::Range(_) => Some(Side::Error),
        ResponseStatus::Default => None,
    }
}

fn payload(planner: &mut Planner<'_, '_>, operation: &Operation, response: &Response) -> Payload {
    // RFC 9110: these never carry content.
    let is_bare = matches!(response.status, ResponseStatus::Code(100..=199 | 204 | 205 | 304));
    if is_bare || operation.method == Method::Head {
        return Payload::None;
    }
    let Some(chosen) = chosen(response) else { return Payload::None };
    let others = response.content.iter().filter(|media| media.essence() != chosen.essence());
    let others: Vec<_> = others.map(|media| media.media_type.as_str()).collect();
    if !others.is_empty() {
        planner.diagnostics.push(Diagnostic::warning(
            "client-picks-media-type",
            &response.origin,
            format!("the client asks for {}, never {}", chosen.media_type, others.join(" or ")),
        ));
    }
    if chosen.is_json() {
        let rust = chosen.schema.map(|id| planner.types.rust_type(id));
        Payload::Json(rust.unwrap_or_else(|| quote!(::serde_json::Value)))
    } else if chosen.is_text() {
        Payload::Text
    } else {
        Payload::Raw
    }
}

/// The media type the client asks for: JSON if there is any, else the first.
fn chosen(response: &Response) -> Option<&MediaType> {
    response.content.iter().find(|media| media.is_json()).or(response.content.first())
}

/// What goes into the `Accept` header. API Gateway decides by its first media type whether a
/// binary answer is decoded, so the types of success come first.
#[derive(Default)]
struct Accept {
    success: Vec<String>,
    error: Vec<String>,
}

impl Accept {
    fn success(&mut self, response: &Response, payload: &Payload) {
        add(&mut self.success, response, payload);
    }

    fn error(&mut self, response: &Response, payload: &Payload) {
        add(&mut self.error, response, payload);
    }

    fn anything(&mut self) {
        self.success.push("*/*".to_owned());
    }

    /// `None` for JSON alone, which the client accepts anyway.
    fn header(self) -> Option<String> {
        let mut types = self.success;
        for error in self.error {
            if !types.contains(&error) {
                types.push(error);
            }
        }
        types.retain(|media| media.bytes().all(|b| (b'!'..=b'~').contains(&b)));
        match types.as_slice() {
            [] => Some("*/*".to_owned()),
            [only] if only == "application/json" => None,
            _ => Some(types.join(", ")),
        }
    }
}

fn add(types: &mut Vec<String>, response: &Response, payload: &Payload) {
    if let (Some(media), false) = (chosen(response), matches!(payload, Payload::None)) {
        let essence = media.essence().to_owned();
        if !types.contains(&essence) {
            types.push(essence);
        }
    }
}

impl Payload {
    fn rust(&self, side: Side) -> TokenStream {
        match (self, side) {
            (Self::None, _) => quote!(()),
            (Self::Json(rust), _) => rust.clone(),
            (Self::Text, _) => quote!(::std::string::String),
            (Self::Raw, Side::Success) => quote!(support::Raw),
            (Self::Raw, Side::Error) => quote!(::bytes::Bytes),
        }
    }

    /// An expression of type `ResponseValue<_>`.
    fn decode(&self, side: Side) -> TokenStream {
        match (self, side) {
            (Self::None, _) => quote!(support::empty(response)),
            (Self::Json(_), _) => quote!(support::json(response).await?),
            (Self::Text, _) => quote!(support::text(response).await?),
            (Self::Raw, Side::Success) => quote!(support::raw(response)),
            (Self::Raw, Side::Error) => quote!(support::bytes(response).await?),
        }
    }
}

fn is_union(cases: &[Case], side: Side) -> bool {
    let text = |case: &Case| case.payload.rust(side).to_string();
    cases.first().is_some_and(|first| cases.iter().any(|case| text(case) != text(first)))
}

fn outcome(cases: &[Case], side: Side, call: &str) -> TokenStream {
    match cases.first() {
        None => quote!(::std::convert::Infallible),
        Some(_) if is_union(cases, side) => {
            let name = enum_name(side, call);
            quote!(super::answers::#name)
        }
        Some(case) => case.payload.rust(side),
    }
}

fn enum_name(side: Side, call: &str) -> proc_macro2::Ident {
    let suffix = match side {
        Side::Success => "Success",
        Side::Error => "Error",
    };
    format_ident!("{}{suffix}", names::type_name(call))
}

fn arms(cases: &[Case], side: Side, call: &str) -> Vec<TokenStream> {
    let union = is_union(cases, side).then(|| enum_name(side, call));
    let arm = |case: &Case| {
        let pattern = pattern(case.status, side);
        let decode = case.payload.decode(side);
        let value = match (&union, &case.payload) {
            (None, _) => decode,
            (Some(name), Payload::None) => {
                let variant = variant(case.status);
                quote!(support::map(#decode, |()| super::answers::#name::#variant))
            }
            (Some(name), _) => {
                let variant = variant(case.status);
                quote!(support::map(#decode, super::answers::#name::#variant))
            }
        };
        let result = match side {
            Side::Success => quote!(Ok(#value)),
            Side::Error => quote!(Err(support::problem(#value))),
        };
        (pattern, result)
    };
    share(cases.iter().map(arm))
}

/// Arms with one and the same result become one arm.
fn share(arms: impl Iterator<Item = (TokenStream, TokenStream)>) -> Vec<TokenStream> {
    let mut shared: Vec<(Vec<TokenStream>, TokenStream)> = Vec::new();
    for (pattern, result) in arms {
        match shared.last_mut() {
            Some((patterns, last))
                if last.to_string() == result.to_string() && pattern.to_string() != "_" =>
            {
                patterns.push(pattern);
            }
            _ => shared.push((vec![pattern], result)),
        }
    }
    shared.iter().map(|(patterns, result)| quote!(#(#patterns)|* => #result,)).collect()
}

fn pattern(status: ResponseStatus, side: Side) -> TokenStream {
    match (status, side) {
        (ResponseStatus::Code(code), _) => literal(code),
        (ResponseStatus::Range(class), _) => {
            let (first, last) =
                (literal(u16::from(class) * 100), literal(u16::from(class) * 100 + 99));
            quote!(#first..=#last)
        }
        (ResponseStatus::Default, Side::Success) => quote!(200..=299),
        (ResponseStatus::Default, Side::Error) => quote!(_),
    }
}

fn literal(number: u16) -> TokenStream {
    proc_macro2::Literal::u16_unsuffixed(number).to_token_stream()
}

fn enumeration(cases: &[Case], side: Side, call: &str) -> TokenStream {
    if !is_union(cases, side) {
        return TokenStream::new();
    }
    let name = enum_name(side, call);
    let what = match side {
        Side::Success => "answers",
        Side::Error => "fails with",
    };
    let summary = format!(" What `{call}` {what}.");
    let variants = cases.iter().map(|case| {
        let mut prose = prose::documentation(&case.description);
        if prose.is_empty() {
            prose = format!("Status {}.", case.status);
        }
        let prose = prose.lines().map(|line| format!(" {line}"));
        let variant = variant(case.status);
        let body = match &case.payload {
            Payload::None => TokenStream::new(),
            payload => {
                let rust = payload.rust(side);
                quote!((#rust))
            }
        };
        quote!(#(#[doc = #prose])* #variant #body)
    });
    quote! {
        #[doc = #summary]
        #[derive(Debug)]
        pub enum #name { #(#variants,)* }
    }
}

fn variant(status: ResponseStatus) -> proc_macro2::Ident {
    format_ident!("{}", status::variant_name(status))
}
