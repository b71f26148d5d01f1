//! `x-amazon-apigateway-policy`: kept as written, with the place of every part.

use std::collections::HashMap;

use super::Resolver;
use crate::document::At;
use crate::model::ResourcePolicy;
use crate::position::Origin;

impl Resolver<'_, '_> {
    pub(super) fn resource_policy(&self) -> Option<ResourcePolicy> {
        let at = self.root.present("x-amazon-apigateway-policy")?;
        let mut origins = HashMap::new();
        locate(&at, &mut Vec::new(), &mut origins);
        Some(ResourcePolicy { document: at.node().to_json(), origin: at.key_origin(), origins })
    }
}

fn locate(at: &At<'_>, path: &mut Vec<String>, origins: &mut HashMap<Vec<String>, Origin>) {
    let members = at.members().map(|(key, member)| (key.to_owned(), member));
    let elements = at.elements().enumerate().map(|(index, element)| (index.to_string(), element));
    for (step, part) in members.chain(elements) {
        path.push(step);
        origins.insert(path.clone(), part.origin());
        locate(&part, path, origins);
        path.pop();
    }
}
