//! Parameters.

use super::{Lint, Rule};
use crate::model::{Operation, Parameter, ParameterLocation, ParameterStyle};

const NAME: Rule = Rule::refused(
    "parameter-name",
    "\"Parameter name should match the following regular expression: ^[a-zA-Z0-9._$-]+$\"",
);
const COOKIE: Rule = Rule::dropped(
    "cookie-parameter",
    "method requests have path, query string and header parameters only (parameter mapping)",
);
const AMBIGUOUS: Rule = Rule::refused(
    "parameter-ambiguous",
    "\"Parameter names must be unique across querystring, header and path\"",
);
const NOT_IN_PATH: Rule = Rule::house(
    "path-parameter-unused",
    "a path parameter that is not in the path never has a value",
);
const STYLE: Rule = Rule::house(
    "parameter-style-unsupported",
    "API Gateway splits neither path segments nor query values; only simple and form arrive as meant",
);
const CONTENT: Rule = Rule::dropped(
    "parameter-content",
    "of a parameter only name, in, required, type and description are kept (known issues)",
);

pub(super) const RULES: &[&Rule] = &[&NAME, &COOKIE, &AMBIGUOUS, &NOT_IN_PATH, &STYLE, &CONTENT];

impl Lint<'_> {
    pub(super) fn parameters(&mut self) {
        for operation in &self.api.operations {
            for (index, parameter) in operation.parameters.iter().enumerate() {
                self.parameter(operation, parameter);
                let before = &operation.parameters[..index];
                if let Some(other) = before.iter().find(|other| other.name == parameter.name) {
                    let (one, two) = (other.location.as_str(), parameter.location.as_str());
                    let message =
                        format!("`{}` is a parameter in {one} and in {two}", parameter.name);
                    self.find(&AMBIGUOUS, &parameter.origin, message);
                }
            }
        }
    }

    fn parameter(&mut self, operation: &Operation, parameter: &Parameter) {
        let (name, origin) = (&parameter.name, &parameter.origin);
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '$' | '-');
        if name.is_empty() || !name.chars().all(allowed) {
            let message = format!("API Gateway refuses the parameter name `{name}`");
            self.find(&NAME, origin, message).help =
                Some("use letters, digits, `.`, `_`, `$` and `-`".to_owned());
        }
        match parameter.location {
            ParameterLocation::Cookie => {
                let message = format!("API Gateway does not know the cookie parameter `{name}`");
                self.find(&COOKIE, origin, message).help =
                    Some("declare the header Cookie, or another header".to_owned());
            }
            // A variable within a segment is found wrong with its path.
            ParameterLocation::Path
                if !operation.path.parameter_names().any(|known| known == name)
                    && !operation.path.text.contains(&format!("{{{name}}}")) =>
            {
                let message = format!("`{name}` is no variable of {}", operation.path);
                self.find(&NOT_IN_PATH, origin, message);
            }
            _ => {}
        }
        if !matches!(parameter.style, ParameterStyle::Simple | ParameterStyle::Form) {
            let origin = self.key_of(origin, "style");
            self.find(&STYLE, &origin, format!("the style of `{name}` is not understood"));
        }
        if parameter.content_type.is_some() {
            let origin = self.key_of(origin, "content");
            let message = format!("API Gateway ignores the `content` of the parameter `{name}`");
            self.find(&CONTENT, &origin, message).help =
                Some("declare a `schema` instead".to_owned());
        }
    }
}
