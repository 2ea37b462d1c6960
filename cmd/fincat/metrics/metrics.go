package metrics

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"fincat/harvest/history"
	"fincat/store"
	"fincat/store/follow"
)

// Metrics are the figures of one server for Prometheus.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	runs     *prometheus.CounterVec
	records  *prometheus.GaugeVec
	store    *store.Store
	follows  *follow.Followers
}

// New returns the figures of a server of a store.
func New(s *store.Store) *Metrics {
	m := &Metrics{
		store:    s,
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "fincat_http_requests_total", Help: "HTTP requests answered.",
		}, []string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "fincat_http_request_seconds",
			Help:    "Time to answer HTTP requests; route /sparql is that of queries.",
			Buckets: prometheus.ExponentialBuckets(0.001, 4, 9),
		}, []string{"route"}),
		runs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "fincat_harvest_runs_total", Help: "Harvest runs that ended.",
		}, []string{"source", "status"}),
		records: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "fincat_harvest_records", Help: "Records of the last harvest run of a source.",
		}, []string{"source", "state"}),
	}
	m.registry.MustRegister(m.own()...)
	m.registry.MustRegister(collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// own are the figures of fincat itself, but those of followers.
func (m *Metrics) own() []prometheus.Collector {
	return []prometheus.Collector{m.requests, m.seconds, m.runs, m.records, storeMetrics{m.store}}
}

// Handler shows the figures in the format of Prometheus.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

// Request counts a request that was answered.
func (m *Metrics) Request(route string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}

// Ran counts a harvest run; report is nil when there is none.
func (m *Metrics) Ran(source, status string, report *history.Report) {
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

// Ended counts a run of the schedule.
func (m *Metrics) Ended(source string, report *history.Report, err error) {
	if err != nil {
		m.Ran(source, "failed", nil)
		return
	}
	m.Ran(source, string(report.Status), report)
}

// Follow shows how far the followers have come.
func (m *Metrics) Follow(fs *follow.Followers) {
	m.follows = fs
	m.registry.MustRegister(followerMetrics{fs})
}

// followerMetrics reads how far the followers have come when it is asked for.
type followerMetrics struct{ fs *follow.Followers }

// followerDesc describes a figure that each follower has.
func followerDesc(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("fincat_follower_"+name, help, []string{"follower"}, nil)
}

var (
	followedDesc = followerDesc("commit", "Sequence number of the last commit that is followed.")
	behindDesc   = followerDesc("lag_commits", "Commits that are not followed yet.")
	lagDesc      = followerDesc("lag_seconds", "Age of the oldest commit that is not followed yet.")
	stepsDesc    = followerDesc("steps_total", "Steps made along the commit log.")
	rebuildsDesc = followerDesc("rebuilds_total", "Steps that derived everything anew.")
	failuresDesc = followerDesc("failures_total", "Steps that failed; each is tried again.")
	failingDesc  = followerDesc("failing", "1 while the newest step has failed.")
)

// Describe implements [prometheus.Collector].
func (followerMetrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{followedDesc, behindDesc, lagDesc, stepsDesc, rebuildsDesc, failuresDesc,
		failingDesc} {
		ch <- d
	}
}

// Collect implements [prometheus.Collector].
func (c followerMetrics) Collect(ch chan<- prometheus.Metric) {
	for _, st := range c.fs.Status() {
		send := func(d *prometheus.Desc, t prometheus.ValueType, v float64) {
			ch <- prometheus.MustNewConstMetric(d, t, v, st.Name)
		}
		failing := 0.0
		if st.Err != nil {
			failing = 1
		}
		send(followedDesc, prometheus.CounterValue, float64(st.Seq))
		send(behindDesc, prometheus.GaugeValue, float64(st.Behind))
		send(lagDesc, prometheus.GaugeValue, st.Lag.Seconds())
		send(stepsDesc, prometheus.CounterValue, float64(st.Steps))
		send(rebuildsDesc, prometheus.CounterValue, float64(st.Rebuilds))
		send(failuresDesc, prometheus.CounterValue, float64(st.Failures))
		send(failingDesc, prometheus.GaugeValue, failing)
	}
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
