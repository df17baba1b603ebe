//! The statistics as OpenMetrics, for Prometheus. Knows nothing of how they are asked for.

mod families;

use std::fmt::Error;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode as encode_text;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};

use self::families::families;
use super::Snapshot;

pub(super) const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Writes one snapshot. The library's registry wants to own what it writes, and a snapshot is borrowed:
/// so the metrics are taken from it first.
pub(super) fn encode(snapshot: &Snapshot<'_>) -> Result<String, Error> {
    let mut registry = Registry::with_prefix("cleanslate");
    registry.register_collector(Box::new(Metrics(families(snapshot))));
    let mut text = String::new();
    encode_text(&mut text, &registry)?;
    Ok(text)
}

/// All metrics of one name.
#[derive(Debug)]
struct Family {
    name: &'static str,
    help: &'static str,
    unit: Option<Unit>,
    values: Values,
}

type Labels = Vec<(&'static str, String)>;

#[derive(Debug)]
enum Values {
    Counters(Vec<(Labels, u64)>),
    Gauges(Vec<(Labels, f64)>),
    Histograms(Vec<(Labels, Histogram)>),
}

#[derive(Debug)]
struct Histogram {
    sum: f64,
    count: u64,
    /// Up to each bound, those of the bounds before it left out.
    buckets: Vec<(f64, u64)>,
}

#[derive(Debug)]
struct Metrics(Vec<Family>);

impl Collector for Metrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        for Family { name, help, unit, values } in &self.0 {
            let kind = match values {
                Values::Counters(_) => MetricType::Counter,
                Values::Gauges(_) => MetricType::Gauge,
                Values::Histograms(_) => MetricType::Histogram,
            };
            let mut family = encoder.encode_descriptor(name, help, unit.as_ref(), kind)?;
            match values {
                Values::Counters(all) => all.iter().try_for_each(|(labels, value)| {
                    ConstCounter::new(*value).encode(family.encode_family(labels)?)
                })?,
                Values::Gauges(all) => all.iter().try_for_each(|(labels, value)| {
                    ConstGauge::new(*value).encode(family.encode_family(labels)?)
                })?,
                Values::Histograms(all) => all.iter().try_for_each(|(labels, value)| {
                    let Histogram { sum, count, buckets } = value;
                    family
                        .encode_family(labels)?
                        .encode_histogram::<NoLabelSet>(*sum, *count, buckets, None)
                })?,
            }
        }
        Ok(())
    }
}
