package main

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"fincat/harvest"
	"fincat/store"
)

// metrics are the figures of one server for Prometheus.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	runs     *prometheus.CounterVec
	records  *prometheus.GaugeVec
}

func newMetrics(s *store.Store) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "fincat_http_requests_total", Help: "HTTP requests answered.",
		}, []string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "fincat_http_request_seconds", Help: "Time to answer HTTP requests; route /sparql is that of queries.",
			Buckets: prometheus.ExponentialBuckets(0.001, 4, 9),
		}, []string{"route"}),
		runs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "fincat_harvest_runs_total", Help: "Harvest runs that ended.",
		}, []string{"source", "status"}),
		records: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "fincat_harvest_records", Help: "Records of the last harvest run of a source.",
		}, []string{"source", "state"}),
	}
	m.registry.MustRegister(m.requests, m.seconds, m.runs, m.records, storeMetrics{s},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

func (m *metrics) request(route string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}

// ran counts a harvest run; report is nil when there is none.
func (m *metrics) ran(source, status string, report *harvest.Report) {
	m.runs.WithLabelValues(source, status).Inc()
	if report == nil {
		return
	}
	for state, n := range map[string]int{
		"new": report.New, "changed": report.Changed, "unchanged": report.Unchanged, "missing": report.Missing,
		"removed": report.Removed, "failed": report.Failed, "held": report.Held,
	} {
		m.records.WithLabelValues(source, state).Set(float64(n))
	}
}

// ended counts a run of the schedule.
func (m *metrics) ended(source string, report *harvest.Report, err error) {
	if err != nil {
		m.ran(source, "failed", nil)
		return
	}
	m.ran(source, string(report.Status), report)
}

// storeMetrics reads the sizes of the store when they are asked for.
type storeMetrics struct{ s *store.Store }

var (
	quadsDesc  = prometheus.NewDesc("fincat_store_quads", "Quads in the store.", nil, nil)
	graphsDesc = prometheus.NewDesc("fincat_store_graphs", "Graphs in the store.", nil, nil)
	seqDesc    = prometheus.NewDesc("fincat_store_commit", "Sequence number of the newest commit.", nil, nil)
)

// Describe implements [prometheus.Collector].
func (storeMetrics) Describe(ch chan<- *prometheus.Desc) {
	ch <- quadsDesc
	ch <- graphsDesc
	ch <- seqDesc
}

// Collect implements [prometheus.Collector].
func (c storeMetrics) Collect(ch chan<- prometheus.Metric) {
	sn, err := c.s.Snapshot()
	if err != nil {
		return // closing
	}
	defer sn.Close()
	stats := sn.Stats()
	ch <- prometheus.MustNewConstMetric(quadsDesc, prometheus.GaugeValue, float64(stats.Quads))
	ch <- prometheus.MustNewConstMetric(graphsDesc, prometheus.GaugeValue, float64(stats.Graphs))
	ch <- prometheus.MustNewConstMetric(seqDesc, prometheus.CounterValue, float64(sn.Seq()))
}
