package metrics

import (
	"math"
	"net/http"
	"runtime"
	"runtime/debug"
	"time"

	"fincat/cmd/fincat/access"
	"fincat/sparql/protocol"
)

// Figures say how large the store is, how far its followers have come, and what memory the
// process uses.
type Figures struct {
	Commit    uint64     `json:"commit"`
	Time      time.Time  `json:"time,omitzero"` // of the newest commit
	Oldest    uint64     `json:"oldest"`        // commit in the log
	Quads     uint64     `json:"quads"`
	Terms     uint64     `json:"terms"`
	DiskBytes int64      `json:"disk_bytes"`
	Cache     int        `json:"cache_bytes"`
	Unfolded  int        `json:"changed_quads"` // that are not in blocks yet
	Snapshots int        `json:"snapshots"`     // open
	Faults    []string   `json:"faults,omitempty"`
	Followers []Follower `json:"followers"`
	Memory    Memory     `json:"memory"`
}

// Follower says how far a follower of the log has come.
type Follower struct {
	Name   string  `json:"name"`
	Commit uint64  `json:"commit"`
	Behind uint64  `json:"behind"`      // commits that it has not followed
	Lag    float64 `json:"lag_seconds"` // age of the oldest of these
	Fault  string  `json:"fault,omitempty"`
}

// Memory is what the process uses, in bytes.
type Memory struct {
	Heap   uint64 `json:"heap"`
	System uint64 `json:"system"`          // that the runtime got from the system
	Limit  int64  `json:"limit,omitempty"` // that the runtime keeps to; 0: none
}

// Figures answers with the [Figures] as JSON.
func (m *Metrics) Figures() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		size, err := m.store.Size(r.Context())
		if err != nil {
			protocol.WriteProblem(w, r, protocol.ProblemOf(err))
			return
		}
		f := Figures{Commit: size.Seq, Time: size.Time, Oldest: size.Oldest, Quads: size.Quads, Terms: size.Terms,
			DiskBytes: size.DiskBytes, Cache: size.CacheBytes, Unfolded: size.InMemory, Snapshots: size.Snapshots,
			Followers: []Follower{}, Memory: memory()}
		for _, err := range []error{size.FoldError, size.WriteError} {
			if err != nil {
				f.Faults = append(f.Faults, err.Error())
			}
		}
		if m.follows != nil {
			for _, st := range m.follows.Status() {
				one := Follower{Name: st.Name, Commit: st.Seq, Behind: st.Behind, Lag: st.Lag.Seconds()}
				if st.Err != nil {
					one.Fault = st.Err.Error()
				}
				f.Followers = append(f.Followers, one)
			}
		}
		_ = access.WriteJSON(w, http.StatusOK, f) // figures always are JSON
	})
}

func memory() Memory {
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	m := Memory{Heap: s.HeapAlloc, System: s.Sys}
	if limit := debug.SetMemoryLimit(-1); limit != math.MaxInt64 {
		m.Limit = limit
	}
	return m
}
