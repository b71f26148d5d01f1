//! Where the embedded services answer.

use gateway::Services as AwsServices;

const COGNITO: &str = "cognito-idp";

/// URLs of the embedded services, `http://127.0.0.1:PORT` but for the last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// Of DynamoDB.
    pub dynamodb: String,
    /// Of S3.
    pub s3: String,
    /// Of SQS.
    pub sqs: String,
    /// Of the Parameter Store of SSM.
    pub ssm: String,
    /// Of the user pools of Cognito.
    pub cognito: String,
    /// Of the SFTP server: `sftp://USER@HOST:PORT/DIRECTORY`.
    pub sftp: String,
}

impl Endpoints {
    /// What leads every AWS SDK to them.
    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        let variable = |(service, url): (&str, &str)| {
            // One that AWS SDKs know by another name than URIs.
            let service = if service == COGNITO { "COGNITO_IDENTITY_PROVIDER" } else { service };
            (format!("AWS_ENDPOINT_URL_{}", service.to_ascii_uppercase()), url.to_owned())
        };
        self.by_service().map(variable).into()
    }

    /// The same for integrations that call services directly.
    pub(crate) fn emulate(&self, services: AwsServices) -> AwsServices {
        self.by_service()
            .into_iter()
            .fold(services, |services, (service, url)| services.with_emulator(service, url))
    }

    /// By the names that services have in URIs of integrations.
    fn by_service(&self) -> [(&'static str, &str); 5] {
        [
            ("dynamodb", &self.dynamodb),
            ("s3", &self.s3),
            ("sqs", &self.sqs),
            ("ssm", &self.ssm),
            (COGNITO, &self.cognito),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_those_the_sdks_read() {
        let endpoints = Endpoints {
            dynamodb: "http://127.0.0.1:1".to_owned(),
            s3: "http://127.0.0.1:4".to_owned(),
            sqs: "http://127.0.0.1:2".to_owned(),
            ssm: "http://127.0.0.1:3".to_owned(),
            cognito: "http://127.0.0.1:5".to_owned(),
            ..Endpoints::default()
        };
        let variables = endpoints.variables();
        for (service, url) in
            [("DYNAMODB", 1), ("SQS", 2), ("SSM", 3), ("S3", 4), ("COGNITO_IDENTITY_PROVIDER", 5)]
        {
            let pair = (format!("AWS_ENDPOINT_URL_{service}"), format!("http://127.0.0.1:{url}"));
            assert!(variables.contains(&pair), "{variables:?}");
        }
    }
}
