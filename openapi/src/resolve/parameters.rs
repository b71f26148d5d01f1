//! Parameters and request bodies.

use super::Resolver;
use crate::diagnostic::Severity;
use crate::document::At;
use crate::model::{
    MediaType, Parameter, ParameterLocation, ParameterStyle, PathTemplate, RequestBody,
};

impl<'d> Resolver<'d, '_> {
    /// The parameters of an operation: those of the path item, replaced or followed by its own,
    /// and whatever variable of the path nobody declares.
    pub(super) fn parameters(
        &mut self,
        item: &At<'d>,
        operation: &At<'d>,
        path: &PathTemplate,
    ) -> Vec<Parameter> {
        let mut parameters: Vec<Parameter> = Vec::new();
        for level in [item, operation] {
            let declared = self.array(level, "parameters");
            let above = parameters.len();
            for at in &declared {
                let Some(parameter) = self.parameter(at) else { continue };
                let same = |other: &Parameter| {
                    other.name == parameter.name && other.location == parameter.location
                };
                match parameters.iter().position(same) {
                    Some(index) if index < above => parameters[index] = parameter,
                    Some(_) => self.declared_twice(&parameter),
                    None => parameters.push(parameter),
                }
            }
        }
        self.add_undeclared(&mut parameters, operation, path);
        parameters
    }

    fn declared_twice(&mut self, parameter: &Parameter) {
        let location = parameter.location.as_str();
        let message = format!("the {location} parameter `{}` is declared twice", parameter.name);
        self.error("duplicate-parameter", &parameter.origin, message);
    }

    /// API Gateway's import declares path variables itself.
    fn add_undeclared(
        &mut self,
        parameters: &mut Vec<Parameter>,
        operation: &At<'d>,
        path: &PathTemplate,
    ) {
        for name in path.parameter_names() {
            let declared = parameters
                .iter()
                .any(|known| known.location == ParameterLocation::Path && known.name == name);
            if declared {
                continue;
            }
            let origin = operation.origin();
            let message = format!("the path variable `{{{name}}}` of {path} is not declared");
            self.warn("undeclared-path-parameter", &origin, message).help =
                Some(format!("add a parameter `name: {name}`, `in: path`, `required: true`"));
            parameters.push(Parameter {
                name: name.to_owned(),
                location: ParameterLocation::Path,
                required: true,
                description: None,
                schema: None,
                content_type: None,
                style: ParameterStyle::Simple,
                explode: false,
                origin,
            });
        }
    }

    fn parameter(&mut self, at: &At<'d>) -> Option<Parameter> {
        let at = self.follow(at)?;
        if !at.is_object() {
            self.wrong_type(Severity::Warning, &at, "a parameter");
            return None;
        }
        let Some(name) = self.text(&at, "name") else {
            self.error("parameter-without-name", &at.origin(), "the parameter has no `name`");
            return None;
        };
        let location = self.location(&at, &name)?;
        let mut required = self.flag(&at, "required");
        if location == ParameterLocation::Path && !required {
            let message = format!("the path parameter `{name}` must say `required: true`");
            self.warn("path-parameter-optional", &at.origin(), message);
            required = true;
        }
        let style = self.style(&at, location);
        let explode = match at.present("explode") {
            Some(_) => self.flag(&at, "explode"),
            None => style == ParameterStyle::Form,
        };
        let content = self.content(&at).into_iter().next();
        let schema = self.schema_of(&at, "schema");
        Some(Parameter {
            name,
            location,
            required,
            description: self.text(&at, "description"),
            schema: schema.or(content.as_ref().and_then(|media| media.schema)),
            content_type: content.map(|media| media.media_type),
            style,
            explode,
            origin: at.origin(),
        })
    }

    fn location(&mut self, at: &At<'d>, name: &str) -> Option<ParameterLocation> {
        let text = self.text(at, "in");
        match text.as_deref() {
            Some("path") => return Some(ParameterLocation::Path),
            Some("query") => return Some(ParameterLocation::Query),
            Some("header") => return Some(ParameterLocation::Header),
            Some("cookie") => return Some(ParameterLocation::Cookie),
            _ => {}
        }
        let origin = at.get("in").map_or_else(|| at.origin(), |value| value.origin());
        let message = match &text {
            Some(text) => format!("the parameter `{name}` cannot be in `{text}`"),
            None => format!("the parameter `{name}` does not say where it is"),
        };
        let help = match text.as_deref() {
            Some("body" | "formData") => "that is Swagger 2.0: declare a `requestBody`",
            _ => "write `in: path`, `query`, `header` or `cookie`",
        };
        self.error("parameter-location", &origin, message).help = Some(help.to_owned());
        None
    }

    fn style(&mut self, at: &At<'d>, location: ParameterLocation) -> ParameterStyle {
        let default = match location {
            ParameterLocation::Path | ParameterLocation::Header => ParameterStyle::Simple,
            ParameterLocation::Query | ParameterLocation::Cookie => ParameterStyle::Form,
        };
        let Some(text) = self.text(at, "style") else { return default };
        match text.as_str() {
            "simple" => ParameterStyle::Simple,
            "form" => ParameterStyle::Form,
            "matrix" => ParameterStyle::Matrix,
            "label" => ParameterStyle::Label,
            "spaceDelimited" => ParameterStyle::SpaceDelimited,
            "pipeDelimited" => ParameterStyle::PipeDelimited,
            "deepObject" => ParameterStyle::DeepObject,
            _ => {
                let origin = at.get("style").map(|value| value.origin()).unwrap_or_default();
                let message = format!("there is no parameter style `{text}`");
                self.warn("parameter-style", &origin, message);
                default
            }
        }
    }

    pub(super) fn request_body(&mut self, operation: &At<'d>) -> Option<RequestBody> {
        let at = operation.present("requestBody")?;
        let at = self.follow(&at)?;
        if !at.is_object() {
            self.wrong_type(Severity::Warning, &at, "an object");
            return None;
        }
        Some(RequestBody {
            required: self.flag(&at, "required"),
            description: self.text(&at, "description"),
            content: self.content(&at),
            origin: at.origin(),
        })
    }

    /// `content`: media types with their schemas.
    pub(super) fn content(&mut self, at: &At<'d>) -> Vec<MediaType> {
        let mut content = Vec::new();
        let Some(types) = self.object(at, "content") else { return content };
        for (name, media) in types.members() {
            let schema = self.schema_of(&media, "schema");
            content.push(MediaType {
                media_type: name.to_ascii_lowercase(),
                schema,
                example: self.example(&media),
                origin: media.origin(),
            });
        }
        content
    }

    fn example(&mut self, media: &At<'d>) -> Option<serde_json::Value> {
        if let Some(example) = media.get("example") {
            return Some(example.node().to_json());
        }
        let (_, first) = self.object(media, "examples")?.members().next()?;
        let value = self.follow(&first)?.get("value")?;
        Some(value.node().to_json())
    }
}
