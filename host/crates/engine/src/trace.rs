//! Traces: what follows from one request, as spans for whoever has a collector of OpenTelemetry. Where nobody collects,
//! they cost next to nothing. What a shop reads of its runs, with all that was said, is a `StepTrace` and stays here.
//!
//! A trace goes on from a commit to what the commit has set in motion, in memory. What waits, is tried again later or is
//! found again after a restart begins a trace of its own, by the same ids.
//!
//! Names are a closed set, and attributes are ids and codes: nothing that a client, an order or a provider has written.

use opentelemetry::{
    Context,
    trace::{SpanContext, TraceContextExt},
};
use rulewright_domain::{MatchId, Message, OrderId, Outcome};
use rulewright_ports::{Answer, Completion, Delivery};
use tracing::{Instrument, Span, debug_span, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::invocation::Snapshot;

/// The target of the spans that belong to a trace.
pub const TRACE: &str = "rulewright::trace";

/// The span that something comes from. It may have ended when what comes from it begins. None where nobody traces.
#[derive(Clone, Default)]
pub(crate) struct Origin(Option<SpanContext>);

impl Origin {
    pub fn of(span: &Span) -> Origin {
        let context = span.context();
        let origin = context.span().span_context().clone();
        Origin(Some(origin).filter(SpanContext::is_valid))
    }

    /// The span as one that comes from here.
    pub fn begins(&self, span: Span) -> Span {
        if let Some(origin) = &self.0 {
            // Refused only where nobody traces.
            let _ = span.set_parent(Context::new().with_remote_span_context(origin.clone()));
        }
        span
    }
}

/// A transaction that is part of something traced. Those that the host makes by itself are in no trace.
pub(crate) fn commit() -> Span {
    match Origin::of(&Span::current()).0 {
        Some(_) => debug_span!(target: TRACE, "commit"),
        None => Span::none(),
    }
}

/// A step, from its condition to its commit.
pub(crate) fn step(snapshot: &Snapshot) -> Span {
    let run = &snapshot.run;
    debug_span!(
        target: TRACE,
        "step",
        run = %run.id,
        order = %run.order,
        rule = %run.rule,
        plugin = %snapshot.plugin.manifest.id,
        step = i64::from(run.step),
        attempt = i64::from(run.attempt),
        outcome = Empty,
        fuel = Empty,
        otel.status_code = Empty,
    )
}

/// What a step has come to, before its commit.
pub(crate) fn came_to(span: &Span, completion: &Completion) {
    let outcome = match &completion.result {
        Ok(Answer::Outcome(Outcome::Done { .. })) => "done",
        Ok(Answer::Outcome(Outcome::Skipped { .. })) => "skipped",
        Ok(Answer::Outcome(Outcome::WaitUntil { .. } | Outcome::WaitFor { .. })) => "waits",
        Ok(Answer::Outcome(Outcome::Retry { .. })) => "retry",
        Ok(_) => "trap",
        Err(failure) => failure.code.as_str(),
    };
    span.record("outcome", outcome);
    span.record("fuel", i64::try_from(completion.usage.fuel).unwrap_or(i64::MAX));
    if completion.result.is_err() {
        span.record("otel.status_code", "ERROR");
    }
}

/// Triggers are asked about an event.
pub(crate) fn matching(order: OrderId, id: MatchId) -> Span {
    debug_span!(target: TRACE, "match", matching = %id, %order)
}

/// One attempt to hand a message to whoever carries it.
pub(crate) async fn delivery(
    message: &Message,
    origin: Origin,
    carried: impl Future<Output = Delivery>,
) -> Delivery {
    let span = origin.begins(debug_span!(
        target: TRACE,
        "delivery",
        otel.kind = "client",
        message = %message.id,
        channel = %message.draft.channel,
        attempt = i64::from(message.attempt),
        outcome = Empty,
        provider = Empty,
        otel.status_code = Empty,
    ));
    let delivery = carried.instrument(span.clone()).await;
    let (outcome, provider) = match &delivery {
        Delivery::Sent { provider, .. } => ("sent", provider),
        Delivery::Rejected { provider, .. } => ("rejected", provider),
        Delivery::Unavailable { provider, .. } => ("unavailable", provider),
        Delivery::Later { provider, .. } => ("later", provider),
        Delivery::Gone { provider, .. } => ("gone", provider),
    };
    span.record("outcome", outcome);
    span.record("provider", provider.as_str());
    if outcome != "sent" {
        span.record("otel.status_code", "ERROR");
    }
    delivery
}
