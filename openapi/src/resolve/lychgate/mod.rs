//! `x-lychgate`. It is ours alone, so nothing is tolerated: an unknown key or a wrong type is an
//! error that says what was meant.

mod access;
mod function;
mod placeholder;
mod role;
mod store;
mod strict;

use heck::ToSnakeCase;
use indexmap::IndexMap;

use super::Resolver;
use crate::document::At;
use crate::model::{Api, IntegrationTarget, Lychgate};
use crate::position::Origin;
use crate::suggest;

/// What `x-lychgate` declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Function,
    Role,
    Table,
    Bucket,
    Queue,
    Parameter,
    UserPool,
}

impl Kind {
    const ALL: [Self; 7] = [
        Self::Function,
        Self::Role,
        Self::Table,
        Self::Bucket,
        Self::Queue,
        Self::Parameter,
        Self::UserPool,
    ];

    /// The key of the block that holds the kind.
    const fn block(self) -> &'static str {
        match self {
            Self::Function => "functions",
            Self::Role => "roles",
            Self::Table => "tables",
            Self::Bucket => "buckets",
            Self::Queue => "queues",
            Self::Parameter => "parameters",
            Self::UserPool => "userPools",
        }
    }

    /// The key by which other entries refer to one of the kind.
    const fn key(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Role => "role",
            Self::Table => "table",
            Self::Bucket => "bucket",
            Self::Queue => "queue",
            Self::Parameter => "parameter",
            Self::UserPool => "userPool",
        }
    }

    /// The code of a reference to one that is not there.
    const fn unknown(self) -> &'static str {
        match self {
            Self::Function => "unknown-function",
            Self::Role => "unknown-role",
            Self::Table => "unknown-table",
            Self::Bucket => "unknown-bucket",
            Self::Queue => "unknown-queue",
            Self::Parameter => "unknown-parameter",
            Self::UserPool => "unknown-user-pool",
        }
    }
}

/// The block, for the keys that entries may refer to before they are read.
struct Declared<'d>(At<'d>);

impl<'d> Declared<'d> {
    fn keys(&self, kind: Kind) -> Vec<&'d str> {
        let block = self.0.present(kind.block());
        block.map(|block| block.members().map(|(key, _)| key).collect()).unwrap_or_default()
    }
}

impl<'d> Resolver<'d, '_> {
    pub(super) fn lychgate(&mut self) -> Lychgate {
        let root = self.root.clone();
        let Some(at) = self.strict_object(root.present("x-lychgate")) else {
            return Lychgate::default();
        };
        self.known_keys(&at, &[Kind::ALL.map(Kind::block).as_slice(), &["placeholders"]].concat());
        let declared = Declared(at.clone());
        let mut entries = |kind: Kind| self.named(&at, kind);
        let [functions, roles, tables, buckets, queues, parameters, user_pools] =
            Kind::ALL.map(&mut entries);
        let lychgate = Lychgate {
            functions: self.each(functions, |this, at| Some(this.function(at, &declared))),
            roles: self.each(roles, |this, at| this.role(at, &declared)),
            tables: self.each(tables, Self::table),
            buckets: self.each(buckets, |this, at| Some(this.bucket(at, &declared))),
            queues: self.each(queues, |this, at| Some(this.queue(at))),
            parameters: self.each(parameters, |this, at| Some(this.ssm_parameter(at))),
            user_pools: self.each(user_pools, |this, at| Some(this.user_pool(at, &declared))),
            placeholders: self.placeholders(&at),
        };
        self.check_placeholders(&lychgate);
        lychgate
    }

    /// The entries of a kind.
    fn named(&mut self, at: &At<'d>, kind: Kind) -> Vec<(&'d str, At<'d>)> {
        let Some(block) = self.strict_object(at.present(kind.block())) else { return Vec::new() };
        self.check_names(&block);
        block.members().collect()
    }

    fn each<T>(
        &mut self,
        entries: Vec<(&'d str, At<'d>)>,
        read: impl Fn(&mut Self, &At<'d>) -> Option<T>,
    ) -> IndexMap<String, T> {
        let mut map = IndexMap::new();
        for (name, at) in entries {
            if let Some(entry) = read(self, &at) {
                map.insert(name.to_owned(), entry);
            }
        }
        map
    }

    /// Finds keys that cannot be names, and keys that share a placeholder.
    fn check_names(&mut self, at: &At<'d>) {
        let mut taken: IndexMap<String, &str> = IndexMap::new();
        for (key, value) in at.members() {
            self.check_name(key, &value.key_origin());
            match taken.get(&key.to_snake_case()) {
                Some(first) => {
                    let message = format!("`{key}` and `{first}` have the same placeholder");
                    self.error("same-placeholder", &value.key_origin(), message);
                }
                None => {
                    taken.insert(key.to_snake_case(), key);
                }
            }
        }
    }

    fn check_name(&mut self, name: &str, origin: &Origin) {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let starts = name.starts_with(|c: char| c.is_ascii_alphabetic());
        if !starts || !name.chars().all(allowed) {
            let message = format!("`{name}` cannot be a name");
            self.error("invalid-name", origin, message).help =
                Some("start with a letter, then letters, digits, `_` and `-`".to_owned());
        }
    }

    /// Gives references the keys that `x-lychgate.functions` has: a placeholder knows a key in
    /// snake case only.
    pub(super) fn name_functions(&self, api: &mut Api) {
        let keys: IndexMap<String, String> =
            api.lychgate.functions.keys().map(|key| (key.to_snake_case(), key.clone())).collect();
        let integrations = api.operations.iter_mut().filter_map(|it| it.integration.as_mut());
        let targets = integrations.filter_map(|integration| match &mut integration.target {
            IntegrationTarget::Function(function) => Some(function),
            _ => None,
        });
        let schemes = api.security_schemes.values_mut();
        let authorizers = schemes
            .filter_map(|scheme| scheme.authorizer.as_mut())
            .filter_map(|authorizer| authorizer.function.as_mut());
        for function in targets.chain(authorizers) {
            if !api.lychgate.functions.contains_key(&function.key)
                && let Some(key) = keys.get(&function.key)
            {
                function.key.clone_from(key);
            }
        }
    }

    /// Finds integrations and authorizers of functions that `x-lychgate.functions` does not
    /// declare. A document without the block declares its functions elsewhere.
    pub(super) fn check_functions(&mut self, api: &Api) {
        let functions = &api.lychgate.functions;
        if functions.is_empty() {
            return;
        }
        for (function, caller) in api.called_functions() {
            if functions.contains_key(&function.key) {
                continue;
            }
            let uri = ["uri", "authorizerUri"]
                .iter()
                .find_map(|key| self.root.follow_plain(&format!("{}/{key}", caller.pointer)));
            let origin = uri.map_or_else(|| caller.clone(), |at| at.origin());
            let help = match suggest::closest(&function.key, functions.keys().map(String::as_str)) {
                Some(near) => format!("did you mean `${{{near}_function}}`?"),
                None => format!("declare `{}` in x-lychgate.functions", function.key),
            };
            let message = format!("there is no function `{}` in x-lychgate", function.key);
            self.error("unknown-function", &origin, message).help = Some(help);
        }
    }
}
