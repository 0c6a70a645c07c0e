//! Traces, sent to the operator's collector by OTLP over HTTP, and through the one way out like everything else.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use opentelemetry::global;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use rulewright_domain::plugin::HttpTarget;
use rulewright_engine::TRACE;
use rulewright_outbound::{EgressOptions, HttpEgress};
use rulewright_ports::{Egress, HttpRequest};
use tokio::runtime::Handle;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::registry::LookupSpan;

use crate::error::{CliError, Result};

/// Milliseconds that a collector has for one batch.
const PATIENCE: u64 = 10_000;
/// For what is left when the program ends.
const AT_THE_END: Duration = Duration::from_secs(5);

pub struct Traces(SdkTracerProvider);

impl Traces {
    /// `collector` is its base as the standard has it: traces go to `v1/traces` below.
    pub fn to(collector: &str, runtime: Handle) -> Result<Traces> {
        let wrong = |why: String| {
            CliError::usage(format!("`{collector}` cannot be sent traces: {why}"))
                .hint("name where the collector takes OTLP over HTTP: http://127.0.0.1:4318")
        };
        let url = format!("{}/v1/traces", collector.trim_end_matches('/'));
        let client = Client::to(&url, runtime).map_err(|error| wrong(error.to_string()))?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_endpoint(url)
            .with_protocol(Protocol::HttpBinary)
            .build()
            .map_err(|error| wrong(error.to_string()))?;
        let provider = SdkTracerProvider::builder()
            .with_resource(Resource::builder().with_service_name("rulewright").build())
            .with_batch_exporter(exporter)
            .build();
        // Requests go on with the trace of whoever sends them.
        global::set_text_map_propagator(TraceContextPropagator::new());
        Ok(Traces(provider))
    }

    /// Takes the spans of traces and nothing else, with no word about the program's own files and threads.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let ours = filter_fn(|metadata| metadata.is_span() && metadata.target() == TRACE);
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("rulewright"))
            .with_context_activation(false)
            .with_location(false)
            .with_target(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(ours.with_max_level_hint(LevelFilter::DEBUG))
    }

    /// Sends what is still here, while the runtime lives. A collector that is gone holds nobody up for long.
    pub fn finish(self) {
        if let Err(error) = self.0.shutdown_with_timeout(AT_THE_END) {
            tracing::warn!(%error, "the last spans did not reach their collector");
        }
    }
}

/// Reaches the one address that the operator has named, wherever that is, and no other.
#[derive(Debug)]
struct Client {
    egress: Arc<HttpEgress>,
    target: HttpTarget,
    runtime: Handle,
}

impl Client {
    fn to(url: &str, runtime: Handle) -> std::result::Result<Client, rulewright_ports::HttpError> {
        let egress = HttpEgress::new(EgressOptions::only(url)?);
        let target = egress.target(url)?;
        Ok(Client { egress: Arc::new(egress), target, runtime })
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> std::result::Result<Response<Bytes>, HttpError> {
        let (head, body) = request.into_parts();
        let mut headers = Vec::new();
        for (name, value) in &head.headers {
            headers.push((name.to_string(), value.to_str()?.to_owned()));
        }
        let request = HttpRequest {
            method: head.method.to_string(),
            url: head.uri.to_string(),
            headers,
            body: Some(body.to_vec()),
            timeout: PATIENCE,
            secrets: Vec::new(),
        };
        let (egress, target) = (self.egress.clone(), self.target.clone());
        // Whoever asks has a thread of its own, and connections live in the runtime.
        let sent = self.runtime.spawn(async move { egress.send(request, &[target]).await });
        let answer = sent.await??;
        // It may say when to come again.
        let later = answer.headers.iter().filter(|(name, _)| name == "retry-after");
        let begun = Response::builder().status(answer.status);
        let head = later.fold(begun, |head, (name, value)| head.header(name.as_str(), value.as_str()));
        Ok(head.body(Bytes::from(answer.body))?)
    }
}
